"""What a ranking is made of: for each candidate, what is known of each answer, without texts and evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from app.grading.outcome import Graded
from app.interviews.models import Ending, State
from app.interviews.non_answers import how_it_ended
from rubric.criteria import Verdict
from rubric.scoring import LEFT, mark

_FOUND = frozenset({Verdict.COVERED, Verdict.PARTIAL, Verdict.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A grade in short.

    Attributes:
        score, low, high: 0..1, low <= score <= high.
        verdicts: By criterion id.
        flags: Everything worth a reader's attention, by name.
        waits: Whether a person should look at it and has not.
        critique: Status of the critique; None where none was asked for.
        is_decided: Whether it rests on a person's decision.
    """

    score: Fraction
    low: Fraction
    high: Fraction
    verdicts: Mapping[str, Verdict] = field(default_factory=lambda: MappingProxyType({}))
    flags: tuple[str, ...] = ()
    waits: bool = False
    critique: str | None = None
    is_decided: bool = False


def mark_of(graded: Graded) -> Mark:
    """The mark of a grade that no person has looked at."""
    flags = {flag for line in graded.criteria for flag in line.flags} | set(graded.flags)
    return Mark(
        score=graded.score,
        low=graded.score_low,
        high=graded.score_high,
        verdicts={line.criterion_id: line.verdict for line in graded.criteria},
        flags=tuple(sorted(flag.value for flag in flags)),
        waits=graded.needs_review,
        critique=graded.critique.status if graded.critique else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerState:
    """One answer of a candidate.

    Attributes:
        ending: None while it is open.
        mark: None while it has no grade that counts.
        trouble: Why it could not be graded; empty where that is not said.
    """

    question_id: str
    ending: Ending | None
    has_text: bool
    mark: Mark | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateState:
    """One candidate of a screening.

    Attributes:
        number: Place in the order they came, from 1.
        key: What tells the person from others of the screening.
        name: What the person is called.
        automated: False where the candidate asked that people grade.
    """

    number: int
    key: str
    name: str
    interview_id: str
    state: State
    automated: bool
    answers: tuple[AnswerState, ...]

    def answer(self, question_id: str) -> AnswerState | None:
        """The answer to a question, if there is one."""
        return next((one for one in self.answers if one.question_id == question_id), None)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a question brings to a candidate's score.

    Attributes:
        score, low, high: None while that is open: not asked, not graded yet, not readable, or for people to grade.
        is_answered: Whether the candidate took it up.
    """

    score: Fraction | None
    low: Fraction
    high: Fraction
    is_answered: bool


OPEN = Worth(None, Fraction(0), Fraction(1), is_answered=False)


def worth(candidate: CandidateState, question_id: str) -> Worth:
    """What a question is worth by the rules of every report (`rubric.scoring.mark`): unknown is never zero."""
    answer = candidate.answer(question_id)
    if answer is None or candidate.state is State.WITHDRAWN:
        return OPEN
    given = answer.mark
    is_unread = answer.has_text and given is None and bool(answer.trouble)
    name = how_it_ended(answer.ending, candidate.state, automated=candidate.automated, is_unread=is_unread)
    is_answered = answer.ending is not None and (answer.has_text or name not in LEFT)
    if not candidate.automated:
        return (
            Worth(given.score, given.low, given.high, is_answered)
            if given
            else Worth(None, OPEN.low, OPEN.high, is_answered)
        )
    found = given is not None and any(verdict in _FOUND for verdict in given.verdicts.values())
    score = mark(name, given.score if given else None, has_text=answer.has_text, found=found)
    if score is None:
        return Worth(None, OPEN.low, OPEN.high, is_answered)
    if given is not None and score == given.score:
        return Worth(score, given.low, given.high, is_answered)
    return Worth(score, score, score, is_answered)
