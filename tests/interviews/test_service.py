"""Deliveries, races, waits and failures: no accepted reply is lost, and none is judged twice."""

import asyncio
from datetime import timedelta

import pytest

from app.errors import InvalidInput, NotFound, OutOfTurn
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Reading, Ungraded
from app.interviews import wording
from app.interviews.models import Command, GradeRecord, Kind, Mode, State, Step
from rubric.information import InformationSheet
from tests.interviews.fakes import START, InMemoryInterviewStore, QuotingReader
from tests.interviews.scripts import STRONG, VAGUE, Talk, last, said


class SlowReader(QuotingReader):
    """Reads when it is let."""

    def __init__(self, *, critiques: bool = False) -> None:
        super().__init__(critiques=critiques)
        self.ready = asyncio.Event()
        self.asked = asyncio.Event()

    async def read(self, request: GradeRequest) -> Reading:
        self.asked.set()
        await self.ready.wait()
        return await super().read(request)


class SlowCritic(QuotingReader):
    """Gives critiques when it is let."""

    def __init__(self) -> None:
        super().__init__(critiques=True)
        self.ready = asyncio.Event()
        self.asked = asyncio.Event()

    async def complete(self, request: GradeRequest, reading: Reading) -> Graded:
        self.asked.set()
        await self.ready.wait()
        return await super().complete(request, reading)


def replies(step: Step) -> list[str]:
    return [entry.text for entry in step.interview.transcript if entry.kind is Kind.REPLY]


def graded(record: GradeRecord) -> Graded:
    assert isinstance(record.outcome, Graded)
    return record.outcome


# opening


async def test_an_interview_needs_a_bank_and_sections_that_exist_and_at_least_one_question() -> None:
    talk = Talk()
    with pytest.raises(NotFound):
        await talk.service.open(bank="nowhere", mode=Mode.ASSESSMENT)
    with pytest.raises(NotFound, match="no section “Cooking”; it has: Querying, Storage"):
        await talk.open(sections=("Cooking",))
    with pytest.raises(InvalidInput, match="at least 1, not 0"):
        await talk.open(limit=0)
    assert await talk.service.summaries() == []


async def test_a_link_opens_its_interview_and_no_other() -> None:
    talk = Talk()
    await talk.open()
    first, first_link = talk.id, talk.link
    await talk.open()
    assert (await talk.service.find(first_link)).id == first
    assert (await talk.service.find(talk.link)).id == talk.id
    for wrong in ("", talk.link[:-1], talk.id, talk.link.upper(), "\x00", "\ud800"):
        with pytest.raises(NotFound):
            await talk.service.find(wrong)


async def test_the_link_itself_is_kept_nowhere() -> None:
    store = InMemoryInterviewStore()
    talk = Talk(store=store)
    await talk.open()
    assert talk.link not in repr(vars(store))


# 37: one delivery, one answer


async def test_a_delivery_that_comes_again_changes_nothing_and_gives_the_same_step() -> None:
    talk = Talk()
    await talk.begin()
    message = talk.message(STRONG)
    first = await talk.service.submit(message)
    again = await talk.service.submit(message)
    assert again == first
    assert talk.reader.readings == 1


async def test_a_delivery_that_comes_again_much_later_changes_nothing() -> None:
    talk = Talk()
    await talk.begin()
    message = talk.message(STRONG)
    await talk.service.submit(message)
    await talk.say(VAGUE)
    await talk.say(VAGUE)
    before = await talk.store.load(talk.id)
    await talk.service.submit(message)
    assert await talk.store.load(talk.id) == before


async def test_a_delivery_that_comes_again_after_the_end_is_no_error() -> None:
    talk = Talk()
    await talk.open(limit=1)
    await talk.do(Command.CONSENT)
    message = talk.message(STRONG)
    first = await talk.service.submit(message)
    assert first.interview.state is State.REVIEWING
    assert await talk.service.submit(message) == first


async def test_twins_of_one_delivery_at_once_make_one_answer_and_hear_the_same() -> None:
    talk = Talk()
    await talk.begin()
    message = talk.message(STRONG)
    steps = await asyncio.gather(*(talk.service.submit(message) for _ in range(10)))
    assert {tuple(said(step)) for step in steps} == {(wording.NEXT, "How do you protect it?")}
    assert replies(steps[0]) == [STRONG]
    assert talk.reader.readings == 1


async def test_consent_given_twice_at_once_asks_the_first_question_once() -> None:
    talk = Talk()
    await talk.open()
    message = talk.message(command=Command.CONSENT)
    steps = await asyncio.gather(talk.service.submit(message), talk.service.submit(message))
    assert [entry.kind for entry in steps[0].interview.transcript].count(Kind.QUESTION) == 1


async def test_the_same_id_from_two_channels_is_two_deliveries() -> None:
    talk = Talk()
    await talk.begin()
    await talk.service.submit(talk.message(VAGUE, delivery="1", channel="web"))
    step = await talk.service.submit(talk.message(STRONG, delivery="1", channel="terminal"))
    assert replies(step) == [VAGUE, STRONG]


@pytest.mark.parametrize("delivery", ["x" * 201, "a\nb", "\x00", "\ud800"])
async def test_an_unusable_delivery_id_is_refused_and_nothing_is_stored(delivery: str) -> None:
    talk = Talk()
    await talk.begin()
    before = await talk.store.load(talk.id)
    with pytest.raises(InvalidInput, match="id has 1 to 200 printable characters"):
        await talk.service.submit(talk.message(STRONG, delivery=delivery))
    assert await talk.store.load(talk.id) == before


async def test_two_different_replies_at_once_make_one_answer_and_the_other_is_told_to_wait() -> None:
    talk = Talk()
    await talk.begin()
    results = await asyncio.gather(
        talk.service.submit(talk.message(VAGUE)), talk.service.submit(talk.message(STRONG)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, OutOfTurn)]
    assert len(refused) == 1
    assert "still being read" in str(refused[0])
    assert replies(await talk.service.step(talk.id)) == [VAGUE]


async def test_a_reply_that_comes_while_another_is_read_is_not_kept_for_the_next_question() -> None:
    reader = SlowReader()
    talk = Talk(reader=reader)
    await talk.begin()
    first = asyncio.create_task(talk.say(STRONG))
    await reader.asked.wait()
    with pytest.raises(OutOfTurn, match="still being read"):
        await talk.say("Also meant for the first question")
    with pytest.raises(OutOfTurn, match="still being read"):
        await talk.do(Command.SKIP)
    reader.ready.set()
    step = await first
    assert last(step).text == "How do you protect it?"
    assert replies(step) == [STRONG]
    await talk.say("Encrypt it at rest")


# length and characters


async def test_a_reply_over_the_limit_is_refused_whole_and_nothing_is_stored_or_cut() -> None:
    talk = Talk(max_answer_chars=50)
    await talk.begin()
    before = await talk.store.load(talk.id)
    with pytest.raises(InvalidInput, match="51 characters and the limit is 50"):
        await talk.say("x" * 51)
    with pytest.raises(InvalidInput, match="51 characters"):
        await talk.service.save_draft(talk.id, "x" * 51)
    assert await talk.store.load(talk.id) == before
    assert replies(await talk.say("ä" * 50)) == ["ä" * 50]


async def test_characters_that_cannot_be_stored_are_replaced_one_for_one_and_counted() -> None:
    talk = Talk()
    await talk.begin()
    step = await talk.say("Land\x00 raw\ud800 files \U0001f600 ok")
    entry = next(entry for entry in step.interview.transcript if entry.kind is Kind.REPLY)
    assert entry.text == "Land\ufffd raw\ufffd files \U0001f600 ok"
    assert entry.replaced == 2
    answer = step.interview.answer_to("q1")
    assert answer is not None
    assert answer.parts[0].text == entry.text
    assert answer.parts[0].replaced == 2


async def test_every_other_character_is_kept_verbatim() -> None:
    hostile = "<script>alert(1)</script> '; DROP TABLE interviews; -- \u202e\u200b\r\n\t {{7*7}} %s {0}"
    talk = Talk()
    await talk.begin()
    assert replies(await talk.say(hostile)) == [hostile]


# drafts


async def test_a_draft_is_kept_until_its_text_is_sent() -> None:
    talk = Talk()
    await talk.begin()
    saved_at = await talk.service.save_draft(talk.id, "Half a sen\x00")
    draft = await talk.service.draft(talk.id)
    assert draft is not None
    assert (draft.text, draft.saved_at) == ("Half a sen\ufffd", saved_at)
    assert saved_at - START < timedelta(minutes=1)
    await talk.do(Command.REPEAT)
    assert await talk.service.draft(talk.id) is not None
    await talk.say(STRONG)
    assert await talk.service.draft(talk.id) is None


async def test_a_draft_that_arrives_after_its_text_was_sent_is_not_offered_again() -> None:
    talk = Talk()
    await talk.begin()
    await talk.say(STRONG)
    await talk.service.save_draft(talk.id, STRONG)
    assert await talk.service.draft(talk.id) is None


async def test_a_draft_typed_before_the_newest_reply_does_not_come_back() -> None:
    talk = Talk()
    step = await talk.begin()
    shown = step.interview.transcript[-1].seq
    await talk.service.save_draft(talk.id, "Half a sen", seen=shown)
    step = await talk.say(STRONG)
    await talk.service.save_draft(talk.id, "Half a sentence", seen=shown)
    assert await talk.service.draft(talk.id) is None
    await talk.service.save_draft(talk.id, "And now", seen=step.interview.transcript[-1].seq)
    await talk.service.save_draft(talk.id, "Half a sentence", seen=shown)
    kept = await talk.service.draft(talk.id)
    assert kept is not None
    assert kept.text == "And now"


async def test_what_was_typed_for_the_question_before_is_no_draft_of_the_next() -> None:
    talk = Talk()
    step = await talk.begin()
    shown = step.interview.transcript[-1].seq
    await talk.do(Command.SKIP)
    step = await talk.do(Command.SKIP)
    assert step.interview.current == "q2"
    await talk.service.save_draft(talk.id, "Raw files go to", seen=shown)
    assert await talk.service.draft(talk.id) is None
    await talk.service.save_draft(talk.id, "Keys", seen=step.interview.transcript[-1].seq)
    kept = await talk.service.draft(talk.id)
    assert kept is not None
    assert kept.text == "Keys"


async def test_an_emptied_draft_is_forgotten_and_an_over_interview_keeps_none() -> None:
    talk = Talk()
    await talk.begin()
    await talk.service.save_draft(talk.id, "x")
    await talk.service.save_draft(talk.id, "")
    assert await talk.service.draft(talk.id) is None
    await talk.service.save_draft(talk.id, "never sent")
    await talk.do(Command.SUBMIT)
    assert await talk.service.draft(talk.id) is None
    with pytest.raises(OutOfTurn):
        await talk.service.save_draft(talk.id, "too late")
    assert await talk.service.draft(talk.id) is None


# 36: coming back


async def test_a_refresh_finds_the_same_place_and_says_nothing_twice() -> None:
    talk = Talk()
    await talk.begin()
    step = await talk.say(VAGUE)
    again = await talk.service.step(talk.id)
    assert again.interview == step.interview
    assert said(again) == []


# 39: the embedding model


async def test_while_the_model_loads_a_reply_is_kept_and_the_page_asks_again() -> None:
    reader = SlowReader()
    talk = Talk(reader=reader, patience_s=0.01)
    await talk.begin()
    step = await talk.say(STRONG)
    assert step.waiting
    assert said(step) == []
    assert replies(step) == [STRONG]
    assert (await talk.service.step(talk.id)).waiting
    reader.ready.set()
    step = await talk.settled()
    assert step.interview.current == "q2"
    assert reader.readings == 1
    assert graded(await talk.grade("q1")).score == 1


async def test_a_delivery_repeated_while_the_model_loads_is_still_one() -> None:
    reader = SlowReader()
    talk = Talk(reader=reader, patience_s=0.01)
    await talk.begin()
    message = talk.message(STRONG)
    assert (await talk.service.submit(message)).waiting
    assert (await talk.service.submit(message)).waiting
    reader.ready.set()
    step = await talk.settled()
    assert replies(step) == [STRONG]
    assert reader.readings == 1


async def test_a_server_that_ends_while_it_reads_leaves_the_reply_to_the_next() -> None:
    reader = SlowReader()
    talk = Talk(reader=reader, patience_s=0.01)
    await talk.begin()
    await talk.say(STRONG)
    await talk.service.close()
    after = Talk(store=talk.store)
    assert await after.service.recover() == 1
    assert (await after.service.step(talk.id)).interview.current == "q2"
    assert await after.service.recover() == 0


async def test_an_interview_deleted_while_its_reply_is_read_stays_deleted() -> None:
    reader = SlowReader()
    talk = Talk(reader=reader)
    await talk.begin()
    submitted = asyncio.create_task(talk.say(STRONG))
    await reader.asked.wait()
    await talk.service.delete(talk.id, "asked for")
    reader.ready.set()
    with pytest.raises(NotFound):
        await submitted
    with pytest.raises(NotFound):
        await talk.service.step(talk.id)


async def test_two_processes_that_read_one_reply_store_one_turn() -> None:
    here, there = SlowReader(), SlowReader()
    talk = Talk(reader=here, patience_s=0.01)
    await talk.begin()
    await talk.say(STRONG)
    other = Talk(store=talk.store, reader=there)
    recovering = asyncio.create_task(other.service.recover())
    await there.asked.wait()
    here.ready.set()
    before = (await talk.settled()).interview
    there.ready.set()
    await recovering
    assert await talk.store.load(talk.id) == before
    assert [entry.kind for entry in before.transcript].count(Kind.QUESTION) == 2


async def test_an_answer_that_could_not_be_read_is_ungraded_never_zero_and_graded_later() -> None:
    reader = QuotingReader()
    reader.embedder_is_there = False
    talk = Talk(reader=reader)
    await talk.begin()
    step = await talk.say(STRONG)
    assert step.interview.current == "q2"
    outcome = (await talk.grade("q1")).outcome
    assert isinstance(outcome, Ungraded)
    assert outcome.reason == "embedder_unavailable"
    assert await talk.service.complete_pending() == (0, 1)
    assert not await talk.service.complete_grade(f"{talk.id}.q1")
    reader.embedder_is_there = True
    assert await talk.service.complete_grade(f"{talk.id}.q1")
    assert graded(await talk.grade("q1")).score == 1
    assert await talk.service.complete_pending() == (0, 0)


async def test_one_reply_that_cannot_be_read_does_not_keep_the_others_unread() -> None:
    class Picky(QuotingReader):
        async def read(self, request: GradeRequest) -> Reading:
            if "poison" in request.parts[0]:
                raise RuntimeError("a bug")
            return await super().read(request)

    store = InMemoryInterviewStore()
    talks = []
    for text in ("poison", STRONG):
        talk = Talk(store=store, reader=SlowReader(), patience_s=0.01)
        await talk.begin()
        await talk.say(text)
        await talk.service.close()
        talks.append(talk)
    after = Talk(store=store, reader=Picky())
    assert await after.service.recover() == 2
    assert (await store.load(talks[1].id)).current == "q2"
    assert (await store.load(talks[0].id)).pending is not None


# 39: the chat model


async def test_a_critique_never_delays_a_turn_and_completes_the_grade_later() -> None:
    reader = SlowCritic()
    talk = Talk(reader=reader)
    await talk.begin()
    assert (await talk.say(STRONG)).interview.current == "q2"
    pending = graded(await talk.grade("q1"))
    assert pending.critique is not None
    assert pending.critique.status == "pending"
    assert pending.score == 1
    reader.ready.set()
    assert await talk.service.complete_pending() == (1, 0)
    done = graded(await talk.grade("q1"))
    assert done.critique is not None
    assert done.critique.status == "done"
    assert reader.readings == 1


async def test_a_model_that_is_down_leaves_the_local_grade_and_is_asked_again_later() -> None:
    reader = QuotingReader(critiques=True)
    reader.model_is_there = False
    talk = Talk(reader=reader)
    await talk.begin()
    await talk.say(STRONG)
    assert await talk.service.complete_pending() == (0, 1)
    failed = graded(await talk.grade("q1"))
    assert failed.critique is not None
    assert failed.critique.status == "failed"
    assert failed.score == 1
    assert not await talk.service.complete_grade(f"{talk.id}.q1")
    reader.model_is_there = True
    assert await talk.service.complete_pending() == (1, 0)
    assert graded(await talk.grade("q1")).basis == "semantic, critique done"


async def test_a_model_that_stays_down_does_not_fill_the_database_with_failures() -> None:
    reader = QuotingReader(critiques=True)
    reader.model_is_there = False
    talk = Talk(reader=reader)
    await talk.begin()
    await talk.say(STRONG)
    await talk.service.complete_pending()
    first = await talk.grade("q1")
    for _ in range(5):
        await talk.service.complete_pending()
    assert (await talk.grade("q1")).id == first.id


async def test_a_model_that_refuses_is_not_asked_again_by_itself_but_by_a_person() -> None:
    reader = QuotingReader(critiques=True)
    reader.model_refuses = True
    talk = Talk(reader=reader)
    await talk.begin()
    await talk.say(STRONG)
    assert await talk.service.complete_grade(f"{talk.id}.q1")
    refused = graded(await talk.grade("q1"))
    assert refused.critique is not None
    assert refused.critique.status == "failed"
    reader.model_refuses = False
    assert await talk.service.complete_pending() == (1, 0)


async def test_a_grade_completed_twice_at_once_asks_for_one_critique() -> None:
    reader = SlowCritic()
    talk = Talk(reader=reader)
    await talk.begin()
    await talk.say(STRONG)
    answer_id = f"{talk.id}.q1"
    both = [asyncio.create_task(talk.service.complete_grade(answer_id)) for _ in range(2)]
    everything = asyncio.create_task(talk.service.complete_pending())
    await reader.asked.wait()
    reader.ready.set()
    assert await asyncio.gather(*both) == [True, True]
    await everything
    assert reader.completions == 1


async def test_work_that_is_done_or_gone_is_no_work() -> None:
    reader = QuotingReader(critiques=True)
    talk = Talk(reader=reader)
    await talk.begin()
    assert await talk.service.complete_grade("no-such-answer")
    assert await talk.service.complete_grade(f"{talk.id}.q1")
    await talk.say(STRONG)
    await talk.service.complete_pending()
    assert await talk.service.complete_grade(f"{talk.id}.q1")
    assert reader.completions == 1


async def test_later_work_is_asked_for_exactly_where_some_is_left() -> None:
    store = InMemoryInterviewStore()
    talk = Talk(store=store, reader=QuotingReader(critiques=True))
    await talk.begin()
    await talk.say(VAGUE)
    assert store.jobs == {}
    await talk.say(STRONG)
    assert list(store.jobs) == [f"grade:{talk.id}.q1:0"]
    await talk.say("I don't know")
    assert list(store.jobs) == [f"grade:{talk.id}.q1:0"]
    await talk.say(VAGUE)
    await talk.do(Command.SUBMIT)
    assert list(store.jobs) == [f"grade:{talk.id}.q1:0", f"grade:{talk.id}.q3:0"]


async def test_without_a_model_nothing_is_left_to_do() -> None:
    store = InMemoryInterviewStore()
    talk = Talk(store=store)
    await talk.begin()
    await talk.say(STRONG)
    assert store.jobs == {}
    assert graded(await talk.grade("q1")).critique is None
    assert await talk.service.complete_pending() == (0, 0)


# deletion and the list


async def test_a_deleted_interview_is_gone_for_every_question_that_can_be_asked() -> None:
    store = InMemoryInterviewStore()
    talk = Talk(store=store)
    await talk.begin()
    await talk.say(STRONG)
    await talk.service.delete(talk.id, "GDPR\x00 request")
    assert store.tombstones == {talk.id: "GDPR\ufffd request"}
    for question in (
        talk.service.find(talk.link),
        talk.service.step(talk.id),
        talk.service.grades(talk.id),
        talk.service.save_draft(talk.id, "x"),
        talk.service.delete(talk.id, "again"),
        talk.say(STRONG),
    ):
        with pytest.raises(NotFound):
            await question
    assert await talk.service.summaries() == []


async def test_the_list_tells_how_far_each_interview_is_newest_first() -> None:
    talk = Talk()
    await talk.begin()
    first = talk.id
    await talk.say(STRONG)
    await talk.do(Command.SKIP)
    await talk.do(Command.SKIP)
    await talk.open(limit=1)
    newest, oldest = await talk.service.summaries()
    assert (newest.id, newest.state, newest.answered, newest.total) == (talk.id, State.CONSENT, 0, 1)
    assert (oldest.id, oldest.state, oldest.answered, oldest.total) == (first, State.ASKING, 1, 3)
    assert (oldest.bank, oldest.bank_version, oldest.finished_at) == ("lake", 1, None)


async def test_information_sheet_is_quoted_before_consent_and_to_who_asks_for_a_person() -> None:
    sheet = InformationSheet(
        job="You would keep our data lake.",
        contact="Write to people@example.org.",
        notices=("Answers are kept 90 days.",),
    )
    talk = Talk(sheet=sheet)

    opened = await talk.open()
    step = await talk.do(Command.CONSENT)
    asked = await talk.do(Command.PERSON)

    assert [entry.text for entry in opened.transcript][1:] == [
        "You would keep our data lake.",
        "Answers are kept 90 days.",
    ]
    assert step.interview.state is State.ASKING
    assert "Write to people@example.org." in last(asked).text
