"""Graded excerpts of other answers, kept from people's corrections to show a model how strict they are.

Few are shown, and only near ones: the same criterion first, then near criteria, one with the opposite verdict where
there is one, and no two that say nearly the same.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.grading.grader import GradeRequest
from app.grading.normalise import clean, contains_run, view
from app.grading.outcome import Reading
from rubric.criteria import HALF_POINTS, Verdict
from vectorstore.embeddings import Vectors

MOST = 3
NEAR_FROM = 0.6
"""Cosine to what the answer says of a criterion from which an exemplar helps."""
MAX_EXCERPT_WORDS = 30
RELEVANCE = 0.7
"""Share of nearness in the choice among equals; the rest is being unlike what was chosen already."""
_DECIMALS = 4


class ExemplarsUnavailable(Exception):
    """The shelf cannot be read or written now; grading goes on without exemplars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """A person's verdict on an excerpt of an answer.

    Attributes:
        id: Identifies it for ever; grades name it.
        answer_id: The answer it was taken from, and with which it is forgotten.
        criterion_id: The criterion's id in its bank, or in the inline rubric it came from.
        criterion: The criterion's text, by which it is recognised.
        bank: The bank's name; empty for an inline rubric.
        excerpt: At most 30 words of the answer (`excerpt_of`); candidate text.
        verdict: What the person decided; never `unknown`.
        note: Why, in the person's words; may be empty.
    """

    id: str
    answer_id: str
    criterion_id: str
    criterion: str
    bank: str = ""
    question_id: str = ""
    excerpt: str
    verdict: Verdict
    note: str = ""


class Exemplars(Protocol):
    """The shelf of exemplars. Corrections of the audit sample are never put on it."""

    async def nearest(self, request: GradeRequest, reading: Reading) -> tuple[Exemplar, ...]:
        """At most 3 exemplars for the critique of an answer, never of the very words of this answer.

        Raises:
            ExemplarsUnavailable: The shelf cannot be read.
        """
        ...

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        """Put these on the shelf; one whose id is there already is replaced.

        Raises:
            ExemplarsUnavailable: The shelf cannot be written.
        """
        ...

    async def forget(self, answer_ids: Collection[str]) -> None:
        """Take everything of these answers from the shelf; answers it has nothing of are ignored.

        Raises:
            ExemplarsUnavailable: The shelf cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """An exemplar that may be shown.

    Attributes:
        cosine: To what the answer says of the criterion it is nearest to, -1..1.
        is_same: Whether its criterion is one of the rubric's.
        vector: Of its excerpt and criterion, shape (d,), unit length.
    """

    exemplar: Exemplar
    cosine: float
    is_same: bool
    vector: Vectors


def excerpt_of(text: str) -> str:
    """The first 30 words of a text, storable and on one line."""
    return " ".join(clean(text).text.split()[:MAX_EXCERPT_WORDS])


def stands_in(excerpt: str, parts: Iterable[str]) -> bool:
    """Whether an answer holds the excerpt word for word: no answer is its own example."""
    wanted = view(excerpt).text
    return any(contains_run(view(part).text, wanted) >= 0 for part in parts)


def choose(candidates: Iterable[Candidate]) -> tuple[Exemplar, ...]:
    """The exemplars to show, the same criterion first; equal candidates give an equal choice in any order."""
    pool = sorted((one for one in candidates if one.cosine >= NEAR_FROM), key=lambda one: one.exemplar.id)
    chosen: list[Candidate] = []
    while pool and len(chosen) < MOST:
        wanted = (_opposite(pool, chosen) if len(chosen) == MOST - 1 else []) or pool
        best = max(wanted, key=lambda one: (one.is_same, _worth(one, chosen)))
        chosen.append(best)
        pool.remove(best)
    return tuple(candidate.exemplar for candidate in chosen)


def _opposite(pool: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[Candidate]:
    """What was judged the other way where everything chosen was judged one way."""
    sides = {_is_met(candidate) for candidate in chosen}
    return [one for one in pool if _is_met(one) not in sides] if len(sides) == 1 else []


def _is_met(candidate: Candidate) -> bool:
    return HALF_POINTS[candidate.exemplar.verdict] > 0


def _worth(candidate: Candidate, chosen: Sequence[Candidate]) -> float:
    """Maximal marginal relevance, rounded so that the noise of an encoder decides nothing."""
    alike = max((float(candidate.vector @ other.vector) for other in chosen), default=0.0)
    return round(RELEVANCE * candidate.cosine - (1 - RELEVANCE) * alike, _DECIMALS)
