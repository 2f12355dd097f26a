"""What is asked of a grader: a question, its criteria and an answer in; an outcome out."""

from dataclasses import dataclass
from typing import Protocol

from app.grading.outcome import Outcome
from rubric.criteria import Criterion


@dataclass(frozen=True, slots=True)
class BankRef:
    """The exact bank version a question comes from; its vectors are read from the store by id."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """One answer to be graded.

    Attributes:
        question: The question's text as it was asked.
        criteria: At least one, ids unique.
        parts: The answer's parts in order (first reply, follow-up reply): at least one, maybe blank.
        question_id: The bank's id; empty for an inline rubric.
        bank: Where the question comes from; None for an inline rubric.
        language: BCP 47 tag of the interview.
        decoy: A criterion of another section that this answer can't meet; a critique that marks it is void. Empty
            leaves the choice to the grader (`app.grading.decoys`); the critic, asked without one, puts none in.
        replaced_characters: How many characters of the answer were U+0000 or lone surrogates at the door.
    """

    question: str
    criteria: tuple[Criterion, ...]
    parts: tuple[str, ...]
    question_id: str = ""
    bank: BankRef | None = None
    language: str = "en"
    decoy: str = ""
    replaced_characters: int = 0


class Grader(Protocol):
    """Assigns an outcome to an answer. Never raises for what a candidate wrote or a component failed at."""

    async def grade(self, request: GradeRequest) -> Outcome:
        """Graded, or Ungraded with its reason."""
        ...
