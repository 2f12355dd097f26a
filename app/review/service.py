"""The review queue: what waits for a person, what they are shown, and what becomes of their decision."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from app.banks.catalogue import BankVersion
from app.errors import AlreadyReceived, Conflict, InvalidInput, NotFound
from app.grading.outcome import Graded
from app.interviews.models import GradeRecord, Kind, Script
from app.interviews.store import Place
from app.review.deciding import asked_criteria, corrections, decided
from app.review.models import (
    Case,
    Choices,
    Comment,
    CommentWanted,
    Decision,
    DecisionWanted,
    Queue,
    ReviewItem,
    ReviewPart,
    Sought,
)
from app.review.requirements import require_assignee, require_comment, require_fit, require_text, stored
from app.review.store import ReviewStore

LARGEST_PAGE = 200
EVERYTHING = Sought()


class Versions(Protocol):
    """The bank versions that answers were given to."""

    async def get(self, name: str, version: int | None = None) -> BankVersion:
        """A version of a bank, by default the newest.

        Raises:
            NotFound: There is none.
        """
        ...


class ReviewService:
    """Shows people what waits for them and takes their decisions.

    Args:
        store: Where grades and decisions are kept.
        versions: The banks.
        clock: Aware UTC now.
    """

    def __init__(self, store: ReviewStore, versions: Versions, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._versions = versions
        self._clock = clock

    async def queue(
        self, sought: Sought = EVERYTHING, *, limit: int = LARGEST_PAGE, after: Place | None = None
    ) -> Queue:
        """What waits, longest waiting first, from a place on; blind lines hold nothing of the machine's.

        Raises:
            InvalidInput: The limit is not within 1 and 200.
        """
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput(f"limit is 1 to {LARGEST_PAGE}.")
        return await self._store.waiting(sought, limit=limit, after=after)

    async def choices(self) -> Choices:
        """By what the queue can be narrowed at the moment."""
        return await self._store.choices()

    async def show(self, grade_id: str) -> ReviewItem:
        """One answer for its reviewer.

        Raises:
            NotFound: There is no such grade.
        """
        case = await self._store.case(grade_id)
        interview, answer = case.interview, case.answer
        script = Script(
            (await self._versions.get(interview.bank.name, interview.bank.version)).bank,
            interview.plan,
            interview.language,
        )
        question = script.text(answer.question_id)
        mine = [entry for entry in interview.transcript if entry.question_id == answer.question_id]
        follow_up = next((entry.text for entry in mine if entry.kind is Kind.FOLLOW_UP), "")
        return ReviewItem(
            id=grade_id,
            bank=interview.bank.name,
            bank_version=interview.bank.version,
            question_id=answer.question_id,
            question=question,
            parts=tuple(
                ReviewPart(asked=follow_up if part.number else question, text=part.text)
                for part in answer.parts
                if part.text or not part.revision
            ),
            criteria=asked_criteria(_graded(case)),
            is_blind=case.is_blind,
            is_open=case.newest_id == grade_id and case.decision is None,
            grade=None if case.is_blind else case.grade,
            interview_id="" if case.is_blind else interview.id,
            label="" if case.is_blind else interview.label,
            decision=case.decision,
            comments=() if case.is_blind else case.comments,
            assignee=case.assignee,
            waits=case.waits,
        )

    async def is_blind(self, grade_id: str) -> bool:
        """Whether nothing of what the machine gave may be seen yet.

        Raises:
            NotFound: There is no such grade.
        """
        return (await self._store.case(grade_id)).is_blind

    async def decide(self, wanted: DecisionWanted) -> Decision:
        """Store a decision and the grade it makes; one that was sent before changes nothing and is given again.

        Raises:
            NotFound: There is no such grade.
            InvalidInput: Something is missing or does not fit; the sentence names it.
            Conflict: The grade is no longer the newest of its answer, or the decision's id was used for another.
        """
        require_text(wanted)
        known = await self._store.decision(wanted.id)
        if known is not None:
            return _same(known, wanted)
        case = await self._store.case(wanted.grade_id)
        graded = _graded(case)
        if case.newest_id != wanted.grade_id or case.answer.revision != case.grade.answer_revision:
            raise Conflict(_outdated(case))
        require_fit(wanted, graded, blind=case.is_blind)
        decision = Decision(
            id=wanted.id,
            grade_id=wanted.grade_id,
            new_grade_id=f"gr-{secrets.token_hex(8)}",
            answer_id=case.answer.id,
            answer_revision=case.grade.answer_revision,
            kind=wanted.kind,
            blind=case.is_blind,
            who=stored(wanted.who),
            reason=stored(wanted.reason),
            verdicts=dict(wanted.verdicts),
            review_reasons=graded.review_reasons,
            at=self._clock(),
        )
        outcome = decided(graded, case.grade.reading, decision)
        grade = GradeRecord(
            id=decision.new_grade_id,
            answer_id=decision.answer_id,
            answer_revision=decision.answer_revision,
            created_at=decision.at,
            outcome=outcome,
            reading=case.grade.reading,
            audit_sample=case.grade.audit_sample,
        )
        try:
            await self._store.record_decision(decision, grade, exemplars=corrections(case, outcome, decision))
        except AlreadyReceived:
            twin = await self._store.decision(wanted.id)
            if twin is None:
                raise
            return _same(twin, wanted)
        return decision

    async def assign(self, grade_id: str, assignee: str) -> None:
        """Note who takes a waiting case on; an empty name gives it back.

        Raises:
            NotFound: There is no such grade.
            InvalidInput: The name is too long.
            Conflict: That grade does not wait, or no more.
        """
        require_assignee(assignee)
        await self._store.assign(grade_id, stored(assignee))

    async def comment(self, wanted: CommentWanted) -> Comment:
        """Store a comment about the answer of a grade; one that was sent before changes nothing and is given again.

        Raises:
            NotFound: There is no such grade.
            InvalidInput: Something is missing; the sentence names it.
            Conflict: The comment's id was used for another.
        """
        require_comment(wanted)
        case = await self._store.case(wanted.grade_id)
        comment = Comment(
            id=wanted.id,
            answer_id=case.answer.id,
            who=stored(wanted.who),
            text=stored(wanted.text),
            at=self._clock(),
        )
        try:
            await self._store.record_comment(comment)
        except AlreadyReceived:
            kept = (await self._store.case(wanted.grade_id)).comments
            known = next((one for one in kept if one.id == wanted.id), None)
            if known is None or known.text != comment.text:
                raise Conflict(f"The id {wanted.id} belongs to another comment; send this one with a new id.") from None
            return known
        return comment

    async def decisions(self, interview_id: str) -> Mapping[str, Decision]:
        """The decisions about an interview's answers, by the id of the grade that each of them made."""
        return {decision.new_grade_id: decision for decision in await self._store.decisions(interview_id)}


def _graded(case: Case) -> Graded:
    if not isinstance(case.grade.outcome, Graded):
        raise NotFound(f"The answer of {case.grade.id} is not graded yet; `viva grade-pending` says why.")
    return case.grade.outcome


def _same(known: Decision, wanted: DecisionWanted) -> Decision:
    told = (known.grade_id, known.kind, dict(known.verdicts))
    if told != (wanted.grade_id, wanted.kind, dict(wanted.verdicts)):
        raise Conflict(f"The id {wanted.id} belongs to another decision; send this one with a new id.")
    return known


def _outdated(case: Case) -> str:
    latest = case.decisions[-1] if case.decisions else None
    if latest is not None and latest.new_grade_id == case.newest_id:
        return f"{latest.who} decided about this answer meanwhile; look at {case.newest_id}, which counts now."
    return f"The answer has a newer grade, so this one can't be decided about; look at {case.newest_id}."
