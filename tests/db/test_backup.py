"""Copies of the database beside a server that goes on, and what of a deleted reply is left in any file."""

import asyncio
import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from app.access.keys import Keys
from app.access.scopes import Scope
from app.config import Settings
from app.db import backup, schema, tables
from app.db.database import Database
from app.db.engine import make_engine
from app.db.interview_store import SqlInterviewStore
from app.db.key_store import SqlKeyStore
from app.errors import Conflict, InvalidInput, NotFound
from app.interviews.models import Command
from app.jobs.enqueueing import enqueue
from app.jobs.records import open_count
from tests.interviews.fakes import START, QuotingReader
from tests.interviews.scripts import STRONG, VAGUE, Talk

MARKER = "zwieback-umbrella-4711"


@pytest.fixture
def database(sqlite_database: Database) -> Path:
    assert sqlite_database.engine.url.database is not None
    return Path(sqlite_database.engine.url.database)


@pytest.fixture
def talk(sqlite_database: Database) -> Talk:
    store = SqlInterviewStore(sqlite_database, enqueue=enqueue)
    return Talk(store=store, reader=QuotingReader(critiques=True))


def files_with(marker: str, folder: Path) -> list[str]:
    """Files in which the marker stands, in UTF-8 or UTF-16, whole."""
    forms = [marker.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [file for file in folder.rglob("*") if file.is_file()]
    return sorted(file.name for file in files if any(form in file.read_bytes() for form in forms))


async def test_a_backup_holds_everything_and_only_its_owner_can_read_it(talk: Talk, database: Path) -> None:
    await talk.begin()
    step = await talk.say(STRONG)
    target = database.parent / "elsewhere" / "copy.db"
    size = backup.back_up(database, target)
    assert size == target.stat().st_size > 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in target.parent.iterdir()] == ["copy.db"]
    assert backup.revision_of(target) == _needed(database)
    restored = database.parent / "other" / "viva.db"
    assert backup.put_back(target, restored) == 0
    again = Database(make_engine(Settings(data_dir=restored.parent, database_url=None)))
    try:
        store = SqlInterviewStore(again, enqueue=enqueue)
        assert await store.load(talk.id) == step.interview
        assert list(await store.grades(talk.id)) == list(await talk.store.grades(talk.id))
        with again.engine.connect() as connection:
            assert open_count(connection) == 1
    finally:
        await again.aclose()


def _needed(database: Path) -> str:
    engine = make_engine(Settings(data_dir=database.parent, database_url=None))
    try:
        return schema.state(engine).needed
    finally:
        engine.dispose()


async def test_a_backup_made_while_interviews_go_on_is_sound_and_of_one_moment(talk: Talk, database: Path) -> None:
    await talk.begin()
    ended = threading.Event()
    copies: list[Path] = []

    def copy_over_and_over() -> None:
        while not ended.is_set() or not copies:
            target = database.parent / f"copy-{len(copies)}.db"
            backup.back_up(database, target)
            copies.append(target)

    copying = asyncio.create_task(asyncio.to_thread(copy_over_and_over))
    for _ in range(5):
        await talk.open()
        await talk.do(Command.CONSENT)
        await talk.say(VAGUE)
        await talk.say(STRONG)
    ended.set()
    await copying
    for copy in copies:
        backup.revision_of(copy)
        with closing(sqlite3.connect(copy)) as connection:
            torn = connection.execute(
                "SELECT i.id FROM interviews i WHERE i.pending IS NULL AND i.state = 'asking' AND NOT EXISTS "
                "(SELECT 1 FROM entries e WHERE e.interview_id = i.id AND e.kind = 'question')"
            ).fetchall()
            assert torn == []
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_putting_back_under_an_open_engine_shows_the_past_and_the_engine_goes_on(
    talk: Talk, database: Path
) -> None:
    await talk.begin()
    past = (await talk.say(VAGUE)).interview
    copy = database.parent / "copy.db"
    backup.back_up(database, copy)
    await talk.say(STRONG)
    first = talk.id
    await talk.open()
    later = talk.id
    assert await asyncio.to_thread(backup.put_back, copy, database) == 0
    assert await talk.store.load(first) == past
    with pytest.raises(NotFound):
        await talk.store.load(later)
    talk.id = first
    step = await talk.say(STRONG)
    assert step.interview.current == "q2"
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_putting_back_while_the_engine_writes_breaks_neither(talk: Talk, database: Path) -> None:
    await talk.begin()
    copy = database.parent / "copy.db"
    backup.back_up(database, copy)

    async def write() -> None:
        for _ in range(15):
            await talk.open()

    writing = asyncio.create_task(write())
    for _ in range(4):
        await asyncio.to_thread(backup.put_back, copy, database)
    await writing
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert await talk.store.summaries()


async def test_what_was_deleted_stays_deleted_when_the_past_is_put_back(
    talk: Talk, database: Path, sqlite_database: Database
) -> None:
    await talk.begin()
    await talk.say(MARKER)
    deleted = talk.id
    await talk.begin()
    kept = talk.id
    copy = database.parent / "copy.db"
    backup.back_up(database, copy)
    await talk.service.delete(deleted, "asked for")
    for _ in range(2):
        backup.put_back(copy, database)
        with pytest.raises(NotFound):
            await talk.store.load(deleted)
        assert (await talk.store.load(kept)).id == kept
        with sqlite_database.engine.connect() as connection:
            (stone,) = connection.execute(select(tables.tombstones)).all()
        assert (stone.interview_id, stone.reason) == (deleted, "asked for")
    assert backup.put_back(copy, database) == 1


async def test_a_key_that_was_revoked_or_rotated_since_opens_nothing_again_when_the_past_is_put_back(
    sqlite_database: Database, database: Path
) -> None:
    keys = Keys(SqlKeyStore(sqlite_database), lambda: START)
    revoked, rotated, kept = [await keys.create(name, frozenset({Scope.BANKS_READ})) for name in ("a", "b", "c")]
    copy = database.parent / "copy.db"
    backup.back_up(database, copy)
    await keys.revoke(revoked.key.id)
    new = await keys.rotate(rotated.key.id, overlap_hours=0)
    await asyncio.to_thread(backup.put_back, copy, database)
    opens = [await keys.holder(one.secret) is not None for one in (revoked, rotated, kept, new)]
    assert opens == [False, False, True, True]


async def test_at_no_moment_of_a_restore_is_a_deleted_interview_back(talk: Talk, database: Path) -> None:
    await talk.begin()
    await talk.say(MARKER)
    copy = database.parent / "copy.db"
    backup.back_up(database, copy)
    await talk.service.delete(talk.id, "asked for")
    ended = threading.Event()

    def restore_over_and_over() -> None:
        for _ in range(15):
            backup.put_back(copy, database)
        ended.set()

    restoring = asyncio.create_task(asyncio.to_thread(restore_over_and_over))
    with closing(sqlite3.connect(database, timeout=5)) as beside:
        while not ended.is_set():
            assert beside.execute("SELECT count(*) FROM interviews").fetchone() == (0,)
            await asyncio.sleep(0)
    await restoring
    assert files_with(MARKER, database.parent / backup.FOLDER) == []


async def test_after_compacting_a_deleted_reply_is_in_no_file_of_the_folder(talk: Talk, database: Path) -> None:
    await talk.begin()
    await talk.say(f"{STRONG} {MARKER}")
    await talk.service.complete_pending()
    await talk.service.save_draft(talk.id, f"draft {MARKER}")
    backup.safety_copy(database, why="before-restore", at=START)
    backup.safety_copy(database, why="before-restore", at=START)
    leftover = database.parent / backup.FOLDER / "viva-cut-off.db.part"
    leftover.write_text(MARKER)
    assert len(files_with(MARKER, database.parent)) >= 4
    kept = talk.id
    await talk.begin()
    await talk.say("Another interview goes on")
    other = talk.id
    await talk.service.delete(kept, "asked for")
    rewritten = await asyncio.to_thread(backup.compact_all, database)
    assert len(rewritten) == 3
    assert files_with(MARKER, database.parent) == []
    assert (await talk.store.load(other)).answers[0].parts[0].text == "Another interview goes on"
    await talk.say(STRONG)


async def test_a_deleted_reply_is_overwritten_at_once_in_the_database_file(talk: Talk, database: Path) -> None:
    await talk.begin()
    await talk.say(MARKER * 200)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert files_with(MARKER, database.parent) == ["viva.db"]
    await talk.service.delete(talk.id, "asked for")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert files_with(MARKER, database.parent) == []


async def test_compacting_removes_what_another_program_deleted_and_left_in_free_pages(
    talk: Talk, database: Path
) -> None:
    await talk.begin()
    await talk.say(MARKER * 200)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        for table in ("entries", "parts"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
    assert files_with(MARKER, database.parent) != []
    await asyncio.to_thread(backup.compact_all, database)
    assert files_with(MARKER, database.parent) == []


async def test_compacting_says_so_when_a_reader_keeps_the_old_pages(
    talk: Talk, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.engine.BUSY_TIMEOUT_MS", 50)
    await talk.begin()
    await talk.say(MARKER)
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        await talk.service.delete(talk.id, "asked for")
        with pytest.raises(Conflict, match="try again"):
            backup.compact_all(database)
    backup.compact_all(database)
    assert files_with(MARKER, database.parent) == []


async def test_a_damaged_safety_copy_is_named_and_keeps_nothing_else_from_being_rewritten(
    talk: Talk, database: Path
) -> None:
    await talk.begin()
    await talk.say(MARKER)
    sound = backup.safety_copy(database, why="sound", at=START)
    damaged = sound.with_name("a-damaged.db")
    damaged.write_bytes(b"no database at all" * 100)
    await talk.service.delete(talk.id, "asked for")
    with pytest.raises(InvalidInput, match=r"a-damaged\.db"):
        backup.compact_all(database)
    assert files_with(MARKER, database.parent) == []


def test_compacting_nothing_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no database"):
        backup.compact_all(tmp_path / "viva.db")
    assert list(tmp_path.iterdir()) == []


def test_backing_up_nothing_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no database"):
        backup.back_up(tmp_path / "viva.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


async def test_an_existing_file_is_never_overwritten(database: Path) -> None:
    target = database.parent / "precious.txt"
    target.write_text("mine")
    with pytest.raises(Conflict, match=r"precious\.txt exists"):
        backup.back_up(database, target)
    assert target.read_text() == "mine"


def test_safety_copies_of_one_second_do_not_meet(tmp_path: Path, migrated_file: Path) -> None:
    database = tmp_path / "viva.db"
    database.write_bytes(migrated_file.read_bytes())
    copies = {backup.safety_copy(database, why="schema", at=START) for _ in range(3)}
    assert len(copies) == 3
    assert all(copy.parent == tmp_path / "backups" for copy in copies)


@pytest.mark.parametrize("damage", ["cut short", "bytes changed", "text", "empty", "other program", "other alembic"])
async def test_what_is_no_sound_backup_is_refused_and_changes_nothing(
    talk: Talk, database: Path, tmp_path: Path, damage: str
) -> None:
    await talk.begin()
    await talk.say(STRONG)
    before = await talk.store.load(talk.id)
    file = tmp_path / "backup.db"
    backup.back_up(database, file)
    content = file.read_bytes()
    if damage == "cut short":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "bytes changed":
        file.write_bytes(content[:4096] + os.urandom(4096 * 8) + content[4096 * 9 :])
    elif damage == "text":
        file.write_text("Dear diary")
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            name = "alembic_version" if damage == "other alembic" else "notes"
            connection.execute(f"CREATE TABLE {name} (version_num TEXT)")
            connection.execute(f"INSERT INTO {name} VALUES ('20261123_first')")
            connection.commit()
    with pytest.raises(InvalidInput, match=r"backup\.db"):
        backup.put_back(file, database)
    assert await talk.store.load(talk.id) == before


def test_a_backup_that_is_not_there_is_named(tmp_path: Path) -> None:
    for missing in (tmp_path / "nothing.db", tmp_path):
        with pytest.raises(InvalidInput, match="There is no file"):
            backup.put_back(missing, tmp_path / "viva.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all, but long enough to be one" * 40])
async def test_a_backup_takes_the_place_of_a_damaged_database_which_is_kept(
    talk: Talk, database: Path, tmp_path: Path, content: bytes
) -> None:
    await talk.open()
    backup.back_up(database, tmp_path / "backup.db")
    broken = tmp_path / "broken" / "viva.db"
    broken.parent.mkdir()
    broken.write_bytes(content)
    damaged = bool(content)
    assert backup.is_damaged(broken) == damaged
    kept = backup.safety_copy(broken, why="before-restore", at=START)
    assert kept.name == f"viva-{START:%Y%m%dT%H%M%SZ}-before-restore{'-damaged' if damaged else ''}.db"
    if damaged:
        assert kept.read_bytes() == content
    backup.put_back(tmp_path / "backup.db", broken)
    with closing(sqlite3.connect(broken)) as found:
        assert found.execute("SELECT id FROM interviews").fetchall() == [(talk.id,)]


def test_copying_or_compacting_a_damaged_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "viva.db").write_bytes(b"no database at all, but long enough to be one" * 40)
    with pytest.raises(InvalidInput, match="is damaged"):
        backup.back_up(tmp_path / "viva.db", tmp_path / "backup.db")
    with pytest.raises(InvalidInput, match="is damaged"):
        backup.compact_all(tmp_path / "viva.db")
    assert [path.name for path in tmp_path.iterdir()] == ["viva.db"]


def test_a_place_that_cannot_be_written_is_named(database: Path) -> None:
    (database.parent / "file").touch()
    with pytest.raises(InvalidInput, match=r"file/backup\.db can't be written"):
        backup.back_up(database, database.parent / "file" / "backup.db")
