"""The contract of an embedder, run on the fake, on local models and on an endpoint over HTTP."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.embedding_models import save_embedding_model
from tests.fakes import HashEmbedder
from tests.stub_llm import StubLLM
from vectorstore.embeddings import Embedder, Encoding, InContext
from vectorstore.openai_embeddings import OpenAIEmbedder
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

PLAIN = "Redshift stores columns; RDS stores rows."
HOSTILE = "Use [SEP] and \ud800 then\x00 café, 😀 “ok” — naïve\u200b?"
LONG = " ".join(f"Step {n} copies the raw files of day {n} into the curated zone." for n in range(120))


QUESTION = "Which store would you choose for reports?"
CONTEXTS = ["", QUESTION, HOSTILE, LONG]
ROUNDING = 1e-5


@pytest.fixture(scope="module")
def blind_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that can't read texts side by side."""
    return save_embedding_model(tmp_path_factory.mktemp("deberta"), "deberta")


@pytest.fixture(params=["hash", "hash without tokens", "bundled", "one text at a time", "endpoint"])
async def embedder(request: pytest.FixtureRequest, stub_llm: StubLLM) -> AsyncIterator[Embedder]:
    """Every kind of embedder."""
    if request.param == "bundled":
        yield request.getfixturevalue("bundled")  # shared by the session, so not closed here
        return
    made: Embedder
    if request.param == "endpoint":
        made = OpenAIEmbedder(base_url=stub_llm.base_url, model="stub")
    elif request.param == "one text at a time":
        made = SentenceTransformerEmbedder(str(request.getfixturevalue("blind_folder")))
    else:
        made = HashEmbedder(gives_tokens=request.param == "hash")
    yield made
    await made.aclose()


async def encoded(embedder: Embedder, text: str, context: str) -> Encoding:
    """A text that is alone in its group and its group alone in the call."""
    [[encoding]] = await embedder.encode([InContext(context, (text,))])
    return encoding


def assert_alike(encoding: Encoding, other: Encoding, *, within: float) -> None:
    np.testing.assert_allclose(encoding.vector, other.vector, rtol=0, atol=within)
    np.testing.assert_allclose(encoding.tokens, other.tokens, rtol=0, atol=within)
    np.testing.assert_array_equal(encoding.offsets, other.offsets)


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("text", ["", " ", PLAIN, HOSTILE, LONG])
async def test_any_text_gives_unit_vectors_and_its_tokens_in_order(embedder: Embedder, text: str, context: str) -> None:
    encoding = await encoded(embedder, text, context)

    assert encoding.vector.shape == (embedder.dimensions,)
    assert encoding.vector.dtype == encoding.tokens.dtype == np.float32
    assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-5)
    assert encoding.tokens.shape == (len(encoding.offsets), embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(encoding.tokens, axis=1), 1, atol=1e-5)
    spans = [(int(start), int(end)) for start, end in encoding.offsets]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("context", ["", LONG])
@pytest.mark.parametrize("text", [PLAIN, LONG])
async def test_tokens_cover_every_word(embedder: Embedder, text: str, context: str) -> None:
    encoding = await encoded(embedder, text, context)
    covered = np.zeros(len(text), bool)
    for start, end in encoding.offsets:
        covered[start:end] = True
    letters = [position for position, character in enumerate(text) if character.isalnum()]
    assert covered[letters].all() == embedder.gives_tokens


@pytest.mark.parametrize("context", [QUESTION, LONG])
async def test_neither_company_nor_order_in_a_group_changes_a_text(embedder: Embedder, context: str) -> None:
    texts = (PLAIN, HOSTILE, "short", "", LONG, PLAIN)
    alone = [await encoded(embedder, text, context) for text in texts]
    together, turned = await embedder.encode([InContext(context, texts), InContext(context, texts[::-1])])
    for by_itself, one, other in zip(alone, together, turned[::-1], strict=True):
        assert_alike(one, by_itself, within=ROUNDING)
        assert_alike(other, by_itself, within=ROUNDING)


async def test_other_groups_change_nothing_not_even_by_rounding(embedder: Embedder) -> None:
    group = InContext(QUESTION, (PLAIN, "short", HOSTILE))
    others = [InContext("", (LONG, "")), InContext(QUESTION, ("short",)), InContext(PLAIN, (PLAIN,))]
    [alone] = await embedder.encode([group])
    found = await embedder.encode([others[0], group, *others[1:], group])
    for encodings in (found[1], found[4]):
        for encoding, by_itself in zip(encodings, alone, strict=True):
            assert_alike(encoding, by_itself, within=0)


async def test_a_group_without_a_text_gives_nothing_and_costs_its_neighbours_nothing(embedder: Embedder) -> None:
    before, empty, after = await embedder.encode(
        [InContext(QUESTION, (PLAIN,)), InContext(QUESTION, ()), InContext(QUESTION, ("short", PLAIN))]
    )
    assert (len(before), empty, len(after)) == (1, [], 2)
    assert await embedder.encode([InContext(QUESTION, ())]) == [[]]


async def test_vector_is_the_mean_of_the_tokens_or_where_there_are_none_that_of_the_whole_text(
    embedder: Embedder,
) -> None:
    for text in (PLAIN, LONG, ""):
        encoding = await encoded(embedder, text, QUESTION)
        if len(encoding.tokens):
            mean = encoding.tokens.mean(axis=0)
            np.testing.assert_allclose(encoding.vector, mean / np.linalg.norm(mean), atol=ROUNDING)
        elif not embedder.gives_tokens:
            np.testing.assert_array_equal(encoding.vector, (await embedder.embed([text]))[0])


async def test_equal_texts_are_embedded_alike_whatever_they_travel_with(embedder: Embedder) -> None:
    alone = await embedder.embed([PLAIN])
    together = await embedder.embed([LONG, "short", PLAIN, "", PLAIN, HOSTILE])
    assert together.shape == (6, embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for vector in (together[2], together[4]):
        np.testing.assert_array_equal(vector, alone[0])


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert (await embedder.embed([])).shape == (0, embedder.dimensions)
    assert await embedder.encode([]) == []


async def test_loaded_embedder_is_ready(embedder: Embedder) -> None:
    embedder.start_loading()
    await embedder.load()
    assert embedder.status == "ready"
    assert len(embedder.fingerprint) == 64
    assert embedder.name
