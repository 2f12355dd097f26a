"""What the review queue needs of a store: whole intentions, each its own transaction."""

from collections.abc import Sequence
from typing import Protocol

from app.grading.exemplars import Exemplar
from app.interviews.models import GradeRecord
from app.interviews.store import Place
from app.review.models import Case, Choices, Comment, Decision, Queue, Sought


class ReviewStore(Protocol):
    """Keeps what people decide and say. It goes with the interview it belongs to, and when that is withdrawn."""

    async def waiting(self, sought: Sought, *, limit: int, after: Place | None = None) -> Queue:
        """The grades that wait for a person, longest waiting first.

        Waiting is the newest grade of an answer that needs review or is in the audit sample and that no person has
        decided about, and any that its candidate contests. Nothing of practice waits.

        Args:
            sought: Only these.
            limit: At most so many lines.
            after: Only what comes after that place, by time and id of the grade.
        """
        ...

    async def choices(self) -> Choices:
        """By what the queue can be narrowed at the moment."""
        ...

    async def assign(self, grade_id: str, assignee: str) -> None:
        """Note who takes a waiting case on; `NOBODY` gives it back. That stays when the answer is graded anew.

        Raises:
            NotFound: There is no such grade.
            Conflict: That grade does not wait, or no more.
        """
        ...

    async def record_comment(self, comment: Comment) -> None:
        """Store a comment.

        Raises:
            NotFound: There is no such answer, or its interview was withdrawn.
            AlreadyReceived: A comment of that id is stored.
        """
        ...

    async def case(self, grade_id: str) -> Case:
        """A grade with its answer and what was decided.

        Raises:
            NotFound: There is no such grade, or its interview was deleted or withdrawn.
        """
        ...

    async def record_decision(self, decision: Decision, grade: GradeRecord, *, exemplars: Sequence[Exemplar]) -> None:
        """Store a decision with the grade it makes; its exemplars take the place of the answer's earlier ones.

        Raises:
            Conflict: The grade it is about is no longer the newest of its answer, or the answer is gone.
            AlreadyReceived: A decision of that id is stored.
        """
        ...

    async def decision(self, decision_id: str) -> Decision | None:
        """The decision of that id."""
        ...

    async def decisions(self, interview_id: str) -> Sequence[Decision]:
        """Every decision about an interview's answers, oldest first."""
        ...
