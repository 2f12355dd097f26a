"""The arithmetic of a score: integers and fractions until the moment of printing.

Eight weights of 0.1 sum to 0.7999… in floats and miss a pass mark of 0.8; half-points times integer
weights cannot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rubric.bank import Band

FULL = 2
"""Half-points of a covered criterion."""


def score(ledger: Sequence[tuple[int, int]]) -> Fraction:
    """Share of the weighted credit that was earned, 0..1.

    Args:
        ledger: (half-points 0..2, weight >= 1) per criterion, at least one.

    Raises:
        ValueError: No criterion, half-points outside 0..2, or a weight below 1.
    """
    if not ledger:
        raise ValueError("a score needs at least one criterion")
    for half_points, weight in ledger:
        if not 0 <= half_points <= FULL:
            raise ValueError(f"half-points are 0, 1 or 2, not {half_points}")
        if weight < 1:
            raise ValueError(f"a weight is at least 1, not {weight}")
    earned = sum(half_points * weight for half_points, weight in ledger)
    return Fraction(earned, FULL * sum(weight for _, weight in ledger))


def band_of(value: Fraction, bands: Sequence[Band]) -> Band | None:
    """The highest band whose minimum the score reaches; None when there is none."""
    reached = [band for band in bands if value * 100 >= band.minimum]
    return max(reached, key=lambda band: band.minimum, default=None)


@dataclass(frozen=True, slots=True)
class AnswerMark:
    """What one answer brings to the score of its interview.

    Attributes:
        section: The section's title, or whatever else tells sections apart.
        score: 0..1; None while the answer is ungraded.
    """

    section: str
    score: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewScore:
    """The score of an interview, each number None where nothing decides it.

    Attributes:
        overall: Mean over all graded answers.
        sections: Mean over the graded answers of each section that has an answer, in order of appearance.
        completeness: Answered share of the questions of the interview.
        graded: Answers that have a score.
        ungraded: Answers that are waiting for one.
        band: The band that `overall` reaches; None also where too little was answered to name one.
    """

    overall: Fraction | None
    sections: Mapping[str, Fraction | None]
    completeness: Fraction
    graded: int
    ungraded: int
    band: Band | None


def completeness(asked: int, answered: int) -> Fraction:
    """Answered share of the questions an interview set out to ask, 0..1.

    A question that was skipped, or not reached before the interview was stopped, is not answered;
    "I don't know" is an answer, and so is one that couldn't be graded.

    Raises:
        ValueError: Nothing was to be asked, or more was answered than asked.
    """
    if asked < 1:
        raise ValueError("an interview asks at least one question")
    if not 0 <= answered <= asked:
        raise ValueError(f"of {asked} questions, {answered} can't have been answered")
    return Fraction(answered, asked)


def average(scores: Iterable[Fraction | None]) -> Fraction | None:
    """Mean of the scores there are, each answer counting alike; None where there is none.

    An ungraded answer (None) enters no average: it neither lowers nor raises it.
    """
    known = [value for value in scores if value is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def interview_score(
    marks: Sequence[AnswerMark], *, asked: int, bands: Sequence[Band] = (), minimum_completeness: int = 80
) -> InterviewScore:
    """The score of an interview from the answers that were given.

    - Each answer counts alike, however many criteria its question has; `overall` is the mean over answers,
      so that a section of one question doesn't weigh as much as one of five.
    - A skipped question has no mark. It lowers no score but the completeness, and a band is named only
      where answers with a score make up `minimum_completeness` percent of the questions: skipping what one
      can't answer doesn't pay, and no band rests on the few answers that happened to be graded.

    Args:
        marks: One an answer, "I don't know" included; none for what was skipped.
        asked: How many questions the interview set out to ask, at least 1.
        bands: The bank's.
        minimum_completeness: Percent, 0..100.

    Raises:
        ValueError: There are more marks than questions, or none was to be asked.
    """
    share = completeness(asked, len(marks))
    graded = sum(mark.score is not None for mark in marks)
    overall = average(mark.score for mark in marks)
    enough = overall is not None and completeness(asked, graded) * 100 >= minimum_completeness
    titles = dict.fromkeys(mark.section for mark in marks)
    return InterviewScore(
        overall=overall,
        sections={title: average(mark.score for mark in marks if mark.section == title) for title in titles},
        completeness=share,
        graded=graded,
        ungraded=len(marks) - graded,
        band=band_of(overall, bands) if overall is not None and enough else None,
    )
