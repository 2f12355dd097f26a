"""A real Chroma server, and every kind of store."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import InMemoryVectorStore
from vectorstore.chroma import ChromaStore
from vectorstore.chroma_client import ChromaServer, EmbeddedChroma
from vectorstore.embeddings import Vectors
from vectorstore.ownership import Ownership
from vectorstore.store import Passage, VectorStore

DIMENSIONS = 16


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server of this session on loopback."""
    command = Path(sys.executable).parent / "chroma"
    if not command.exists():
        pytest.skip("the chroma command, which chromadb installs, is not in this environment")
    folder = tmp_path_factory.mktemp("chroma-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [str(command), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(arguments, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_for(url, server)
            yield url
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/api/v2/heartbeat", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, "the chroma server ended before it answered"
            time.sleep(0.1)
    raise AssertionError("the chroma server did not answer within 30 s")


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Ownership]:
    """A folder for an embedded store, owned."""
    with Ownership.acquire(tmp_path / "chroma", owner="a test") as ownership:
        yield ownership


@pytest.fixture(params=["in memory", "embedded", "server"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    """Every kind of vector store, empty."""
    made: VectorStore
    if request.param == "in memory":
        made = InMemoryVectorStore()
    elif request.param == "embedded":
        made = ChromaStore(EmbeddedChroma(request.getfixturevalue("owned")), "contract")
    else:
        name = f"contract-{tmp_path.name.replace('_', '-')[:40].strip('-')}0"
        made = ChromaStore(ChromaServer(request.getfixturevalue("chroma_url")), name)
        await made.clear()
    yield made
    await made.aclose()


def a_passage(number: int, *, kind: str = "criterion", text: str | None = None) -> Passage:
    return Passage(
        id=f"bank:{kind}:c{number}:00000000",
        text=text or f"Point {number}, “verbatim” – naïve ✓",
        kind=kind,
        bank="bank",
        question_id="q1",
        criterion_id=f"c{number}" if kind == "criterion" else "",
    )


@pytest.fixture
def vectors() -> Callable[..., Vectors]:
    """Random vectors of unit length, always the same ones."""

    def make(count: int, dimensions: int = DIMENSIONS) -> Vectors:
        rows = np.random.default_rng(7).normal(size=(count, dimensions))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    return make


@pytest.fixture
def unused_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
