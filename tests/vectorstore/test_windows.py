"""How what a model reads is made readable and grouped into batches."""

import pytest

from vectorstore.windows import Window, batches, readable


def test_unreadable_characters_are_replaced_one_for_one() -> None:
    assert readable("a\ud800b\x00c\udfff😀") == "a\ufffdb\ufffdc\ufffd😀"


@pytest.mark.parametrize("limit", [256, 100])
def test_batches_hold_every_window_once_and_one_padding_each(limit: int) -> None:
    lengths = [2, 3, 8, 8, 9, 40, 41, limit, limit, limit - 1] * 9
    windows = [Window(0, [1] * n) for n in lengths]
    grouped = list(batches(windows, limit))
    assert sorted(index for batch in grouped for index in batch) == list(range(len(windows)))
    assert all(len({-(-lengths[index] // 8) for index in batch}) == 1 for batch in grouped)
    assert all(len(batch) <= 16 for batch in grouped)
