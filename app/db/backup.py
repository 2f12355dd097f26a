"""Copies of the database: made and put back beside a running server, page by page, by SQLite's own backup.

A backup is itself a SQLite database with everything in it but what is derived (vectors) or secret (the operator's
token). What was deleted stays deleted: the tombstones of the present outlive a restored past. So does what became of
API keys: one that was revoked or rotated since opens nothing again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from app.db.engine import BUSY_TIMEOUT_MS, compact
from app.errors import Conflict, InvalidInput

FOLDER = "backups"
DRAFT = ".part"
_OF_KEYS = ("sha256", "prefix", "previous_sha256", "previous_ends_at", "expires_at", "revoked_at")


def back_up(database: Path, target: Path) -> int:
    """Copy the database as it stands to a new file that only its owner can read; gives its size in bytes.

    Raises:
        InvalidInput: There is no database yet, it is damaged, or the target can't be written.
        Conflict: The target exists, or the disk is full.
    """
    if not database.exists():
        raise InvalidInput(f"There is no database at {database}; nothing was written.")
    if target.exists():
        raise Conflict(f"{target} exists; name a file that does not, so that no backup is overwritten.")
    draft = target.with_name(target.name + DRAFT)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
    except OSError as error:
        raise InvalidInput(f"{target} can't be written ({error.strerror}); choose another place.") from error
    try:
        with _opened(database) as source, _opened(draft) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        draft.unlink(missing_ok=True)
        raise Conflict(f"{database} could not be copied to {target} ({error}); nothing was written.") from error
    except sqlite3.DatabaseError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(f"{database} is damaged ({error}), so it can't be copied; nothing was written.") from error
    draft.rename(target)
    return target.stat().st_size


def safety_copy(database: Path, *, why: str, at: datetime) -> Path:
    """A backup in the data folder, named by time and reason; what is damaged is moved there as it is."""
    damaged = is_damaged(database)
    why += "-damaged" if damaged else ""
    target = database.parent / FOLDER / f"viva-{at:%Y%m%dT%H%M%SZ}-{why}.db"
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"viva-{at:%Y%m%dT%H%M%SZ}-{why}-{number}.db")
    if damaged:
        target.parent.mkdir(parents=True, exist_ok=True)
        database.rename(target)
        for log in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                database.with_name(database.name + log).rename(target.with_name(target.name + log))
    else:
        back_up(database, target)
    return target


def is_damaged(database: Path) -> bool:
    """Whether the file is there and is no SQLite database that could be written to."""
    if not database.exists():
        return False
    try:
        with _opened(database) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.OperationalError:
        return False
    except sqlite3.DatabaseError:
        return True


def revision_of(backup: Path) -> str:
    """The schema revision of a backup.

    Raises:
        InvalidInput: The file is missing, damaged, or no backup of Viva.
    """
    if not backup.is_file():
        raise InvalidInput(f"There is no file {backup}.")
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise InvalidInput(f"{backup} is damaged; take an older backup.")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise InvalidInput(f"{backup} is no backup of Viva ({error}).") from error
    if row is None or not {"interviews", "tombstones"} <= tables:
        raise InvalidInput(f"{backup} is no backup of Viva: it names no schema, or has no interviews.")
    return str(row[0])


def writer_of(backup: Path) -> str | None:
    """The version of the Viva that brought a sound backup to its schema; None where it does not say."""
    with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_writers'").fetchone() is None:
            return None
        row = connection.execute("SELECT viva_version FROM schema_writers").fetchone()
    return None if row is None else str(row[0])


def put_back(backup: Path, database: Path) -> int:
    """Make the database what the backup holds, in one transaction, less what was deleted since.

    Gives the number of interviews that stayed deleted.

    Raises:
        InvalidInput: The file is no sound backup.
    """
    revision_of(backup)
    folder = database.parent / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # What was deleted is taken out of a copy first: a restore that is cut off brings nothing back.
    draft = folder / f"restoring{DRAFT}"
    draft.unlink(missing_ok=True)
    try:
        back_up(backup, draft)
        with _opened(draft) as source, _opened(database) as live:
            stayed = _bury(source, _tombstones(database))
            _lock_out(source, _keys(database))
            source.backup(live)
            live.execute("PRAGMA journal_mode=WAL")
            return stayed
    finally:
        draft.unlink(missing_ok=True)


def compact_all(database: Path) -> list[Path]:
    """Rewrite the database and its safety copies so that nothing deleted remains in any of them; gives the files.

    Raises:
        Conflict: Another process holds one of them for longer than the busy timeout.
        InvalidInput: There is no database yet, or a safety copy is damaged; all the others were rewritten.
    """
    if not database.exists():
        raise InvalidInput(f"There is no database at {database}; nothing was written.")
    folder = database.parent / FOLDER
    for draft in folder.glob(f"*{DRAFT}*"):
        draft.unlink(missing_ok=True)
    if is_damaged(database):
        raise InvalidInput(f"{database} is damaged; `viva restore FILE` puts a backup in its place.")
    compact(database)
    deleted = _tombstones(database)
    copies = sorted(folder.glob("*.db"))
    damaged = [copy for copy in copies if not _compacted(copy, deleted)]
    if damaged:
        names = ", ".join(str(copy) for copy in damaged)
        raise InvalidInput(
            f"Damaged, so that nothing can be taken out: {names}. Please delete; the rest was rewritten."
        )
    return [database, *copies]


def interview_ids(database: Path) -> frozenset[str]:
    """Ids of the interviews that are there."""
    with _opened(database) as connection:
        return frozenset(found for (found,) in connection.execute("SELECT id FROM interviews"))


def _compacted(copy: Path, deleted: list[tuple[str, str, str]]) -> bool:
    try:
        with _opened(copy) as connection:
            _bury(connection, deleted)
        compact(copy)
    except sqlite3.OperationalError as error:
        raise Conflict(f"{copy} could not be rewritten ({error}); try again when it is less busy.") from error
    except sqlite3.DatabaseError:
        return False
    return True


def _tombstones(database: Path) -> list[tuple[str, str, str]]:
    if not database.exists():
        return []
    with _opened(database) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tombstones'").fetchone() is None:
            return []
        return connection.execute("SELECT interview_id, deleted_at, reason FROM tombstones").fetchall()


def _bury(connection: sqlite3.Connection, deleted: list[tuple[str, str, str]]) -> int:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")
    with connection:
        gone = connection.executemany("DELETE FROM interviews WHERE id = ?", [(row[0],) for row in deleted])
        connection.executemany("INSERT OR IGNORE INTO tombstones VALUES (?, ?, ?)", deleted)
        return max(gone.rowcount, 0)


def _keys(database: Path) -> list[tuple[str | None, ...]]:
    """Of each API key its secrets' digests, when it ends and was revoked, and its id."""
    if not database.exists():
        return []
    with _opened(database) as connection:
        if not _has_keys(connection):
            return []
        return connection.execute(f"SELECT {', '.join(_OF_KEYS)}, id FROM api_keys").fetchall()  # noqa: S608 (our own)


def _lock_out(connection: sqlite3.Connection, keys: list[tuple[str | None, ...]]) -> None:
    if _has_keys(connection):
        changed = ", ".join(f"{column} = ?" for column in _OF_KEYS)
        with connection:
            connection.executemany(f"UPDATE api_keys SET {changed} WHERE id = ?", keys)  # noqa: S608 (our own)


def _has_keys(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'api_keys'").fetchone() is not None


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        yield connection
