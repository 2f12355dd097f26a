"""Writers of one process take turns on SQLite, whatever becomes of each."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app.config import Settings
from app.db.database import Database
from app.db.engine import make_engine


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(make_engine(Settings(data_dir=tmp_path)))
    await made.write(lambda connection: connection.execute(text("CREATE TABLE said (number INTEGER)")))
    yield made
    await made.aclose()


def saying(number: int, may_end: threading.Event | None = None) -> Callable[[Connection], None]:
    def say(connection: Connection) -> None:
        connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": number})
        assert may_end is None or may_end.wait(10)

    return say


async def written(database: Database) -> list[int]:
    return [row.number for row in await database.rows(text("SELECT number FROM said ORDER BY rowid"))]


async def test_writers_come_in_as_they_came(database: Database) -> None:
    await asyncio.gather(*(database.write(saying(number)) for number in range(50)))
    assert await written(database) == list(range(50))


async def test_nobody_waits_for_a_writer_to_read(database: Database) -> None:
    await database.write(saying(1))
    may_end = threading.Event()
    writer = asyncio.create_task(database.write(saying(2, may_end)))
    await asyncio.sleep(0)
    assert await written(database) == [1]
    may_end.set()
    await writer
    assert await written(database) == [1, 2]


async def test_a_writer_that_fails_leaves_nothing_and_holds_nobody_up(database: Database) -> None:
    def fail(connection: Connection) -> None:
        saying(7)(connection)
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(OperationalError):
        await database.write(fail)
    await database.write(saying(9))
    assert await written(database) == [9]


async def test_a_writer_that_is_given_up_while_it_waits_writes_nothing_and_holds_nobody_up(database: Database) -> None:
    may_end = threading.Event()
    first = asyncio.create_task(database.write(saying(1, may_end)))
    given_up = asyncio.create_task(database.write(saying(7)))
    await asyncio.sleep(0.01)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    may_end.set()
    await first
    await database.write(saying(9))
    assert await written(database) == [1, 9]


async def test_what_was_begun_is_carried_through_though_nobody_waits_for_it(database: Database) -> None:
    may_end = threading.Event()
    begun = asyncio.create_task(database.write(saying(1, may_end)))
    await asyncio.sleep(0.05)
    begun.cancel()
    await asyncio.gather(begun, return_exceptions=True)
    may_end.set()
    await database.write(saying(2))
    assert await written(database) == [1, 2]
