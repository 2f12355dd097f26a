"""The review queue: what waits for a person, what they are shown, and what becomes of their decision."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from app.banks.catalogue import BankVersion
from app.errors import AlreadyReceived, Conflict, InvalidInput, NotFound
from app.grading.normalise import clean
from app.grading.outcome import Graded
from app.interviews.models import GradeRecord, Kind, Script
from app.interviews.store import Place
from app.review.deciding import asked_criteria, corrections, decided
from app.review.models import Case, Decision, DecisionKind, DecisionWanted, Queue, ReviewItem, ReviewPart
from app.review.store import ReviewStore
from rubric.criteria import Verdict

LONGEST_ID = 64
LONGEST_NAME = 100
LONGEST_REASON = 1000
LARGEST_PAGE = 200


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
        self,
        *,
        bank: str | None = None,
        audit_only: bool = False,
        limit: int = LARGEST_PAGE,
        offset: int = 0,
        after: Place | None = None,
    ) -> Queue:
        """What waits, longest waiting first, from a place or an offset on; blind lines hold nothing of the machine's.

        Raises:
            InvalidInput: The limit is not within 1 and 200, or the offset is below 0.
        """
        if not 1 <= limit <= LARGEST_PAGE or offset < 0:
            raise InvalidInput(f"limit is 1 to {LARGEST_PAGE} and offset at least 0.")
        return await self._store.waiting(bank=bank, audit_only=audit_only, limit=limit, offset=offset, after=after)

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
        _require_text(wanted)
        known = await self._store.decision(wanted.id)
        if known is not None:
            return _same(known, wanted)
        case = await self._store.case(wanted.grade_id)
        graded = _graded(case)
        if case.newest_id != wanted.grade_id or case.answer.revision != case.grade.answer_revision:
            raise Conflict(_outdated(case))
        _require_fit(wanted, graded, blind=case.is_blind)
        decision = Decision(
            id=wanted.id,
            grade_id=wanted.grade_id,
            new_grade_id=f"gr-{secrets.token_hex(8)}",
            answer_id=case.answer.id,
            answer_revision=case.grade.answer_revision,
            kind=wanted.kind,
            blind=case.is_blind,
            who=_stored(wanted.who),
            reason=_stored(wanted.reason),
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


def _require_text(wanted: DecisionWanted) -> None:
    """Refuse what no lookup is needed to refuse."""
    if not 0 < len(wanted.id) <= LONGEST_ID or not wanted.id.isprintable():
        raise InvalidInput(f"id: a decision's id has 1 to {LONGEST_ID} printable characters.")
    if not 0 < len(_stored(wanted.who)) <= LONGEST_NAME:
        raise InvalidInput(f"who: say who decides, in at most {LONGEST_NAME} characters.")
    if len(_stored(wanted.reason)) > LONGEST_REASON:
        raise InvalidInput(f"reason: at most {LONGEST_REASON} characters.")
    if wanted.kind is DecisionKind.CONFIRM and wanted.verdicts:
        raise InvalidInput("verdicts: a confirmation gives none; override the criteria that you see differently.")
    if Verdict.UNKNOWN in wanted.verdicts.values():
        raise InvalidInput("verdicts: a person says covered, partial, missing or contradicted, not unknown.")


def _require_fit(wanted: DecisionWanted, graded: Graded, *, blind: bool) -> None:
    ids = [line.criterion_id for line in graded.criteria]
    unknown = [given for given in wanted.verdicts if given not in ids]
    if unknown:
        raise InvalidInput(f"verdicts: the answer has no criterion {unknown[0]!r}; it has {', '.join(ids)}.")
    if blind:
        left = [id_ for id_ in ids if id_ not in wanted.verdicts]
        if wanted.kind is DecisionKind.CONFIRM or left:
            raise InvalidInput(
                "verdicts: this answer is judged blind, so it needs a verdict for every criterion"
                f"; still without one: {', '.join(left)}."
            )
        return
    if wanted.kind is DecisionKind.OVERRIDE and not wanted.verdicts:
        raise InvalidInput("verdicts: an override names at least one criterion with its verdict; or confirm.")
    if wanted.kind is DecisionKind.OVERRIDE and not _stored(wanted.reason):
        raise InvalidInput("reason: an override says why, for whoever reads the report.")


def _stored(text: str) -> str:
    return clean(text).text.strip()
