"""Claims of idempotency keys as they are kept: the fake and both databases do the same."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.access.repeats import Claim, RepeatStore
from app.db.database import Database
from app.db.repeat_store import SqlRepeatStore
from tests.access.repeat_stores import InMemoryRepeatStore

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "sqlite_database", "postgres_database"])
def store(request: pytest.FixtureRequest) -> RepeatStore:
    if request.param == "memory":
        return InMemoryRepeatStore()
    return SqlRepeatStore(request.getfixturevalue(request.param))


async def claim(store: RepeatStore, at: datetime = NOW, fingerprint: str = "f1") -> Claim | None:
    return await store.claim("a1", fingerprint, at=at, given_up_before=at - 10 * MINUTE, kept_since=at - 60 * MINUTE)


async def test_a_claim_stands_open_then_with_its_answer_then_is_forgotten(store: RepeatStore) -> None:
    assert await claim(store) is None
    assert await claim(store, NOW + MINUTE, "f2") == Claim("f1", None)
    await store.keep("a1", b"sealed", claimed_at=NOW)
    assert await claim(store, NOW + 59 * MINUTE) == Claim("f1", b"sealed")
    assert await claim(store, NOW + 61 * MINUTE) is None


async def test_a_released_claim_can_be_made_again_and_an_answered_one_is_not_released(store: RepeatStore) -> None:
    assert await claim(store) is None
    await store.release("a1", claimed_at=NOW)
    assert await claim(store, NOW + MINUTE) is None
    await store.keep("a1", b"sealed", claimed_at=NOW + MINUTE)
    await store.release("a1", claimed_at=NOW + MINUTE)
    assert await claim(store, NOW + MINUTE) == Claim("f1", b"sealed")


async def test_a_claim_that_was_given_up_takes_no_late_answer(store: RepeatStore) -> None:
    assert await claim(store) is None
    assert await claim(store, NOW + 11 * MINUTE) is None
    await store.keep("a1", b"late", claimed_at=NOW)
    assert await claim(store, NOW + 12 * MINUTE) == Claim("f1", None)


async def test_of_many_twins_at_once_one_gets_the_turn(database: Database) -> None:
    store = SqlRepeatStore(database)
    found = await asyncio.gather(*(claim(store) for _ in range(12)))
    assert found.count(None) == 1
    assert set(found) == {None, Claim("f1", None)}
