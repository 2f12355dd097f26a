"""The schema goes up and down with data in it, fits the code, and a newer one is refused."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text

from app.config import Settings
from app.db import schema
from app.db.database import Database
from app.db.engine import make_engine
from app.db.interview_store import SqlInterviewStore
from app.db.review_store import SqlReviewStore
from app.errors import DatabaseUnavailable, InvalidInput, SchemaMismatch
from app.jobs.enqueueing import enqueue
from app.jobs.preparing import prepare
from app.review.models import Sought
from app.review.reasons import ReviewReason
from tests.db.databases import own_schema
from tests.interviews.fakes import QuotingReader
from tests.interviews.scripts import STRONG, Talk


@pytest.fixture
def postgres_empty() -> Iterator[Settings]:
    with own_schema() as address:
        yield Settings(database_url=address)


@pytest.fixture(params=["sqlite_settings", "postgres_empty"])
def empty(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine on a database with nothing in it."""
    engine = make_engine(request.getfixturevalue(request.param))
    yield engine
    engine.dispose()


def tables_of(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


async def an_interview_in(engine: Engine, *, doubts: bool = False) -> Talk:
    reader = QuotingReader(critiques=True, doubts=doubts)
    talk = Talk(store=SqlInterviewStore(Database(engine), enqueue=enqueue), reader=reader)
    await talk.begin()
    await talk.say(STRONG)
    return talk


async def test_an_empty_database_is_brought_to_what_the_code_needs(empty: Engine) -> None:
    before = schema.state(empty)
    assert before.current is None
    assert not before.is_current
    schema.upgrade(empty)
    prepare(empty)
    assert schema.state(empty).is_current
    assert schema.differences(empty) == []


async def test_going_up_twice_changes_nothing(empty: Engine) -> None:
    schema.upgrade(empty)
    prepare(empty)
    talk = await an_interview_in(empty)
    stored = await talk.store.load(talk.id)
    schema.upgrade(empty)
    prepare(empty)
    assert await talk.store.load(talk.id) == stored


async def test_down_one_and_up_again_with_data_in_it(empty: Engine) -> None:
    schema.upgrade(empty)
    prepare(empty)
    talk = await an_interview_in(empty)
    first = schema.state(empty).needed
    schema.downgrade(empty, "-1")
    assert schema.state(empty).current != first
    schema.upgrade(empty)
    assert schema.state(empty).is_current
    assert schema.differences(empty) == []
    again = await an_interview_in(empty)
    assert (await again.store.load(again.id)).current == "q2"
    assert talk.id != again.id


async def test_grades_from_before_the_review_queue_come_up_as_not_drawn_for_the_audit(empty: Engine) -> None:
    schema.upgrade(empty)
    prepare(empty)
    talk = await an_interview_in(empty)
    stored = await talk.grade("q1")
    schema.downgrade(empty, "20261123_first")
    assert "review_decisions" not in tables_of(empty)
    schema.upgrade(empty)
    assert await talk.grade("q1") == stored
    assert not stored.audit_sample


async def test_what_waited_before_there_was_a_queue_waits_in_it(empty: Engine) -> None:
    schema.upgrade(empty)
    prepare(empty)
    talk = await an_interview_in(empty, doubts=True)
    reviews = SqlReviewStore(Database(empty))
    before = await reviews.waiting(Sought(), limit=10)
    assert [line.interview_id for line in before.lines] == [talk.id]
    schema.downgrade(empty, "-1")
    assert "review_queue" not in tables_of(empty)
    schema.upgrade(empty)
    assert await reviews.waiting(Sought(), limit=10) == before
    assert (await reviews.waiting(Sought(reason=ReviewReason.OTHER), limit=10)).total == 1


async def test_down_to_the_ground_leaves_none_of_our_tables(empty: Engine) -> None:
    schema.upgrade(empty)
    schema.downgrade(empty, "base")
    assert tables_of(empty) <= {"alembic_version", "schema_writers"}
    assert schema.state(empty).current is None


async def test_a_table_that_differs_from_the_code_is_named(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE drafts ADD COLUMN mood VARCHAR(10)"))
    (difference,) = schema.differences(empty)
    assert "mood" in difference


async def test_tables_of_others_in_the_same_database_are_left_alone(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    schema.upgrade(empty)
    prepare(empty)
    assert schema.differences(empty) == []
    assert "theirs" in tables_of(empty)


async def test_a_newer_schema_is_refused_naming_the_version_needed(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '20991231_later'"))
        connection.execute(text("UPDATE schema_writers SET viva_version = '7.3.0'"))
    for attempt in (schema.state, schema.upgrade):
        with pytest.raises(SchemaMismatch, match=r"schema 20991231_later.*Install Viva 7\.3\.0 or newer") as caught:
            attempt(empty)
        assert version("viva") in str(caught.value)
    with empty.begin() as connection:
        connection.execute(text("DROP TABLE schema_writers"))
    with pytest.raises(SchemaMismatch, match="the Viva that wrote it"):
        schema.state(empty)


def test_a_backup_of_a_newer_viva_is_refused() -> None:
    with pytest.raises(SchemaMismatch, match="20991231_later"):
        schema.require_known("20991231_later")


async def test_a_table_made_anew_by_a_migration_keeps_what_belongs_to_it(empty: Engine) -> None:
    schema.upgrade(empty)
    prepare(empty)
    talk = await an_interview_in(empty)
    stored = await talk.store.load(talk.id)

    def remake(connection: Connection) -> None:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table(
            "interviews", recreate="always" if connection.dialect.name == "sqlite" else "never"
        ) as batch:
            batch.alter_column("label", nullable=True)

    with schema.migrating(empty) as connection:
        remake(connection)
    assert await talk.store.load(talk.id) == stored
    assert await talk.service.grades(talk.id)
    await talk.service.delete(talk.id, "foreign keys are enforced again")
    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM entries")).scalar() == 0


async def test_a_migration_that_orphans_rows_is_undone(sqlite_settings: Settings) -> None:
    engine = make_engine(sqlite_settings)
    schema.upgrade(engine)
    prepare(engine)
    talk = await an_interview_in(engine)
    with pytest.raises(SchemaMismatch, match="without what they belong to"), schema.migrating(engine) as connection:
        connection.execute(text("DELETE FROM interviews"))
    assert (await talk.store.load(talk.id)).current == "q2"
    engine.dispose()


async def test_a_file_that_is_no_database_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "viva.db").write_bytes(b"no database at all, but long enough to be one" * 40)
    engine = make_engine(Settings(data_dir=tmp_path))
    with pytest.raises(DatabaseUnavailable, match=r"viva\.db cannot be opened .*viva restore"):
        schema.state(engine)
    engine.dispose()


async def test_a_database_server_that_is_away_is_told_without_its_password() -> None:
    engine = make_engine(Settings(database_url="postgresql://viva:hush@127.0.0.1:1/viva"))
    with pytest.raises(DatabaseUnavailable, match="cannot be opened") as caught:
        schema.state(engine)
    assert "hush" not in str(caught.value)
    engine.dispose()


@pytest.mark.parametrize("address", ["nonsense", "mysql://viva:hush@127.0.0.1/viva"])
def test_an_address_that_viva_cannot_use_is_told_without_its_password(address: str) -> None:
    with pytest.raises(InvalidInput, match="VIVA_DATABASE_URL") as caught:
        make_engine(Settings(database_url=address))
    assert "hush" not in str(caught.value)
