"""`viva serve` from outside: first byte, memory, and turns over HTTP."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from benchmarks.figures import Figure, at_most, p50, p95, plain
from benchmarks.material import bank_yaml, reply
from benchmarks.turns import QUESTIONS, WARM_UP

FIRST_BYTE_AIM_S = 3.0
MEMORY_AIM_MB = 900.0
_PATIENCE_S = 120.0


def measure(folder: Path) -> list[Figure]:
    """Starts a server twice: the first start also makes the database and the vectors."""
    with serving(folder) as (_, client, _):
        until_ready(client)
    with serving(folder) as (process, client, first_byte_s):
        ready_s = until_ready(client)
        headers = {"Authorization": f"Bearer {(folder / 'operator-token').read_text().strip()}"}
        turns = _turns(client, headers)
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
    return [
        at_most("first byte after the start", first_byte_s, "s", FIRST_BYTE_AIM_S),
        plain("grader warm after the start", first_byte_s + ready_s, "s"),
        plain("turn over HTTP p50", p50(turns), "ms"),
        plain("turn over HTTP p95", p95(turns), "ms"),
        at_most("memory of the served process", memory, "MB", MEMORY_AIM_MB),
    ]


@contextmanager
def serving(
    folder: Path, more: Mapping[str, str] | None = None
) -> Iterator[tuple["subprocess.Popen[bytes]", httpx2.Client, float]]:
    """A server on a free port: its process, a client of it, and the seconds to its first byte.

    Args:
        folder: Its data folder.
        more: Settings beside folder and port.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
    environment |= {"VIVA_DATA_DIR": str(folder), "VIVA_PORT": str(port), "VIVA_LOG_LEVEL": "warning"}
    environment |= more or {}
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from app.main import viva; viva()", "serve"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE_S, trust_env=False) as client:
            _until_answering(client, process)
            yield process, client, time.perf_counter() - start
    finally:
        process.terminate()
        process.wait(30)


def _until_answering(client: httpx2.Client, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            client.get("/healthz")
        except httpx2.TransportError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"viva serve ended with {process.returncode}")


def until_ready(client: httpx2.Client) -> float:
    """Waits for the grader; gives the seconds."""
    start = time.perf_counter()
    while client.get("/readyz").status_code != 200:
        if time.perf_counter() - start > _PATIENCE_S:
            raise RuntimeError("the grader did not become warm")
        time.sleep(0.05)
    return time.perf_counter() - start


def _turns(client: httpx2.Client, operator: dict[str, str]) -> list[float]:
    files = {"file": ("turns.yaml", bank_yaml("turns", QUESTIONS))}
    client.post("/api/v1/banks", files=files, headers=operator).raise_for_status()
    time.sleep(2)  # the promise is that the server has indexed an import within two seconds
    until_ready(client)
    opened = client.post("/api/v1/interviews", json={"bank": "turns"}, headers=operator).raise_for_status().json()
    candidate = {"Authorization": f"Bearer {opened['token']}"}
    address = f"/api/v1/interviews/{opened['id']}/messages"
    step = client.post(address, json={"id": "m0", "command": "consent"}, headers=candidate).raise_for_status().json()
    chance = random.Random(7)
    turns: list[float] = []
    while not step["is_over"] and len(turns) < QUESTIONS:
        body = {"id": f"m{len(turns) + 1}", "text": reply(chance)}
        start = time.perf_counter()
        step = client.post(address, json=body, headers=candidate).raise_for_status().json()
        turns.append(1000 * (time.perf_counter() - start))
    return turns[WARM_UP:]
