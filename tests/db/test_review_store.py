"""One contract for every store of the review queue, and of the exemplars' texts: in memory, SQLite and PostgreSQL."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.db import tables
from app.db.database import Database
from app.db.exemplar_texts import SqlExemplarTexts
from app.db.interview_store import SqlInterviewStore
from app.db.review_store import SqlReviewStore
from app.errors import AlreadyReceived, Conflict, NotFound
from app.grading.exemplar_shelf import ExemplarTexts
from app.grading.exemplars import Exemplar
from app.grading.outcome import Graded
from app.interviews.models import Command, GradeRecord, RequestKind
from app.interviews.people import ask_people
from app.interviews.store import InterviewStore
from app.jobs.enqueueing import enqueue
from app.review.models import Decision, DecisionKind
from app.review.store import ReviewStore
from rubric.criteria import Verdict
from tests.fakes import InMemoryExemplarTexts
from tests.interviews.fakes import START, InMemoryInterviewStore, QuotingReader
from tests.interviews.scripts import STRONG, Talk
from tests.review.fakes import InMemoryReviewStore

STRANGE = "Ünïcödé \U0001f9d1\u200d\U0001f680 \u202e '; DROP TABLE grades; -- \ufffd\r\n\t{}%s"


@dataclass
class Stores:
    """The two stores that see the same grades."""

    interviews: InterviewStore
    reviews: ReviewStore
    database: Database | None


@pytest.fixture(params=["memory", "sqlite_database", "postgres_database"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        interviews = InMemoryInterviewStore()
        return Stores(interviews, InMemoryReviewStore(interviews), None)
    database = request.getfixturevalue(request.param)
    return Stores(SqlInterviewStore(database, enqueue=enqueue), SqlReviewStore(database), database)


async def a_talk(stores: Stores, *, drawn: bool = False, doubts: bool = True, critiques: bool = False) -> Talk:
    """A talk whose first answer is graded."""
    reader = QuotingReader(doubts=doubts, critiques=critiques)
    talk = Talk(store=stores.interviews, reader=reader, is_sampled=lambda _: drawn)
    await talk.begin()
    await talk.say(STRONG)
    return talk


def a_decision(grade: GradeRecord, *, id_: str = "d1") -> tuple[Decision, GradeRecord]:
    """An override of a grade, and the grade it makes."""
    decision = Decision(
        id=id_,
        grade_id=grade.id,
        new_grade_id=f"{grade.id}-{id_}",
        answer_id=grade.answer_id,
        answer_revision=grade.answer_revision,
        kind=DecisionKind.OVERRIDE,
        blind=grade.audit_sample,
        who=STRANGE,
        reason=STRANGE,
        verdicts={"c1": Verdict.MISSING},
        review_reasons=("A person should look.", STRANGE),
        at=START + timedelta(hours=1),
    )
    assert isinstance(grade.outcome, Graded)
    outcome = replace(grade.outcome, review_reasons=())
    return decision, replace(grade, id=decision.new_grade_id, created_at=decision.at, outcome=outcome)


def an_exemplar(answer_id: str, id_: str = "ex-1") -> Exemplar:
    return Exemplar(
        id=id_,
        answer_id=answer_id,
        criterion_id="c1",
        criterion="Land raw files in object storage",
        bank="lake",
        question_id="q1",
        excerpt=STRANGE,
        verdict=Verdict.MISSING,
        note=STRANGE,
    )


async def decide(stores: Stores, talk: Talk, *, id_: str = "d1") -> Decision:
    decision, made = a_decision(await talk.grade("q1"), id_=id_)
    await stores.reviews.record_decision(decision, made, exemplars=())
    return decision


async def test_only_what_needs_a_person_or_was_drawn_waits(stores: Stores) -> None:
    doubted, drawn = await a_talk(stores), await a_talk(stores, drawn=True, doubts=False)
    await a_talk(stores, doubts=False)
    queue = await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)
    assert queue.total == 2
    assert {line.grade_id for line in queue.lines} == {
        (await doubted.grade("q1")).id,
        (await drawn.grade("q1")).id,
    }
    (blind,) = (await stores.reviews.waiting(bank=None, audit_only=True, limit=10, offset=0)).lines
    assert (blind.is_blind, blind.interview_id, blind.label, blind.reasons) == (True, "", "", ())
    assert (await stores.reviews.waiting(bank="other", audit_only=False, limit=10, offset=0)).total == 0
    (seen,) = [line for line in queue.lines if not line.is_blind]
    assert (seen.interview_id, seen.bank, seen.bank_version, seen.question_id) == (doubted.id, "lake", 1, "q1")
    assert seen.reasons == ("A person should look.",)
    assert seen.graded_at == (await doubted.grade("q1")).created_at


async def contest(stores: Stores, talk: Talk, question_id: str, *reasons: str) -> None:
    interview = await stores.interviews.load(talk.id)
    for reason in reasons:
        interview = ask_people(interview, RequestKind.CONTEST, talk.clock(), text=reason, question_id=question_id)
    await stores.interviews.record_turn(interview, grade=None)


async def test_a_contested_answer_waits_until_it_was_decided_however_sure_its_grade(stores: Stores) -> None:
    contested, other, doubted = [await a_talk(stores, doubts=doubts) for doubts in (False, False, True)]
    await contest(stores, contested, "q1", "I named it.", "And the second, too.")
    await contest(stores, other, "q2", "Of an answer that has no grade.")
    await contest(stores, doubted, "q1", "I doubt it, too.")
    queue = await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)
    assert {line.interview_id: line.reasons for line in queue.lines} == {
        contested.id: ("The candidate contests it: “I named it.”",),
        doubted.id: ("The candidate contests it: “I doubt it, too.”", "A person should look."),
    }
    assert queue.total == 2
    assert (await stores.reviews.waiting(bank=None, audit_only=True, limit=10, offset=0)).total == 0
    made = await decide(stores, contested)
    left = await stores.reviews.waiting(bank="lake", audit_only=False, limit=10, offset=0)
    assert [line.interview_id for line in left.lines] == [doubted.id]
    await contest(stores, contested, "q1", "Once more.")
    again = await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)
    assert made.new_grade_id in {line.grade_id for line in again.lines}
    await contested.do(Command.WITHDRAW)
    assert (await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)).total == 1


async def test_the_queue_is_read_in_stretches_longest_waiting_first(stores: Stores) -> None:
    for _ in range(3):
        await a_talk(stores)
    whole = await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)
    assert sorted(whole.lines, key=lambda line: (line.graded_at, line.grade_id)) == list(whole.lines)
    middle = await stores.reviews.waiting(bank="lake", audit_only=False, limit=1, offset=1)
    assert (middle.lines, middle.total) == (whole.lines[1:2], 3)


async def test_a_case_holds_the_grade_the_answer_and_what_was_decided(stores: Stores) -> None:
    talk = await a_talk(stores)
    before = await talk.grade("q1")
    case = await stores.reviews.case(before.id)
    assert (case.grade, case.newest_id, case.decisions) == (before, before.id, ())
    assert (case.interview.id, case.answer.parts[0].text) == (talk.id, STRONG)
    decision = await decide(stores, talk)
    after = await stores.reviews.case(before.id)
    assert (after.newest_id, after.decisions) == (decision.new_grade_id, (decision,))
    with pytest.raises(NotFound):
        await stores.reviews.case("gr-none")


async def test_a_decision_is_stored_as_it_was_made_and_its_grade_counts(stores: Stores) -> None:
    talk = await a_talk(stores)
    decision = await decide(stores, talk)
    assert await stores.reviews.decision("d1") == decision
    assert await stores.reviews.decision("d2") is None
    assert list(await stores.reviews.decisions(talk.id)) == [decision]
    assert (await talk.grade("q1")).id == decision.new_grade_id
    assert (await stores.reviews.waiting(bank=None, audit_only=False, limit=10, offset=0)).total == 0
    assert [summary.needs_review for summary in await stores.interviews.summaries()] == [0]


async def test_what_was_drawn_for_the_audit_waits_no_more_once_decided(stores: Stores) -> None:
    talk = await a_talk(stores, drawn=True)
    await decide(stores, talk)
    assert (await talk.grade("q1")).audit_sample
    assert (await stores.reviews.waiting(bank=None, audit_only=True, limit=10, offset=0)).total == 0


async def test_a_decision_of_an_id_that_is_there_is_refused(stores: Stores) -> None:
    talk, other = await a_talk(stores), await a_talk(stores)
    await decide(stores, talk)
    with pytest.raises(AlreadyReceived):
        await decide(stores, other)
    assert await stores.reviews.decisions(other.id) in ((), [])


async def test_a_decision_about_an_older_grade_is_refused(stores: Stores) -> None:
    talk = await a_talk(stores)
    old = await talk.grade("q1")
    made = await decide(stores, talk)
    decision, grade = a_decision(old, id_="d2")
    with pytest.raises(Conflict):
        await stores.reviews.record_decision(decision, grade, exemplars=())
    assert (await talk.grade("q1")).id == made.new_grade_id


async def test_of_two_decisions_at_once_one_is_stored(stores: Stores) -> None:
    talk = await a_talk(stores)
    old = await talk.grade("q1")
    tries = [stores.reviews.record_decision(*a_decision(old, id_=f"d{n}"), exemplars=()) for n in range(4)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(end is None for end in ended) == 1
    assert all(end is None or isinstance(end, Conflict) for end in ended)
    assert len(await stores.reviews.decisions(talk.id)) == 1


async def test_no_machines_grade_is_stored_after_a_persons_decision(stores: Stores) -> None:
    talk = await a_talk(stores, critiques=True)
    before = await talk.grade("q1")
    assert [answer.id for answer in await stores.interviews.incomplete()] == [before.answer_id]
    made = await decide(stores, talk)
    assert not await stores.interviews.record_grade(replace(before, id="gr-late"))
    assert (await talk.grade("q1")).id == made.new_grade_id
    assert list(await stores.interviews.incomplete()) == []


async def test_a_decision_and_a_machines_grade_at_once_leave_the_persons_on_top(stores: Stores) -> None:
    for number in range(5):
        talk = await a_talk(stores)
        before = await talk.grade("q1")
        decision, grade = a_decision(before, id_=f"d{number}")
        late = replace(before, id=f"gr-late-{number}")
        stored, _ = await asyncio.gather(
            stores.interviews.record_grade(late),
            stores.reviews.record_decision(decision, grade, exemplars=()),
            return_exceptions=True,
        )
        newest = (await talk.grade("q1")).id
        assert newest == (late.id if stored is True else decision.new_grade_id)
        decided = [made.id for made in await stores.reviews.decisions(talk.id)]
        assert decided == ([] if stored is True else [decision.id])


@pytest.mark.parametrize("how", ["deleted", "withdrawn"])
async def test_decisions_and_exemplars_go_with_their_interview(stores: Stores, how: str) -> None:
    talk, kept = await a_talk(stores), await a_talk(stores)
    for number, one in enumerate((talk, kept)):
        decision, grade = a_decision(await one.grade("q1"), id_=f"d{number}")
        exemplars = [an_exemplar(grade.answer_id, f"ex-{number}")]
        await stores.reviews.record_decision(decision, grade, exemplars=exemplars)
    if how == "deleted":
        await talk.service.delete(talk.id, "asked for")
    else:
        await talk.do(Command.WITHDRAW)
    assert await stores.reviews.decision("d0") is None
    assert await stores.reviews.decision("d1") is not None
    if stores.database is not None:
        assert await SqlExemplarTexts(stores.database).ids() == {"ex-1"}
        with stores.database.engine.connect() as connection:
            count = select(func.count()).select_from(tables.review_decisions)
            assert connection.execute(count).scalar() == 1


async def test_a_later_decisions_exemplars_take_the_place_of_the_earlier_ones(stores: Stores) -> None:
    if stores.database is None:
        pytest.skip("the fake keeps them for its reader alone")
    talk = await a_talk(stores)
    texts = SqlExemplarTexts(stores.database)
    for number in range(2):
        decision, grade = a_decision(await talk.grade("q1"), id_=f"d{number}")
        await stores.reviews.record_decision(decision, grade, exemplars=[an_exemplar(grade.answer_id, f"ex-{number}")])
        assert await texts.ids() == {f"ex-{number}"}


async def test_exemplars_come_back_as_they_were_kept(stores: Stores) -> None:
    kept: ExemplarTexts = SqlExemplarTexts(stores.database) if stores.database is not None else InMemoryExemplarTexts()
    one, two = [f"{(await a_talk(stores)).id}.q1" for _ in range(2)]
    first, second = an_exemplar(one, "ex-1"), an_exemplar(two, "ex-2")
    await kept.keep([first, second])
    await kept.keep([])
    assert await kept.ids() == {"ex-1", "ex-2"}
    assert await kept.find(["ex-1", "ex-9"]) == {"ex-1": first}
    await kept.keep([replace(first, note="better said")])
    assert (await kept.find(["ex-1"]))["ex-1"].note == "better said"
    assert await kept.forget([one, "iv-9.q9"]) == {"ex-1"}
    assert await kept.ids() == {"ex-2"}
    assert await kept.forget([]) == frozenset()
