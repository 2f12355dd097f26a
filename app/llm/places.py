"""How many requests may be on their way: as many as allowed, and fewer for a while after a server asked for less."""

import asyncio
from collections import deque
from contextvars import ContextVar
from types import TracebackType

in_bulk: ContextVar[bool] = ContextVar("in_bulk", default=False)
"""Whether what asks was handed over in bulk, so that somebody who is waited for goes first."""


class Places:
    """A bound that halves when the endpoint is over its rate, and grows by one for every full round of replies."""

    def __init__(self, most: int) -> None:
        """As many places as that, at least 1."""
        self._most = float(most)
        self._allowed = float(most)
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._waiting_in_bulk: deque[asyncio.Future[None]] = deque()
        self._bound = 0

    @property
    def allowed(self) -> int:
        """Requests that may be on their way now, at least 1."""
        return int(self._allowed)

    @property
    def bound(self) -> int:
        """Names the bound in force; changes each time it is halved."""
        return self._bound

    async def __aenter__(self) -> None:
        """Wait for a place, in turn."""
        # Whoever waits while there is room was called already.
        if self._taken < self.allowed:
            self._taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        (self._waiting_in_bulk if in_bulk.get() else self._waiting).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # called and cancelled at once
                self._give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the place back."""
        self._give_back()

    def crowded(self, bound: int) -> None:
        """A request sent under that bound met a rate limit; of all those it met, only the first halves the bound."""
        if bound == self._bound:
            self._bound += 1
            self._allowed = max(1.0, self._allowed / 2)

    def served(self) -> None:
        """A request was answered."""
        if self._allowed < self._most:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            self._call()

    def _give_back(self) -> None:
        self._taken -= 1
        self._call()

    def _call(self) -> None:
        while (waiting := self._waiting or self._waiting_in_bulk) and self._taken < self.allowed:
            turn = waiting.popleft()
            if not turn.done():  # not cancelled meanwhile
                turn.set_result(None)
                self._taken += 1
