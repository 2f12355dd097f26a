"""API keys: shown once, kept as digests, rotated with an overlap, never made by who may do less."""

from datetime import UTC, datetime, timedelta

import pytest

from app.access.keys import SECRET_START, Keys, NewKey
from app.access.scopes import Scope, scopes_of
from app.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tests.access.key_stores import InMemoryKeyStore

READS = frozenset({Scope.BANKS_READ})


class House:
    """Keys with a clock to turn."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.keys = Keys(InMemoryKeyStore(), lambda: self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def made(self, expires_days: int | None = None) -> NewKey:
        return await self.keys.create("Tracking", READS, expires_days=expires_days)

    async def opens(self, secret: str) -> bool:
        return await self.keys.holder(secret) is not None


@pytest.fixture
def house() -> House:
    return House()


async def test_a_new_key_opens_with_its_secret_alone(house: House) -> None:
    new = await house.made()
    assert new.secret.startswith(SECRET_START)
    assert len(new.secret) > 40
    assert new.secret.startswith(new.key.prefix)
    assert new.secret not in repr(new)
    assert await house.opens(new.secret)
    assert not await house.opens(new.secret[:-1])
    assert not await house.opens(new.key.prefix)


async def test_a_key_ends_when_its_days_are_over(house: House) -> None:
    new = await house.made(expires_days=2)
    house.later(days=2, seconds=-1)
    assert await house.opens(new.secret)
    house.later(seconds=1)
    assert not await house.opens(new.secret)


async def test_an_old_secret_works_for_the_overlap_and_the_one_before_no_longer(house: House) -> None:
    first = await house.made()
    second = await house.keys.rotate(first.key.id, overlap_hours=2)
    assert second.key.id == first.key.id
    assert second.key.scopes == READS
    assert [await house.opens(new.secret) for new in (first, second)] == [True, True]
    house.later(hours=2)
    assert [await house.opens(new.secret) for new in (first, second)] == [False, True]
    third = await house.keys.rotate(first.key.id, overlap_hours=0)
    assert [await house.opens(new.secret) for new in (first, second, third)] == [False, False, True]


async def test_a_revoked_key_opens_nothing_old_secret_or_new(house: House) -> None:
    old = await house.made()
    new = await house.keys.rotate(old.key.id, overlap_hours=24)
    await house.keys.revoke(old.key.id)
    await house.keys.revoke(old.key.id)
    assert [await house.opens(one.secret) for one in (old, new)] == [False, False]
    with pytest.raises(Conflict, match="make a new one"):
        await house.keys.rotate(old.key.id, overlap_hours=1)
    with pytest.raises(NotFound, match="viva keys list"):
        await house.keys.revoke("key-none")


async def test_last_use_is_noted_to_the_minute(house: House) -> None:
    new = await house.made()
    await house.opens(new.secret)
    first = house.now
    house.later(seconds=59)
    await house.opens(new.secret)
    assert [key.last_used_at for key in await house.keys.all()] == [first]
    house.later(seconds=1)
    await house.opens(new.secret)
    assert [key.last_used_at for key in await house.keys.all()] == [house.now]


async def test_nobody_makes_or_changes_a_key_that_may_do_more(house: House) -> None:
    within = frozenset({Scope.KEYS_WRITE})
    new = await house.made()
    with pytest.raises(NotPermitted, match="banks:read"):
        await house.keys.create("More", READS, within=within)
    with pytest.raises(NotPermitted, match="banks:read"):
        await house.keys.rotate(new.key.id, overlap_hours=1, within=within)
    with pytest.raises(NotPermitted, match="banks:read"):
        await house.keys.revoke(new.key.id, within=within)
    assert await house.opens(new.secret)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "\x1b[31m", "a\u2028b"])
async def test_a_name_that_lists_could_not_show_is_refused(house: House, name: str) -> None:
    with pytest.raises(InvalidInput, match="name: "):
        await house.keys.create(name, READS)


@pytest.mark.parametrize("days", [0, -1, 3651, 10**12])
async def test_a_time_that_cannot_be_is_refused(house: House, days: int) -> None:
    with pytest.raises(InvalidInput, match="expires_days: "):
        await house.made(expires_days=days)


@pytest.mark.parametrize("hours", [-1, 721, float("nan")])
async def test_an_overlap_that_cannot_be_is_refused(house: House, hours: float) -> None:
    new = await house.made()
    with pytest.raises(InvalidInput, match="overlap_hours: "):
        await house.keys.rotate(new.key.id, overlap_hours=hours)


def test_a_scope_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"no 'banks:all'; there are: interviews:read"):
        scopes_of(["banks:read", "banks:all"])
    with pytest.raises(InvalidInput, match="at least one"):
        scopes_of([])
