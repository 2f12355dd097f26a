"""List markers that people type: bullets, and numbers that count."""

import re
from collections.abc import Sequence

_BULLETS = "-*+–—•‣◦▪·"
_BULLET = re.compile(r"(?:[-*+–—](?=\s)|[•‣◦▪·])\s*")
_NUMBER = re.compile(r"(\d{1,4})[.)]\s+(?=\S)")


def without_bullet(text: str) -> str | None:
    """The text after its bullet; None when it has none or is nothing else."""
    match = _BULLET.match(text)
    return text[match.end() :] or None if match else None


def numbered(text: str) -> tuple[int, str] | None:
    """The number at the head of a text ("3." or "3)") and what follows; None when there is none."""
    match = _NUMBER.match(text)
    return (int(match[1]), text[match.end() :]) if match else None


def unmarked(siblings: Sequence[str], *, after: int = 0) -> tuple[list[str], int]:
    """Texts of one list without the markers that only list them.

    One marker is taken from a text: its bullet, or else its number. A number is a marker only where every
    sibling has one and they go up by one from 1, or on from the list before; else it belongs to the text
    ("2. normal form").

    Args:
        siblings: The texts of one list, in order.
        after: Last number of the list before, for numbers that run on.

    Returns:
        The texts, and the last number, which is `after` where none was taken away.
    """
    bare = [without_bullet(text) for text in siblings]
    found = list(filter(None, map(numbered, siblings)))
    numbers = [number for number, _ in found]
    counted = len(found) == len(siblings) > 0 and numbers[0] in {1, after + 1}
    if counted and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return [text for _, text in found], numbers[-1]
    return [text if stripped is None else stripped for text, stripped in zip(siblings, bare, strict=True)], after


def is_bare_bullet(text: str) -> bool:
    """Whether a line is a bullet with nothing after it."""
    return len(text) == 1 and text in _BULLETS


def needs_marker(text: str) -> bool:
    """Whether a text would lose its beginning if it stood in a list without a bullet of its own."""
    return is_bare_bullet(text) or without_bullet(text) is not None or numbered(text) is not None
