"""How a long text is cut into windows that a model can read, and put together again.

A model sees at most a few hundred tokens, and silently ignores the rest. Windows overlap, and each token is
taken from the window in which it has most context, so that no token is read at a bare edge.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        kept: Positions in `input_ids` whose token vectors are taken from this window.
        offsets: Shape (len(kept), 2): start and end of those tokens in code points of the text.
    """

    text: int
    input_ids: Sequence[int]
    kept: NDArray[np.intp]
    offsets: NDArray[np.int32]


def readable(text: str) -> str:
    """The text with U+0000 and lone surrogates, which tokenizers refuse, as U+FFFD one for one."""
    return _UNREADABLE.sub("\ufffd", text)


def overlap_for(limit: int) -> int:
    """Tokens that neighbouring windows of at most `limit` tokens share: never more than a quarter of a window."""
    return min(OVERLAP, limit // 4)


def kept_positions(
    special: Sequence[int], offsets: Sequence[tuple[int, int]], *, first: bool, last: bool, overlap: int
) -> NDArray[np.intp]:
    """Positions of a window's tokens that no neighbour gives with more context, special and empty tokens left out.

    Args:
        special: 1 per special token, else 0.
        offsets: Start and end of each token.
        first: Whether no window of the text precedes it.
        last: Whether none follows.
        overlap: Tokens shared with each neighbour; the earlier window gives the first half of them.
    """
    content = [position for position, flag in enumerate(special) if not flag]
    start = 0 if first else (overlap + 1) // 2
    stop = len(content) if last else len(content) - overlap // 2
    return np.array([p for p in content[start:stop] if offsets[p][0] < offsets[p][1]], dtype=np.intp)


def padded_length(length: int, limit: int) -> int:
    """The length a window is padded to."""
    return min(-(-length // _PAD_TO) * _PAD_TO, limit)


def batches(windows: Sequence[Window], limit: int) -> Iterator[list[int]]:
    """Indices of windows to be read in one forward pass, longest first.

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
