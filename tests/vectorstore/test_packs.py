"""How texts that share a context are laid out side by side."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vectorstore.embeddings import InContext
from vectorstore.model_files import find_model
from vectorstore.packs import CONTEXT, Pack, packs
from vectorstore.windows import readable

WORDS = ["mulch", "keeps", "soil", "moist", ".", "évapotranspiration", "[SEP]", "😀", "\ud800", "\x00", "  ", "naïve"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
GROUPS = st.lists(st.builds(InContext, TEXTS, st.lists(TEXTS, max_size=6).map(tuple)), max_size=4)
LIMITS = st.integers(8, 64)


@pytest.fixture(scope="module")
def tokenizer() -> Any:  # noqa: ANN401 - naming the type would import seconds of library
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(find_model("bundled").folder)


def tokens(tokenizer: Any, text: str) -> list[tuple[int, int, int]]:  # noqa: ANN401
    """Id, start and end of each token that stands for a character."""
    told = tokenizer(
        readable(text), add_special_tokens=False, return_offsets_mapping=True, split_special_tokens=True, verbose=False
    )
    found = [(id_, *span) for id_, span in zip(told["input_ids"], told["offset_mapping"], strict=True)]
    return [(id_, start, end) for id_, start, end in found if start < end]


def read(found: Sequence[Pack], group: int) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """The tokens that the pieces of a group point to, each with its text, in the order they are laid out."""
    for pack in found:
        if pack.group == group:
            for piece in pack.pieces:
                for place, (start, end) in zip(piece.at.tolist(), piece.offsets.tolist(), strict=True):
                    yield piece.text, (pack.input_ids[place], start, end)


@pytest.mark.parametrize("alone", [False, True])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(groups=GROUPS, limit=LIMITS)
def test_every_token_of_every_text_comes_exactly_once_and_in_order(
    tokenizer: Any,  # noqa: ANN401
    groups: list[InContext],
    limit: int,
    alone: bool,
) -> None:
    found = packs(groups, tokenizer, limit, alone=alone)
    for index, group in enumerate(groups):
        expected = [(text, token) for text, said in enumerate(group.texts) for token in tokens(tokenizer, said)]
        assert list(read(found, index)) == expected
        assert {piece.text for pack in found if pack.group == index for piece in pack.pieces} == set(
            range(len(group.texts))
        ), "a blank text is laid out as well"
    assert [pack.group for pack in found] == sorted(pack.group for pack in found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(groups=GROUPS, limit=LIMITS)
def test_a_pack_is_the_context_and_then_texts_numbered_as_if_each_followed_it_alone(
    tokenizer: Any,  # noqa: ANN401
    groups: list[InContext],
    limit: int,
) -> None:
    for pack in packs(groups, tokenizer, limit):
        assert len(pack.input_ids) == len(pack.positions) == len(pack.blocks) <= limit
        blocks = [(block, [place for place, _ in places]) for block, places in groupby(enumerate(pack.blocks), _block)]
        assert [block for block, _ in blocks] == [CONTEXT, *range(1, len(pack.pieces) + 1)]
        start = blocks[0][1]
        assert pack.input_ids[0] == tokenizer.cls_token_id
        assert [pack.positions[place] for place in start] == list(range(len(start)))
        assert len(start) <= limit // 2 + 2, "a long context leaves room for a text"
        for (_, places), piece in zip(blocks[1:], pack.pieces, strict=True):
            assert [pack.positions[place] for place in places] == list(range(len(start), len(start) + len(places)))
            assert set(piece.at.tolist()) <= set(places[:-1])
        ends = [place for place, id_ in enumerate(pack.input_ids) if id_ == tokenizer.sep_token_id]
        assert ends == [places[-1] for _, places in blocks], "a typed separator is none"


def _block(placed: tuple[int, int]) -> int:
    return placed[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(groups=GROUPS, limit=LIMITS)
def test_a_model_that_cannot_tell_blocks_apart_gets_one_piece_at_a_time_and_no_context(
    tokenizer: Any,  # noqa: ANN401
    groups: list[InContext],
    limit: int,
) -> None:
    for pack in packs(groups, tokenizer, limit, alone=True):
        assert len(pack.pieces) == 1
        assert len(pack.input_ids) <= limit
        assert list(pack.positions) == list(range(len(pack.input_ids)))
        ends = tokenizer.cls_token_id, tokenizer.sep_token_id
        assert (pack.input_ids[0], pack.input_ids[-1]) == ends
        assert not set(ends) & set(pack.input_ids[1:-1])


def test_short_texts_share_a_pack_and_a_long_one_takes_several(tokenizer: Any) -> None:  # noqa: ANN401
    few = InContext("How?", ("Mulch.", "Rain.", "Shade."))
    long = InContext("How?", ("Mulch. " * 100, "Rain."))
    assert [len(pack.pieces) for pack in packs([few], tokenizer, 64)] == [3]
    found = packs([long], tokenizer, 64)
    assert len(found) > 2
    assert found[-1].pieces[-1].text == 1
