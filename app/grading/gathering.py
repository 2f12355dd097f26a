"""Readings that are asked for one by one, made in blocks: what comes while a block is under way makes up the next one.

A job grades one answer; the encoder reads thirty-two together in half the time that it takes for them one by one.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from app.grading.grader import GradeRequest
from app.grading.outcome import Reading
from vectorstore.errors import EmbedderUnavailable, VectorStoreError

BLOCK = 32
"""Answers that are encoded together: larger blocks pad more than they gain."""
_BLOCKS_UNDER_WAY = 2
"""While one block is measured against its rubrics, the encoder has the next one."""


class ManyReader(Protocol):
    """Reads several answers in one call."""

    async def read_many(self, requests: Sequence[GradeRequest]) -> Sequence[Reading]:
        """One reading a request, in order; raises VectorStoreError."""
        ...


class GatheringReader:
    """Reads single answers through a reader of many; nobody waits for a block to fill.

    Args:
        reader: Reads the blocks.
    """

    def __init__(self, reader: ManyReader) -> None:
        self._reader = reader
        self._waiting: deque[tuple[GradeRequest, asyncio.Future[Reading]]] = deque()
        self._blocks: set[asyncio.Task[None]] = set()

    async def read(self, request: GradeRequest) -> Reading:
        """The reading of one answer.

        Raises:
            EmbedderUnavailable: The embedding model cannot be loaded or reached.
            VectorStoreError: The vectors of this answer's criteria cannot be read.
        """
        reading: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, reading))
        self._go_on()
        return await reading

    def _go_on(self) -> None:
        if self._waiting and len(self._blocks) < _BLOCKS_UNDER_WAY:
            task = asyncio.create_task(self._read_some())
            self._blocks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._blocks.discard(task)
        if not task.cancelled():
            self._go_on()
            return
        for _, reading in self._waiting:
            reading.cancel()
        self._waiting.clear()

    async def _read_some(self) -> None:
        # Those who gave up waiting are not read for.
        block = [self._waiting.popleft() for _ in range(min(BLOCK, len(self._waiting)))]
        block = [one for one in block if not one[1].done()]
        if not block:
            return
        try:
            await self._read_block(block)
        except BaseException as error:
            for _, reading in block:
                if not reading.done():
                    if isinstance(error, asyncio.CancelledError):
                        reading.cancel()
                    else:
                        reading.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def _read_block(self, block: Sequence[tuple[GradeRequest, "asyncio.Future[Reading]"]]) -> None:
        try:
            found = await self._reader.read_many([request for request, _ in block])
        except VectorStoreError as error:
            # One bank without vectors must not take the other answers of the block with it.
            if len(block) == 1 or isinstance(error, EmbedderUnavailable):
                raise
            for one in block:
                try:
                    await self._read_block([one])
                except VectorStoreError as alone:
                    if not one[1].done():
                        one[1].set_exception(alone)
            return
        for (_, reading), read in zip(block, found, strict=True):
            if not reading.done():
                reading.set_result(read)
