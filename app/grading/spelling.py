"""How alike words are written: a misspelt, inflected or joined word still reaches the word it stands for.

Dice's coefficient of letter trigrams (Angell, Freund and Willett 1983, "Automatic spelling correction using a trigram
similarity measure").
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Likeness = NDArray[np.float32]
_EDGE = "\0"


class Spellings:
    """Words that others are compared with."""

    def __init__(self, words: Sequence[str]) -> None:
        """An empty word is like no other."""
        distinct = list(dict.fromkeys(words))
        letters = dict.fromkeys(trigram for word in distinct for trigram in _trigrams(word))
        self._columns = {trigram: column for column, trigram in enumerate(letters)}
        self._has, self._counts = self._table(distinct)
        rows = {word: row for row, word in enumerate(distinct)}
        self._order = np.array([rows[word] for word in words], dtype=np.intp)

    def likeness(self, words: Sequence[str]) -> Likeness:
        """Of each own word (rows) to each of these, 0..1; words are compared as they are, so in one case."""
        distinct = list(dict.fromkeys(words))
        columns = {word: column for column, word in enumerate(distinct)}
        has, counts = self._table(distinct)
        shared = 2 * (self._has @ has.T) / np.maximum(self._counts[:, None] + counts[None, :], 1)
        found: Likeness = shared[np.ix_(self._order, np.array([columns[word] for word in words], dtype=np.intp))]
        return found

    def _table(self, words: Sequence[str]) -> tuple[Likeness, Likeness]:
        """Which known trigrams each word has, and how many it has in all."""
        has = np.zeros((len(words), len(self._columns)), np.float32)
        for row, word in enumerate(words):
            known = [self._columns[trigram] for trigram in _trigrams(word) if trigram in self._columns]
            has[row, np.array(known, dtype=np.intp)] = 1
        return has, np.array([len(_trigrams(word)) for word in words], dtype=np.float32)


@lru_cache(maxsize=65_536)
def _trigrams(word: str) -> frozenset[str]:
    framed = f"{_EDGE}{word}{_EDGE}"
    return frozenset(framed[start : start + 3] for start in range(len(framed) - 2))
