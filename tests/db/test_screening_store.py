"""Screenings on SQLite and PostgreSQL: a file is taken once, however often it comes, and goes with its candidates."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from app.db import tables
from app.db.database import Database
from app.db.interview_store import SqlInterviewStore
from app.db.screening_store import SqlScreeningStore
from app.db.upload_store import SqlUploadStore
from app.errors import Conflict, NotFound
from app.grading.outcome import Graded
from app.interviews.models import Ending, GradeRecord, Script, State
from app.interviews.service import InterviewService
from app.jobs.enqueueing import enqueue
from app.jobs.records import open_count
from app.reports.report import build_report
from app.screening.candidates import Taken, interview_id
from app.screening.decisions import CandidateDecision
from app.screening.marks import mark_of
from app.screening.ranking import Proposal, ranking, standing
from app.screening.screening import ScreeningState
from app.screening.service import ScreeningService
from app.screening.uploads import Upload
from tests.interviews.fakes import START, Clock, OneBank, PhraseTurns, QuotingReader
from tests.screening.values import BANK, REF, a_policy, a_screening, looked_through, people

LATER = START + timedelta(hours=1)
STRANGE = "Ünïcödé \U0001f9d1 '; DROP TABLE screenings; -- \ufffd{}%s"
ANSWERS = (
    ("p1", "store", "I keep it in object storage and partition by date."),
    ("p1", "move", "I run a Glue job."),
    ("p2", "store", "I don't know."),
    ("p2", "guard", "By least privilege."),
)


@pytest.fixture
async def store(database: Database) -> SqlScreeningStore:
    store = SqlScreeningStore(database, enqueue=enqueue)
    await store.create(a_screening())
    return store


async def count(database: Database, table: str) -> int:
    if table == "jobs":
        return await database.read(open_count)
    query = select(func.count()).select_from(tables.metadata.tables[table])
    row = await database.row(query)
    assert row is not None
    return int(row[0])


def service(database: Database, reader: QuotingReader) -> InterviewService:
    bank = OneBank(BANK)
    return InterviewService(
        SqlInterviewStore(database, enqueue=enqueue),
        bank,
        reader,
        PhraseTurns(),
        clock=Clock(),
        max_answer_chars=6000,
        patience_s=1,
        quiet_s=90,
    )


async def graded(database: Database, store: SqlScreeningStore, reader: QuotingReader) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    interviews = service(database, reader)
    for candidate in await store.candidates("sc-1"):
        for answer in candidate.answers:
            await interviews.complete_grade(f"{candidate.interview_id}.{answer.question_id}")


async def test_a_screening_comes_back_as_it_was(store: SqlScreeningStore) -> None:
    policy = a_policy(weights={"store": 3}, cuts={"decline_below": 30, "advance_from": 60}, review=["manipulation"])
    screening = replace(
        a_screening(policy), id="sc-2", name=STRANGE, deadline=LATER, retention_days=30, created_at=LATER
    )
    await store.create(screening)
    assert await store.load("sc-2") == screening
    assert [one.id for one in await store.list()] == ["sc-2", "sc-1"]
    assert await store.open_of_name(STRANGE) == screening
    assert await store.open_of_name("none") is None
    with pytest.raises(NotFound, match="no screening sc-9"):
        await store.load("sc-9")


async def test_candidates_of_a_file_become_finished_interviews_with_a_job_for_each_answer(
    database: Database, store: SqlScreeningStore
) -> None:
    taken = await store.take(a_screening(), BANK, people(*ANSWERS), START)
    assert taken == Taken(candidates=2, new=4)
    assert await count(database, "jobs") == 4
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    first = await interviews.load(interview_id("sc-1", "p1"))
    assert (first.state, first.label, first.plan, first.bank) == (State.FINISHED, "p1", ("store", "move", "guard"), REF)
    answer = first.answer_to("store")
    assert answer is not None
    assert [part.text for part in answer.parts] == [ANSWERS[0][2]]
    assert [entry.text for entry in first.transcript][:2] == ["How do you store raw data?", ANSWERS[0][2]]
    second = await interviews.load(interview_id("sc-1", "p2"))
    assert second.answer_to("guard") is not None
    asked = second.answer_to("store")
    assert asked is not None
    assert asked.ending is Ending.DONT_KNOW
    assert await store.of_interview(first.id) == "sc-1"


async def test_a_file_that_is_taken_again_changes_nothing_and_asks_for_nothing(
    database: Database, store: SqlScreeningStore
) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    again = await store.take(a_screening(), BANK, people(*ANSWERS), LATER)
    assert again == Taken(candidates=2, same=4)
    assert [await count(database, name) for name in ("jobs", "answers", "parts", "interviews")] == [4, 4, 4, 2]


async def test_a_run_that_was_stopped_goes_on_with_what_is_missing(
    database: Database, store: SqlScreeningStore
) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS[:1]), START)
    rest = await store.take(a_screening(), BANK, people(*ANSWERS), LATER)
    assert rest == Taken(candidates=2, new=3, same=1)
    assert await count(database, "jobs") == 4
    assert [one.number for one in await store.candidates("sc-1")] == [1, 2]


async def test_another_text_is_the_next_revision_and_the_earlier_one_stays(
    database: Database, store: SqlScreeningStore
) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    changed = await store.take(a_screening(), BANK, people(("p1", "move", "By hand.")), LATER)
    assert changed == Taken(candidates=1, changed=1)
    assert await count(database, "jobs") == 5
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    interview = await interviews.load(interview_id("sc-1", "p1"))
    report = build_report(interview, Script(BANK, interview.plan, "en"), {}, now=LATER)
    (move,) = [question for question in report.questions if question.id == "move"]
    assert move.answer is not None
    assert (move.answer.revision, move.answer.parts[0].text) == (1, "By hand.")
    assert [version.text for version in move.earlier] == ["I run a Glue job."]
    assert await store.texts("sc-1") == {
        "p1": {"store": ANSWERS[0][2], "move": "By hand."},
        "p2": {"store": "I don't know.", "guard": "By least privilege."},
    }


async def test_who_was_deleted_does_not_come_back_with_the_file(database: Database, store: SqlScreeningStore) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    await interviews.delete(interview_id("sc-1", "p1"), reason="on request", at=LATER)
    assert await store.take(a_screening(), BANK, people(*ANSWERS), LATER) == Taken(candidates=2, same=2, erased=1)
    assert [one.key for one in await store.candidates("sc-1")] == ["p2"]


async def test_a_closed_screening_takes_nothing_more(database: Database, store: SqlScreeningStore) -> None:
    await store.move("sc-1", ScreeningState.CLOSED, LATER)
    with pytest.raises(Conflict, match="closed and takes no more answers"):
        await store.take(a_screening(), BANK, people(*ANSWERS), LATER)
    with pytest.raises(Conflict, match="is closed"):
        await store.move("sc-1", ScreeningState.ACTIVE, LATER)
    assert await count(database, "interviews") == 0


async def test_rules_are_replaced_in_a_draft_and_versioned_after_that(
    database: Database, store: SqlScreeningStore
) -> None:
    draft = replace(a_screening(state=ScreeningState.DRAFT), id="sc-2")
    await store.create(draft)
    other = replace(draft, policy=a_policy(weights={"move": 2}))
    await store.revise(other, LATER)
    assert await store.load("sc-2") == other
    active = await store.move("sc-2", ScreeningState.ACTIVE, LATER)
    assert active.activated_at == LATER
    following = replace(active, version=2, policy=a_policy(weights={"move": 5}))
    await store.revise(following, LATER)
    assert (await store.load("sc-2")).policy.weight("move") == 5
    assert await count(database, "screening_versions") == 3
    with pytest.raises(Conflict, match="changed meanwhile"):
        await store.revise(following, LATER)


async def test_standings_say_what_the_reports_say(database: Database, store: SqlScreeningStore) -> None:
    await graded(database, store, QuotingReader())
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    for candidate in await store.candidates("sc-1"):
        interview = await interviews.load(candidate.interview_id)
        questions = {answer.id: answer.question_id for answer in interview.answers}
        grades = {questions[one.answer_id]: one for one in await interviews.grades(interview.id)}
        report = build_report(interview, Script(BANK, interview.plan, "en"), grades, now=LATER)
        found = standing(a_policy(), candidate)
        assert report.overall.score is not None
        assert found.score is not None
        assert found.score.value == report.overall.score.value
        assert found.completeness == report.completeness
    best = ranking(a_policy(minimum_completeness=0), await store.candidates("sc-1"))[0]
    assert (best.candidate.key, best.score.value if best.score else None) == ("p1", Fraction(1))


async def test_progress_tells_graded_pending_failed_and_unread_apart(
    database: Database, store: SqlScreeningStore
) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    before = await store.progress("sc-1")
    assert (before.candidates, before.answers, before.settled, before.is_done) == (2, 4, 0, False)
    reader = QuotingReader(critiques=True, doubts=True)
    reader.model_refuses = True
    interviews = service(database, reader)
    first = interview_id("sc-1", "p1")
    await interviews.complete_grade(f"{first}.store")
    reader.embedder_is_there = False
    await interviews.complete_grade(f"{first}.move")
    found = await store.progress("sc-1")
    assert (found.critiques_failed, found.unread, found.graded) == (1, 1, 0)
    assert dict(found.failures) == {"refused": 1, "embedder_unavailable": 1}
    reader.embedder_is_there, reader.model_refuses = True, False
    for candidate in await store.candidates("sc-1"):
        for answer in candidate.answers:
            await interviews.complete_grade(f"{candidate.interview_id}.{answer.question_id}")
    after = await store.progress("sc-1")
    assert (after.graded, after.is_done, after.failures) == (4, True, ())
    assert after.waiting > 0


async def test_only_the_newest_grade_of_an_answer_counts(database: Database, store: SqlScreeningStore) -> None:
    await graded(database, store, QuotingReader())
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    (candidate, _) = await store.candidates("sc-1")
    newest = await interviews.newest_grade(f"{candidate.interview_id}.move")
    assert newest is not None
    assert isinstance(newest.outcome, Graded)
    low: GradeRecord = replace(newest, id="gr-low", outcome=replace(newest.outcome, score=Fraction(0)))
    assert await interviews.record_grade(low)
    (again, _) = await store.candidates("sc-1")
    answer = again.answer("move")
    assert answer is not None
    assert answer.mark is not None
    assert answer.mark.score == 0


async def test_a_screening_goes_with_all_its_candidates(database: Database, store: SqlScreeningStore) -> None:
    await graded(database, store, QuotingReader())
    assert await store.delete("sc-1", reason="over", at=LATER) == 2
    left = [await count(database, name) for name in ("interviews", "answers", "grades", "candidates", "screenings")]
    assert left == [0, 0, 0, 0, 0]
    assert await count(database, "tombstones") == 2
    with pytest.raises(NotFound):
        await store.delete("sc-1", reason="over", at=LATER)


async def test_a_mark_read_from_the_store_is_that_of_the_grade(database: Database, store: SqlScreeningStore) -> None:
    await graded(database, store, QuotingReader(critiques=True, doubts=True))
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    for candidate in await store.candidates("sc-1"):
        for answer in candidate.answers:
            newest = await interviews.newest_grade(f"{candidate.interview_id}.{answer.question_id}")
            assert newest is not None
            assert isinstance(newest.outcome, Graded)
            assert answer.mark == mark_of(newest.outcome)


async def test_candidates_go_once_their_retention_is_over_and_the_screening_stays(
    database: Database, store: SqlScreeningStore
) -> None:
    kept = replace(a_screening(), id="sc-2", retention_days=30)
    await store.create(kept)
    await store.take(kept, BANK, people(*ANSWERS), START)
    screenings = ScreeningService(store, OneBank(BANK), clock=lambda: LATER + timedelta(days=30))
    assert await screenings.sweep() == 0  # it has not ended
    await store.move("sc-2", ScreeningState.CLOSED, LATER)
    early = ScreeningService(store, OneBank(BANK), clock=lambda: LATER + timedelta(days=29))
    assert await early.sweep() == 0
    assert await screenings.sweep() == 2
    assert await screenings.sweep() == 0
    assert await count(database, "interviews") == 0
    assert await count(database, "tombstones") == 2
    assert (await store.load("sc-2")).state is ScreeningState.CLOSED


async def test_a_deadline_that_has_passed_ends_a_screening(store: SqlScreeningStore) -> None:
    late = replace(a_screening(), id="sc-2", deadline=START, retention_days=1)
    assert late.is_overdue(START + timedelta(days=1))
    assert not late.is_overdue(START + timedelta(hours=23))
    screenings = ScreeningService(store, OneBank(BANK), clock=lambda: LATER)
    await store.create(late)
    with pytest.raises(Conflict, match="takes no more answers"):
        await screenings.take(late, looked_through("candidate,question,answer\np1,store,In S3.\n"))


def a_decision(interview: str, kind: Proposal, id_: str = "cd-1", reason: str = STRANGE) -> CandidateDecision:
    return CandidateDecision(
        id=id_,
        interview_id=interview,
        kind=kind,
        proposal=Proposal.LOOK,
        screening_version=1,
        who="Grace",
        reason=reason,
        at=LATER,
    )


async def test_the_newest_decision_about_a_candidate_counts_and_the_earlier_ones_stay(store: SqlScreeningStore) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    first, second = (candidate.interview_id for candidate in await store.candidates("sc-1"))
    both = [a_decision(first, Proposal.DECLINE), a_decision(second, Proposal.DECLINE)]
    assert await store.decide("sc-1", both) == 2
    assert await store.decide("sc-1", both) == 0  # the same delivery again
    later = a_decision(first, Proposal.ADVANCE, "cd-2", "Read again.")
    assert await store.decide("sc-1", [later]) == 1
    assert await store.decisions("sc-1") == {first: later, second: both[1]}
    assert await store.decisions_about(first) == [both[0], later]


async def test_nothing_is_decided_where_somebody_is_gone_or_in_another_screening(store: SqlScreeningStore) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    first, _ = (candidate.interview_id for candidate in await store.candidates("sc-1"))
    with pytest.raises(NotFound, match="nothing was decided"):
        await store.decide("sc-1", [a_decision(first, Proposal.DECLINE), a_decision("iv-gone", Proposal.DECLINE)])
    await store.create(replace(a_screening(), id="sc-2"))
    with pytest.raises(NotFound):
        await store.decide("sc-2", [a_decision(first, Proposal.DECLINE)])
    assert await store.decisions("sc-1") == {}


async def test_decisions_go_with_the_candidate(database: Database, store: SqlScreeningStore) -> None:
    await store.take(a_screening(), BANK, people(*ANSWERS), START)
    first, second = (candidate.interview_id for candidate in await store.candidates("sc-1"))
    await store.decide("sc-1", [a_decision(first, Proposal.DECLINE), a_decision(second, Proposal.ADVANCE)])
    interviews = SqlInterviewStore(database, enqueue=enqueue)
    await interviews.delete(first, reason="asked for", at=LATER)
    assert list(await store.decisions("sc-1")) == [second]
    await store.delete("sc-1", reason="over", at=LATER)
    assert await count(database, "candidate_decisions") == 0


def an_upload(screening_id: str = "sc-1", **more: object) -> Upload:
    fields = {"source": STRANGE, "content": b"\x00candidate,\xff", "at": START, **more}
    return Upload(screening_id=screening_id, **fields)  # type: ignore[arg-type]


async def test_a_file_waits_until_it_is_taken_replaced_or_too_old(database: Database, store: SqlScreeningStore) -> None:
    uploads = SqlUploadStore(database)
    with pytest.raises(NotFound):
        await uploads.keep(an_upload("sc-none"))
    await uploads.keep(an_upload())
    changed = an_upload(mapping=("a=b=candidate",), empty_is_blank=True, at=LATER)
    await uploads.keep(changed)
    assert await uploads.find("sc-1") == changed
    assert await uploads.waiting() == {"sc-1"}
    assert await uploads.sweep(LATER) == 0
    assert await uploads.sweep(LATER + timedelta(seconds=1)) == 1
    assert await uploads.find("sc-1") is None
    await uploads.keep(changed)
    await uploads.drop("sc-1")
    await uploads.keep(changed)
    await store.delete("sc-1", reason="over", at=LATER)
    assert await count(database, "screening_files") == 0
