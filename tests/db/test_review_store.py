"""One contract for every store of the review queue, and of the exemplars' texts: in memory, SQLite and PostgreSQL."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

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
from app.review.models import MOST_COUNTED, Comment, Decision, DecisionKind, Sought
from app.review.reasons import ReviewReason
from app.review.service import EVERYTHING
from app.review.store import ReviewStore
from rubric.criteria import Verdict
from tests.fakes import InMemoryExemplarTexts
from tests.interviews.fakes import START, InMemoryInterviewStore, QuotingReader
from tests.interviews.scripts import STRONG, Talk
from tests.review.fakes import InMemoryReviewStore

HOUR = timedelta(hours=1)
AUDIT = Sought(reason=ReviewReason.AUDIT)
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
    queue = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert queue.total == 2
    assert {line.grade_id for line in queue.lines} == {
        (await doubted.grade("q1")).id,
        (await drawn.grade("q1")).id,
    }
    (blind,) = (await stores.reviews.waiting(AUDIT, limit=10)).lines
    assert (blind.is_blind, blind.interview_id, blind.label, blind.reasons) == (True, "", "", ())
    assert (await stores.reviews.waiting(Sought(bank="other"), limit=10)).total == 0
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
    queue = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert {line.interview_id: line.reasons for line in queue.lines} == {
        contested.id: ("The candidate contests it: “I named it.”",),
        doubted.id: ("The candidate contests it: “I doubt it, too.”", "A person should look."),
    }
    assert queue.total == 2
    assert (await stores.reviews.waiting(AUDIT, limit=10)).total == 0
    made = await decide(stores, contested)
    left = await stores.reviews.waiting(Sought(bank="lake"), limit=10)
    assert [line.interview_id for line in left.lines] == [doubted.id]
    await contest(stores, contested, "q1", "Once more.")
    again = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert made.new_grade_id in {line.grade_id for line in again.lines}
    await contested.do(Command.WITHDRAW)
    assert (await stores.reviews.waiting(EVERYTHING, limit=10)).total == 1


async def test_the_queue_is_read_in_stretches_longest_waiting_first(stores: Stores) -> None:
    for _ in range(3):
        await a_talk(stores)
    whole = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert sorted(whole.lines, key=lambda line: (line.graded_at, line.grade_id)) == list(whole.lines)
    assert (whole.goes_on, whole.following) == (False, None)
    first = await stores.reviews.waiting(Sought(bank="lake"), limit=1)
    middle = await stores.reviews.waiting(Sought(bank="lake"), limit=1, after=first.following)
    assert (middle.lines, middle.total, middle.goes_on) == (whole.lines[1:2], 3, True)
    last = await stores.reviews.waiting(EVERYTHING, limit=1, after=middle.following)
    assert (last.lines, last.goes_on) == (whole.lines[2:], False)


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
    assert (await stores.reviews.waiting(EVERYTHING, limit=10)).total == 0
    assert [summary.needs_review for summary in await stores.interviews.summaries()] == [0]


async def test_what_was_drawn_for_the_audit_waits_no_more_once_decided(stores: Stores) -> None:
    talk = await a_talk(stores, drawn=True)
    await decide(stores, talk)
    assert (await talk.grade("q1")).audit_sample
    assert (await stores.reviews.waiting(AUDIT, limit=10)).total == 0


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


async def test_a_contest_that_was_settled_as_a_request_waits_no_more(stores: Stores) -> None:
    talk = await a_talk(stores, doubts=False)
    await contest(stores, talk, "q1", "I named it.")
    (asked,) = [one.request.id for one in await stores.interviews.requests()]
    assert (await stores.reviews.waiting(Sought(reason=ReviewReason.CONTESTED), limit=10)).total == 1
    await stores.interviews.settle(asked, who="Ada", note="Told by mail.", at=START)
    assert (await stores.reviews.waiting(EVERYTHING, limit=10)).total == 0


async def test_an_answer_contested_before_it_was_graded_waits_once_it_is(stores: Stores) -> None:
    talk = Talk(store=stores.interviews, reader=QuotingReader())
    await talk.begin()
    await contest(stores, talk, "q1", "Whatever you say of it.")
    await talk.say(STRONG)
    (line,) = (await stores.reviews.waiting(EVERYTHING, limit=10)).lines
    assert (line.interview_id, line.question_id) == (talk.id, "q1")


async def test_who_takes_a_case_on_is_kept_while_it_waits_even_when_it_is_graded_anew(stores: Stores) -> None:
    talk, other = await a_talk(stores, critiques=True), await a_talk(stores)
    before = await talk.grade("q1")
    await stores.reviews.assign(before.id, STRANGE)
    newer = replace(before, id="gr-newer", created_at=before.created_at + timedelta(hours=1))
    assert await stores.interviews.record_grade(newer)
    (mine,) = (await stores.reviews.waiting(Sought(assignee=STRANGE), limit=10)).lines
    assert (mine.grade_id, mine.assignee) == ("gr-newer", STRANGE)
    (left,) = (await stores.reviews.waiting(Sought(assignee=""), limit=10)).lines
    assert left.interview_id == other.id
    assert (await stores.reviews.choices()).assignees == (STRANGE,)
    case = await stores.reviews.case("gr-newer")
    assert (case.waits, case.assignee) == (True, STRANGE)
    await stores.reviews.assign("gr-newer", "")
    assert (await stores.reviews.choices()).assignees == ()


async def test_a_grade_that_does_not_wait_can_be_assigned_to_nobody(stores: Stores) -> None:
    talk, sure = await a_talk(stores), await a_talk(stores, doubts=False)
    old = await talk.grade("q1")
    made = await decide(stores, talk)
    for grade_id in (old.id, made.new_grade_id, (await sure.grade("q1")).id):
        with pytest.raises(Conflict):
            await stores.reviews.assign(grade_id, "Ada")
    with pytest.raises(NotFound):
        await stores.reviews.assign("gr-none", "Ada")


async def test_the_queue_is_narrowed_by_the_weightiest_reason(stores: Stores) -> None:
    doubted, contested = await a_talk(stores), await a_talk(stores)
    await a_talk(stores, drawn=True)
    await contest(stores, contested, "q1", "I named it.")
    for reason, talk in ((ReviewReason.OTHER, doubted), (ReviewReason.CONTESTED, contested)):
        found = await stores.reviews.waiting(Sought(reason=reason), limit=10)
        assert [line.interview_id for line in found.lines] == [talk.id]
    assert (await stores.reviews.waiting(Sought(reason=ReviewReason.AUDIT, bank="lake"), limit=10)).total == 1
    assert (await stores.reviews.waiting(Sought(reason=ReviewReason.AUDIT, bank="sea"), limit=10)).total == 0
    assert (await stores.reviews.choices()).banks == ("lake",)


async def test_the_queue_is_narrowed_to_the_candidates_of_a_screening(database: Database) -> None:
    stores = Stores(SqlInterviewStore(database, enqueue=enqueue), SqlReviewStore(database), database)
    ours = Talk(store=stores.interviews, reader=QuotingReader(doubts=True))
    await ours.begin()
    with database.engine.begin() as connection:
        of = {"id": "sc-1", "name": "Spring", "state": "active", "version": 1, "language": "en", "created_at": START}
        connection.execute(insert(tables.screenings).values(of))
        of = {"interview_id": ours.id, "screening_id": "sc-1", "number": 1, "key": "ann"}
        connection.execute(insert(tables.candidates).values(of))
    await ours.say(STRONG)
    await a_talk(stores)
    (line,) = (await stores.reviews.waiting(Sought(screening="sc-1"), limit=10)).lines
    assert line.interview_id == ours.id
    assert (await stores.reviews.choices()).screenings == {"sc-1": "Spring"}
    assert (await stores.reviews.waiting(Sought(screening="sc-2"), limit=10)).total == 0


async def test_what_waits_is_counted_up_to_a_bound_and_then_said_to_be_more(database: Database) -> None:
    stores = Stores(SqlInterviewStore(database, enqueue=enqueue), SqlReviewStore(database), database)
    grade = await (await a_talk(stores)).grade("q1")
    with database.engine.begin() as connection:
        for table in (tables.answers, tables.grades, tables.review_queue):
            (row,) = [row for row in connection.execute(select(table)).mappings() if row.get("question_id") != "q2"]
            connection.execute(insert(table), [_again(dict(row), number) for number in range(MOST_COUNTED)])
    queue = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert (queue.total, queue.is_more, queue.goes_on) == (MOST_COUNTED, True, True)
    await stores.reviews.record_decision(*a_decision(grade), exemplars=())
    queue = await stores.reviews.waiting(EVERYTHING, limit=10)
    assert (queue.total, queue.is_more) == (MOST_COUNTED, False)


def _again(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A row once more, under other ids."""
    for name in ("id", "answer_id", "grade_id", "question_id"):
        if name in row:
            row[name] = f"{row[name]}-{number}"
    return row


async def test_comments_stay_with_an_answer_oldest_first_and_are_stored_once(stores: Stores) -> None:
    talk = await a_talk(stores)
    grade = await talk.grade("q1")
    for number, said in enumerate(("Odd.", STRANGE)):
        await stores.reviews.record_comment(a_comment(grade.answer_id, f"rc-{number}", said, START + number * HOUR))
    with pytest.raises(AlreadyReceived):
        await stores.reviews.record_comment(a_comment(grade.answer_id, "rc-0", "Once more.", START))
    made = await decide(stores, talk)
    case = await stores.reviews.case(made.new_grade_id)
    assert case.comments == (
        a_comment(grade.answer_id, "rc-0", "Odd.", START),
        a_comment(grade.answer_id, "rc-1", STRANGE, START + HOUR),
    )


def a_comment(answer_id: str, id_: str = "rc-1", text: str = "Odd.", at: datetime = START) -> Comment:
    return Comment(id=id_, answer_id=answer_id, who="Ada", text=text, at=at)


@pytest.mark.parametrize("how", ["deleted", "withdrawn"])
async def test_what_was_said_and_assigned_goes_with_its_interview(database: Database, how: str) -> None:
    stores = Stores(SqlInterviewStore(database, enqueue=enqueue), SqlReviewStore(database), database)
    talk, kept = await a_talk(stores), await a_talk(stores)
    for number, one in enumerate((talk, kept)):
        grade = await one.grade("q1")
        await stores.reviews.record_comment(a_comment(grade.answer_id, f"rc-{number}"))
        await stores.reviews.assign(grade.id, "Ada")
    if how == "deleted":
        await talk.service.delete(talk.id, "asked for")
    else:
        await talk.do(Command.WITHDRAW)
    with database.engine.connect() as connection:
        assert connection.execute(select(tables.review_comments.c.id)).scalars().all() == ["rc-1"]
        assert connection.execute(select(tables.review_queue.c.answer_id)).scalars().all() == [f"{kept.id}.q1"]
    with pytest.raises(NotFound):
        await stores.reviews.record_comment(a_comment(f"{talk.id}.q1", "rc-2"))


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
