"""What a person decides about a grade, and what they are shown to decide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.interviews.models import Answer, GradeRecord, Interview
from rubric.criteria import Criterion, Verdict


class DecisionKind(StrEnum):
    """How a person decides."""

    CONFIRM = "confirm"
    """The machine's verdicts stand; a person looked."""
    OVERRIDE = "override"
    """The person's verdicts take the place of the machine's, criterion by criterion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision; never changed, only followed by another.

    Attributes:
        id: Given by whoever sends it, so that sending it again is harmless.
        grade_id: The grade it was made about.
        new_grade_id: The grade it made, which counts from then on.
        blind: Whether the person had seen nothing of what the machine gave.
        verdicts: Criterion id to verdict, of those that the person gave; empty for a confirmation.
        review_reasons: Why the grade had been waiting.
    """

    id: str
    grade_id: str
    new_grade_id: str
    answer_id: str
    answer_revision: int
    kind: DecisionKind
    blind: bool
    who: str
    reason: str
    verdicts: Mapping[str, Verdict]
    review_reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWanted:
    """A decision as it is asked for, before anything was looked up."""

    id: str
    grade_id: str
    kind: DecisionKind
    who: str
    reason: str = ""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of the queue.

    Attributes:
        interview_id, label: Empty while it is blind, as they lead to what the machine gave.
        reasons: Why it waits, as sentences; none while it is blind.
    """

    grade_id: str
    interview_id: str
    label: str
    bank: str
    bank_version: int
    question_id: str
    graded_at: datetime
    is_blind: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A stretch of the queue, how many wait in all, and whether any come after it."""

    lines: tuple[Waiting, ...]
    total: int
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A grade with all that is stored around it.

    Attributes:
        newest_id: The grade of the answer that counts.
        decisions: All about this answer, oldest first.
    """

    grade: GradeRecord
    interview: Interview
    answer: Answer
    newest_id: str
    decisions: tuple[Decision, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """The latest decision about the answer as it was graded here."""
        mine = [decision for decision in self.decisions if decision.answer_revision == self.grade.answer_revision]
        return mine[-1] if mine else None

    @property
    def is_blind(self) -> bool:
        """Whether nothing of what the machine gave may be seen yet."""
        return self.grade.audit_sample and self.decision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPart:
    """What was asked, and the reply."""

    asked: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """What a reviewer is shown of one answer.

    Attributes:
        id: Of the grade.
        is_open: Whether it is the grade that counts and no person has decided about it.
        parts: The replies in order.
        grade: What the machine gave, or a decision made of it; None while it is blind.
        interview_id, label: Empty while it is blind.
        decision: The latest about this answer.
    """

    id: str
    bank: str
    bank_version: int
    question_id: str
    question: str
    parts: tuple[ReviewPart, ...]
    criteria: tuple[Criterion, ...]
    is_blind: bool
    is_open: bool
    grade: GradeRecord | None
    interview_id: str = ""
    label: str = ""
    decision: Decision | None = None
