"""One look at the store a beat for all the pages that are open, however many there are."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager

from app.interviews.store import Pulse
from app.telemetry.measures import EVENT_STREAMS

BEAT_S = 1.0
"""Seconds between two looks."""

Pulses = Callable[[Collection[str]], Awaitable[Mapping[str, Pulse]]]
"""From ids of interviews to the pulses of those that are there."""


class Watch:
    """Tells those who watch interviews, beat by beat, how these stand.

    Args:
        pulses: Looks at the store.
        beat_s: Seconds between two looks.
    """

    def __init__(self, pulses: Pulses, *, beat_s: float = BEAT_S) -> None:
        self._pulses = pulses
        self._beat_s = beat_s
        self._watched: Counter[str] = Counter()
        self._next: asyncio.Future[Mapping[str, Pulse]] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def now(self, interview_id: str) -> Pulse | None:
        """The interview's pulse at once; None where it is not there."""
        return (await self._pulses([interview_id])).get(interview_id)

    @asynccontextmanager
    async def on(self, interview_id: str) -> AsyncIterator[Callable[[], Awaitable[Pulse | None]]]:
        """A call that waits for the next beat and gives the interview's pulse; None once it is deleted."""
        self._watched[interview_id] += 1
        EVENT_STREAMS.inc()
        try:
            yield lambda: self._beat(interview_id)
        finally:
            EVENT_STREAMS.dec()
            self._watched[interview_id] -= 1
            self._watched += Counter()  # forgets who is watched by nobody
            if not self._watched and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _beat(self, interview_id: str) -> Pulse | None:
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return (await asyncio.shield(self._next)).get(interview_id)

    async def _look(self) -> None:
        while self._watched:
            await asyncio.sleep(self._beat_s)
            waiting, self._next = self._next, None
            if waiting is None:
                continue
            try:
                found = await self._pulses(tuple(self._watched))
            except Exception as error:  # noqa: BLE001 (whoever waits is told; the next beat looks again)
                waiting.set_exception(error)
            else:
                waiting.set_result(found)
