"""What a screening goes by: which questions count and how much, what must be met, where the cuts are, what people see.

A cut proposes; a person disposes. Percent are integers, weights too, so that no score misses a cut by rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from app.grading.outcome import Flag

WAITING = "waiting"
"""Among the doubts: any answer that waits for a person, whatever for."""


class Doubt(StrEnum):
    """What can send a candidate's proposal to people, beside a score that does not decide."""

    WAITING = WAITING
    MANIPULATION = Flag.MANIPULATION.value
    OTHER_LANGUAGE = Flag.OTHER_LANGUAGE.value
    TOO_LONG = Flag.TOO_LONG.value
    UNFAMILIAR = Flag.UNFAMILIAR.value
    KEYWORD_LIST = Flag.KEYWORD_LIST.value
    CODE = Flag.CODE.value
    CONFLICT = Flag.CONFLICT.value
    DECOY = Flag.DECOY.value
    REPLACED_CHARACTERS = Flag.REPLACED_CHARACTERS.value


DEFAULT_DOUBTS = (Doubt.MANIPULATION, Doubt.OTHER_LANGUAGE, Doubt.UNFAMILIAR, Doubt.KEYWORD_LIST, Doubt.DECOY)
"""Those that no interval accounts for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MustHave:
    """A criterion that must be covered, whatever the score."""

    question_id: str
    criterion_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one screening version.

    Attributes:
        questions: Ids of the questions that count, in the bank's order; at least one.
        weights: Of questions that weigh other than 1; integers, at least 1.
        must_haves: Criteria that must be covered.
        decline_below: Percent: a score whose whole interval lies below is proposed to be declined; None proposes none.
        advance_from: Percent: a score whose whole interval reaches it is proposed to advance; None proposes none.
        minimum_completeness: Percent of the questions that must be answered before anybody is ranked or proposed for.
        review: Doubts that leave the proposal to people.
    """

    questions: tuple[str, ...]
    weights: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    must_haves: tuple[MustHave, ...] = ()
    decline_below: int | None = None
    advance_from: int | None = None
    minimum_completeness: int = 80
    review: tuple[Doubt, ...] = DEFAULT_DOUBTS

    def weight(self, question_id: str) -> int:
        """How much a question counts."""
        return self.weights.get(question_id, 1)

    def must_have_of(self, question_id: str) -> Sequence[str]:
        """Ids of the question's criteria that must be covered."""
        return [one.criterion_id for one in self.must_haves if one.question_id == question_id]
