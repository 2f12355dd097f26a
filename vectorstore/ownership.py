"""Who may open the embedded vector store: one process at a time, held by an operating system lock.

Two processes on one embedded Chroma folder lose data without any error. The lock ends with its process, however
that ends; what the owner says of itself stands in a file beside it.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from vectorstore.errors import StoreInUse

_PATIENCE_S = 0.2
"""Longer than anybody holds the lock just to look, far shorter than a person notices."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds the store: what it is ("viva serve"), its id, its HTTP address if it is a server."""

    owner: str
    pid: int
    url: str | None


class Ownership:
    """The right to open one embedded folder, until `release` or the end of the process."""

    def __init__(self, folder: Path, lock: FileLock, owner: Owner) -> None:
        self.folder = folder
        self._lock = lock
        self._owner = owner

    @classmethod
    def acquire(cls, folder: Path, *, owner: str, url: str | None = None) -> "Ownership":
        """Take the folder; its parent is made where it is missing.

        Args:
            folder: The embedded store's folder; lock and note lie beside it.
            owner: What others are told, such as "viva serve".
            url: The owner's HTTP address, when it is a server that already knows it; see `announce`.

        Raises:
            StoreInUse: Another process has it.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: what one thread takes at start-up another one gives back at shutdown.
        lock = FileLock(_lock_file(folder), thread_local=False)
        try:
            lock.acquire(timeout=_PATIENCE_S, poll_interval=0.02)
        except Timeout:
            holder = _noted(folder)
            raise StoreInUse(holder.owner, holder.pid, holder.url) from None
        ownership = cls(folder, lock, Owner(owner, os.getpid(), url))
        ownership._note()
        return ownership

    def announce(self, url: str) -> None:
        """Tell others the owner's HTTP address, once it is known."""
        self._owner = Owner(self._owner.owner, self._owner.pid, url)
        self._note()

    def release(self) -> None:
        """Give the folder back; harmless when repeated."""
        if self._lock.is_locked:
            _note_file(self.folder).unlink(missing_ok=True)
            self._lock.release()

    def __enter__(self) -> "Ownership":
        """The ownership itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the folder back."""
        self.release()

    def _note(self) -> None:
        note = _note_file(self.folder)
        draft = note.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self._owner)), encoding="utf-8")
        draft.replace(note)


def who_owns(folder: Path) -> Owner | None:
    """The process that holds the folder now; None when nobody does."""
    if not folder.parent.is_dir():
        return None
    lock = FileLock(_lock_file(folder), thread_local=False)
    try:
        lock.acquire(timeout=_PATIENCE_S / 2, poll_interval=0.02)
    except Timeout:
        return _noted(folder)
    lock.release()
    return None


def _lock_file(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _note_file(folder: Path) -> Path:
    return folder.with_name(folder.name + ".owner.json")


def _noted(folder: Path) -> Owner:
    try:
        note = json.loads(_note_file(folder).read_text(encoding="utf-8"))
        url = note["url"]
        return Owner(str(note["owner"]), int(note["pid"]), None if url is None else str(url))
    except (OSError, ValueError, KeyError, TypeError):
        # Between its lock and its note, or on a file system where the note could not be written.
        return Owner("another process", 0, None)
