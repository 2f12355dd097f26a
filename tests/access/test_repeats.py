"""The same request with the same key is done once, and its answer can be read by who asked alone."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag

from app.access.repeats import GIVEN_UP_AFTER, KEPT_FOR, Ask, KeptAnswer, Repeats, Turn
from app.errors import KeyReused, StillBeingDone
from tests.access.repeat_stores import InMemoryRepeatStore

ANSWER = KeptAnswer(201, {"content-type": "application/json"}, b'{"link": "only shown once"}')
ASK = Ask("key-1", "viva_secret", "k1", b"POST /api/v1/interviews\n{}")


class House:
    """Repeats with a clock to turn."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.store = InMemoryRepeatStore()
        self.repeats = Repeats(self.store, lambda: self.now)

    async def turn(self, ask: Ask = ASK) -> Turn:
        turn = await self.repeats.begin(ask)
        assert isinstance(turn, Turn)
        return turn


@pytest.fixture
def house() -> House:
    return House()


def other(*, caller_id: str = "key-1", secret: str = "viva_secret", key: str = "k1", content: bytes = b"") -> Ask:
    return Ask(caller_id, secret, key, content or ASK.content)


async def test_the_same_request_again_gets_the_same_answer_for_a_day(house: House) -> None:
    await (await house.turn()).done(ANSWER)
    assert await house.repeats.begin(ASK) == ANSWER
    house.now += KEPT_FOR
    assert await house.repeats.begin(ASK) == ANSWER
    house.now += timedelta(seconds=1)
    await house.turn()


async def test_another_request_with_the_same_key_is_refused(house: House) -> None:
    await (await house.turn()).done(ANSWER)
    with pytest.raises(KeyReused, match="Idempotency-Key"):
        await house.repeats.begin(other(content=b"another"))


async def test_a_twin_waits_until_the_first_is_done(house: House) -> None:
    turn = await house.turn()
    with pytest.raises(StillBeingDone, match="again in a moment"):
        await house.repeats.begin(ASK)
    await turn.done(ANSWER)
    assert await house.repeats.begin(ASK) == ANSWER


async def test_what_failed_can_be_asked_again(house: House) -> None:
    await (await house.turn()).failed()
    await house.turn()


async def test_keys_of_different_callers_never_meet(house: House) -> None:
    await (await house.turn()).done(ANSWER)
    await house.turn(other(caller_id="key-2"))


async def test_what_ended_with_its_process_can_be_asked_again_and_cannot_come_late(house: House) -> None:
    lost = await house.turn()
    house.now += GIVEN_UP_AFTER + timedelta(seconds=1)
    turn = await house.turn()
    await lost.done(ANSWER)
    await lost.failed()
    with pytest.raises(StillBeingDone):
        await house.repeats.begin(ASK)
    await turn.done(ANSWER)
    assert await house.repeats.begin(ASK) == ANSWER


async def test_a_kept_answer_is_readable_with_the_callers_secret_alone(house: House) -> None:
    await (await house.turn()).done(ANSWER)
    (kept,) = house.store.kept.values()
    assert kept.sealed is not None
    assert b"only shown once" not in kept.sealed
    # As if the request were repeated by who read the database and knows everything but the secret.
    kept.fingerprint = other(secret="guessed").fingerprint
    with pytest.raises(InvalidTag):
        await house.repeats.begin(other(secret="guessed"))


async def test_a_rotated_secret_makes_nothing_twice(house: House) -> None:
    await (await house.turn()).done(ANSWER)
    with pytest.raises(KeyReused, match="rotated since"):
        await house.repeats.begin(other(secret="viva_new"))


def test_a_request_shows_neither_secret_nor_content() -> None:
    assert "viva_secret" not in repr(ASK)
    assert "interviews" not in repr(ASK)
