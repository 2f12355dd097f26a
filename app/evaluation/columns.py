"""Compared answers as the arrays that figures are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.evaluation.compared import Compared, Key
from rubric.scoring import FULL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """What people and grader said, in three kinds of rows; each row knows its question.

    Attributes:
        questions: How many questions there are.
        criterion_question, person, grader: Rows of criteria marked in three levels, half-points 0..2.
        decision_question, truth, decided, probability: Every criterion as a two-way decision: any credit, or where
            people said no more than correct or not, correct. `probability` is P(any credit) in both cases.
        answer_question, person_score, score, low, high: Answers with a score by people, 0..1.
        impression: What a person thought of each of these answers as a whole; NaN where nobody said.
    """

    questions: int
    criterion_question: Ints
    person: Ints
    grader: Ints
    decision_question: Ints
    truth: Bools
    decided: Bools
    probability: Floats
    answer_question: Ints
    person_score: Floats
    score: Floats
    low: Floats
    high: Floats
    impression: Floats


def columns(answers: Sequence[Compared]) -> Columns:
    """The columns of these answers; questions are numbered in order of appearance."""
    numbers: dict[Key, int] = {}
    for answer in answers:
        numbers.setdefault(answer.key, len(numbers))
    decisions = [(answer, mark) for answer in answers for mark in answer.marks]
    criteria = [(answer, mark) for answer, mark in decisions if not answer.is_two_way]
    scored = [(answer, score) for answer in answers if (score := answer.person_score) is not None]
    return Columns(
        questions=len(numbers),
        criterion_question=_ints([numbers[answer.key] for answer, _ in criteria]),
        person=_ints([mark.person for _, mark in criteria]),
        grader=_ints([mark.grader for _, mark in criteria]),
        decision_question=_ints([numbers[answer.key] for answer, _ in decisions]),
        truth=_bools([mark.person >= _least(answer) for answer, mark in decisions]),
        decided=_bools([mark.grader >= _least(answer) for answer, mark in decisions]),
        probability=_floats([mark.probability for _, mark in decisions]),
        answer_question=_ints([numbers[answer.key] for answer, _ in scored]),
        person_score=_floats([score for _, score in scored]),
        score=_floats([answer.score for answer, _ in scored]),
        low=_floats([answer.low for answer, _ in scored]),
        high=_floats([answer.high for answer, _ in scored]),
        impression=_floats([_impression(answer) for answer, _ in scored]),
    )


def _least(answer: Compared) -> int:
    """Half-points from which a two-way decision says yes."""
    return FULL if answer.is_two_way else 1


def _impression(answer: Compared) -> float:
    said = None if answer.answer.is_reference else answer.answer.score
    return float("nan") if said is None else said


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _bools(values: Sequence[bool]) -> Bools:
    return np.array(values, dtype=np.bool_)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
