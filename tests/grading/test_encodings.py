"""Where a rubric's encodings come from, and how little is encoded twice."""

import numpy as np

from app.grading.decoys import neutral_criteria
from app.grading.encodings import EncodingCache, InlineRubrics, RoutedRubrics, RubricEncoding
from app.grading.grader import BankRef, GradeRequest
from rubric.criteria import Criterion
from tests.fakes import HashEmbedder


def a_request(question: str, *criteria: str, bank: BankRef | None = None) -> GradeRequest:
    return GradeRequest(
        question=question,
        criteria=tuple(Criterion(id=f"c{n}", text=text) for n, text in enumerate(criteria)),
        parts=("an answer",),
        bank=bank,
    )


async def test_inline_rubric_is_encoded_in_the_order_given() -> None:
    embedder = HashEmbedder()
    [found] = await InlineRubrics(embedder).encodings([a_request("Why S3?", "It is cheap.", "It is durable.")])

    expected = await embedder.encode(["Why S3?", "It is cheap.", "It is durable."])
    for encoding, other in zip([found.question, *found.criteria], expected, strict=True):
        np.testing.assert_array_equal(encoding.vector, other.vector)
        np.testing.assert_array_equal(encoding.offsets, other.offsets)
    assert [id_.rsplit(":", 1)[0] for id_ in found.vector_ids] == [
        "inline:question",
        "inline:criterion:c0",
        "inline:criterion:c1",
    ]


def own(embedder: HashEmbedder) -> list[str]:
    """What was encoded of rubrics, without the decoys that go with them."""
    return [text for text in embedder.encoded if text not in neutral_criteria()]


async def test_text_is_encoded_once_however_often_it_is_asked() -> None:
    embedder = HashEmbedder()
    rubrics = InlineRubrics(embedder)
    await rubrics.encodings([a_request("Why?", "One.", "Two."), a_request("Why?", "Two.", "Three.")])
    await rubrics.encodings([a_request("Why?", "Three.", "Four.")])
    assert own(embedder) == ["Why?", "One.", "Two.", "Three.", "Four."]
    assert len(set(embedder.encoded)) == len(embedder.encoded)


async def test_rubric_larger_than_the_cache_is_still_encoded() -> None:
    embedder = HashEmbedder()
    rubrics = InlineRubrics(embedder, cache_bytes=1)
    for _ in range(2):
        [found] = await rubrics.encodings([a_request("Why?", "One.")])
        assert len(found.criteria) == 1
    assert own(embedder) == ["Why?", "One."] * 2


async def test_cache_stays_within_its_bound_and_keeps_what_was_used_last() -> None:
    encodings = await HashEmbedder().encode([f"word{n} and more" for n in range(50)])
    one = encodings[0].vector.nbytes + encodings[0].tokens.nbytes + encodings[0].offsets.nbytes
    cache = EncodingCache(max_bytes=5 * one)
    for n, encoding in enumerate(encodings):
        cache.put(str(n), encoding)
        cache.put(str(n), encoding)
        assert cache.get("0") is encodings[0]
        assert cache.size_bytes <= 5 * one
    assert cache.get("49") is not None
    assert cache.get("40") is None


async def test_bank_requests_and_inline_ones_keep_their_order() -> None:
    class Labelled:
        def __init__(self, label: str) -> None:
            self.label = label

        async def encodings(self, requests: object) -> list[RubricEncoding]:
            assert isinstance(requests, list)
            [blank] = await HashEmbedder().encode([""])
            return [RubricEncoding(blank, (), (self.label, request.question)) for request in requests]

    ref = BankRef("bank", 1, "ab" * 32)
    routed = RoutedRubrics(banks=Labelled("bank"), inline=Labelled("inline"))
    requests = [a_request("a", "x"), a_request("b", "x", bank=ref), a_request("c", "x"), a_request("d", "x", bank=ref)]

    found = await routed.encodings(requests)

    assert [encoding.vector_ids for encoding in found] == [
        ("inline", "a"),
        ("bank", "b"),
        ("inline", "c"),
        ("bank", "d"),
    ]
    assert await routed.encodings([]) == []
