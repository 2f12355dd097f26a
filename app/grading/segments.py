"""Cuts a reply into the stretches that evidence is quoted from: sentences, clauses, list items, lines of code.

A segment holds at most 40 words, so that any of them can be quoted whole.
"""

import re
from dataclasses import dataclass

MAX_WORDS = 40
MAX_CHARS = 320
"""For scripts and code without spaces, where words cannot be counted."""
MIN_CLAUSE_WORDS = 3

_GAP = re.compile(r"\s+|(?<=[。！？；])")
_LINE_END = re.compile(r"[\r\n\v\f\u2028\u2029]")
_ENDERS = ".!?…;。！？；"
_CLOSERS = "\"'”’)]»*_"
_ABBREVIATIONS = frozenset({"e.g.", "i.e.", "eg.", "ie.", "vs.", "etc.", "cf.", "approx.", "incl.", "dr.", "mr.", "ms.", "mrs.", "no.", "fig.", "resp."})  # fmt: skip
_ORDINAL = re.compile(r"[(\[]?\w{1,2}[.)]")
_RULES = frozenset({"—", "–", "-", "--", "•", "·", "|", "→", "->", "=>"})
_MARGIN = re.compile(r"(?:[\s\-*•·>#|]|\d{1,2}[.)]\s)*")
_TRAILING = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "*|-–—•·,;"
# A run of white space is looked at once, whole: tried from each of its characters, a long one takes its length squared.
_PAUSE = re.compile(
    r"[,;:]\s+|(?<!\s)\s++(?=(?:and|but|so|because|while|which|then|or|whereas|since)\s)", re.IGNORECASE
)
_TURN = re.compile(r"[,;:]\s+|(?<!\s)\s++(?=(?:but|so|because|while|whereas|since|although|though)\s)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_COUNTED = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text, in its code points; never blank, trimmed of bullets and spaces."""

    start: int
    end: int


def segments(text: str) -> list[Segment]:
    """The segments of a text in order, none overlapping; empty for a text without a letter or digit."""
    found: list[Segment] = []
    start = word = 0
    for gap in _GAP.finditer(text):
        if _breaks(text[word : gap.start()], gap.group(), opens_line=word == start):
            found += _within_limits(text, start, gap.start())
            start = gap.end()
        word = gap.end()
    found += _within_limits(text, start, len(text))
    return found


def _breaks(word: str, gap: str, *, opens_line: bool) -> bool:
    """Whether a stretch ends at the gap after this word: a line, sentence or clause ends, or a dash or bullet stands."""
    if _LINE_END.search(gap) or word in _RULES:
        return True
    bare = word.rstrip(_CLOSERS)
    if not bare or bare[-1] not in _ENDERS or bare.lower().lstrip("([\"'") in _ABBREVIATIONS:
        return False
    return not (opens_line and _ORDINAL.fullmatch(word))


def clauses(text: str, segment: Segment) -> list[Segment]:
    """The segment cut where a denial ends: at commas and turning conjunctions, not at "and" and "or".

    Pieces of fewer than 3 words stay with what precedes them.
    """
    found: list[Segment] = []
    start = segment.start
    for pause in _TURN.finditer(text, segment.start, segment.end):
        if len(text[start : pause.start()].split()) >= MIN_CLAUSE_WORDS:
            found.append(Segment(start, pause.start()))
            start = pause.end()
    if found and len(text[start : segment.end].split()) < MIN_CLAUSE_WORDS:
        start = found.pop().start
    return [*found, Segment(start, segment.end)]


def word_count(text: str) -> int:
    """Words as a reader counts them, or runs of letters and digits where those are more."""
    return max(len(text.split()), len(_COUNTED.findall(text)))


def _within_limits(text: str, start: int, end: int) -> list[Segment]:
    """The stretch trimmed, and halved at its most natural pause as long as it is too long."""
    start, end = _trimmed(text, start, end)
    done: list[Segment] = []
    waiting = [(start, end)]
    while waiting:
        start, end = waiting.pop()
        piece = text[start:end]
        if not _COUNTED.search(piece):
            continue
        if word_count(piece) <= MAX_WORDS and len(piece) <= MAX_CHARS:
            done.append(Segment(start, end))
            continue
        cut = start + _middle_cut(piece)
        waiting += [_trimmed(text, cut, end), _trimmed(text, start, cut)]
    return done


def _middle_cut(piece: str) -> int:
    """Where to halve a piece: the pause nearest its middle, else the nearest gap between words, else the middle."""
    middle = len(piece) // 2
    for pattern, reach in ((_PAUSE, len(piece) // 3), (_SPACE, len(piece))):
        cuts = [match.end() for match in pattern.finditer(piece) if 0 < match.end() < len(piece)]
        near = min(cuts, key=lambda cut: abs(cut - middle), default=None)
        if near is not None and abs(near - middle) <= reach:
            return near
    return max(middle, 1)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    margin = _MARGIN.match(text, start, end)
    start = margin.end() if margin else start
    return start, start + len(text[start:end].rstrip(_TRAILING))
