"""A PostgreSQL server and a Chroma server of a test's own, which can be restarted without asking anybody."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE_S = 60.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


def postgres_programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; None where PostgreSQL is not installed."""
    found = shutil.which("pg_ctl")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


class PostgresServer:
    """A server in a folder of its own.

    Attributes:
        address: Of its database, which anybody on this machine may use.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs, self._port = folder, programs, free_port()
        # PostgreSQL refuses to be run by root, so root runs it as the user that its package made.
        self._owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.address = f"postgresql://viva@127.0.0.1:{self._port}/postgres"
        folder.mkdir()
        if self._owner:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        self._run("initdb", "--username=viva", "--auth=trust", "--no-sync", "--pgdata", str(folder / "data"))

    def start(self) -> None:
        """Return once it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        log = str(self._folder / "log")
        self._run(
            "pg_ctl", "start", "--wait", "--pgdata", str(self._folder / "data"), "--log", log, "--options", options
        )

    def stop(self) -> None:
        """As a machine that fails: nobody is waited for, nothing is written out."""
        self._run("pg_ctl", "stop", "--mode=immediate", "--pgdata", str(self._folder / "data"))

    def _run(self, program: str, *arguments: str) -> None:
        who = {"user": self._owner.pw_uid, "group": self._owner.pw_gid} if self._owner else {}
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, timeout=PATIENCE_S, **who)  # type: ignore[call-overload]  # either both or none


class ChromaProcess:
    """`chroma run` on a folder.

    Attributes:
        address: Of the server.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it listens."""
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(self._folder)]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._listens)

    def stop(self) -> None:
        """At once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False


@contextmanager
def folder_of_servers() -> Iterator[Path]:
    """A folder for a while, which PostgreSQL's own user may pass."""
    with TemporaryDirectory(prefix="viva-fleet-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def running(*servers: PostgresServer | ChromaProcess) -> Iterator[None]:
    """They are up, and stopped in the end."""
    begun: list[PostgresServer | ChromaProcess] = []
    try:
        for server in servers:
            server.start()
            begun.append(server)
        yield
    finally:
        for server in begun:
            server.stop()


def until(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait until it holds; AssertionError once patience has ended."""
    ends = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.1)
