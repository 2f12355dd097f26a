"""How windows share the tokens of a long text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.windows import Window, batches, kept_positions, overlap_for, readable


@given(length=st.integers(0, 900), limit=st.integers(8, 256))
def test_windows_give_every_token_exactly_once_and_never_at_a_bare_edge(length: int, limit: int) -> None:
    content, overlap = limit - 2, overlap_for(limit)
    starts = [0]
    while starts[-1] + content < length:
        starts.append(starts[-1] + content - overlap)
    given_tokens = []
    for index, start in enumerate(starts):
        tokens = list(range(start, min(start + content, length)))
        special = [1, *(0 for _ in tokens), 1]
        offsets = [(0, 0), *((token, token + 1) for token in tokens), (0, 0)]
        kept = kept_positions(special, offsets, first=index == 0, last=index + 1 == len(starts), overlap=overlap)
        given_tokens += [offsets[position][0] for position in kept]
        inner = [offsets[position][0] for position in kept if 0 < offsets[position][0] < length - 1]
        edges = {start} - {0} | {start + content - 1} - {length - 1}
        assert overlap < 2 or not edges & set(inner)
    assert given_tokens == list(range(length))


def test_unreadable_characters_are_replaced_one_for_one() -> None:
    assert readable("a\ud800b\x00c\udfff😀") == "a\ufffdb\ufffdc\ufffd😀"


@pytest.mark.parametrize("limit", [256, 100])
def test_batches_hold_every_window_once_and_one_padding_each(limit: int) -> None:
    lengths = [2, 3, 8, 8, 9, 40, 41, limit, limit, limit - 1] * 9
    windows = [Window(0, [1] * n, np.zeros(0, np.intp), np.zeros((0, 2), np.int32)) for n in lengths]
    grouped = list(batches(windows, limit))
    assert sorted(index for batch in grouped for index in batch) == list(range(len(windows)))
    assert all(len({-(-lengths[index] // 8) for index in batch}) == 1 for batch in grouped)
    assert all(len(batch) <= 16 for batch in grouped)
