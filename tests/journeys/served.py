"""`viva serve` as a process of its own, to be talked to over HTTP and killed."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

VIVA = Path(sys.executable).parent / "viva"
TOKEN = "a-token-for-tests-only"
READY = re.compile(r"(http://127\.0\.0\.1:\d+)")


@dataclass(slots=True)
class Served:
    """A server that is ready.

    Attributes:
        address: Its base address.
    """

    process: "subprocess.Popen[str]"
    address: str

    def client(self, token: str = TOKEN) -> httpx2.Client:
        """A client of the API, the operator's by default."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=30)

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()


@contextmanager
def viva_serve(data_dir: Path, settings: Mapping[str, str]) -> Iterator[Served]:
    """A server on a free port, with these settings and no others; killed in the end if it still runs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
    environment = {**inherited, "VIVA_DATA_DIR": str(data_dir), "VIVA_OPERATOR_TOKEN": TOKEN, **settings}
    process = subprocess.Popen(
        [VIVA, "serve", "--port", "0"],
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
        reading = threading.Thread(target=process.stdout.read)
        reading.start()
        yield Served(process, found[1])
    finally:
        process.kill()
        process.wait()
        if reading is not None:
            reading.join()
        process.stdout.close()
