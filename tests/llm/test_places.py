import asyncio

import pytest

from app.llm.chat import StructuredRequest
from app.llm.openai_chat import OpenAIChat
from app.llm.places import Places, in_bulk
from tests import stub_llm as stubs
from tests.llm.conftest import OpenChat
from tests.stub_llm import StubLLM


async def taken(places: Places) -> asyncio.Event:
    """A place that is held until the event is set."""
    has_it, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with places:
            has_it.set()
            await done.wait()

    done.task = asyncio.create_task(hold())  # type: ignore[attr-defined]  # keeps the task alive
    await asyncio.sleep(0)
    return done


async def running(places: Places) -> int:
    return places._taken


async def test_no_more_than_the_bound_are_under_way_and_the_next_comes_when_one_ends() -> None:
    places = Places(2)
    held = [await taken(places) for _ in range(3)]
    assert await running(places) == 2
    held[0].set()
    await asyncio.sleep(0.01)
    assert await running(places) == 2
    for done in held:
        done.set()
    await asyncio.sleep(0.01)
    assert await running(places) == 0


async def test_a_rate_limit_halves_the_bound_once_for_all_who_met_it_together() -> None:
    places = Places(8)
    bound = places.bound
    for _ in range(5):
        places.crowded(bound)
    assert places.allowed == 4
    places.crowded(places.bound)
    assert places.allowed == 2
    for _ in range(5):
        places.crowded(places.bound)
    assert places.allowed == 1


async def test_replies_open_the_places_again_up_to_the_bound() -> None:
    places = Places(4)
    places.crowded(places.bound)
    for _ in range(100):
        places.served()
    assert places.allowed == 4


async def test_who_is_cancelled_while_waiting_keeps_no_place() -> None:
    places = Places(1)
    holder = await taken(places)

    async def wait() -> None:
        async with places:
            pass

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    holder.set()
    await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        async with places:
            assert await running(places) == 1


async def test_who_is_called_and_cancelled_at_once_hands_the_place_on() -> None:
    places = Places(1)
    holder = await taken(places)

    async def wait() -> None:
        async with places:
            pass

    first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0)
    holder.set()
    await asyncio.sleep(0)  # the holder ends, and the first is called
    first.cancel()
    async with asyncio.timeout(1):
        await second


async def test_a_crowded_endpoint_is_asked_less_at_a_time(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    chat: OpenAIChat = open_chat(concurrency=8)
    stub_llm.script(*[stubs.rate_limited()] * 8)
    await asyncio.gather(*(chat.complete(request_) for _ in range(8)))
    assert chat._places.allowed < 8


async def test_who_is_waited_for_goes_before_what_was_handed_over_in_bulk() -> None:
    places, came = Places(1), list[str]()
    held = await taken(places)

    async def come(name: str, *, bulk: bool) -> None:
        in_bulk.set(bulk)
        async with places:
            came.append(name)

    waiting = [asyncio.create_task(come(f"bulk {number}", bulk=True)) for number in range(3)]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(come("interview", bulk=False)))
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(*waiting)
    assert came == ["interview", "bulk 0", "bulk 1", "bulk 2"]
