"""An answer's grade beside what people said of it: what every figure of an evaluation is counted from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.errors import InvalidInput
from app.evaluation.labelled import Labelled
from app.grading.outcome import CriterionGrade, Evidence, Flag, Graded, Outcome, Source, Ungraded
from app.grading.record import from_record
from rubric.criteria import Verdict
from rubric.scoring import FULL, score

Key = tuple[str, str]
"""Bank (or data set) and question: what belongs together and is resampled as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One criterion as a person and as the grader marked it.

    Attributes:
        person: Half-points 0..2, or `app.evaluation.labelled.NOT_FULL`: less than correct, nobody said how much.
        grader: Half-points 0..2; for `unknown` the best estimate.
        probability: The grader's P(credit >= 1/2).
        quote: What the person showed as evidence; empty where nothing was shown.
    """

    text: str
    weight: int
    person: int
    grader: int
    verdict: Verdict
    probability: float
    source: Source
    evidence: tuple[Evidence, ...]
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A labelled answer with its grade.

    Attributes:
        marks: One a criterion; where any one of several references suffices, the best-reached one alone.
        score, low, high: The grader's, 0..1.
    """

    answer: Labelled
    marks: tuple[Mark, ...]
    score: float
    low: float
    high: float
    review_reasons: tuple[str, ...]
    flags: tuple[Flag, ...]
    basis: str

    @property
    def key(self) -> Key:
        """What it is resampled with."""
        return key_of(self.answer)

    @property
    def is_accepted(self) -> bool:
        """Whether it would count without a person having looked."""
        return not self.review_reasons

    @property
    def is_two_way(self) -> bool:
        """Whether its label says no more than correct or not; true of every answer of such a set, correct ones too."""
        return self.answer.is_reference and self.answer.score is None

    @property
    def person_score(self) -> float | None:
        """0..1: the share of the credit the person gave, or the person's score; None where it was correct or not."""
        if self.answer.is_reference:
            return self.answer.score
        return float(score([(mark.person, mark.weight) for mark in self.marks]))


def key_of(answer: Labelled) -> Key:
    """Bank or data set, and question."""
    return (answer.data_set if answer.is_reference else answer.group, answer.question)


def compared(answer: Labelled, outcomes: Sequence[Outcome]) -> Compared | None:
    """An answer with its grade; None where it could not be graded.

    Args:
        answer: What people said of it.
        outcomes: One; or for references one each, of which the best counts.
    """
    grades = [outcome for outcome in outcomes if isinstance(outcome, Graded)]
    if not grades or len(grades) < len(outcomes):
        return None
    if answer.is_reference:
        return _by_reference(answer, grades)
    [grade] = grades
    marks = tuple(
        _mark(line, person, answer.evidence.get(place, ""))
        for place, (line, person) in enumerate(zip(grade.criteria, answer.half_points, strict=True))
    )
    return Compared(
        answer=answer,
        marks=marks,
        score=float(grade.score),
        low=float(grade.score_low),
        high=float(grade.score_high),
        review_reasons=grade.review_reasons,
        flags=grade.flags,
        basis=grade.basis,
    )


def _by_reference(answer: Labelled, grades: Sequence[Graded]) -> Compared:
    grade, line = max(
        ((grade, line) for grade in grades for line in grade.criteria),
        key=lambda pair: (pair[1].half_points, pair[1].probability),
    )
    alone = len(grade.criteria) == 1
    value = float(Fraction(line.half_points, FULL))
    return Compared(
        answer=answer,
        marks=(_mark(line, answer.half_points[0], ""),),
        score=value,
        low=float(grade.score_low) if alone else value,
        high=float(grade.score_high) if alone else value,
        review_reasons=grade.review_reasons,
        flags=grade.flags,
        basis=grade.basis,
    )


def _mark(line: CriterionGrade, person: int, quote: str) -> Mark:
    return Mark(
        text=line.text,
        weight=line.weight,
        person=person,
        grader=line.half_points,
        verdict=line.verdict,
        probability=line.probability,
        source=line.source,
        evidence=line.evidence,
        quote=quote,
    )


def read_grades(path: Path, answers: Sequence[Labelled]) -> list[list[Outcome]]:
    """The outcomes of an existing file of grades, those of each answer by its id; none where it has none.

    Raises:
        InvalidInput: It can't be read, a line is no grade, an id stands twice, an answer has no id, or a grade is of
            other criteria than the answer's.
    """
    found: dict[str, tuple[int, Outcome]] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise InvalidInput(f"The grades {path} cannot be read ({error.strerror}); check --grades.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            name, outcome = _graded_line(line, path, number)
            if name in found:
                raise InvalidInput(f"{path}, line {number}: the id {name!r} stood in line {found[name][0]}; keep one.")
            found[name] = number, outcome
    _require_ids(answers)
    return [_outcomes_of(answer, found, path) for answer in answers]


def _graded_line(line: bytes, path: Path, number: int) -> tuple[str, Outcome]:
    try:
        record: Mapping[str, Any] = json.loads(line)
        return str(record["id"]), from_record(record)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"{path}, line {number}: no grade stands there ({type(error).__name__})"
        raise InvalidInput(f"{problem}; give what viva grade wrote.") from error


def _require_ids(answers: Iterable[Labelled]) -> None:
    seen: set[str] = set()
    for place, answer in enumerate(answers, start=1):
        if not answer.id:
            raise InvalidInput(f'Labelled answer {place} has no "answer_id"; grades are found by it. Add one.')
        if answer.id in seen:
            raise InvalidInput(f'"answer_id" {answer.id!r} stands twice in the labelled answers; keep one.')
        seen.add(answer.id)


def _outcomes_of(answer: Labelled, found: Mapping[str, tuple[int, Outcome]], path: Path) -> list[Outcome]:
    if answer.id not in found:
        return [Ungraded(reason="no grade of that id in the file")]
    number, outcome = found[answer.id]
    if (
        isinstance(outcome, Graded)
        and not answer.is_reference
        and tuple(line.text for line in outcome.criteria) != answer.criteria
    ):
        raise InvalidInput(
            f"{path}, line {number}: this grade is of other criteria than the labelled answer {answer.id!r}; "
            "grade the labelled rubric, in its order."
        )
    return [outcome]
