"""A screening as a value: many candidates, one bank version, one policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.grading.grader import BankRef
from app.screening.policy import Policy


class ScreeningState(StrEnum):
    """Where a screening stands."""

    DRAFT = "draft"
    """Bank and policy may still change; nobody has a result."""
    ACTIVE = "active"
    """Bank and policy are frozen: another one is a new version, previewed first."""
    CLOSED = "closed"
    """Takes no more answers; its results stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """A screening in its newest version.

    Attributes:
        version: Counts from 1; every change of bank or policy after activation is another.
        deadline: Until when answers are taken; None is without end.
        retention_days: Days that its candidates are kept after it was closed, or its deadline has passed; None keeps them
            until somebody deletes them.
        activated_at, closed_at: None while it has not come to that.
    """

    id: str
    name: str
    bank: BankRef
    policy: Policy
    language: str
    state: ScreeningState
    created_at: datetime
    version: int = 1
    deadline: datetime | None = None
    retention_days: int | None = None
    activated_at: datetime | None = None
    closed_at: datetime | None = None

    def takes_answers(self, at: datetime) -> bool:
        """Whether candidates may still be added at that time."""
        return self.state is not ScreeningState.CLOSED and (self.deadline is None or at <= self.deadline)

    def is_overdue(self, at: datetime) -> bool:
        """Whether its candidates have been kept for as long as they may be."""
        ends = [end for end in (self.closed_at, self.deadline) if end is not None]
        if self.retention_days is None or not ends:
            return False
        return at >= min(ends) + timedelta(days=self.retention_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the grading of a screening is.

    Attributes:
        answers: That a machine is to grade.
        graded: Whose grade is complete: nothing more comes by itself.
        critiques_pending: Read, with a critique still to come.
        critiques_failed: Whose critique gave nothing usable: the local grade stands, until another try succeeds.
        unread: That the local reading could not take, for now.
        failures: Why critiques failed or readings are missing, with how often.
        waiting: Graded answers that wait for a person.
    """

    candidates: int
    answers: int
    graded: int
    critiques_pending: int
    critiques_failed: int
    unread: int
    waiting: int
    failures: tuple[tuple[str, int], ...] = ()

    @property
    def settled(self) -> int:
        """Answers with a grade that stands: complete, or without its critique because that failed."""
        return self.graded + self.critiques_failed

    @property
    def is_done(self) -> bool:
        """Whether every answer has a grade that stands."""
        return self.settled == self.answers
