"""An answer cut into blocks and pieces for display: paragraphs and code, with evidence marked by its offsets.

Nothing is added to or taken from what the candidate wrote, but for the fence lines around code. Spans that overlap are
split into pieces that carry several marks, never nested; escaping is left to the template.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rubric.criteria import Verdict

_FENCE = re.compile(r"^[ \t]*```[^\n`]*$", re.MULTILINE)
_BREAK = re.compile(r"\n[ \t]*\n+")
_CODE_START = re.compile(r"\s{2,}\S|\s*(?:SELECT|CREATE|INSERT|FROM|WHERE|import|def|class)\b")
_CODE_ENDS = (";", "{", "}", ")")
_STRENGTH = {
    Verdict.CONTRADICTED: 4,
    Verdict.COVERED: 3,
    Verdict.PARTIAL: 2,
    Verdict.UNKNOWN: 1,
    Verdict.MISSING: 0,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence of criterion `number` (its place in the ledger, from 1) in [start, end) of the text."""

    number: int
    verdict: Verdict
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text under the same marks.

    Attributes:
        marks: All marks that cover it.
        begins: Criteria whose first evidence begins here; each is the target of a link.
        ends: Marks that end here; each gets its number.
    """

    text: str
    marks: tuple[Mark, ...] = ()
    begins: tuple[int, ...] = ()
    ends: tuple[Mark, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The verdict it is drawn in where several criteria share it; each one's number shows its own."""
        return max((mark.verdict for mark in self.marks), key=_STRENGTH.__getitem__, default=None)

    @property
    def head(self) -> str:
        """All but its last word, which stays together with the numbers after it."""
        return self.text[: len(self.text) - len(self.tail)]

    @property
    def tail(self) -> str:
        """Its last word."""
        kept = self.text.rstrip()
        return self.text[len(kept) - len(kept.rsplit(maxsplit=1)[-1]) :] if kept else self.text


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a run of code."""

    is_code: bool
    pieces: tuple[Piece, ...]


def blocks(text: str, marks: Sequence[Mark] = ()) -> tuple[Block, ...]:
    """The blocks of a text with its marks; blank text has none."""
    seen: set[int] = set()
    return tuple(
        Block(is_code, _pieces(text, start, end, marks, seen)) for is_code, start, end in _spans(text) if start < end
    )


def _spans(text: str) -> list[tuple[bool, int, int]]:
    """(is code, start, end) of each block; fences pair up, an unclosed one runs to the end."""
    spans: list[tuple[bool, int, int]] = []
    position, in_code = 0, False
    for fence in [*_FENCE.finditer(text), None]:
        end = fence.start() if fence else len(text)
        if in_code:
            spans.append((True, *_trimmed(text, position, end)))
        else:
            spans.extend(_paragraphs(text, position, end))
        if fence:
            position, in_code = fence.end(), not in_code
    return spans


def _paragraphs(text: str, start: int, end: int) -> list[tuple[bool, int, int]]:
    bounds = [start]
    for gap in _BREAK.finditer(text, start, end):
        bounds += [gap.start(), gap.end()]
    bounds.append(end)
    found = [_trimmed(text, a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
    return [(_is_code(text[a:b]), a, b) for a, b in found]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blank lines at its ends; indentation of the first line stays."""
    part = text[start:end]
    kept = part.rstrip()
    blank = re.match(r"(?:[ \t]*\n)*", kept)
    return (start + (blank.end() if blank else 0), start + len(kept))


def _is_code(paragraph: str) -> bool:
    lines = [line for line in paragraph.split("\n") if line.strip()]
    return len(lines) > 2 and sum(map(_is_code_line, lines)) * 2 > len(lines)


def _is_code_line(line: str) -> bool:
    return line.rstrip().endswith(_CODE_ENDS) or _CODE_START.match(line) is not None


def _pieces(text: str, start: int, end: int, marks: Sequence[Mark], seen: set[int]) -> tuple[Piece, ...]:
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    cuts = sorted({start, end, *(p for mark in inside for p in (mark.start, mark.end) if start < p < end)})
    pieces: list[Piece] = []
    for a, b in pairwise(cuts):
        over = tuple(mark for mark in inside if mark.start <= a and mark.end >= b)
        begins = tuple(dict.fromkeys(mark.number for mark in over if mark.number not in seen))
        seen.update(begins)
        ends = tuple(mark for mark in over if min(mark.end, end) == b)
        pieces.append(Piece(text[a:b], over, begins, ends))
    return tuple(pieces)
