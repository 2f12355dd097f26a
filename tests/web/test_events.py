"""What an open page is told while it is open: that something is new, once, and what it missed while it was away."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.bootstrap import Services, build_services
from app.config import Settings
from app.interviews.models import Command, Ending, Interview, Message, Mode
from app.interviews.store import Pulse
from app.interviews.watch import Watch
from app.web import events
from rubric.bank import Bank
from tests.interviews.fakes import InMemoryInterviewStore
from tests.interviews.scripts import STRONG, Talk, a_lake_bank
from tests.interviews.test_conduct import limited
from tests.stub_llm import StubLLM

QUIET_S = 900.0
BANK = """
title: One question
sections:
- title: Only
  questions:
  - id: q1
    text: What do you do first?
    criteria: [Look at the logs]
"""


@pytest.fixture
async def desk(tmp_path: Path, stub_llm: StubLLM) -> AsyncIterator[Services]:
    settings = Settings(data_dir=tmp_path, embeddings_base_url=stub_llm.base_url, embedding_model="stub-embedder")
    async with build_services(settings, background=True) as services:
        file = tmp_path / "one.yaml"
        file.write_text(BANK)
        await services.banks.import_file(file)
        yield services


async def begun(desk: Services, mode: Mode = Mode.ASSESSMENT) -> tuple[str, str]:
    interview, link = await desk.interviews.open(bank="one", mode=mode)
    await say(desk, interview.id, "agree-to-it", command=Command.CONSENT)
    return interview.id, link


async def say(
    desk: Services, interview_id: str, message_id: str, text: str = "", command: Command | None = None
) -> None:
    message = Message(
        id=message_id, interview_id=interview_id, channel="web", at=datetime.now(UTC), text=text, command=command
    )
    await desk.interviews.submit(message)


async def told(desk: Services, interview_id: str, seen: int) -> AsyncIterator[tuple[str, int, str]]:
    """Events as they come: name, version, data."""
    async for chunk in events.told(desk, interview_id, seen):
        fields = dict(line.split(": ", 1) for line in chunk.strip().splitlines() if ": " in line)
        if "event" in fields:
            yield fields["event"], int(fields["id"]), fields.get("data", "")


async def next_of(stream: AsyncIterator[tuple[str, int, str]]) -> tuple[str, int, str]:
    return await asyncio.wait_for(anext(stream), timeout=20)


async def version(desk: Services, interview_id: str) -> int:
    return (await pulse(desk, interview_id)).version


async def pulse(desk: Services, interview_id: str) -> Pulse:
    found = await desk.interviews.watch.now(interview_id)
    assert found is not None
    return found


async def test_a_page_is_told_of_a_reply_that_came_by_another_one(desk: Services) -> None:
    interview_id, _ = await begun(desk)
    stream = told(desk, interview_id, await version(desk, interview_id))
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)

    await say(desk, interview_id, "from-the-other-tab", "I look at the logs first, then at the metrics.")

    name, at, _ = await asyncio.wait_for(waiting, timeout=20)
    assert name == "stage"
    assert at <= await version(desk, interview_id)


async def test_a_page_that_comes_back_is_told_at_once_what_it_missed(desk: Services) -> None:
    interview_id, _ = await begun(desk)
    seen = await version(desk, interview_id)
    await say(desk, interview_id, "while-it-was-away", command=Command.REPEAT)

    name, at, _ = await next_of(told(desk, interview_id, seen))

    assert (name, at) == ("stage", await version(desk, interview_id))


async def test_practice_is_told_of_its_feedback_and_then_that_nothing_more_comes(desk: Services) -> None:
    interview_id, _ = await begun(desk, Mode.PRACTICE)
    await say(desk, interview_id, "the-only-answer", "I don't know")
    stream = told(desk, interview_id, await version(desk, interview_id))

    heard = [await next_of(stream)]
    while heard[-1][0] != "over":
        heard.append(await next_of(stream))

    (grades,) = [json.loads(data) for name, _, data in heard if name == "marks"][-1:]
    assert grades == (await pulse(desk, interview_id)).graded
    assert list(grades) == ["q1"]


async def test_in_an_assessment_no_event_says_anything_of_a_grade(desk: Services) -> None:
    interview_id, _ = await begun(desk)
    await say(desk, interview_id, "the-only-answer", "I look at the logs first, then at the metrics.")
    await say(desk, interview_id, "handed-in", command=Command.SUBMIT)
    stream = told(desk, interview_id, 0)

    heard = [chunk async for chunk in stream]

    assert [name for name, _, _ in heard] == ["stage", "over"]
    assert all(data == "" for _, _, data in heard)


async def test_the_stream_ends_when_the_server_is_told_to_stop(desk: Services) -> None:
    interview_id, _ = await begun(desk)
    stream = told(desk, interview_id, await version(desk, interview_id))
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)

    desk.stopping.set()

    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(waiting, timeout=5)


class CountedLoads(InMemoryInterviewStore):
    """Says how often a whole interview was read."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    async def load(self, interview_id: str) -> Interview:
        self.loads += 1
        return await super().load(interview_id)

    async def pulses(self, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        return {found: Pulse(self._interviews[found].version, {}) for found in interview_ids}


async def watched(desk: Services, bank: Bank) -> tuple[Talk, CountedLoads, Services]:
    """A talk that has begun, and a desk for it whose clock moves a second a beat."""
    store = CountedLoads()
    talk = Talk(store=store, bank=bank, quiet_s=QUIET_S)
    talk.service.watch = Watch(store.pulses, beat_s=0.001)
    await talk.begin()
    settings = desk.settings.model_copy(update={"quiet_s": QUIET_S})
    return talk, store, dataclasses.replace(desk, settings=settings, interviews=talk.service, clock=talk.clock)


async def test_while_a_limit_runs_the_interview_is_read_again_only_when_something_is_due(desk: Services) -> None:
    talk, store, here = await watched(desk, limited(3000))
    stream = told(here, talk.id, (await store.load(talk.id)).version)
    news = asyncio.ensure_future(anext(stream))
    before = store.loads
    await asyncio.sleep(0.1)
    assert store.loads == before + 1

    talk.clock.now += timedelta(seconds=2450)
    assert (await asyncio.wait_for(news, timeout=20))[0] == "stage"
    answer = (await store.load(talk.id)).answer_to("q1")
    assert answer is not None
    assert (answer.warned, answer.ending) == (True, None)

    talk.clock.now += timedelta(seconds=600)
    assert (await next_of(stream))[0] == "stage"
    answer = (await store.load(talk.id)).answer_to("q1")
    assert answer is not None
    assert answer.ending is Ending.TIMED_OUT


async def test_an_answer_in_several_messages_is_read_again_only_once_it_was_quiet_for_long(desk: Services) -> None:
    talk, store, here = await watched(desk, a_lake_bank())
    step = await talk.service.submit(talk.message(STRONG, more=True))
    stream = told(here, talk.id, step.interview.version)
    news = asyncio.ensure_future(anext(stream))
    before = store.loads
    await asyncio.sleep(0.1)
    assert store.loads == before + 1

    talk.clock.now += timedelta(seconds=QUIET_S)
    assert (await asyncio.wait_for(news, timeout=20))[0] == "stage"
    assert (await store.load(talk.id)).current == "q2"
