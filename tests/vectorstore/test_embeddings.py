"""The contract of an embedder, run on the fake, on the bundled model and on an endpoint over HTTP."""

from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from tests.fakes import HashEmbedder
from tests.stub_llm import StubLLM
from vectorstore.embeddings import Embedder
from vectorstore.openai_embeddings import OpenAIEmbedder

PLAIN = "Redshift stores columns; RDS stores rows."
HOSTILE = "Use [SEP] and \ud800 then\x00 café, 😀 “ok” — naïve\u200b?"
LONG = " ".join(f"Step {n} copies the raw files of day {n} into the curated zone." for n in range(120))


@pytest.fixture(params=["hash", "hash without tokens", "bundled", "endpoint"])
async def embedder(request: pytest.FixtureRequest, stub_llm: StubLLM) -> AsyncIterator[Embedder]:
    """Every kind of embedder."""
    if request.param == "bundled":
        yield request.getfixturevalue("bundled")  # shared by the session, so not closed here
        return
    made: Embedder
    if request.param == "endpoint":
        made = OpenAIEmbedder(base_url=stub_llm.base_url, model="stub")
    else:
        made = HashEmbedder(gives_tokens=request.param == "hash")
    yield made
    await made.aclose()


@pytest.mark.parametrize("text", ["", " ", PLAIN, HOSTILE, LONG])
async def test_any_text_gives_unit_vectors_and_its_tokens_in_order(embedder: Embedder, text: str) -> None:
    [encoding] = await embedder.encode([text])

    assert encoding.vector.shape == (embedder.dimensions,)
    assert encoding.vector.dtype == encoding.tokens.dtype == np.float32
    assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-5)
    assert encoding.tokens.shape == (len(encoding.offsets), embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(encoding.tokens, axis=1), 1, atol=1e-5)
    spans = [(int(start), int(end)) for start, end in encoding.offsets]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("text", [PLAIN, LONG])
async def test_tokens_cover_every_word(embedder: Embedder, text: str) -> None:
    [encoding] = await embedder.encode([text])
    covered = np.zeros(len(text), bool)
    for start, end in encoding.offsets:
        covered[start:end] = True
    letters = [position for position, character in enumerate(text) if character.isalnum()]
    assert covered[letters].all() == embedder.gives_tokens


async def test_equal_texts_give_equal_vectors_whatever_they_travel_with(embedder: Embedder) -> None:
    [alone] = await embedder.encode([PLAIN])
    together = await embedder.encode([LONG, "short", PLAIN, "", PLAIN, HOSTILE])
    for other in (together[2], together[4]):
        np.testing.assert_array_equal(other.vector, alone.vector)
        np.testing.assert_array_equal(other.tokens, alone.tokens)
        np.testing.assert_array_equal(other.offsets, alone.offsets)


async def test_embed_gives_the_sentence_vectors_of_encode(embedder: Embedder) -> None:
    texts = [PLAIN, LONG, ""]
    vectors = await embedder.embed(texts)
    np.testing.assert_array_equal(vectors, np.stack([e.vector for e in await embedder.encode(texts)]))


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert (await embedder.embed([])).shape == (0, embedder.dimensions)
    assert await embedder.encode([]) == []


async def test_loaded_embedder_is_ready(embedder: Embedder) -> None:
    embedder.start_loading()
    await embedder.load()
    assert embedder.status == "ready"
    assert len(embedder.fingerprint) == 64
    assert embedder.name
