"""An engine for each kind of database, its schema up to date and its tables empty."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from app.config import Settings
from app.db import schema, tables
from app.db.engine import make_engine, sqlite_file
from app.jobs import in_process
from tests.db.databases import own_schema


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A migrated schema on PostgreSQL, shared by the tests of a session one after the other."""
    with own_schema() as address:
        asyncio.run(_migrated(Settings(database_url=address)))
        yield address


async def _migrated(settings: Settings) -> None:
    engine = make_engine(settings)
    await schema.upgrade(engine)
    await in_process.prepare(engine)
    await engine.dispose()


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own."""
    return Settings(data_dir=tmp_path, database_url=None)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with its schema up to date, to be copied."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("migrated"), database_url=None)
    asyncio.run(_migrated(settings))
    file = sqlite_file(settings)
    assert file is not None
    return file


@pytest.fixture
async def sqlite_engine(sqlite_settings: Settings, migrated_file: Path) -> AsyncIterator[AsyncEngine]:
    """SQLite in a file, its tables empty."""
    shutil.copyfile(migrated_file, sqlite_settings.data_dir / migrated_file.name)
    engine = make_engine(sqlite_settings)
    yield engine
    await engine.dispose()


@pytest.fixture
async def postgres_engine(postgres_address: str) -> AsyncIterator[AsyncEngine]:
    """PostgreSQL, its tables empty."""
    engine = make_engine(Settings(database_url=postgres_address))
    async with engine.begin() as connection:
        # Quicker than TRUNCATE where there are a few rows; what hangs on interviews goes with them.
        for table in (tables.interviews, tables.bank_versions, tables.tombstones, in_process.jobs):
            await connection.execute(delete(table))
    yield engine
    await engine.dispose()


@pytest.fixture(params=["sqlite_engine", "postgres_engine"])
def engine(request: pytest.FixtureRequest) -> AsyncEngine:
    """An engine of each kind in turn."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, AsyncEngine)
    return made
