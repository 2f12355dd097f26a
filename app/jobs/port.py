"""What Viva asks of whatever runs its later work."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.interviews.models import Queue

Handler = Callable[[tuple[str, ...]], Awaitable[bool]]
"""Takes a job's ids; False means that it is not finished and is worth another try later.

It may run more than once, even twice at a time (where a process was taken for dead), so it looks what is done already.
"""


class JobState(StrEnum):
    """Where a job stands, for people."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as people see it.

    Attributes:
        tries: How often it ended unfinished.
        trouble: Why it ended so the last time: the kind of error, never its words, which may quote a candidate.
        due_at: When it is tried again, while it waits for that.
        worker: The process that runs it, or ran it last.
    """

    key: str
    kind: str
    ids: tuple[str, ...]
    state: JobState
    queue: Queue
    partition: str
    tries: int
    trouble: str
    asked_at: datetime
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    worker: str


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first, and where the next ones begin; None after the last."""

    jobs: Sequence[Job]
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much one queue has before it.

    Attributes:
        oldest_s: Seconds since the oldest job that waits was asked for; None where none waits.
    """

    queue: Queue
    waiting: int
    running: int
    failed: int
    oldest_s: float | None


class Jobs(Protocol):
    """Runs jobs that were enqueued in the transaction that made them necessary.

    A key names one job. While it waits, asking again only makes it due at once; while it runs, it runs once more
    afterwards; when it has finished, it runs anew. So nothing that was asked for is lost, and what is done already is
    for the handler to see.
    """

    async def start(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to run jobs of these kinds, those left by an earlier process first."""
        ...

    async def stop(self, grace_s: float = 0) -> None:
        """Take no more jobs; those still under way after the grace are left to another process, or the next start."""
        ...

    async def find(
        self, *, kind: str | None = None, state: JobState | None = None, limit: int = 50, after: str | None = None
    ) -> JobPage:
        """Jobs, newest first.

        Args:
            kind: Of this kind alone.
            state: In this state alone.
            limit: At most so many.
            after: Where an earlier page said that the next ones begin.

        Raises:
            InvalidInput: `after` is from no page.
        """
        ...

    async def get(self, key: str) -> Job:
        """One job.

        Raises:
            NotFound: There is none of that key; finished ones are kept for some days.
        """
        ...

    async def retry(self, key: str) -> None:
        """Make a job due now that failed, was cancelled, or waits for its next try.

        Raises:
            NotFound: There is none of that key.
            Conflict: It runs, or is done.
        """
        ...

    async def cancel(self, key: str) -> None:
        """End a job that waits, or runs: it stops within seconds, and what it did so far stays.

        Raises:
            NotFound: There is none of that key.
            Conflict: It has ended.
        """
        ...

    async def depths(self) -> Sequence[Depth]:
        """What each queue has before it, most urgent first."""
        ...

    async def open_count(self) -> int:
        """Jobs not finished yet."""
        ...
