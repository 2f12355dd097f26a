"""How a candidate's text is made comparable without losing the way back to what was typed.

Two things live here: `clean`, applied at every door, and `View`, a folded copy of a text whose every character
knows which code points of the original it stands for.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)
MAX_CLUSTER = 32
"""Code points folded together: normalising sorts combining marks in time that grows with the square of their number.

No writing stacks more than a handful; Unicode's Stream-Safe Text Format (UAX #15) cuts at 30.
"""
_SPACES = re.compile(r"\s+")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A storable text, with the number of characters that had to be replaced; as long as the original."""

    text: str
    replaced: int


def clean(text: str) -> Cleaned:
    """The text with every U+0000 and lone surrogate replaced by U+FFFD, one for one, so that offsets stand."""
    if text.isascii() and "\0" not in text:  # nearly every text, which a search would go through sign by sign
        return Cleaned(text, 0)
    cleaned, replaced = _UNSTORABLE.subn(REPLACEMENT, text)
    return Cleaned(cleaned, replaced)


@dataclass(frozen=True, slots=True)
class View:
    """A text folded for comparison (after Unicode's NFKC_Casefold, UAX #31), with the way back.

    Compatibility forms, case, typographic quotes and dashes are folded, format characters (category Cf) dropped,
    runs of white space collapsed to one space.

    Attributes:
        text: The folded text, without white space at its ends.
        starts: For every character of `text`, the first code point of the original it stands for.
        ends: Likewise, one past the last.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of the folded span `start:end`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=32)
def view(text: str) -> View:
    """The folded view of a text; the same answer is asked for several times on its way to a grade."""
    return _ascii_view(text) if text.isascii() else _unicode_view(text)


def folded(text: str) -> str:
    """The text of its folded view, where no way back is needed."""
    return " ".join(text.lower().replace("`", "'").split()) if text.isascii() else view(text).text


def _ascii_view(text: str) -> View:
    """The same by whole runs: most answers are plain ASCII, and every one is folded several times."""
    plain = folded(text)
    if len(plain) == len(text):  # no white space was collapsed or cut off
        return View(plain, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for run in _SPACES.finditer(text):
        first, after = run.span()
        last = first + 1 if first > 0 and after < len(text) else first
        starts.extend(range(done, last))
        ends.extend(range(done + 1, last + 1))
        done = after
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return View(plain, tuple(starts), tuple(ends))


def _unicode_view(text: str) -> View:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for character in _fold(text[start:end]):
            if character == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(character)
            starts.append(start)
            ends.append(end)
    if characters and characters[-1] == " ":
        characters.pop()
        starts.pop()
        ends.pop()
    return View("".join(characters), tuple(starts), tuple(ends))


def words(text: str) -> list[str]:
    """The folded words of a text in order; apostrophes inside words are dropped ("don't" is "dont")."""
    return _split(folded(text).replace("'", ""))


def is_blank(text: str) -> bool:
    """Whether nothing visible was written: white space, control and format characters only."""
    return all(character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Cn"} for character in text)


def has_words(text: str) -> bool:
    """Whether there is a letter or digit that is not part of an emoji."""
    without = _KEYCAP.sub("", text)
    return any(part.isalnum() for character in without for part in unicodedata.normalize("NFKC", character))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Spans of a base character with the combining marks that follow, which compose with it; long runs are cut."""
    spans: list[tuple[int, int]] = []
    bases = [index for index, character in enumerate(text) if not unicodedata.combining(character)]
    if text and (not bases or bases[0] != 0):
        bases.insert(0, 0)
    for index, start in enumerate(bases):
        end = bases[index + 1] if index + 1 < len(bases) else len(text)
        spans += [(at, min(at + MAX_CLUSTER, end)) for at in range(start, end, MAX_CLUSTER)]
    return spans


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold()).translate(_FOLDED)
    kept = (character for character in folded if unicodedata.category(character) != "Cf")
    return "".join(" " if character.isspace() else character for character in kept)


def _split(text: str) -> list[str]:
    found: list[str] = []
    current: list[str] = []
    for character in text:
        if character.isalnum() or (current and unicodedata.category(character)[0] == "M"):
            current.append(character)
        elif current:
            found.append("".join(current))
            current = []
    if current:
        found.append("".join(current))
    return found


def contains_run(folded: str, run: str, start: int = 0) -> int:
    """Where `run` stands in `folded` from `start` on, at word boundaries; -1 where it does not.

    Scripts written without spaces have no boundaries to respect.
    """
    at = folded.find(run, start)
    while at >= 0:
        if _is_boundary(folded, at) and _is_boundary(folded, at + len(run)):
            return at
        at = folded.find(run, at + 1)
    return -1


def _is_boundary(folded: str, at: int) -> bool:
    if at <= 0 or at >= len(folded):
        return True
    before, after = folded[at - 1], folded[at]
    return not (_joins(before) and _joins(after))


# Code points where scripts written without spaces begin and end: kana, Han, Hangul follow U+2E80; Thai to Khmer.
_SPACELESS = ((0x0E00, 0x0FFF), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0x20000, 0x323AF))


def _joins(character: str) -> bool:
    if not (character.isalnum() or unicodedata.category(character)[0] == "M"):
        return False
    point = ord(character)
    return not any(low <= point <= high for low, high in _SPACELESS)
