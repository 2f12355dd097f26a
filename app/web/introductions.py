"""How Viva introduced itself: once, or again in the language that was chosen before the talk began."""

import re
from collections.abc import Sequence
from functools import cache

from app.interviews.models import Entry, Kind
from app.interviews.wording import DISCLOSURE, DISCLOSURE_PRACTICE
from app.locale.catalogue import LANGUAGES, translated


def is_introduction(entry: Entry) -> bool:
    """Whether Viva introduces itself with this, in any language."""
    return entry.kind is Kind.DISCLOSURE and any(known.fullmatch(entry.text) for known in _introductions())


def introduced_once(transcript: Sequence[Entry]) -> tuple[Entry, ...]:
    """The transcript with the last introduction alone: the others are of languages that were not kept."""
    superseded = [entry.seq for entry in transcript if is_introduction(entry)][:-1]
    return tuple(entry for entry in transcript if entry.seq not in superseded)


@cache
def _introductions() -> tuple[re.Pattern[str], ...]:
    said = [translated(text, language) for text in (DISCLOSURE, DISCLOSURE_PRACTICE) for language in LANGUAGES]
    return tuple(re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), re.DOTALL) for text in said)
