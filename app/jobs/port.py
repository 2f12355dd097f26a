"""What Viva asks of whatever runs its later work."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

Handler = Callable[[tuple[str, ...]], Awaitable[bool]]
"""Takes a job's ids; False means that it is not finished and is worth another try later."""


class Jobs(Protocol):
    """Runs jobs that were enqueued in the transaction that made them necessary."""

    async def start(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to run jobs of these kinds, those left by an earlier process first."""
        ...

    def wake(self) -> None:
        """Look for new jobs now."""
        ...

    async def open_count(self) -> int:
        """Jobs not finished yet."""
        ...

    async def stop(self) -> None:
        """Take no more jobs; those under way are left to the next start."""
        ...
