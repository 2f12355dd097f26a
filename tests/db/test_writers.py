"""Writers of one process take turns on SQLite, whatever becomes of each."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.db.engine import make_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(Settings(data_dir=tmp_path))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE said (number INTEGER)"))
    yield engine
    await engine.dispose()


async def write(engine: AsyncEngine, number: int, *, takes_s: float = 0.0, times: int = 1) -> None:
    async with engine.begin() as connection:
        for _ in range(times):
            await connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": number})
        await asyncio.sleep(takes_s)


async def written(engine: AsyncEngine) -> list[int]:
    async with engine.execution_options(reads_only=True).connect() as connection:
        return [number for (number,) in await connection.execute(text("SELECT number FROM said ORDER BY rowid"))]


async def test_writers_come_in_as_they_came(engine: AsyncEngine) -> None:
    await asyncio.gather(*(write(engine, -1) for _ in range(5)))  # so that no connection has yet to be made
    writers = []
    for number in range(5):
        writers.append(asyncio.create_task(write(engine, number, takes_s=0.05)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*writers)
    assert (await written(engine))[5:] == list(range(5))


async def test_nobody_reads_later_because_somebody_writes(engine: AsyncEngine) -> None:
    await write(engine, 1)
    writer = asyncio.create_task(write(engine, 2, takes_s=0.5))
    await asyncio.sleep(0.05)
    begun = time.perf_counter()
    assert await written(engine) == [1]
    assert time.perf_counter() - begun < 0.4
    await writer


async def test_a_writer_that_fails_or_is_given_up_holds_nobody_up(engine: AsyncEngine) -> None:
    with pytest.raises(OperationalError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (1)"))
    for delay in (0.0, 0.001, 0.002, 0.005, 0.01, 0.05):
        given_up = asyncio.create_task(write(engine, 7, takes_s=1, times=40))
        waiting = asyncio.create_task(write(engine, 8))
        await asyncio.sleep(delay)
        given_up.cancel()
        waiting.cancel()
        await asyncio.gather(given_up, waiting, return_exceptions=True)
        await asyncio.wait_for(write(engine, 9), timeout=3)
    assert (await written(engine)).count(9) == 6
    assert 7 not in await written(engine)
