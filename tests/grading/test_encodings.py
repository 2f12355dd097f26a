"""Where a rubric's encodings come from, and how little is encoded twice."""

import numpy as np

from app.grading.decoys import neutral_criteria
from app.grading.encodings import InlineRubrics, KeptEncodings, RoutedRubrics, RubricEncoding, group_key
from app.grading.grader import BankRef, GradeRequest
from rubric.criteria import Criterion
from tests.fakes import HashEmbedder
from vectorstore.embeddings import InContext
from vectorstore.sentence_transformer import SentenceTransformerEmbedder


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

    [expected] = await embedder.encode([InContext("", ("Why S3?", "It is cheap.", "It is durable."))])
    for encoding, other in zip([found.question, *found.criteria], expected, strict=True):
        np.testing.assert_array_equal(encoding.vector, other.vector)
        np.testing.assert_array_equal(encoding.offsets, other.offsets)
    assert [id_.rsplit(":", 1)[0] for id_ in found.vector_ids] == [
        "inline:question",
        "inline:criterion:c0",
        "inline:criterion:c1",
    ]


async def test_a_criterion_is_read_in_the_light_of_its_question(bundled: SentenceTransformerEmbedder) -> None:
    one, again, other = await InlineRubrics(bundled).encodings(
        [
            a_request("Which snake do you keep?", "A python."),
            a_request("Which snake do you keep?", "A boa.", "A python."),
            a_request("Which language do you write?", "A python."),
        ]
    )
    np.testing.assert_array_equal(one.criteria[0].tokens, again.criteria[1].tokens)
    assert np.abs(one.criteria[0].tokens - other.criteria[0].tokens).max() > 1e-3
    assert one.vector_ids[1] != other.vector_ids[1]


def test_texts_contexts_and_where_one_ends_have_keys_of_their_own() -> None:
    groups = [InContext("", ("a b",)), InContext("a", ("b",)), InContext("b", ("a",)), InContext("", ("a", "b"))]
    keys = [group_key(group) for group in groups]
    assert len(set(keys)) == len(keys)
    assert keys == [group_key(group) for group in groups]
    assert group_key(InContext("\ud800", ("x",)))


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


async def test_what_is_kept_stays_within_its_bound_and_is_what_was_used_last() -> None:
    embedder = HashEmbedder()
    texts = [InContext("Why?", (f"word{n} and more",)) for n in range(50)]
    [[first]] = await embedder.encode(texts[:1])
    one = first.vector.nbytes + first.tokens.nbytes + first.offsets.nbytes
    kept = KeptEncodings(embedder, 5 * one)
    for text in texts:
        await kept.of([text, texts[0]])
        assert kept.size_bytes <= 5 * one
    embedder.encoded.clear()
    await kept.of([texts[0], texts[49]])
    assert embedder.encoded == []
    await kept.of([texts[40], InContext("How?", texts[49].texts)])
    assert embedder.encoded == [*texts[40].texts, *texts[49].texts], "another question's is another text"


async def test_bank_requests_and_inline_ones_keep_their_order() -> None:
    class Labelled:
        def __init__(self, label: str) -> None:
            self.label = label

        async def encodings(self, requests: object) -> list[RubricEncoding]:
            assert isinstance(requests, list)
            [[blank]] = await HashEmbedder().encode([InContext("", ("",))])
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
