"""`viva worker` as a process of its own, which may be killed."""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from tests.fleet.servers import until


class Worker:
    """Begins at once.

    Args:
        environment: Its variables, all of them.
        log: What it says is added there.
        concurrency: Answers it grades at a time.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, *, concurrency: int) -> None:
        command = [sys.executable, "-c", "from app.main import viva; viva()", "worker", "--concurrency"]
        self.process = subprocess.Popen(
            [*command, str(concurrency)],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._log = log
        self._ready_at: float | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self._log.open("a") as log:
            for line in self.process.stdout:
                if "is ready" in line:
                    self._ready_at = time.monotonic()
                log.write(line)

    @property
    def has_worked_s(self) -> float:
        """Seconds since it was ready."""
        return 0.0 if self._ready_at is None else time.monotonic() - self._ready_at

    def wait_until_ready(self) -> None:
        """Return once it takes jobs."""
        until(lambda: self._ready_at is not None)

    def kill(self) -> None:
        """With no time to put anything away."""
        self.process.kill()
        self.process.wait()
