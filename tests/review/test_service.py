"""What reviewers see, what they may decide, and what their decisions make of a grade."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from app.errors import Conflict, InvalidInput, NotFound
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Source
from app.interviews.models import Command
from app.review.bulk import BulkKind, BulkWanted, settle_all
from app.review.models import CommentWanted, Decision, DecisionKind, DecisionWanted, Sought
from app.review.reasons import ReviewReason
from app.review.service import ReviewService
from rubric.criteria import Verdict
from tests.interviews.fakes import Clock, InMemoryInterviewStore, OneBank, QuotingReader
from tests.interviews.scripts import STRONG, Talk, a_lake_bank
from tests.review.fakes import InMemoryReviewStore

HALF = "Land raw files in object storage, I would say, and then ask around what people want of it."
REASON = "The storage is named only to mock it."


class Desk:
    """One talk, and the desk where its answers are reviewed."""

    def __init__(self, *, drawn: bool = False, critiques: bool = False) -> None:
        self.interviews = InMemoryInterviewStore()
        sampled: Callable[[GradeRequest], bool] = lambda _: drawn  # noqa: E731 (one line says it)
        self.reader = QuotingReader(critiques=critiques, doubts=True)
        self.talk = Talk(store=self.interviews, reader=self.reader, is_sampled=sampled)
        self.store = InMemoryReviewStore(self.interviews)
        self.service = ReviewService(self.store, OneBank(a_lake_bank()), Clock())

    async def answered(self, text: str = STRONG) -> str:
        """The id of the grade of a first answer."""
        await self.talk.begin()
        await self.talk.say(text)
        if (await self.interviews.load(self.talk.id)).current == "q1":
            await self.talk.say("Nothing more comes to my mind.")
        return (await self.talk.grade("q1")).id

    async def counts(self) -> Graded:
        """The outcome that counts for the first answer."""
        outcome = (await self.talk.grade("q1")).outcome
        assert isinstance(outcome, Graded)
        return outcome

    async def decide(self, grade_id: str, kind: str = "override", *, id_: str = "d1", **given: object) -> Decision:
        wanted = {"who": "Ada", "reason": REASON, **given}
        return await self.service.decide(
            DecisionWanted(id=id_, grade_id=grade_id, kind=DecisionKind(kind), **wanted)  # type: ignore[arg-type]
        )


async def test_a_grade_that_needs_review_waits_with_its_reasons_and_its_interview() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    (line,) = (await desk.service.queue()).lines
    assert (line.grade_id, line.interview_id, line.question_id) == (grade_id, desk.talk.id, "q1")
    assert line.reasons == ("A person should look.",)
    assert not line.is_blind
    item = await desk.service.show(grade_id)
    assert item.is_open
    assert item.parts[0].text == STRONG
    assert item.grade is not None
    assert [criterion.text for criterion in item.criteria] == [
        "Land raw files in object storage",
        "Partition them by date",
    ]


async def test_a_confirmed_grade_keeps_the_machines_marks_and_waits_no_more() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    before = await desk.counts()
    decision = await desk.decide(grade_id, "confirm", reason="")
    after = await desk.counts()
    assert not after.needs_review
    assert [line.source for line in after.criteria] == [line.source for line in before.criteria]
    assert [line.verdict for line in after.criteria] == [line.verdict for line in before.criteria]
    assert after.score_low == after.score == after.score_high == before.score
    assert decision.review_reasons == ("A person should look.",)
    assert (await desk.service.queue()).total == 0


async def test_an_override_counts_and_keeps_the_machines_verdict_beside_it() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    after = await desk.counts()
    first, second = after.criteria
    assert (first.verdict, first.source, first.probability, first.evidence) == (
        Verdict.MISSING,
        Source.PERSON,
        0.0,
        (),
    )
    assert first.machine is not None
    assert (first.machine.verdict, first.machine.half_points, first.machine.source) == (
        Verdict.COVERED,
        2,
        Source.SEMANTIC,
    )
    assert first.reason == REASON
    assert (second.source, second.machine) == (Source.SEMANTIC, None)
    assert after.score == Fraction(1, 2)
    assert after.score_low <= after.score == after.score_high
    assert not after.needs_review


async def test_deciding_on_every_criterion_leaves_no_interval() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    await desk.decide(grade_id, verdicts={"c1": Verdict.PARTIAL, "c2": Verdict.COVERED})
    after = await desk.counts()
    assert after.score_low == after.score == after.score_high == Fraction(3, 4)


async def test_the_first_verdict_of_the_machine_stays_beside_a_second_decision() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    first = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    await desk.decide(first.new_grade_id, id_="d2", verdicts={"c1": Verdict.PARTIAL})
    line = (await desk.counts()).criteria[0]
    assert line.machine is not None
    assert (line.verdict, line.machine.verdict) == (Verdict.PARTIAL, Verdict.COVERED)


async def test_sending_a_decision_again_changes_nothing() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    first = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    again = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    assert again == first
    assert (await desk.talk.grade("q1")).id == first.new_grade_id
    with pytest.raises(Conflict, match="d1 belongs to another decision"):
        await desk.decide(grade_id, verdicts={"c1": Verdict.PARTIAL})


async def test_a_grade_that_is_no_longer_the_newest_cannot_be_decided_about() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    made = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    with pytest.raises(Conflict, match=f"Ada decided .* meanwhile; look at {made.new_grade_id}"):
        await desk.decide(grade_id, "confirm", id_="d2")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"verdicts": {}}, "verdicts: an override names at least one"),
        ({"verdicts": {"c9": Verdict.MISSING}}, "no criterion 'c9'; it has c1, c2"),
        ({"verdicts": {"c1": Verdict.UNKNOWN}}, "not unknown"),
        ({"verdicts": {"c1": Verdict.MISSING}, "reason": " \n"}, "reason: an override says why"),
        ({"verdicts": {"c1": Verdict.MISSING}, "reason": "x" * 1001}, "reason: at most 1000"),
        ({"verdicts": {"c1": Verdict.MISSING}, "who": "  "}, "who: say who decides"),
        ({"verdicts": {"c1": Verdict.MISSING}, "id_": ""}, "id: a decision's id"),
        ({"kind": "confirm", "verdicts": {"c1": Verdict.MISSING}}, "a confirmation gives none"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(given: dict[str, object], told: str) -> None:
    desk = Desk()
    grade_id = await desk.answered()
    with pytest.raises(InvalidInput, match=told):
        await desk.decide(grade_id, **given)  # type: ignore[arg-type]
    assert (await desk.service.queue()).total == 1


async def test_what_is_not_there_is_not_found() -> None:
    desk = Desk()
    with pytest.raises(NotFound):
        await desk.service.show("gr-none")
    with pytest.raises(NotFound):
        await desk.decide("gr-none", "confirm")


async def test_what_is_drawn_for_the_audit_is_shown_without_anything_of_the_machine() -> None:
    desk = Desk(drawn=True)
    grade_id = await desk.answered()
    (line,) = (await desk.service.queue(Sought(reason=ReviewReason.AUDIT))).lines
    assert line.is_blind
    assert (line.reasons, line.interview_id, line.label) == ((), "", "")
    item = await desk.service.show(grade_id)
    assert item.is_blind
    assert (item.grade, item.interview_id, item.label) == (None, "", "")
    assert item.parts[0].text == STRONG
    assert len(item.criteria) == 2


async def test_a_blind_decision_needs_a_verdict_for_every_criterion_and_then_shows_the_machines() -> None:
    desk = Desk(drawn=True)
    grade_id = await desk.answered()
    with pytest.raises(InvalidInput, match=r"judged blind.*without one: c1, c2"):
        await desk.decide(grade_id, "confirm")
    with pytest.raises(InvalidInput, match=r"judged blind.*without one: c2"):
        await desk.decide(grade_id, verdicts={"c1": Verdict.COVERED})
    made = await desk.decide(grade_id, reason="", verdicts={"c1": Verdict.COVERED, "c2": Verdict.PARTIAL})
    assert made.blind
    shown = await desk.service.show(made.new_grade_id)
    assert not shown.is_blind
    assert not shown.is_open
    assert shown.grade is not None
    assert shown.decision == made
    assert (await desk.service.queue()).total == 0


async def test_what_is_drawn_for_the_audit_waits_though_the_machine_was_sure() -> None:
    desk = Desk(drawn=True)
    desk.reader.doubts = False
    await desk.answered()
    assert (await desk.service.queue()).total == 1


async def test_a_correction_becomes_an_exemplar_a_confirmed_verdict_does_not() -> None:
    desk = Desk()
    grade_id = await desk.answered(HALF)
    await desk.decide(grade_id, verdicts={"c1": Verdict.COVERED, "c2": Verdict.PARTIAL})
    (kept,) = desk.store.kept(f"{desk.talk.id}.q1")
    assert (kept.criterion_id, kept.criterion, kept.verdict) == ("c2", "Partition them by date", Verdict.PARTIAL)
    assert (kept.bank, kept.question_id, kept.note) == ("lake", "q1", REASON)
    assert kept.excerpt
    assert len(kept.excerpt.split()) <= 30


async def test_the_audit_sample_never_becomes_an_exemplar_not_even_by_a_later_decision() -> None:
    desk = Desk(drawn=True)
    grade_id = await desk.answered()
    made = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING, "c2": Verdict.MISSING})
    assert desk.store.kept(f"{desk.talk.id}.q1") == ()
    await desk.decide(made.new_grade_id, id_="d2", verdicts={"c1": Verdict.CONTRADICTED})
    assert desk.store.kept(f"{desk.talk.id}.q1") == ()


async def test_a_critique_that_comes_late_changes_nothing_of_a_persons_decision() -> None:
    desk = Desk(critiques=True)
    grade_id = await desk.answered()
    pending = await desk.counts()
    assert pending.critique is not None
    assert pending.critique.status == "pending"
    made = await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    asked = desk.reader.completions
    assert await desk.talk.service.complete_grade(f"{desk.talk.id}.q1")
    assert await desk.talk.service.complete_pending() == (0, 0)
    assert desk.reader.completions == asked
    assert (await desk.talk.grade("q1")).id == made.new_grade_id
    after = await desk.counts()
    assert (after.critique, after.basis) == (None, "semantic")


async def test_a_critique_under_way_while_a_person_decides_is_not_stored() -> None:
    desk = Desk(critiques=True)
    grade_id = await desk.answered()
    made: list[Decision] = []

    async def meanwhile() -> None:
        made.append(await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING}))

    desk.reader.meanwhile = meanwhile
    await desk.talk.service.complete_grade(f"{desk.talk.id}.q1")
    assert desk.reader.completions == 1
    assert (await desk.talk.grade("q1")).id == made[0].new_grade_id


async def test_what_was_decided_goes_when_the_candidate_withdraws() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    await desk.decide(grade_id, verdicts={"c1": Verdict.MISSING})
    await desk.talk.do(Command.WITHDRAW)
    assert await desk.service.decisions(desk.talk.id) == {}
    assert (await desk.service.queue()).total == 0
    with pytest.raises(NotFound):
        await desk.service.show(grade_id)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}])
async def test_a_stretch_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidInput, match="limit is 1 to 200"):
        await Desk().service.queue(**wrong)  # type: ignore[arg-type]


async def test_a_dismissed_case_leaves_the_queue_and_the_machines_marks_stay_as_uncertain_as_they_were() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    before = await desk.counts()
    made = await desk.decide(grade_id, "dismiss", reason="The position is filled.")
    after = await desk.counts()
    assert (await desk.service.queue()).total == 0
    assert (after.score, after.score_low, after.score_high) == (before.score, before.score_low, before.score_high)
    assert after.criteria == before.criteria
    assert not after.needs_review
    assert (made.kind, made.who, made.reason) == (DecisionKind.DISMISS, "Ada", "The position is filled.")
    assert made.review_reasons == ("A person should look.",)


async def test_a_dismissal_says_why_and_gives_no_verdict() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    with pytest.raises(InvalidInput, match="reason: say why nobody needs to judge it"):
        await desk.decide(grade_id, "dismiss", reason=" ")
    with pytest.raises(InvalidInput, match="a dismissal gives none"):
        await desk.decide(grade_id, "dismiss", verdicts={"c1": Verdict.MISSING})


async def test_nothing_of_the_audit_sample_can_be_dismissed() -> None:
    desk = Desk(drawn=True)
    grade_id = await desk.answered()
    with pytest.raises(InvalidInput, match="in the audit sample"):
        await desk.decide(grade_id, "dismiss")
    assert (await desk.service.queue()).total == 1


async def test_a_case_is_taken_on_and_given_back() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    await desk.service.assign(grade_id, " Ada ")
    assert [line.assignee for line in (await desk.service.queue(Sought(assignee="Ada"))).lines] == ["Ada"]
    assert (await desk.service.show(grade_id)).assignee == "Ada"
    await desk.service.assign(grade_id, "")
    assert (await desk.service.queue(Sought(assignee=""))).total == 1
    with pytest.raises(InvalidInput, match="assignee: a name has at most"):
        await desk.service.assign(grade_id, "x" * 101)


def a_comment(grade_id: str, text: str = "Odd.", who: str = "Ada", id_: str = "rc-1") -> CommentWanted:
    return CommentWanted(id=id_, grade_id=grade_id, who=who, text=text)


async def test_a_comment_is_kept_once_with_who_and_when() -> None:
    desk = Desk()
    grade_id = await desk.answered()
    said = await desk.service.comment(a_comment(grade_id))
    assert await desk.service.comment(a_comment(grade_id)) == said
    assert (await desk.service.show(grade_id)).comments == (said,)
    with pytest.raises(Conflict, match="rc-1 belongs to another comment"):
        await desk.service.comment(a_comment(grade_id, "Something else."))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"text": " "}, "text: a comment has 1 to"),
        ({"text": "x" * 2001}, "text: a comment has 1 to"),
        ({"who": ""}, "who: say who comments"),
        ({"id_": ""}, "id: a comment's id"),
    ],
)
async def test_a_comment_that_lacks_something_is_refused_by_name(given: dict[str, str], told: str) -> None:
    desk = Desk()
    with pytest.raises(InvalidInput, match=told):
        await desk.service.comment(a_comment(await desk.answered(), **given))


async def test_comments_on_what_is_judged_blind_are_shown_once_it_was_judged() -> None:
    desk = Desk(drawn=True)
    grade_id = await desk.answered()
    await desk.service.comment(a_comment(grade_id, "The machine gave it full marks before."))
    assert (await desk.service.show(grade_id)).comments == ()
    made = await desk.decide(grade_id, verdicts={"c1": Verdict.COVERED, "c2": Verdict.PARTIAL})
    assert len((await desk.service.show(made.new_grade_id)).comments) == 1


async def test_of_several_each_is_decided_on_its_own_grade_and_a_refused_one_holds_none_back() -> None:
    desk = Desk()
    first = await desk.answered()
    for said in (STRONG, "Nothing more comes to my mind."):
        await desk.talk.say(said)
    second = (await desk.talk.grade("q2")).id
    newer = await desk.decide(first, verdicts={"c1": Verdict.MISSING})
    wanted = BulkWanted(
        id="b1", kind=BulkKind.DISMISS, grade_ids=[first, second, second, "gr-none"], who="Ben", reason="Filled."
    )
    lines = await settle_all(desk.service, wanted)
    assert [line.grade_id for line in lines] == [first, second, "gr-none"]
    assert "Ada decided about this answer meanwhile" in str(lines[0].refused)
    assert lines[1].refused is None
    assert isinstance(lines[2].refused, NotFound)
    assert (await desk.talk.grade("q1")).id == newer.new_grade_id
    assert (await desk.talk.grade("q2")).id == lines[1].new_grade_id
    again = await settle_all(desk.service, wanted)
    assert again[1] == lines[1]


async def test_several_are_confirmed_or_assigned_and_what_is_blind_is_refused() -> None:
    desk, blind = Desk(), Desk(drawn=True)
    waits = await desk.answered()
    given = BulkWanted(id="b1", kind=BulkKind.ASSIGN, grade_ids=[waits], assignee="Ada")
    assert [line.refused for line in await settle_all(desk.service, given)] == [None]
    assert (await desk.service.show(waits)).assignee == "Ada"
    confirmed = BulkWanted(id="b2", kind=BulkKind.CONFIRM, grade_ids=[waits], who="Ada")
    (line,) = await settle_all(desk.service, confirmed)
    assert line.new_grade_id == (await desk.talk.grade("q1")).id
    drawn = BulkWanted(id="b3", kind=BulkKind.CONFIRM, grade_ids=[await blind.answered()], who="Ada")
    (line,) = await settle_all(blind.service, drawn)
    assert "judged blind" in str(line.refused)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"who": ""}, "who: say who decides"),
        ({"reason": ""}, "reason: say why nobody needs"),
        ({"reason": "x" * 1001}, "reason: at most 1000"),
        ({"grade_ids": []}, "reviews: choose 1 to 200"),
        ({"id": ""}, "id: it has 1 to"),
        ({"kind": BulkKind.ASSIGN, "assignee": "x" * 101}, "assignee: a name has at most"),
    ],
)
async def test_what_would_be_refused_of_each_is_refused_at_once(given: dict[str, Any], told: str) -> None:
    wanted = {"id": "b1", "kind": BulkKind.DISMISS, "grade_ids": ["gr-1"], "who": "Ada", "reason": "Filled.", **given}
    with pytest.raises(InvalidInput, match=told):
        await settle_all(Desk().service, BulkWanted(**wanted))
