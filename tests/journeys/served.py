"""`viva serve` as a process of its own, to be talked to over HTTP and killed."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.stub_llm import StubLLM

VIVA = Path(sys.executable).parent / "viva"
TOKEN = "a-token-for-tests-only"
READY = re.compile(r"(http://127\.0\.0\.1:\d+)")


@dataclass(slots=True)
class Served:
    """A server that is ready.

    Attributes:
        address: Its base address.
        data_dir: Where it keeps everything.
        environment: What it and the commands beside it run in.
        said: Its output so far, errors included, by line.
    """

    process: "subprocess.Popen[str]"
    address: str
    data_dir: Path
    environment: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def client(self, token: str = TOKEN) -> httpx2.Client:
        """A client of the API, the operator's by default."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=30)

    def wait_until_warm(self) -> None:
        """Until the grader is ready."""
        with httpx2.Client(base_url=self.address, timeout=30) as client:
            while client.get("/readyz").status_code != 200:
                assert self.process.poll() is None, "".join(self.said)
                time.sleep(0.1)

    def viva(self, *arguments: str | Path, typed: str = "") -> "Command":
        """A command beside it, in the same environment, that is not a terminal's; `typed` is its input."""
        return viva(arguments, self.environment, typed)

    def stop(self) -> int:
        """As a supervisor stops it; gives its exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()


@dataclass(frozen=True, slots=True)
class Judged:
    """A server with the stub that is its chat model."""

    server: Served
    stub: StubLLM


@dataclass(frozen=True, slots=True)
class Command:
    """A command that has ended."""

    status: int
    out: str
    err: str


def viva(arguments: Sequence[str | Path], environment: Mapping[str, str], typed: str = "") -> Command:
    """`viva` with these arguments."""
    ended = subprocess.run(
        [VIVA, *arguments], env=environment, input=typed, capture_output=True, text=True, timeout=120, check=False
    )
    return Command(ended.returncode, ended.stdout, ended.stderr)


def environment_of(data_dir: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings of Viva's and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
    return {**inherited, "VIVA_DATA_DIR": str(data_dir), "VIVA_OPERATOR_TOKEN": TOKEN, **settings}


@contextmanager
def viva_serve(data_dir: Path, settings: Mapping[str, str], *, port: int = 0) -> Iterator[Served]:
    """A server on that port or a free one, with these settings and no others; killed in the end if it still runs."""
    environment = environment_of(data_dir, settings)
    process = subprocess.Popen(
        [VIVA, "serve", "--port", str(port)],
        env=environment,
        cwd=data_dir,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    reading: threading.Thread | None = None
    try:
        for line in process.stdout:
            said.append(line)
            if found := READY.search(line):
                break
        else:
            raise AssertionError("viva serve ended before it was ready:\n" + "".join(said))
        # What it says later is read away, so that it never waits for a full pipe.
        reading = threading.Thread(target=said.extend, args=(process.stdout,))
        reading.start()
        yield Served(process, found[1], data_dir, environment, said)
    finally:
        process.kill()
        process.wait()
        if reading is not None:
            reading.join()
        process.stdout.close()
