"""Shows how an installation goes: what pip says it does, counted, and the size of what is there."""

import contextlib
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path


class Progress:
    """Counts what pip says it does; `words` is the state in a few words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched = 0
        self.megabytes = 0.0
        self.stage = "looking"

    def note(self, line: str) -> None:
        """Read one line of pip's."""
        if found := re.match(r"\s*Downloading .*\(([\d.]+) (bytes|kB|MB|GB)\)", line):
            size, unit = float(found[1]), found[2]
            self.megabytes += size * {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}[unit]
            self.fetched += 1
            self.stage = "fetching"
        elif line.lstrip().startswith(("Using cached", "Processing")):
            self.fetched += 1
        elif line.startswith("Installing collected packages"):
            self.stage = "unpacking"

    @property
    def words(self) -> str:
        """Such as "fetching, 41 packages, 212 MB"."""
        on_disk = f", {megabytes(self.folder):,} MB on disk" if self.stage == "unpacking" else ""
        fetched = f", {self.fetched} packages, {self.megabytes:.0f} MB fetched" if self.fetched else ""
        return self.stage + fetched + on_disk


@contextlib.contextmanager
def step(title: str, folder: Path, *, log: Path | None) -> Iterator[Callable[[str], None]]:
    """Shows a step's progress: one line rewritten on a terminal, else a line each 15 seconds."""
    progress, done = Progress(folder), threading.Event()
    started_at = time.monotonic()
    on_terminal = sys.stdout.isatty()

    def show(end: str) -> None:
        line = f"  {title}: {progress.words}, {time.monotonic() - started_at:.0f} s"
        print(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}" if on_terminal else line, end=end, flush=True)

    def keep_showing() -> None:
        while not done.wait(1 if on_terminal else 15):
            show("" if on_terminal else "\n")

    with log.open("a", encoding="utf-8") if log else contextlib.nullcontext() as handle:

        def note(line: str) -> None:
            progress.note(line)
            if handle is not None:
                handle.write(line)

        watcher = threading.Thread(target=keep_showing, daemon=True)
        watcher.start()
        try:
            yield note
            progress.stage = "done"
        finally:
            done.set()
            watcher.join()
            show("\n")


def megabytes(folder: Path) -> int:
    """Size of a folder's files."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(where, name).lstat().st_size
    return total // 1_000_000
