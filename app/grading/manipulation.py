"""Whether an answer speaks to whoever grades it instead of to the question.

Found, its real content is scored as usual, but a person looks before the grade counts. Patterns alone can be
worked around; that is why they decide nothing else, and why the decoy and the checks of each claim stand beside them.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache

from app.grading.manipulation_cues import (
    APPEALS,
    FORGED_TYPED,
    INSTRUCTIONS,
    LEET,
    LOOKALIKES,
    MENTION_WORDS,
    OTHER_LANGUAGES,
    PROBES,
    Cue,
)
from app.grading.normalise import folded as fold

MAX_SCANNED_CHARS = 24_000
"""Of each part; a longer one is scanned at its head and its tail, which is what a critique sees of it."""
MAX_ENCODED = 8
MAX_ENCODED_CHARS = 4_000
MIN_SPACED_LETTERS = 8
MAX_SPACED_LETTERS = 400
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_SPACED = re.compile(rf"(?:\b\w[ .\-_*]{{1,2}}){{{MIN_SPACED_LETTERS},{MAX_SPACED_LETTERS}}}\w\b")
_LEET_SIGNS = "0134578@$!|"
_LEET = re.compile(r"[a-z][0134578@$!|]{1,8}[a-z]|\b[0134578@$!|]{1,8}[a-z]{2,}")
_QUOTED = re.compile(r'"[^"\n]{0,200}"|\'[^\'\n]{4,200}\'|`[^`\n]{0,200}`')
_COMPACT = re.compile(
    r"ignore(?:all|any|your|the)?(?:previous|prior|above|instructions|rules)|fullmarks|fullscore"
    r"|(?:every|all)criteri(?:on|a)|mark(?:all|every|this|me)"
)
_MENTION = re.compile(MENTION_WORDS)
_OUTCOME = re.compile(r"\b(?:mark|grade|score|criteri\w+|rubric|met|covered|pass|full|marks|candidate)\b")


class Manipulation(StrEnum):
    """What was tried, as the sentence that asks a person to look."""

    INSTRUCTION = "The answer seems to give instructions to the grader."
    FORGED = "The answer contains what looks like a finished verdict, a prompt's frame or its placeholders."
    HIDDEN = "The answer hides instructions to the grader in an encoding."
    APPEAL = "The answer appeals to the grader instead of answering."
    PROBE = "The answer asks for the rubric or offers words to be quoted."


def manipulations(parts: Sequence[str]) -> tuple[Manipulation, ...]:
    """What an answer tries, each kind once in the order of `Manipulation`; empty for an honest one."""
    found = {kind for part in parts for kind in _of_part(_bounded(part))}
    return tuple(kind for kind in Manipulation if kind in found)


def _bounded(part: str) -> str:
    if len(part) <= MAX_SCANNED_CHARS:
        return part
    head = MAX_SCANNED_CHARS * 2 // 3
    return f"{part[:head]}\n{part[head - MAX_SCANNED_CHARS :]}"


def _of_part(part: str) -> Iterator[Manipulation]:
    folded = fold(part)
    if _is_given(folded, INSTRUCTIONS) or _is_given(folded, OTHER_LANGUAGES):
        yield Manipulation.INSTRUCTION
    if _matches(part, FORGED_TYPED):
        yield Manipulation.FORGED
    if _matches(folded, APPEALS):
        yield Manipulation.APPEAL
    if _matches(folded, PROBES):
        yield Manipulation.PROBE
    if any(_is_given(text, INSTRUCTIONS) for text in _decoded(part, folded)) or _is_spaced_out(folded):
        yield Manipulation.HIDDEN


def _is_given(folded: str, cues: tuple[Cue, ...]) -> bool:
    """Whether an instruction is given, and not only spoken about."""
    return any(
        not _is_mentioned(folded, match) for pattern in _possible(folded, cues) for match in pattern.finditer(folded)
    )


def _is_mentioned(folded: str, match: re.Match[str]) -> bool:
    """Whether the match stands in quotation marks in a sentence about such instructions, and asks for no verdict."""
    quoted = next((q for q in _QUOTED.finditer(folded) if q.start() < match.start() and match.end() < q.end()), None)
    if quoted is None or _OUTCOME.search(quoted.group()):
        return False
    start = max(folded.rfind(mark, 0, quoted.start()) for mark in ".!?") + 1
    ends = [at for mark in ".!?" if (at := folded.find(mark, quoted.end())) >= 0]
    around = folded[start : quoted.start()] + " " + folded[quoted.end() : min(ends, default=len(folded))]
    return _MENTION.search(around) is not None


def _matches(text: str, cues: tuple[Cue, ...]) -> bool:
    return any(pattern.search(text) for pattern in _possible(text, cues))


def _possible(text: str, cues: tuple[Cue, ...]) -> Iterator[re.Pattern[str]]:
    """The patterns of those cues of which the text has what they need."""
    for cue in cues:
        for need in cue.needs:  # a plain loop: every answer goes through hundreds of them
            if need in text:
                yield _compiled(cue.pattern)
                break


def _decoded(part: str, folded: str) -> Iterator[str]:
    """What the text may say behind an encoding; each once, bounded."""
    yield from _from_base64(part)
    yield codecs.decode(folded, "rot13")
    yield folded[::-1]
    latin = folded.translate(LOOKALIKES)
    if latin != folded:
        yield latin
    if any(sign in latin for sign in _LEET_SIGNS) and _LEET.search(latin):
        yield from (latin.translate(table) for table in LEET)


def _from_base64(part: str) -> Iterable[str]:
    for count, match in enumerate(_BASE64.finditer(part)):
        if count == MAX_ENCODED:
            return
        body = match.group()[:MAX_ENCODED_CHARS].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            text = base64.b64decode(body[: len(body) - (len(body) % 4 == 1)] + "=" * (-len(body) % 4)).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        yield fold(text)


def _is_spaced_out(folded: str) -> bool:
    runs = (match.group() for match in _SPACED.finditer(folded))
    return any(_COMPACT.search(re.sub(r"\W|_", "", run)) for run in runs)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
