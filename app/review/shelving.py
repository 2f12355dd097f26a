"""Keeps the shelf of exemplars after the corrections: what any process decided, deleted or restored is met in seconds.

Corrections are written by whoever decides, which may be a command beside the server; the shelf's vectors belong to one
process. So whoever owns them looks again and again, and the corrections stay the truth.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Protocol

import structlog

from app.grading.exemplars import Exemplar, Exemplars
from app.grading.grader import GradeRequest
from app.grading.outcome import Reading

LOOK_EVERY_S = 1.0
_RETRY_AFTER_S = 5.0

_log = structlog.get_logger(__name__)


class Shelf(Exemplars, Protocol):
    """A shelf that can be brought after its texts."""

    async def mend(self) -> None:
        """Make the vectors what the texts ask for.

        Raises:
            ExemplarsUnavailable: Texts or vectors are out of reach.
        """
        ...


class CorrectionIds(Protocol):
    """Where the exemplars' texts are."""

    async def ids(self) -> frozenset[str]:
        """Every id."""
        ...


class KeptShelf:
    """`Exemplars` that wait for the first look, and the looking.

    Args:
        shelf: The shelf.
        texts: The truth it follows.
    """

    def __init__(self, shelf: Shelf, texts: CorrectionIds) -> None:
        self._shelf = shelf
        self._texts = texts
        self._seen: frozenset[str] | None = None
        self._first = asyncio.Event()

    async def look(self) -> bool:
        """Bring the shelf after what changed since the last look; whether anything had.

        Raises:
            ExemplarsUnavailable: Texts or vectors are out of reach.
        """
        wanted = await self._texts.ids()
        changed = wanted != self._seen
        if changed:
            await self._shelf.mend()
            self._seen = wanted
        self._first.set()
        return changed

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        failing = False
        while True:
            pause = LOOK_EVERY_S
            try:
                await self.look()
                failing = False
            except Exception as error:  # noqa: BLE001 (a store away for a moment must not end this for good; logged)
                if not failing:
                    _log.warning("exemplars cannot be kept", reason=type(error).__name__)
                failing = True
                pause = _RETRY_AFTER_S
                # Whoever waits for the first look grades without exemplars rather than not at all.
                self._first.set()
            await asyncio.sleep(pause)

    async def nearest(self, request: GradeRequest, reading: Reading) -> tuple[Exemplar, ...]:
        """See `Exemplars.nearest`; after the first look, so that the same corrections give the same exemplars."""
        await self._first.wait()
        return await self._shelf.nearest(request, reading)

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        """See `Exemplars.keep`."""
        await self._shelf.keep(exemplars)

    async def forget(self, answer_ids: Collection[str]) -> None:
        """See `Exemplars.forget`."""
        await self._shelf.forget(answer_ids)


class MomentaryShelf:
    """`Exemplars` of what was corrected when the first are asked for: for one command, on vectors of its own.

    Args:
        shelf: A shelf without vectors yet.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._making = asyncio.Lock()
        self._is_made = False

    async def nearest(self, request: GradeRequest, reading: Reading) -> tuple[Exemplar, ...]:
        """See `Exemplars.nearest`; the first call makes the vectors."""
        async with self._making:
            if not self._is_made:
                await self._shelf.mend()
                self._is_made = True
        return await self._shelf.nearest(request, reading)

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        """See `Exemplars.keep`."""
        await self._shelf.keep(exemplars)

    async def forget(self, answer_ids: Collection[str]) -> None:
        """See `Exemplars.forget`."""
        await self._shelf.forget(answer_ids)
