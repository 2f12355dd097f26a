"""The contract of a vector store, run on the fake, on Chroma on disk and on a Chroma server."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.vectorstore.conftest import DIMENSIONS, a_passage
from vectorstore.embeddings import Vectors
from vectorstore.errors import CollectionMissing, DimensionMismatch, VectorsStale
from vectorstore.store import VectorStore

MakeVectors = Callable[..., Vectors]
NOISE = 1e-6


async def test_fetch_gives_back_passages_and_vectors(store: VectorStore, vectors: MakeVectors) -> None:
    passages, made = [a_passage(n) for n in range(5)], vectors(5)
    await store.index(passages, made)

    found = await store.fetch([passages[3].id, passages[0].id])

    assert {id_: passage for id_, (passage, _) in found.items()} == {p.id: p for p in (passages[3], passages[0])}
    assert found[passages[3].id][1].dtype == np.float32
    np.testing.assert_allclose(found[passages[3].id][1], made[3], atol=NOISE)
    np.testing.assert_allclose(found[passages[0].id][1], made[0], atol=NOISE)


async def test_fetch_names_the_ids_that_are_missing(store: VectorStore, vectors: MakeVectors) -> None:
    await store.index([a_passage(1)], vectors(1))

    with pytest.raises(VectorsStale) as stale:
        await store.fetch([a_passage(1).id, "gone", "lost"])

    assert stale.value.ids == ("gone", "lost")


async def test_fetching_nothing_needs_no_collection(store: VectorStore) -> None:
    assert await store.fetch([]) == {}


async def test_store_without_collection_says_so(store: VectorStore, vectors: MakeVectors) -> None:
    with pytest.raises(CollectionMissing):
        await store.fetch(["any"])
    with pytest.raises(CollectionMissing):
        await store.search(vectors(1)[0], limit=3)
    assert await store.ids() == frozenset()
    assert await store.present(["any"]) == frozenset()
    assert await store.count() == 0
    await store.delete(["any"])
    await store.clear()


async def test_indexing_again_replaces(store: VectorStore, vectors: MakeVectors) -> None:
    made = vectors(2)
    await store.index([a_passage(1)], made[:1])
    await store.index([a_passage(1, text="reworded")], made[1:])

    passage, vector = (await store.fetch([a_passage(1).id]))[a_passage(1).id]

    assert (passage.text, await store.count()) == ("reworded", 1)
    np.testing.assert_allclose(vector, made[1], atol=NOISE)


async def test_indexing_nothing_is_harmless(store: VectorStore) -> None:
    await store.index([], np.zeros((0, DIMENSIONS), np.float32))
    assert await store.count() == 0


async def test_search_gives_the_nearest_of_the_kind_first(store: VectorStore, vectors: MakeVectors) -> None:
    made = vectors(6)
    passages = [*(a_passage(n) for n in range(5)), a_passage(9, kind="question")]
    await store.index(passages, made)

    hits = await store.search(made[2], limit=3)
    questions = await store.search(made[2], limit=3, kind="question")

    assert hits[0].passage == passages[2]
    assert hits[0].distance == pytest.approx(0, abs=1e-5)
    expected = sorted((1 - float(made[2] @ made[n]), n) for n in range(5))[:3]
    assert [hit.passage.criterion_id for hit in hits] == [f"c{n}" for _, n in expected]
    assert [hit.distance for hit in hits] == pytest.approx([distance for distance, _ in expected], abs=1e-5)
    assert [hit.passage for hit in questions] == [passages[5]]


async def test_search_for_more_than_there_is_gives_what_there_is(store: VectorStore, vectors: MakeVectors) -> None:
    await store.index([a_passage(1), a_passage(2)], vectors(2))
    assert len(await store.search(vectors(1)[0], limit=50)) == 2


async def test_ids_presence_and_count_agree(store: VectorStore, vectors: MakeVectors) -> None:
    passages = [a_passage(n) for n in range(4)]
    await store.index(passages, vectors(4))

    assert await store.ids() == {passage.id for passage in passages}
    assert await store.present([passages[1].id, "nowhere", passages[1].id]) == {passages[1].id}
    assert await store.count() == 4


async def test_deleted_passages_are_gone_and_unknown_ones_ignored(store: VectorStore, vectors: MakeVectors) -> None:
    passages = [a_passage(n) for n in range(3)]
    await store.index(passages, vectors(3))

    await store.delete([passages[0].id, "nowhere", passages[0].id])

    assert await store.ids() == {passages[1].id, passages[2].id}


async def test_vector_of_another_length_is_refused(store: VectorStore, vectors: MakeVectors) -> None:
    await store.index([a_passage(1)], vectors(1))

    with pytest.raises(DimensionMismatch):
        await store.index([a_passage(2)], vectors(1, DIMENSIONS + 1))
    with pytest.raises(DimensionMismatch):
        await store.search(vectors(1, DIMENSIONS + 1)[0], limit=1)
    assert await store.ids() == {a_passage(1).id}


async def test_cleared_store_takes_vectors_of_another_length(store: VectorStore, vectors: MakeVectors) -> None:
    await store.index([a_passage(1)], vectors(1))
    await store.clear()
    with pytest.raises(CollectionMissing):
        await store.fetch([a_passage(1).id])

    await store.index([a_passage(2)], vectors(1, DIMENSIONS * 2))

    assert await store.ids() == {a_passage(2).id}
