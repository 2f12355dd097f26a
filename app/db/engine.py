"""The database engine: SQLite in the data folder by default, any SQLAlchemy address by setting."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from app.config import Settings
from app.errors import Conflict, InvalidInput

BUSY_TIMEOUT_MS = 5000
CONNECTIONS = 10
"""To a database server, for this process."""
_EXAMPLE = "postgresql://viva@localhost/viva"


def database_url(settings: Settings) -> URL:
    """The address of the database, with its driver.

    Raises:
        InvalidInput: VIVA_DATABASE_URL is no address.
    """
    if settings.database_url is None:
        return URL.create("sqlite", database=str((settings.data_dir / "viva.db").absolute()))
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        raise InvalidInput(f"VIVA_DATABASE_URL is no address of a database; give one such as {_EXAMPLE}") from None
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def sqlite_file(settings: Settings) -> Path | None:
    """The database file; None when the database is not SQLite."""
    url = database_url(settings)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engine(settings: Settings) -> Engine:
    """An engine for that database; SQLite in WAL with foreign keys, and with deleted content overwritten.

    Raises:
        InvalidInput: VIVA_DATABASE_URL is no address, or one of a kind of database that Viva does not work with.
    """
    url = database_url(settings)
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise InvalidInput(f"VIVA_DATABASE_URL names {url.drivername}; Viva works with SQLite and with {_EXAMPLE}")
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=CONNECTIONS, hide_parameters=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
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


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at the beginning: one that first read could not get it any more once another wrote.
    reads_only = connection.get_execution_options().get("reads_only")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


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
