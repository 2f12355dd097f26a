import asyncio

import pytest

from app.llm.single_flight import SingleFlight


class Work:
    """Counts how often it was begun and given up; ends when told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.given_up = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return self.begun


async def test_who_asks_for_the_same_at_the_same_time_gets_one_result() -> None:
    flights, work = SingleFlight[int](), Work()
    asking = [asyncio.create_task(flights.run("k", work)) for _ in range(3)]
    await asyncio.sleep(0.01)
    work.may_end.set()
    assert await asyncio.gather(*asking) == [(1, False), (1, True), (1, True)]


async def test_other_keys_and_later_times_are_work_of_their_own() -> None:
    flights, work = SingleFlight[int](), Work()
    work.may_end.set()
    assert [await flights.run("k", work), await flights.run("k", work), await flights.run("l", work)] == [
        (1, False),
        (2, False),
        (3, False),
    ]


async def test_the_first_may_be_cancelled_without_the_others() -> None:
    flights, work = SingleFlight[int](), Work()
    first, second = (asyncio.create_task(flights.run("k", work)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.may_end.set()
    assert await second == (1, True)


async def test_work_that_nobody_waits_for_any_more_is_given_up_and_begun_anew() -> None:
    flights, work = SingleFlight[int](), Work()
    asking = [asyncio.create_task(flights.run("k", work)) for _ in range(2)]
    await asyncio.sleep(0.01)
    for task in asking:
        task.cancel()
    again = asyncio.create_task(flights.run("k", work))
    await asyncio.gather(*asking, return_exceptions=True)
    work.may_end.set()
    assert await again == (2, False)
    assert work.given_up == 1


async def test_a_failure_is_everybodys() -> None:
    flights = SingleFlight[int]()

    async def fails() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    results = await asyncio.gather(*(flights.run("k", fails) for _ in range(2)), return_exceptions=True)
    assert [str(result) for result in results] == ["no", "no"]
