"""The database as the stores use it: every transaction runs whole, on a thread of its own.

A statement at a time would hop to a thread and back for each, and a writer of SQLite would hold everybody else up for
as long as the hops take.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row

from app.db.engine import CONNECTIONS
from app.telemetry.spans import span

READERS = 4
"""Transactions that read a SQLite database at a time; there is one writer."""

T = TypeVar("T")


class Database:
    """Runs pieces of work, each in a transaction of its own.

    On SQLite writers come in one after the other, as they came: its own waiting is a lottery, in which under load some
    writer loses until its busy timeout is over. That timeout is left to the writers of other processes. A work that was
    begun is carried through, even where who asked for it is cancelled.

    Args:
        engine: Of SQLite or PostgreSQL, as `make_engine` makes it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        is_sqlite = engine.dialect.name == "sqlite"
        # What is read together must fit together; SQLite's readers see one state anyway.
        snapshot = {} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = engine.execution_options(reads_only=True, **snapshot)
        self._readers = ThreadPoolExecutor(READERS if is_sqlite else CONNECTIONS, "viva-db-read")
        self._writers = ThreadPoolExecutor(1, "viva-db-write") if is_sqlite else self._readers

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What the work finds, all of one state of the database."""
        with span("transaction", kind="read", work=_named(work)):
            return await asyncio.get_running_loop().run_in_executor(self._readers, partial(_found, self._reading, work))

    async def rows(self, query: Executable) -> Sequence[Row[Any]]:
        """What one query finds."""
        return await self.read(lambda connection: connection.execute(query).all())

    async def row(self, query: Executable) -> Row[Any] | None:
        """The one row that a query finds; None where there is none."""
        return await self.read(lambda connection: connection.execute(query).one_or_none())

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What the work gives once it is committed; where it raises, nothing of it is kept."""
        with span("transaction", kind="write", work=_named(work)):
            return await asyncio.get_running_loop().run_in_executor(self._writers, partial(_written, self.engine, work))

    async def aclose(self) -> None:
        """Close every connection, once the work that was begun has ended."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for threads in (self._readers, self._writers):
            threads.shutdown(cancel_futures=True)
        self.engine.dispose()


def _named(work: Callable[[Connection], Any]) -> str:
    """Where in the code a work stands, for traces."""
    return getattr(work, "__qualname__", "").partition(".<locals>")[0]


def _found(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _written(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)
