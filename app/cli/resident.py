"""A process that stays: what it loaded once is looked through no more."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from vectorstore.embeddings import Embedder
from vectorstore.errors import EmbedderUnavailable

GC_ROUNDS = (10_000, 20, 50)
"""New objects to a round of the youngest, and rounds of one age to a round of the next, once everything is loaded."""


@asynccontextmanager
async def settling(embedder: Embedder, begin: asyncio.Event | None = None) -> AsyncIterator[None]:
    """Once the embedder is loaded, take everything there is out of the garbage collector's rounds.

    Libraries and models are a million objects that never go; looking through them holds everybody up for half a second,
    every few seconds under load.

    Args:
        embedder: Is loaded if nobody else does it first.
        begin: Load it only once this is set.
    """
    settles = asyncio.create_task(_settle(embedder, begin))
    try:
        yield
    finally:
        settles.cancel()


async def _settle(embedder: Embedder, begin: asyncio.Event | None) -> None:
    if begin is not None:
        await begin.wait()
    with suppress(EmbedderUnavailable):
        await embedder.load()
    await asyncio.to_thread(gc.collect)
    gc.freeze()
    gc.set_threshold(*GC_ROUNDS)
