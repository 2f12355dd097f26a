"""Why a case waits, in one word: what a queue can be sorted out by.

A grade's reasons are sentences for people, of which there may be several. A case lies in one heap only, that of its
weightiest, so that whoever takes a heap leaves nothing of it to others.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from app.grading.checks import Oddity
from app.grading.doubts import CODE_NOT_READ, NOT_CALIBRATED, ONLY_NAMES, UNFAMILIAR
from app.grading.language import NOT_READ, NOT_VOUCHED_FOR
from app.grading.manipulation import Manipulation
from app.interviews.non_answers import UNREADABLE


class ReviewReason(StrEnum):
    """Why a case waits; the weightiest first."""

    AUDIT = "audit"
    """Drawn for the audit sample; nothing else is said of it, as that would tell what the machine saw."""
    CONTESTED = "contested"
    MANIPULATION = "manipulation"
    CONTRADICTION = "contradiction"
    """Answer, critique and local reading do not go together."""
    LANGUAGE = "language"
    CRITIQUE = "critique"
    """The critique is not there, or not whole."""
    READING = "reading"
    """The local reading was not made for such an answer."""
    UNDECIDED = "undecided"
    OTHER = "other"


_PATTERNS: tuple[tuple[ReviewReason, str], ...] = (
    (ReviewReason.CONTRADICTION, r"The critique and the confident local reading disagree"),
    (ReviewReason.CRITIQUE, r"The critique (?:is still to come|failed|is void|gave no usable verdict)"),
    (ReviewReason.CRITIQUE, r"The answer is so long that the critique saw only"),
    (ReviewReason.UNDECIDED, r"“.*” could not be judged|What the critique left undecided"),
)
"""How sentences begin that have something filled in."""
_SENTENCES: dict[str, ReviewReason] = {
    **dict.fromkeys(map(str, Manipulation), ReviewReason.MANIPULATION),
    **dict.fromkeys(map(str, Oddity), ReviewReason.CONTRADICTION),
    **dict.fromkeys((NOT_READ, NOT_VOUCHED_FOR), ReviewReason.LANGUAGE),
    **dict.fromkeys((NOT_CALIBRATED, ONLY_NAMES, CODE_NOT_READ, UNFAMILIAR, UNREADABLE), ReviewReason.READING),
}
_WEIGHT = {reason: weight for weight, reason in enumerate(ReviewReason)}


def weightiest(sentences: Sequence[str], *, audited: bool, contested: bool) -> ReviewReason:
    """The heap of a case.

    Args:
        sentences: Why the grade asks for a person.
        audited: Whether it is in the audit sample.
        contested: Whether its candidate contests it.
    """
    if audited:
        return ReviewReason.AUDIT
    if contested:
        return ReviewReason.CONTESTED
    return min(map(_reason, sentences), key=_WEIGHT.__getitem__, default=ReviewReason.OTHER)


def _reason(sentence: str) -> ReviewReason:
    known = _SENTENCES.get(sentence)
    if known is not None:
        return known
    found = (reason for reason, pattern in _PATTERNS if re.match(pattern, sentence, re.DOTALL))
    return next(found, ReviewReason.OTHER)
