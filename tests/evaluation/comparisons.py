"""Labelled answers with grades, as small as a test needs."""

from collections.abc import Sequence
from fractions import Fraction

from app.evaluation.compared import Compared, compared
from app.evaluation.labelled import NOT_FULL, Labelled
from app.grading.outcome import CriterionGrade, Evidence, Flag, Graded, Source
from rubric.criteria import Verdict
from rubric.scoring import score

VERDICTS = (Verdict.MISSING, Verdict.PARTIAL, Verdict.COVERED)
CHANCES = (0.1, 0.6, 0.9)


def a_labelled(
    *half_points: int,
    question: str = "How do you water?",
    bank: str = "garden",
    answer: str = "Early and deeply.",
    style: str = "",
    flags: frozenset[str] = frozenset(),
    id: str = "a",  # noqa: A002 - the field's name
) -> Labelled:
    """An answer whose criteria a person marked so."""
    return Labelled(
        data_set="marked",
        group=bank,
        question=question,
        criteria=tuple(f"Point {place}." for place in range(1, len(half_points) + 1)),
        is_reference=False,
        half_points=half_points,
        answer=answer,
        style=style,
        flags=flags,
        id=id,
    )


def a_whole(*references: str, correct: bool | None = None, score: float | None = None) -> Labelled:
    """An answer judged as a whole, of whose references any one suffices."""
    return Labelled(
        data_set="school",
        group="school:1",
        question="Why?",
        criteria=references,
        is_reference=True,
        half_points=(2 if correct or score == 1 else NOT_FULL if correct is False else 0,),
        answer="Because.",
        score=score,
    )


def a_grade(
    *half_points: int,
    texts: Sequence[str] = (),
    chances: Sequence[float] = (),
    reasons: tuple[str, ...] = (),
    flags: tuple[Flag, ...] = (),
    evidence: tuple[Evidence, ...] = (),
) -> Graded:
    """A grade with these credits; its interval is the score itself."""
    lines = tuple(
        CriterionGrade(
            criterion_id=f"c{place}",
            text=texts[place] if texts else f"Point {place + 1}.",
            weight=1,
            verdict=VERDICTS[half],
            half_points=half,
            probability=chances[place] if chances else CHANCES[half],
            source=Source.SEMANTIC,
            evidence=evidence if half else (),
        )
        for place, half in enumerate(half_points)
    )
    value = score([(half, 1) for half in half_points])
    return Graded(
        basis="semantic",
        score=value,
        score_low=max(value - Fraction(1, 4), Fraction(0)),
        score_high=min(value + Fraction(1, 4), Fraction(1)),
        criteria=lines,
        review_reasons=reasons,
        flags=flags,
    )


def pair(labelled: Labelled, *grades: Graded) -> Compared:
    """The two side by side."""
    found = compared(labelled, grades)
    assert found is not None
    return found
