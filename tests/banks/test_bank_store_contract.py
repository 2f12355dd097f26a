"""What every bank store does, the fake and the real ones."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.banks.catalogue import BankStore, BankVersion, summary_of
from app.config import Settings
from app.db import schema
from app.db.bank_store import SqlBankStore
from app.db.database import Database
from app.db.engine import make_engine
from app.errors import Conflict
from rubric.bank import Bank
from rubric.hashing import content_sha256
from rubric.ids import with_ids
from rubric.information import InformationSheet
from tests.banks.bank_stores import InMemoryBankStore
from tests.builders import a_bank, a_full_bank


@asynccontextmanager
async def in_memory(_folder: Path) -> AsyncIterator[BankStore]:
    yield InMemoryBankStore()


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[BankStore]:
    database = Database(make_engine(Settings(data_dir=folder)))
    try:
        schema.upgrade(database.engine)
        yield SqlBankStore(database)
    finally:
        await database.aclose()


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[BankStore]]] = {
    "in memory": in_memory,
    "sqlite": in_sqlite,
}
"""Name of an adapter, and what opens it empty in a folder of its own; a new adapter needs a line here."""


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BankStore]:
    async with STORES[request.param](tmp_path) as opened:
        yield opened


def a_version(bank: Bank, version: int = 1) -> BankVersion:
    numbered = with_ids(bank, None)
    return BankVersion(
        name=bank.name,
        version=version,
        sha256=content_sha256(numbered),
        bank=numbered,
        imported_at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        source="storage.txt",
    )


async def test_an_empty_store_has_no_banks(store: BankStore) -> None:
    assert await store.latest("storage") is None
    assert await store.version("storage", 1) is None
    assert list(await store.list()) == []


@pytest.mark.parametrize("bank", [a_bank(), a_full_bank()], ids=["small", "full"])
async def test_a_version_comes_back_exactly_as_it_was_saved(store: BankStore, bank: Bank) -> None:
    version = a_version(bank)
    await store.save_version(version)
    assert await store.latest(bank.name) == version
    assert await store.version(bank.name, 1) == version


async def test_older_versions_stay_and_the_newest_is_the_latest(store: BankStore) -> None:
    first = a_version(a_bank())
    second = a_version(replace(a_bank(), title="Storage and more"), version=2)
    await store.save_version(first)
    await store.save_version(second)
    assert await store.latest("storage") == second
    assert await store.version("storage", 1) == first
    assert await store.version("storage", 3) is None


@pytest.mark.parametrize("version", [1, 3])
async def test_a_version_that_does_not_follow_the_latest_is_refused(store: BankStore, version: int) -> None:
    await store.save_version(a_version(a_bank()))
    with pytest.raises(Conflict):
        await store.save_version(a_version(replace(a_bank(), title="Other"), version=version))
    assert await store.latest("storage") == a_version(a_bank())


async def test_a_first_version_that_is_not_number_1_is_refused(store: BankStore) -> None:
    with pytest.raises(Conflict):
        await store.save_version(a_version(a_bank(), version=2))
    assert list(await store.list()) == []


async def test_the_refs_are_those_of_every_version(store: BankStore) -> None:
    versions = [a_version(a_full_bank()), a_version(a_bank()), a_version(replace(a_bank(), title="Newer"), version=2)]
    for version in versions:
        await store.save_version(version)
    assert list(await store.refs()) == [version.ref for version in versions]


async def test_the_list_has_the_latest_version_of_every_bank_by_name(store: BankStore) -> None:
    full, small = a_version(a_full_bank()), a_version(a_bank())
    newer = a_version(replace(a_bank(), title="Newer"), version=2)
    for version in (small, full, newer):
        await store.save_version(version)
    assert list(await store.list()) == [summary_of(full), summary_of(newer)]


async def test_what_may_be_quoted_about_a_job_is_kept_and_replaced(store: BankStore) -> None:
    await store.save_information("storage", InformationSheet(contact="a@example.org"))
    await store.save_information("storage", InformationSheet(contact="b@example.org", notices=("Kept 90 days.",)))

    assert await store.information("storage") == InformationSheet(contact="b@example.org", notices=("Kept 90 days.",))
    assert await store.information("another") is None
