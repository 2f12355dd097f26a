"""How texts that share a context are laid out for one pass of a model: side by side, each blind to the others.

    [CLS] context [SEP] text [SEP] text [SEP] …

Each text is numbered as if it alone followed the context, sees the context and itself, and the context sees only
itself. So a text gets the vectors of being read by itself in the light of the context, whatever stands beside it and
in which order, for the price of one pass over all of them (block-diagonal attention: Krell et al. 2021, "Efficient
Sequence Packing without Cross-contamination").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.embeddings import InContext, Offsets
from vectorstore.windows import readable

CONTEXT = 0
"""Number of the block that every text sees."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A text, or as much of a long one as is read at a time.

    Attributes:
        text: Index of the text in its group.
        at: Positions of its tokens in the pack's `input_ids`.
        offsets: Shape (len(at), 2): start and end of those tokens in code points of the text.
    """

    text: int
    at: NDArray[np.intp]
    offsets: Offsets


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Pieces of one group as a model reads them at once.

    Attributes:
        group: Index of the group they belong to.
        input_ids: Token ids, special tokens included.
        positions: Of each token, as the model numbers them.
        blocks: `CONTEXT`, or from 1 the piece that a token belongs to.
    """

    group: int
    input_ids: Sequence[int]
    positions: Sequence[int]
    blocks: Sequence[int]
    pieces: Sequence[Piece]


def packs(groups: Sequence[InContext], tokenizer: Any, limit: int, *, alone: bool = False) -> list[Pack]:  # noqa: ANN401 - naming the type would import seconds of library
    """The packs of all groups, in order, of at most `limit` tokens each.

    A context may fill half of a pack and is cut there. A text that does not fit behind it is read in pieces.

    Args:
        groups: Contexts with their texts.
        tokenizer: A fast tokenizer.
        limit: Longest pack, special tokens included.
        alone: Each piece by itself and without its context, for a model that can't tell blocks apart.
    """
    found = []
    for number, group in enumerate(groups):
        context = [] if alone or not group.context else _cut(tokenizer, [group.context], limit // 2)[0][0]
        start = [tokenizer.cls_token_id, *context, *([] if alone else [tokenizer.sep_token_id])]
        room = limit - len(start) - 1
        waiting = [
            (text, ids[first : first + room], offsets[first : first + room])
            for text, (ids, offsets) in enumerate(_cut(tokenizer, group.texts, None))
            for first in range(0, max(len(ids), 1), room)
        ]
        while waiting:
            taken, length = 1, len(waiting[0][1]) + 1
            while not alone and taken < len(waiting) and length + len(waiting[taken][1]) + 1 <= limit - len(start):
                length += len(waiting[taken][1]) + 1
                taken += 1
            found.append(_pack(number, start, tokenizer.sep_token_id, waiting[:taken]))
            waiting = waiting[taken:]
    return found


def _pack(group: int, start: list[int], end: int, texts: Sequence[tuple[int, list[int], Offsets]]) -> Pack:
    input_ids, positions, blocks = list(start), list(range(len(start))), [CONTEXT] * len(start)
    pieces = []
    for block, (text, ids, offsets) in enumerate(texts, start=CONTEXT + 1):
        visible = np.flatnonzero(offsets[:, 0] < offsets[:, 1])
        pieces.append(Piece(text, len(input_ids) + visible, offsets[visible]))
        positions += range(len(start), len(start) + len(ids) + 1)
        blocks += [block] * (len(ids) + 1)
        input_ids += [*ids, end]
    return Pack(group, input_ids, positions, blocks, pieces)


def _cut(tokenizer: Any, texts: Sequence[str], limit: int | None) -> list[tuple[list[int], Offsets]]:  # noqa: ANN401
    """Token ids and offsets of each text, without special tokens."""
    if not texts:
        return []
    encoded = tokenizer(
        [readable(text) for text in texts],
        add_special_tokens=False,
        truncation=limit is not None,
        max_length=limit,
        return_offsets_mapping=True,
        split_special_tokens=True,  # typed by a candidate, "[SEP]" is five characters and not the end of a text
        verbose=False,  # a text longer than the model reads at once comes in pieces
    )
    return [
        (list(ids), np.array(offsets, dtype=np.int32).reshape(-1, 2))
        for ids, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
    ]
