"""Open pages are told of what is new by one look at the store for all of them."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from app.interviews.store import Pulse
from app.interviews.watch import Watch


class Looked:
    """Pulses that rise with each look, and who was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    async def __call__(self, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        self.asked.append(set(interview_ids))
        return {found: Pulse(len(self.asked), {}) for found in interview_ids if found != "gone"}


async def test_a_hundred_pages_cost_one_look_a_beat() -> None:
    looked = Looked()
    watch = Watch(looked, beat_s=0.01)

    async def page(number: int) -> Pulse | None:
        async with watch.on(f"iv-{number}") as next_beat:
            await next_beat()
            return await next_beat()

    pulses = await asyncio.gather(*(page(number) for number in range(100)))
    assert len(looked.asked) == 2
    assert {pulse.version for pulse in pulses if pulse} == {2}


async def test_nobody_is_looked_for_once_nobody_watches() -> None:
    looked = Looked()
    watch = Watch(looked, beat_s=0.01)
    async with watch.on("iv-1") as next_beat:
        await next_beat()
    before = len(looked.asked)
    await asyncio.sleep(0.1)
    assert len(looked.asked) == before


async def test_a_page_that_comes_back_is_watched_again() -> None:
    looked = Looked()
    watch = Watch(looked, beat_s=0.01)
    for interview_id in ("iv-1", "iv-2"):
        async with watch.on(interview_id) as next_beat:
            assert await next_beat() is not None
    assert looked.asked[-1] == {"iv-2"}


async def test_of_a_deleted_interview_nothing_is_told() -> None:
    async with Watch(Looked(), beat_s=0.01).on("gone") as next_beat:
        assert await next_beat() is None


async def test_a_store_that_fails_is_told_to_who_waits_and_is_asked_again() -> None:
    looked = Looked()
    fails = [True]

    async def pulses(interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        if fails.pop() if fails else False:
            raise OSError("the disk is gone")
        return await looked(interview_ids)

    async with Watch(pulses, beat_s=0.01).on("iv-1") as next_beat:
        with pytest.raises(OSError, match="disk"):
            await next_beat()
        assert await next_beat() is not None
