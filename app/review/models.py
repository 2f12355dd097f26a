"""What a person decides about a grade, and what they are shown to decide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.interviews.models import Answer, GradeRecord, Interview
from app.interviews.store import Place
from app.review.reasons import ReviewReason
from rubric.criteria import Criterion, Verdict


class DecisionKind(StrEnum):
    """How a person decides."""

    CONFIRM = "confirm"
    """The machine's verdicts stand; a person looked."""
    OVERRIDE = "override"
    """The person's verdicts take the place of the machine's, criterion by criterion."""
    DISMISS = "dismiss"
    """Nobody needs to judge it, for the reason given: what the machine gave stands, as uncertain as it was."""


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
class Comment:
    """What somebody of the team says to the others about an answer; candidates never see it.

    Attributes:
        id: Given by whoever sends it, so that sending it again is harmless.
        answer_id: It stays with the answer when that is graded anew.
    """

    id: str
    answer_id: str
    who: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWanted:
    """A comment as it is asked for, by the grade it was written under."""

    id: str
    grade_id: str
    who: str
    text: str


NOBODY = ""
"""Whom a case is assigned to that nobody has taken on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which part of the queue is asked for; None takes everything.

    Attributes:
        bank: A bank's name.
        screening: A screening's id.
        assignee: Whom it is assigned to; `NOBODY` takes what nobody has taken on.
        reason: The weightiest reason of a case.
    """

    bank: str | None = None
    screening: str | None = None
    assignee: str | None = None
    reason: ReviewReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """By what the queue can be narrowed: what at least one waiting case has.

    Attributes:
        screenings: Names by id.
    """

    banks: tuple[str, ...]
    screenings: Mapping[str, str]
    assignees: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One line of the queue.

    Attributes:
        interview_id, label: Empty while it is blind, as they lead to what the machine gave.
        reasons: Why it waits, as sentences; none while it is blind.
        assignee: Who has taken it on, or `NOBODY`.
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
    assignee: str = NOBODY


MOST_COUNTED = 1000
"""Counting on would take longer than everything else about a page, and nobody plans by the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A stretch of the queue.

    Attributes:
        total: How many wait in all, at most `MOST_COUNTED`.
        is_more: Whether more wait than were counted.
        goes_on: Whether any come after this stretch.
    """

    lines: tuple[Waiting, ...]
    total: int
    is_more: bool = False
    goes_on: bool = False

    @property
    def following(self) -> Place | None:
        """Where the next stretch begins after; None where this is the last."""
        last = self.lines[-1] if self.goes_on else None
        return None if last is None else Place(last.graded_at, last.grade_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A grade with all that is stored around it.

    Attributes:
        newest_id: The grade of the answer that counts.
        decisions: All about this answer, oldest first.
        comments: All about this answer, oldest first.
        assignee: Who has taken it on, or `NOBODY`.
        waits: Whether it is in the queue.
    """

    grade: GradeRecord
    interview: Interview
    answer: Answer
    newest_id: str
    decisions: tuple[Decision, ...] = ()
    comments: tuple[Comment, ...] = ()
    assignee: str = NOBODY
    waits: bool = False

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
        comments: What the team said of it; none while it is blind, as others may have seen what the machine gave.
        assignee: Who has taken it on, or `NOBODY`.
        waits: Whether it is in the queue.
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
    comments: tuple[Comment, ...] = ()
    assignee: str = NOBODY
    waits: bool = False
