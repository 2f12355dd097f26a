"""What is odd about a critique that a verbatim quote does not show; each asks for a person and changes no mark.

A quote that stands in the answer stops only invented evidence. These look at what a verdict of credit claims beside
it: that the quote is the criterion's own and does not turn it round, that the reason says the same as the verdict,
and that not simply everything was marked as covered.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from app.grading.grader import GradeRequest
from app.grading.lexicon import numbers, opposed
from app.grading.outcome import CriterionReading, Evidence, Judgement
from rubric.criteria import HALF_POINTS, Criterion, Verdict

REPEATED_FROM = 3
"""Criteria credited with one and the same quote from which it is odd; two suffice where one of them was not found."""
NOT_FOUND_BELOW = 0.35
"""Probability of any credit below which the local reading is taken not to find a criterion."""
UNIFORM_FROM = 3
"""Criteria that were not found, and most of all, although a critique marks each as covered."""
_REJECTING = re.compile(
    r"\b(?:(?:is|are|was|be|it's|that's) (?:\w+ )?(?:a mistake|wrong|nonsense|a myth|false|an error)|a mistake|bad (?:idea|practice)"
    r"|not true|misconception)\b",
    re.IGNORECASE,
)
_DENYING_REASON = re.compile(
    r"\b(?:not (?:mentioned|stated|said|covered|addressed|present|there|found|given|explained|discussed|in the answer)"
    r"|no mention|never (?:mentions?|mentioned|states?|said)|(?:does|did) ?n[o']t (?:mention|state|say|address|cover)"
    r"|does not (?:mention|state|say|address|cover)|missing|absent|omit(?:s|ted)|nothing (?:about|on|in)|fails to)\b",
    re.IGNORECASE,
)


Line = tuple[Criterion, CriterionReading, Judgement]


class Oddity(StrEnum):
    """What is odd, as the sentence that asks a person to look."""

    REPEATED = "The critique gives one quote for several criteria."
    REASON = "The critique's reason speaks against its verdict."
    CLASH = "The critique credits a criterion for words that seem to claim the opposite."
    UNIFORM = "The critique marks every criterion as covered; the local reading does not find most of them."


def oddities(
    request: GradeRequest, readings: Sequence[CriterionReading], judgements: Mapping[str, Judgement]
) -> tuple[Oddity, ...]:
    """What is odd about these judgements, each kind once; empty when there is none.

    Args:
        request: The answer with its criteria.
        readings: One a criterion, in order.
        judgements: By criterion id; a criterion may have none.
    """
    lines = [
        (criterion, reading, judgements[criterion.id])
        for criterion, reading in zip(request.criteria, readings, strict=True)
        if criterion.id in judgements
    ]
    credited = [line for line in lines if _is_credit(line[2])]
    found = {
        Oddity.REPEATED: _is_repeated(credited),
        Oddity.REASON: any(_DENYING_REASON.search(judged.reason) for _, _, judged in credited),
        Oddity.CLASH: any(_clashes(criterion.text, judged.evidence) for criterion, _, judged in credited),
        Oddity.UNIFORM: _is_uniform(lines),
    }
    return tuple(oddity for oddity, holds in found.items() if holds)


def _is_repeated(credited: Sequence[Line]) -> bool:
    by_quote: dict[Evidence, list[CriterionReading]] = {}
    for _, reading, judged in credited:
        if judged.evidence is not None:
            by_quote.setdefault(judged.evidence, []).append(reading)
    return any(
        len(readings) >= REPEATED_FROM or (len(readings) > 1 and any(_is_not_found(reading) for reading in readings))
        for readings in by_quote.values()
    )


def _is_uniform(lines: Sequence[Line]) -> bool:
    if not all(judged.verdict is Verdict.COVERED for _, _, judged in lines):
        return False
    missed = sum(_is_not_found(reading) for _, reading, _ in lines)
    return missed >= UNIFORM_FROM and missed > len(lines) / 2


def _is_credit(judged: Judgement) -> bool:
    return judged.verdict is not None and HALF_POINTS.get(judged.verdict, 0) > 0


def _is_not_found(reading: CriterionReading) -> bool:
    return reading.probability < NOT_FOUND_BELOW


def _clashes(criterion: str, evidence: Evidence | None) -> bool:
    """Whether the quote rejects or turns round what the criterion says, or counts the same thing otherwise."""
    if evidence is None:
        return False
    if _REJECTING.search(evidence.quote) and not _REJECTING.search(criterion):
        return True
    return opposed(criterion, evidence.quote) > 0 or _other_number(criterion, evidence.quote)


def _other_number(criterion: str, quote: str) -> bool:
    """Whether both count the same thing and not alike, or the same number of different things."""
    said = numbers(quote)
    return any(
        (value, unit) not in said and any((value == other) != (unit == counted) for other, counted in said)
        for value, unit in numbers(criterion)
        if unit
    )
