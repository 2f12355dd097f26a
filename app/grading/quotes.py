"""Whether a quote is really in the answer, and where.

A quote explains a verdict and lets a reader check it, so only what the candidate wrote, word for word, may stand as
one. Case, typographic quotes, format characters and white space are folded first; the evidence that comes back is
always the raw text.
"""

from collections.abc import Sequence

from app.grading.normalise import View, contains_run, folded, has_words, view
from app.grading.outcome import Evidence

MAX_EVIDENCE_WORDS = 40
_WRAPPING = " \"'.,;:…-*•"


class QuoteFinder:
    """Finds quotes in the parts of one answer; the folding is done once."""

    def __init__(self, parts: Sequence[str], question: str) -> None:
        self._parts = tuple(parts)
        self._views = tuple(view(part) for part in parts)
        self._question = folded(question)

    def find(self, quote: str) -> Evidence | None:
        """The quote's place in the answer; None when it is empty, not verbatim, or only the question's own words.

        A quote of more than 40 words is found whole and then shortened to its first 40.
        """
        wanted = folded(quote).strip(_WRAPPING)
        if not has_words(wanted) or contains_run(self._question, wanted) >= 0:
            return None
        for part, seen in enumerate(self._views):
            at = contains_run(seen.text, wanted)
            if at >= 0:
                return self._evidence(part, seen, at, at + len(wanted))
        return None

    def _evidence(self, part: int, seen: View, start: int, end: int) -> Evidence:
        low, high = seen.original(start, end)
        quote = _shortened(self._parts[part][low:high])
        return Evidence(part, low, low + len(quote), quote)


def _shortened(quote: str) -> str:
    if len(quote.split()) <= MAX_EVIDENCE_WORDS:  # as most
        return quote
    words = 0
    inside = False
    for index, character in enumerate(quote):
        if character.isspace():
            inside = False
        elif not inside:
            inside = True
            words += 1
            if words > MAX_EVIDENCE_WORDS:
                return quote[:index].rstrip()
    return quote
