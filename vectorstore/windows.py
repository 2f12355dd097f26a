"""How a long text is cut into windows that a model can read, and put together again.

A model sees at most a few hundred tokens, and silently ignores the rest. Windows overlap, so that no sentence is
read only at a bare edge.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_TOKENS = 256
"""Longest window, special tokens included."""
OVERLAP = 64
"""Tokens that neighbouring windows share."""
_PAD_TO = 8
_BATCH = 16
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of a text as a model reads it.

    Attributes:
        text: Index of the text it belongs to.
        input_ids: Token ids, special tokens included.
    """

    text: int
    input_ids: Sequence[int]


class Batched(Protocol):
    """What a model reads in one pass with others of its length."""

    @property
    def input_ids(self) -> Sequence[int]:
        """Token ids, special tokens included."""
        ...


def readable(text: str) -> str:
    """The text with U+0000 and lone surrogates, which tokenizers refuse, as U+FFFD one for one."""
    return _UNREADABLE.sub("\ufffd", text)


def overlap_for(limit: int) -> int:
    """Tokens that neighbouring windows of at most `limit` tokens share: never more than a quarter of a window."""
    return min(OVERLAP, limit // 4)


def padded_length(length: int, limit: int) -> int:
    """The length a window is padded to."""
    return min(-(-length // _PAD_TO) * _PAD_TO, limit)


def batches(windows: Sequence[Batched], limit: int) -> Iterator[list[int]]:
    """Indices of windows (or packs) to be read in one forward pass, longest first.

    A window's padding depends on its own length alone, and padded and unpadded windows never share a batch.
    So a text gets the same vector, to the bit, whatever it travels with; padding to the longest of a batch
    would differ by 1e-7.
    """
    groups: dict[tuple[int, bool], list[int]] = {}
    for index, window in enumerate(windows):
        length = len(window.input_ids)
        padded = padded_length(length, limit)
        groups.setdefault((padded, padded == length), []).append(index)
    for _, members in sorted(groups.items(), reverse=True):
        for start in range(0, len(members), _BATCH):
            yield members[start : start + _BATCH]
