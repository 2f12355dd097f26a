"""Requests are counted for each who asks, and a spent window says when to come again."""

import pytest

from app.access.rates import Rate
from app.errors import InvalidInput


async def test_each_who_asks_has_a_window_of_their_own() -> None:
    rate = Rate("2/minute")
    first, second, third = [await rate.take("key-1") for _ in range(3)]
    assert [one.is_spent for one in (first, second, third)] == [False, False, True]
    assert [one.remaining for one in (first, second, third)] == [1, 0, 0]
    assert not (await rate.take("key-2")).is_spent


async def test_headers_say_the_policy_what_is_left_and_when_to_come_again() -> None:
    rate = Rate("1 per 5 minutes")
    fresh = (await rate.take("key-1")).headers("key")
    assert fresh["RateLimit-Policy"] == '"key";q=1;w=300'
    assert fresh["RateLimit"].startswith('"key";r=0;t=')
    assert "Retry-After" not in fresh
    spent = await rate.take("key-1")
    assert spent.headers("key")["Retry-After"] == str(spent.reset_s)
    assert 1 <= spent.reset_s <= 300


@pytest.mark.parametrize("rate", ["", "many", "0/minute", "-1/minute", "1.5/second"])
def test_what_is_no_rate_is_refused_with_an_example(rate: str) -> None:
    with pytest.raises(InvalidInput, match=r"VIVA_API_RATE is .*such as 600/minute"):
        Rate(rate)
