"""API keys as they are kept: the fake and both databases do the same."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.access.keys import ApiKey, KeyStore
from app.access.scopes import Scope
from app.db.database import Database
from app.db.key_store import SqlKeyStore
from app.db.tables import api_keys
from tests.access.key_stores import InMemoryKeyStore

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = "1" * 64, "2" * 64, "3" * 64


@pytest.fixture(params=["memory", "sqlite_database", "postgres_database"])
def store(request: pytest.FixtureRequest) -> KeyStore:
    if request.param == "memory":
        return InMemoryKeyStore()
    return SqlKeyStore(request.getfixturevalue(request.param))


def a_key(key_id: str = "key-1", *, at: datetime = NOW) -> ApiKey:
    return ApiKey(
        id=key_id,
        name="Tracking",
        prefix="viva_ab12",
        scopes=frozenset({Scope.BANKS_READ, Scope.GRADES_WRITE}),
        created_at=at,
        expires_at=at + timedelta(days=30),
    )


async def test_a_key_is_found_by_the_digest_of_its_secret_as_it_was_added(store: KeyStore) -> None:
    await store.add(a_key(), sha256=FIRST)
    assert await store.find(FIRST, at=NOW) == a_key()
    assert await store.get("key-1") == a_key()
    assert await store.find(SECOND, at=NOW) is None
    assert await store.get("key-2") is None


async def test_keys_are_listed_newest_first(store: KeyStore) -> None:
    await store.add(a_key("key-1"), sha256=FIRST)
    await store.add(a_key("key-2", at=NOW + timedelta(seconds=1)), sha256=SECOND)
    assert [key.id for key in await store.all()] == ["key-2", "key-1"]


async def test_a_rotated_key_is_found_by_both_secrets_until_the_overlap_ends(store: KeyStore) -> None:
    await store.add(a_key(), sha256=FIRST)
    ends_at = NOW + timedelta(hours=1)
    assert await store.rotate("key-1", sha256=SECOND, prefix="viva_cd34", previous_ends_at=ends_at)
    for sha256 in (FIRST, SECOND):
        found = await store.find(sha256, at=NOW)
        assert found is not None
        assert (found.prefix, found.previous_ends_at) == ("viva_cd34", ends_at)
    assert await store.find(FIRST, at=ends_at) is None
    assert await store.rotate("key-1", sha256=THIRD, prefix="viva_ef56", previous_ends_at=ends_at)
    assert [await store.find(sha256, at=NOW) is None for sha256 in (FIRST, SECOND, THIRD)] == [True, False, False]


async def test_a_key_is_revoked_once_and_not_rotated_after(store: KeyStore) -> None:
    await store.add(a_key(), sha256=FIRST)
    assert await store.revoke("key-1", at=NOW)
    assert await store.revoke("key-1", at=NOW + timedelta(days=1))
    found = await store.get("key-1")
    assert found is not None
    assert found.revoked_at == NOW
    assert not await store.rotate("key-1", sha256=SECOND, prefix="viva_cd34", previous_ends_at=NOW)
    assert not await store.revoke("key-2", at=NOW)


async def test_last_use_is_written_once_a_minute(store: KeyStore) -> None:
    await store.add(a_key(), sha256=FIRST)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        await store.note_use("key-1", at=NOW + timedelta(seconds=seconds))
        found = await store.get("key-1")
        assert found is not None
        assert found.last_used_at == NOW + timedelta(seconds=noted)


async def test_a_scope_of_a_later_viva_allows_nothing(database: Database) -> None:
    store = SqlKeyStore(database)
    await store.add(a_key(), sha256=FIRST)
    renamed = api_keys.update().values(scopes=["banks:read", "moons:write"])
    await database.write(lambda connection: connection.execute(renamed))
    found = await store.get("key-1")
    assert found is not None
    assert found.scopes == {Scope.BANKS_READ}
    assert len(await database.rows(select(api_keys))) == 1
