"""One contract for every interview store: the one in memory, SQLite and PostgreSQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection, func, select

from app.db import tables
from app.db.database import Database
from app.db.interview_store import SqlInterviewStore
from app.errors import AlreadyReceived, LinkClosed, NotFound
from app.grading.grader import BankRef
from app.grading.outcome import (
    CriterionGrade,
    CriterionReading,
    Critique,
    Evidence,
    Flag,
    Graded,
    Judgement,
    Outcome,
    Reading,
    Source,
    StopReason,
    Ungraded,
)
from app.interviews.models import (
    Answer,
    Command,
    Ending,
    Entry,
    GradeRecord,
    Interview,
    JobRequest,
    Kind,
    Mode,
    Part,
    Request,
    RequestKind,
    State,
)
from app.interviews.store import Draft, InterviewStore, Link
from app.interviews.turn_class import TurnClass
from app.jobs.records import tables_of
from rubric.criteria import Verdict
from tests.db.checked_store import CheckedStore
from tests.interviews.fakes import START, InMemoryInterviewStore
from tests.interviews.scripts import STRONG, VAGUE, Talk

STRANGE = "Ünïcödé \U0001f9d1\u200d\U0001f680 \u202e '; DROP TABLE interviews; -- \ufffd\r\n\t{}%s"


@pytest.fixture(params=["memory", "sqlite_database", "postgres_database"])
def store(request: pytest.FixtureRequest) -> InterviewStore:
    if request.param == "memory":
        return InMemoryInterviewStore()
    return CheckedStore(request.getfixturevalue(request.param))


@pytest.fixture
def database_behind(request: pytest.FixtureRequest, store: InterviewStore) -> Database | None:
    """The database of a store in SQL."""
    if isinstance(store, InMemoryInterviewStore):
        return None
    made = request.getfixturevalue(request.node.callspec.params["store"])
    assert isinstance(made, Database)
    return made


def an_interview(number: int = 1) -> Interview:
    said = Entry(seq=0, by_candidate=False, kind=Kind.DISCLOSURE, text="Hello.", at=START)
    return Interview(
        id=f"iv-{number}",
        bank=BankRef("lake", 3, "ab" * 32),
        mode=Mode.PRACTICE,
        language="de",
        plan=("q1", "q2"),
        state=State.CONSENT,
        created_at=START + timedelta(microseconds=number),
        label=STRANGE,
        transcript=(said,),
    )


def with_reply(interview: Interview, text: str = STRANGE, *, delivery: str = "m1") -> Interview:
    """The interview after a reply to its first question was delivered."""
    seq = len(interview.transcript)
    entry = Entry(
        seq=seq,
        by_candidate=True,
        kind=Kind.REPLY,
        text=text,
        at=START,
        question_id="q1",
        message_id=delivery,
        channel="web",
        replaced=2,
    )
    answer = interview.answer_to("q1") or Answer(id=f"{interview.id}.q1", question_id="q1", opened_at=START)
    part = Part(number=len(answer.parts), text=text, replaced=2)
    changed = interview.with_answer(replace(answer, parts=(*answer.parts, part)))
    return replace(
        changed,
        state=State.ASKING,
        current="q1",
        queue=("q2",),
        pending=delivery,
        transcript=(*interview.transcript, entry),
    )


def concluded(interview: Interview) -> Interview:
    """The interview after its reply was read and the next question asked."""
    answer = interview.answer_to("q1")
    assert answer is not None
    interview = interview.with_answer(replace(answer, ending=Ending.ANSWERED, final_at=START + timedelta(seconds=9)))
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=False,
        kind=Kind.QUESTION,
        text="Next?",
        at=START,
        question_id="q2",
        number=2,
    )
    return replace(interview, current="q2", queue=(), pending=None, transcript=(*interview.transcript, entry))


def a_reading() -> Reading:
    span = Evidence(0, 2, 5, "ïcö")
    line = CriterionReading(
        criterion_id="c1",
        verdict=Verdict.PARTIAL,
        half_points=1,
        probability=0.123456789012345,
        probability_full=0.1,
        evidence=(span,),
        flags=(Flag.NEGATION,),
    )
    return Reading(
        criteria=(line,),
        stopped=None,
        flags=(Flag.UNCALIBRATED,),
        review_reasons=("Look.",),
        provenance={"vector_ids": ["a", "b"], "head": None, "n": 1.5},
    )


def a_grade(number: int, *, status: str | None = "pending", review: bool = False) -> GradeRecord:
    """A grade of the first answer with every field in use."""
    judged = Judgement(criterion_id="c1", verdict=None, evidence=None, reason="")
    critique = (
        Critique(
            status=status,
            reason="down \ufffd",
            retry=False,
            judgements=(judged,),
            feedback=STRANGE,
            strengths=("a",),
            gaps=("b", "c"),
            misconceptions=("d",),
            unlisted=("e",),
            manipulation=True,
            provenance={"raw": ['{"x": 1}'], "measured": {"latency_ms": 12.5}},
        )
        if status
        else None
    )
    line = CriterionGrade(
        criterion_id="c1",
        text=STRANGE,
        weight=3,
        verdict=Verdict.CONTRADICTED,
        half_points=0,
        probability=0.25,
        source=Source.CRITIQUE,
        evidence=(Evidence(0, 2, 5, "ïcö"),),
        flags=(Flag.UNVERIFIED_QUOTE,),
        reason="because",
    )
    outcome = Graded(
        basis="semantic, critique pending",
        score=Fraction(1, 3),
        score_low=Fraction(0),
        score_high=Fraction(2, 3),
        criteria=(line,),
        reason=StopReason.ECHO,
        flags=(Flag.ECHO,),
        review_reasons=("A person should look.",) if review else (),
        critique=critique,
        provenance={"embedder": "x", "measured": {}},
    )
    return _record(number, outcome, a_reading())


def _record(number: int, outcome: Outcome, reading: Reading | None) -> GradeRecord:
    return GradeRecord(
        id=f"gr-{number}",
        answer_id="iv-1.q1",
        answer_revision=0,
        created_at=START + timedelta(seconds=number),
        outcome=outcome,
        reading=reading,
    )


def ungraded(number: int) -> GradeRecord:
    return _record(number, Ungraded(reason="embedder_unavailable", provenance={"error": "x"}), None)


async def answered(store: InterviewStore, *, grade: GradeRecord | None = None, mode: Mode = Mode.PRACTICE) -> Interview:
    """An interview in the store whose first question is answered."""
    interview = replace(an_interview(), mode=mode)
    await store.create(interview, link_sha256="1" * 64)
    heard = await store.record_message(with_reply(interview))
    return await store.record_turn(concluded(heard), grade=grade)


async def test_what_is_stored_is_what_is_loaded(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    assert await store.load("iv-1") == an_interview()
    heard = await store.record_message(with_reply(an_interview()))
    assert heard.version == 1
    assert await store.load("iv-1") == heard
    full = replace(
        concluded(heard),
        stop_asked=True,
        skip_asked=True,
        clarified=2,
        returned=("q2",),
        hand_over=True,
        automated=False,
        consented_at=START,
        finished_at=START + timedelta(hours=1),
    )
    stored = await store.record_turn(full, grade=None)
    assert await store.load("iv-1") == stored == replace(full, version=2)


async def test_a_store_sees_what_came_of_an_interview_elsewhere(database: Database) -> None:
    talk, elsewhere = Talk(store=CheckedStore(database)), CheckedStore(database)
    await talk.begin()
    assert await elsewhere.load(talk.id) == await talk.store.load(talk.id)
    await talk.say(VAGUE)
    await talk.do(Command.PERSON)
    await talk.say(STRONG)
    await talk.service.submit(talk.message(STRONG, revises="q1"))
    there = await elsewhere.load(talk.id)
    assert there == await talk.store.load(talk.id)
    await elsewhere.settle(there.requests[0].id, who="Kim", note="called", at=START)
    assert (await talk.store.load(talk.id)).requests[0].settled_by == "Kim"
    await elsewhere.delete(talk.id, reason="asked for", at=START)
    with pytest.raises(NotFound):
        await talk.store.load(talk.id)


async def test_times_come_back_aware_and_to_the_microsecond(store: InterviewStore) -> None:
    await store.create(an_interview(7), link_sha256="1" * 64)
    created = (await store.load("iv-7")).created_at
    assert created == START + timedelta(microseconds=7)
    assert created.utcoffset() == timedelta(0)


async def test_a_link_finds_its_interview(store: InterviewStore) -> None:
    await store.create(an_interview(1), link_sha256="1" * 64)
    await store.create(an_interview(2), link_sha256="2" * 64)
    assert await store.find("2" * 64, at=START) == "iv-2"
    with pytest.raises(NotFound):
        await store.find("3" * 64, at=START)


async def test_what_is_not_there_is_not_found(store: InterviewStore) -> None:
    with pytest.raises(NotFound):
        await store.load("iv-1")
    with pytest.raises(NotFound):
        await store.answer("iv-1.q1")
    with pytest.raises(NotFound):
        await store.delete("iv-1", reason="", at=START)
    assert await store.newest_grade("iv-1.q1") is None
    assert await store.draft("iv-1") is None
    assert not await store.record_grade(a_grade(1))


async def test_of_two_writers_the_second_is_refused_and_nothing_of_its_is_stored(
    store: InterviewStore, database_behind: Database | None
) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    first = await store.record_message(with_reply(an_interview(), "first", delivery="m1"))
    job = JobRequest("grade", "grade:late", ("x",))
    with pytest.raises(AlreadyReceived):
        await store.record_message(with_reply(an_interview(), "second", delivery="m2"), then=[job])
    assert await store.load("iv-1") == first
    with pytest.raises(AlreadyReceived):
        await store.record_turn(concluded(with_reply(an_interview())), grade=a_grade(1), then=[job])
    assert await store.load("iv-1") == first
    assert await store.newest_grade("iv-1.q1") is None
    assert await jobs_of(store, database_behind) == []


async def test_twins_at_once_store_one_delivery(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    results = await asyncio.gather(
        *(store.record_message(with_reply(an_interview())) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Interview) for result in results) == 1
    assert sum(isinstance(result, AlreadyReceived) for result in results) == 4
    assert len((await store.load("iv-1")).transcript) == 2


async def test_a_delivery_id_counts_once_in_an_interview(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    heard = await store.record_message(with_reply(an_interview(), delivery="m1"))
    with pytest.raises(AlreadyReceived):
        await store.record_message(with_reply(heard, delivery="m1"))
    await store.create(an_interview(2), link_sha256="2" * 64)
    assert (await store.record_message(with_reply(an_interview(2), delivery="m1"))).version == 1


async def test_a_change_of_a_deleted_interview_is_refused(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    await store.delete("iv-1", reason="", at=START)
    with pytest.raises(AlreadyReceived):
        await store.record_message(with_reply(an_interview()))


async def test_a_grade_comes_back_with_everything_it_rests_on(store: InterviewStore) -> None:
    record = a_grade(1, review=True)
    await answered(store, grade=record)
    assert await store.newest_grade("iv-1.q1") == record
    assert await store.grades("iv-1") == [record]
    nothing = ungraded(2)
    assert await store.record_grade(nothing)
    assert await store.newest_grade("iv-1.q1") == nothing


async def test_the_newest_grade_counts_however_the_clocks_ran(store: InterviewStore) -> None:
    await answered(store, grade=a_grade(5))
    assert await store.record_grade(a_grade(3, status="done"))
    assert await store.record_grade(a_grade(4, status="done"))
    assert (await store.grades("iv-1"))[0].id == "gr-4"
    newest = await store.newest_grade("iv-1.q1")
    assert newest is not None
    assert newest.id == "gr-4"
    assert await store.grade("gr-3") == a_grade(3, status="done")
    assert await store.grade("gr-9") is None


async def test_a_grade_of_an_open_changed_withdrawn_or_deleted_answer_is_not_stored(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    heard = await store.record_message(with_reply(an_interview()))
    assert not await store.record_grade(a_grade(1))
    interview = await store.record_turn(concluded(heard), grade=None)
    assert not await store.record_grade(replace(a_grade(1), answer_revision=1))
    assert not await store.record_grade(replace(a_grade(1), answer_id="iv-1.q9"))
    assert await store.record_grade(a_grade(1))
    await store.record_message(replace(interview, state=State.WITHDRAWN, current=None))
    assert await store.newest_grade("iv-1.q1") is None
    assert not await store.record_grade(a_grade(2))
    await store.delete("iv-1", reason="", at=START)
    assert not await store.record_grade(a_grade(3))


async def test_no_grade_comes_once_the_candidate_wants_people_to_grade(store: InterviewStore) -> None:
    interview = await answered(store, grade=a_grade(1))
    await store.record_turn(replace(interview, hand_over=True, automated=False), grade=None)
    assert not await store.record_grade(a_grade(2))
    assert await store.newest_grade("iv-1.q1") is None


async def test_grades_written_at_once_are_all_kept_and_one_is_newest(store: InterviewStore) -> None:
    await answered(store)
    stored = await asyncio.gather(*(store.record_grade(a_grade(n)) for n in range(1, 6)))
    assert stored == [True] * 5
    assert len(await store.grades("iv-1")) == 1


async def test_replies_that_were_not_read_are_work_to_do(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    assert list(await store.unread()) == []
    heard = await store.record_message(with_reply(an_interview()))
    assert list(await store.unread()) == ["iv-1"]
    await store.record_turn(concluded(heard), grade=None)
    assert list(await store.unread()) == []


@pytest.mark.parametrize(
    ("grades", "open_"),
    [
        ([], True),
        ([ungraded(1)], True),
        ([a_grade(1, status="pending")], True),
        ([a_grade(1, status="failed")], True),
        ([a_grade(1, status="done")], False),
        ([a_grade(1, status="void")], False),
        ([a_grade(1, status=None)], False),
        ([ungraded(1), a_grade(2, status="done")], False),
        ([a_grade(1, status="pending"), a_grade(2, status="failed")], True),
    ],
)
async def test_an_answer_is_complete_with_its_newest_grade(
    store: InterviewStore, grades: Sequence[GradeRecord], open_: bool
) -> None:
    await answered(store)
    for grade in grades:
        assert await store.record_grade(grade)
    assert [answer.id for answer in await store.incomplete()] == (["iv-1.q1"] if open_ else [])


@pytest.mark.parametrize("change", [{"automated": False}, {"state": State.WITHDRAWN}])
async def test_where_grading_was_declined_or_the_candidate_left_nothing_is_open(
    store: InterviewStore, change: dict[str, object]
) -> None:
    interview = await answered(store)
    await store.record_message(replace(interview, **change))  # type: ignore[arg-type]  # one of two fields
    assert list(await store.incomplete()) == []


async def test_an_answer_without_a_word_is_nothing_to_grade(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    skipped = Answer(id="iv-1.q1", question_id="q1", opened_at=START, final_at=START, ending=Ending.SKIPPED)
    await store.record_message(replace(an_interview(), answers=(skipped,), state=State.ASKING))
    assert list(await store.incomplete()) == []


async def test_an_answer_that_stays_without_a_grade_is_listed_for_people(store: InterviewStore) -> None:
    await answered(store, mode=Mode.ASSESSMENT)
    assert list(await store.ungraded()) == []
    assert await store.record_grade(ungraded(1))
    (waiting,) = await store.ungraded()
    assert (waiting.interview_id, waiting.label, waiting.bank) == ("iv-1", STRANGE, "lake")
    assert (waiting.question_id, waiting.reason) == ("q1", "embedder_unavailable")
    assert await store.record_grade(a_grade(2))
    assert list(await store.ungraded()) == []


async def test_practice_leaves_no_answer_to_people(store: InterviewStore) -> None:
    await answered(store)
    assert await store.record_grade(ungraded(1))
    assert list(await store.ungraded()) == []


async def test_a_link_opens_its_interview_until_it_expires(store: InterviewStore) -> None:
    until = START + timedelta(days=30)
    await store.create(an_interview(), link_sha256="1" * 64, link_expires_at=until)
    assert await store.find("1" * 64, at=until - timedelta(microseconds=1)) == "iv-1"
    with pytest.raises(LinkClosed, match="expired"):
        await store.find("1" * 64, at=until)
    assert await store.link("iv-1") == Link(until)
    with pytest.raises(NotFound):
        await store.link("iv-9")


async def test_a_changed_answer_leaves_the_draft_of_the_open_question(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    stored = await store.record_message(with_reply(an_interview()))
    await store.save_draft("iv-1", Draft("half a thought", START))
    changed = replace(stored.transcript[-1], seq=len(stored.transcript), message_id="m-2", turn=TurnClass.CORRECTION)
    await store.record_message(replace(stored, transcript=(*stored.transcript, changed)))
    assert await store.draft("iv-1") == Draft("half a thought", START)


async def test_a_withdrawn_link_opens_nothing_and_the_interview_stays(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    await store.revoke_link("iv-1", at=START)
    await store.revoke_link("iv-1", at=START + timedelta(days=1))
    with pytest.raises(NotFound, match="withdrawn"):
        await store.find("1" * 64, at=START)
    await store.record_message(with_reply(an_interview()))
    with pytest.raises(NotFound, match="withdrawn"):
        await store.find("1" * 64, at=START)
    assert (await store.load("iv-1")).id == "iv-1"
    with pytest.raises(NotFound):
        await store.revoke_link("iv-9", at=START)


async def test_an_answer_is_found_with_its_interview(store: InterviewStore) -> None:
    stored = await answered(store)
    interview, answer = await store.answer("iv-1.q1")
    assert interview == stored
    assert answer == stored.answers[0]
    assert answer.parts[0].text == STRANGE


async def test_the_list_is_newest_first_and_counts_what_wants_a_person(store: InterviewStore) -> None:
    await answered(store, grade=a_grade(1, review=True))
    await store.create(an_interview(2), link_sha256="2" * 64)
    newest, oldest = await store.summaries()
    assert (newest.id, oldest.id) == ("iv-2", "iv-1")
    assert (oldest.answered, oldest.total, oldest.needs_review) == (1, 2, 1)
    assert (oldest.label, oldest.bank, oldest.bank_version) == (STRANGE, "lake", 3)
    assert (oldest.mode, oldest.state, oldest.automated, oldest.hand_over) == (
        Mode.PRACTICE,
        State.ASKING,
        True,
        False,
    )
    await store.record_grade(a_grade(2, status="done"))
    assert (await store.summaries())[1].needs_review == 0
    assert (newest.answered, newest.needs_review) == (0, 0)


async def test_a_draft_is_kept_replaced_and_forgotten(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    for draft in (Draft("one", START), Draft(STRANGE, START + timedelta(seconds=1)), None, None):
        await store.save_draft("iv-1", draft)
        assert await store.draft("iv-1") == draft


@pytest.mark.parametrize("end", [State.FINISHED, State.WITHDRAWN])
async def test_a_reply_takes_the_place_of_the_draft_and_the_end_forgets_it(store: InterviewStore, end: State) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    await store.save_draft("iv-1", Draft("typed", START))
    heard = await store.record_message(with_reply(an_interview()))
    assert await store.draft("iv-1") is None
    await store.save_draft("iv-1", Draft("typed", START))
    interview = await store.record_turn(concluded(heard), grade=None)
    assert await store.draft("iv-1") == Draft("typed", START)
    await store.record_message(replace(interview, state=end))
    assert await store.draft("iv-1") is None


async def test_a_question_that_is_left_takes_its_draft_along(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    await store.save_draft("iv-1", Draft("typed", START))
    first = Entry(seq=1, by_candidate=True, kind=Kind.COMMAND, text="skip", at=START, message_id="m1", channel="web")
    held = replace(an_interview(), transcript=(*an_interview().transcript, first))
    left = await store.record_message(held)
    assert await store.draft("iv-1") == Draft("typed", START)
    asked = Entry(seq=3, by_candidate=False, kind=Kind.QUESTION, text="Next?", at=START, question_id="q2", number=2)
    again = replace(first, seq=2, message_id="m2")
    await store.record_message(replace(left, current="q2", queue=(), transcript=(*left.transcript, again, asked)))
    assert await store.draft("iv-1") is None


async def test_deleting_removes_all_that_came_of_it_and_leaves_a_tombstone(
    store: InterviewStore, database_behind: Database | None
) -> None:
    await answered(store, grade=a_grade(1))
    await store.save_draft("iv-1", Draft("typed", START))
    await store.create(an_interview(2), link_sha256="2" * 64)
    await store.delete("iv-1", reason=STRANGE, at=START)
    with pytest.raises(NotFound):
        await store.load("iv-1")
    with pytest.raises(NotFound):
        await store.find("1" * 64, at=START)
    with pytest.raises(NotFound):
        await store.answer("iv-1.q1")
    assert await store.draft("iv-1") is None
    assert await store.newest_grade("iv-1.q1") is None
    assert [summary.id for summary in await store.summaries()] == ["iv-2"]
    if isinstance(store, InMemoryInterviewStore):
        assert store.tombstones == {"iv-1": STRANGE}
    if database_behind is None:
        return
    with database_behind.engine.connect() as connection:
        for table in (tables.answers, tables.parts, tables.grades, tables.drafts):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(tables.entries)).scalar() == 1
        (stone,) = connection.execute(select(tables.tombstones)).all()
    assert (stone.interview_id, stone.reason, stone.deleted_at) == ("iv-1", STRANGE, START)


async def test_work_asked_for_is_stored_with_what_made_it_necessary(
    store: InterviewStore, database_behind: Database | None
) -> None:
    await store.create(an_interview(), link_sha256="1" * 64)
    one, two = JobRequest("grade", "k1", ("a",)), JobRequest("grade", "k2", ("a", "b"))
    heard = await store.record_message(with_reply(an_interview()), then=[one])
    await store.record_turn(concluded(heard), grade=None, then=[one, two])
    assert await jobs_of(store, database_behind) == ["k1", "k2"]


async def test_if_the_work_cannot_be_written_nothing_is(database: Database) -> None:
    def broken(connection: Connection, job: JobRequest) -> None:
        raise ConnectionError("the job engine is away")

    store = SqlInterviewStore(database, enqueue=broken)
    await store.create(an_interview(), link_sha256="1" * 64)
    with pytest.raises(ConnectionError):
        await store.record_message(with_reply(an_interview()), then=[JobRequest("grade", "k", ())])
    assert await store.load("iv-1") == an_interview()


async def jobs_of(store: InterviewStore, database: Database | None) -> list[str]:
    if isinstance(store, InMemoryInterviewStore):
        return sorted(store.jobs)
    assert database is not None
    with database.engine.connect() as connection:
        return sorted(connection.execute(select(tables_of(connection).status.c.workflow_uuid)).scalars())


async def test_all_that_is_asked_of_people_is_kept_listed_and_settled_once(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1")
    asked = Request(id="iv-1.r1", kind=RequestKind.JOB_QUESTION, text=STRANGE, at=START, question_id="q1")
    granted = replace(with_reply(an_interview()), requests=(asked,), extra_time=150, plain_wording=True)
    stored = await store.record_message(granted)
    assert (await store.load("iv-1")).requests == (asked,)
    (waiting,) = await store.requests()
    assert (waiting.interview_id, waiting.label, waiting.bank, waiting.request) == ("iv-1", STRANGE, "lake", asked)
    assert (waiting.extra_time, waiting.plain_wording) == (150, True)
    await store.settle("iv-1.r1", who="Ada", note=STRANGE, at=START)
    assert await store.requests() == []
    (settled,) = (await store.load("iv-1")).requests
    assert (settled.settled_by, settled.note, settled.settled_at) == ("Ada", STRANGE, START)
    assert stored.version == 1
    with pytest.raises(NotFound):
        await store.settle("iv-1.r1", who="Bob", note="", at=START)


async def test_what_a_reply_was_taken_for_is_written_beside_it_later(store: InterviewStore) -> None:
    await store.create(an_interview(), link_sha256="1")
    stored = await store.record_message(with_reply(an_interview()))
    first, heard = stored.transcript
    told = replace(stored, transcript=(first, replace(heard, turn=TurnClass.PRIVATE, masked=True)), pending=None)
    await store.record_turn(told, grade=None)
    assert (await store.load("iv-1")).transcript == told.transcript


async def test_one_look_tells_how_many_interviews_stand(store: InterviewStore) -> None:
    for number in (1, 2):
        await store.create(an_interview(number), link_sha256=str(number))
    await store.record_message(with_reply(an_interview(2)))
    found = await store.pulses(["iv-1", "iv-2", "iv-3", *(f"gone-{number}" for number in range(1200))])
    assert {name: pulse.version for name, pulse in found.items()} == {"iv-1": 0, "iv-2": 1}
