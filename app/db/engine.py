"""The database engine: SQLite in the data folder by default, any SQLAlchemy address by setting."""

import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from app.config import Settings
from app.errors import Conflict, InvalidInput

BUSY_TIMEOUT_MS = 5000
_EXAMPLE = "postgresql://viva@localhost/viva"


def database_url(settings: Settings) -> URL:
    """The address of the database, with an asynchronous driver.

    Raises:
        InvalidInput: VIVA_DATABASE_URL is no address.
    """
    if settings.database_url is None:
        return URL.create("sqlite+aiosqlite", database=str((settings.data_dir / "viva.db").absolute()))
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        raise InvalidInput(f"VIVA_DATABASE_URL is no address of a database; give one such as {_EXAMPLE}") from None
    if url.drivername == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def sqlite_file(settings: Settings) -> Path | None:
    """The database file; None when the database is not SQLite."""
    url = database_url(settings)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engine(settings: Settings) -> AsyncEngine:
    """An engine for that database; SQLite in WAL with foreign keys, and with deleted content overwritten.

    Raises:
        InvalidInput: VIVA_DATABASE_URL is no address, or one of a kind of database that Viva does not work with.
    """
    url = database_url(settings)
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise InvalidInput(f"VIVA_DATABASE_URL names {url.drivername}; Viva works with SQLite and with {_EXAMPLE}")
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_async_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    writers = _Writers()
    event.listen(engine.sync_engine, "begin", writers.begin)
    # Not on the commit: its event comes before the commit itself, and the next writer would wait by the lottery again.
    event.listen(engine.sync_engine, "checkin", writers.ended)
    event.listen(engine.sync_engine, "invalidate", writers.ended)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # SQLAlchemy then controls transactions itself, so that a write takes its lock at the beginning.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class _Writers:
    """Lets the writers of this process in one after the other, as they came.

    SQLite's own waiting is a lottery: under load some writer loses until its busy timeout is over. That timeout is left
    to the writers of other processes.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._holder: DBAPIConnection | None = None

    def begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get("reads_only"):
            connection.exec_driver_sql("BEGIN")
            return
        own = connection.connection.dbapi_connection
        if own is not self._holder:
            await_only(self._turn.acquire())
            self._holder = own
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def ended(self, connection: DBAPIConnection | None, *_: object) -> None:
        if self._holder is not None and connection is self._holder:
            self._holder = None
            self._turn.release()


def compact(file: Path) -> None:
    """Rewrite a SQLite database so that nothing deleted remains in its file or its log.

    Raises:
        Conflict: Another process holds it for longer than the busy timeout.
    """
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        raise Conflict(f"{file} could not be rewritten ({error}); try again when it is less busy.") from error
    finally:
        connection.close()
    if busy:
        raise Conflict(f"{file} was rewritten, but its log is still being read; try again shortly.")
