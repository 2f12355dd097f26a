"""The arithmetic of a score: integers and fractions until the moment of printing.

Eight weights of 0.1 sum to 0.7999… in floats and miss a pass mark of 0.8; half-points times integer
weights cannot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
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


class NonAnswer(StrEnum):
    """Why a question has no plain answer, by its name in every export; each says how it counts.

    Nothing here is "wrong". What was asked and left alone counts 0 of its points, as "I don't know" does, so that
    skipping what one can't answer never pays; what was never asked, or could not be read, counts in no score.
    """

    NOT_ASKED = "not_asked"
    """The interview ended before it: in no score; completeness falls."""
    SKIPPED = "skipped"
    """Left by choice: 0; completeness falls."""
    DECLINED_TO_ANSWER = "declined_to_answer"
    """Left by choice, in words: 0; completeness falls."""
    DONT_KNOW = "dont_know"
    """Said so: 0, and an answer."""
    BLANK = "blank"
    """Nothing in it that could be judged: 0, and an answer."""
    OFF_TOPIC = "off_topic"
    """Stayed with something else: what was found counts, or 0 once all verdicts are known; an answer."""
    UNGRADABLE = "ungradable"
    """Not readable as an answer: graded as far as it goes, and a person always looks."""
    TIMED_OUT = "timed_out"
    """What stood there when the time was up is graded; nothing there is 0, and completeness falls."""
    INTERRUPTED = "interrupted"
    """Open when the candidate handed in: graded as far as it goes; nothing there is 0, and completeness falls."""
    DECLINED_AUTOMATED = "declined_automated"
    """Answered for a person to grade: in no score of a machine's; an answer."""
    WITHDRAWN = "withdrawn"
    """The candidate withdrew: nothing of the interview counts."""
    GRADER_DOWN = "grader_down"
    """The local reading was never possible: in no score, never 0; an answer."""


LEFT = frozenset({NonAnswer.SKIPPED, NonAnswer.DECLINED_TO_ANSWER, NonAnswer.TIMED_OUT, NonAnswer.INTERRUPTED})
"""Without a text, nobody took the question up: 0 points and not answered."""
EMPTY = frozenset({NonAnswer.BLANK, NonAnswer.OFF_TOPIC})
"""Worth 0 once it was read, unless something was found in it or a verdict is unknown."""


def mark(name: NonAnswer | None, grade: Fraction | None, *, has_text: bool, found: bool) -> Fraction | None:
    """What an asked question counts in an interview that is graded by machine; None counts in no score.

    Args:
        name: Why it has no plain answer; None where it has one.
        grade: Its grade, 0..1; None without one.
        has_text: Whether any text was given.
        found: Whether the grade found a criterion covered, if only in part, or could not tell of one.
    """
    if name in LEFT and not has_text:
        return Fraction(0)
    if name in EMPTY and not found and (grade is not None or not has_text):
        return Fraction(0)
    return grade


@dataclass(frozen=True, slots=True)
class AnswerMark:
    """What one asked question brings to the score of its interview.

    Attributes:
        section: The section's title, or whatever else tells sections apart.
        score: 0..1; None while the answer is ungraded.
        is_answered: False where the candidate left it alone: its 0 counts, its completeness does not.
    """

    section: str
    score: Fraction | None
    is_answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewScore:
    """The score of an interview, each number None where nothing decides it.

    Attributes:
        overall: Mean over all that has a mark: graded answers, and 0 for each question that was left alone.
        sections: The same by section, in order of appearance.
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

    A question that was left alone, or not reached before the interview was stopped, is not answered;
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
    - A skipped question counts 0, as "I don't know" does (see `NonAnswer`), and lowers the completeness besides: a
      band is named only where answers with a score make up `minimum_completeness` percent of the questions. Skipping
      what one can't answer doesn't pay, and no band rests on the few answers that happened to be graded.

    Args:
        marks: One an asked question; none for what was not asked.
        asked: How many questions the interview set out to ask, at least 1.
        bands: The bank's.
        minimum_completeness: Percent, 0..100.

    Raises:
        ValueError: There are more marks than questions, or none was to be asked.
    """
    if len(marks) > asked:
        raise ValueError(f"of {asked} questions, {len(marks)} can't have a mark")
    answered = [one for one in marks if one.is_answered]
    share = completeness(asked, len(answered))
    graded = sum(one.score is not None for one in answered)
    overall = average(one.score for one in marks)
    enough = overall is not None and completeness(asked, graded) * 100 >= minimum_completeness
    titles = dict.fromkeys(one.section for one in marks)
    return InterviewScore(
        overall=overall,
        sections={title: average(one.score for one in marks if one.section == title) for title in titles},
        completeness=share,
        graded=graded,
        ungraded=len(answered) - graded,
        band=band_of(overall, bands) if overall is not None and enough else None,
    )
