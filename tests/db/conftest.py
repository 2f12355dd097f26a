"""A database of each kind, its schema up to date and its tables empty."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, delete

from app.config import Settings
from app.db import schema, tables
from app.db.database import Database
from app.db.engine import make_engine, sqlite_file
from app.jobs.heartbeats import workers
from app.jobs.preparing import prepare
from app.jobs.records import tables_of
from tests.db.databases import own_schema


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A migrated schema on PostgreSQL, shared by the tests of a session one after the other."""
    with own_schema() as address:
        _migrate(Settings(database_url=address))
        yield address


def _migrate(settings: Settings) -> None:
    engine = make_engine(settings)
    schema.upgrade(engine)
    prepare(engine)
    engine.dispose()


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own."""
    return Settings(data_dir=tmp_path, database_url=None)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with its schema up to date, to be copied."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("migrated"), database_url=None)
    _migrate(settings)
    file = sqlite_file(settings)
    assert file is not None
    return file


@pytest.fixture
async def sqlite_database(sqlite_settings: Settings, migrated_file: Path) -> AsyncIterator[Database]:
    """SQLite in a file, its tables empty."""
    shutil.copyfile(migrated_file, sqlite_settings.data_dir / migrated_file.name)
    database = Database(make_engine(sqlite_settings))
    yield database
    await database.aclose()


@pytest.fixture
async def postgres_database(postgres_address: str) -> AsyncIterator[Database]:
    """PostgreSQL, its tables empty."""
    database = Database(make_engine(Settings(database_url=postgres_address)))
    with database.engine.begin() as connection:
        # Quicker than TRUNCATE where there are a few rows; what hangs on interviews goes with them.
        for table in (
            tables.interviews,
            tables.screenings,
            tables.bank_versions,
            tables.tombstones,
            tables.api_keys,
            tables.api_repeats,
            tables.webhooks,
            workers,
            *_jobs(connection),
        ):
            connection.execute(delete(table))
    yield database
    await database.aclose()


def _jobs(connection: Connection) -> tuple[Table, ...]:
    jobs = tables_of(connection)
    return jobs.status, jobs.inputs, jobs.outputs, jobs.versions


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database of each kind in turn."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Database)
    return made
