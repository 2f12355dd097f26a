"""An answer graded again after something changed: bank, prompt, model or head; and what of its grade changed with it.

A critique is asked for again only where it would be asked otherwise: by another model or prompt, or about another
rubric. Else the judgements of then are joined with the reading of now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.grading.answer_grader import AnswerGrader, cleaned
from app.grading.grader import GradeRequest
from app.grading.ledger import fuse
from app.grading.outcome import CriterionGrade, Critique, Graded, Reading
from prompts.inputs import CritiqueInputs
from prompts.loader import template_sha256
from rubric.bank import Band
from rubric.scoring import band_of

_SETTLED = frozenset({"done", "void"})


@dataclass(frozen=True, slots=True)
class Regrader:
    """Grades answers again.

    Attributes:
        model: The chat model; None asks none, and keeps what an earlier one said of the same rubric.
    """

    grader: AnswerGrader
    model: str | None

    async def again(self, before: Graded, asked_then: GradeRequest, asked_now: GradeRequest) -> tuple[Graded, Reading]:
        """The grade as it comes out now, and the reading it rests on.

        Raises:
            VectorStoreError: The answer cannot be read.
        """
        reading = await self.grader.read(asked_now)
        critique = before.critique
        if reading.stopped is None and critique is not None and self._stands(critique, asked_then, asked_now):
            return fuse(cleaned(asked_now), reading, self.grader.vouched(critique, reading)), reading
        return await self.grader.complete(asked_now, reading), reading

    def _stands(self, critique: Critique, asked_then: GradeRequest, asked_now: GradeRequest) -> bool:
        if _rubric(asked_then) != _rubric(asked_now):
            return False
        if self.model is None:
            return True
        told = critique.provenance
        return (
            critique.status in _SETTLED
            and told.get("model") == self.model
            and told.get("prompt_sha256") == template_sha256(CritiqueInputs)
        )


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """A criterion whose verdict changed."""

    id: str
    text: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """What of a grade changed.

    Attributes:
        scores: Then and now, 0..1.
        bands: Then and now; None where the bank names none for the score.
        reviews: Whether it was and is for a person to review.
        criteria: Those of the same id whose verdict changed.
        compared: How many have the same id then and now.
        added, removed: Texts of the criteria that the question has only now, and had only then.
    """

    scores: tuple[Fraction, Fraction]
    bands: tuple[str | None, str | None]
    reviews: tuple[bool, bool]
    criteria: tuple[CriterionChange, ...]
    compared: int
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_change(self) -> bool:
        """Whether anything of it would be seen."""
        pairs = (self.scores, self.bands, self.reviews)
        return bool(self.criteria or self.added or self.removed) or any(then != now for then, now in pairs)


def compare(before: Graded, after: Graded, *, then: Sequence[Band] = (), now: Sequence[Band] = ()) -> GradeChange:
    """What changed from one grade of an answer to another.

    Args:
        before: The earlier grade.
        after: The later one.
        then: The bands that the earlier one is named by.
        now: The bands of the later one.
    """
    old, new = _by_id(before.criteria), _by_id(after.criteria)
    shared = [id_ for id_ in new if id_ in old]
    return GradeChange(
        scores=(before.score, after.score),
        bands=(_band(before.score, then), _band(after.score, now)),
        reviews=(before.needs_review, after.needs_review),
        criteria=tuple(
            CriterionChange(id_, new[id_].text, old[id_].verdict.value, new[id_].verdict.value)
            for id_ in shared
            if old[id_].verdict is not new[id_].verdict
        ),
        compared=len(shared),
        added=tuple(line.text for id_, line in new.items() if id_ not in old),
        removed=tuple(line.text for id_, line in old.items() if id_ not in new),
    )


def as_record(change: GradeChange) -> dict[str, Any]:
    """A change as plain values: pairs are then and now."""
    return {
        "score": [round(float(score), 4) for score in change.scores],
        "band": list(change.bands),
        "needs_review": list(change.reviews),
        "criteria": [{"id": one.id, "text": one.text, "verdict": [one.was, one.now]} for one in change.criteria],
        "added": list(change.added),
        "removed": list(change.removed),
    }


def _rubric(request: GradeRequest) -> tuple[str, frozenset[tuple[str, str]]]:
    return request.question, frozenset((criterion.id, criterion.text) for criterion in request.criteria)


def _by_id(lines: Sequence[CriterionGrade]) -> Mapping[str, CriterionGrade]:
    return {line.criterion_id: line for line in lines}


def _band(score: Fraction, bands: Sequence[Band]) -> str | None:
    band = band_of(score, bands)
    return band.name if band is not None else None
