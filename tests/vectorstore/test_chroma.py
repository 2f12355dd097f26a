"""What is Chroma's own: changes behind our back, damage, several models in one folder, a server that is away."""

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import HashEmbedder
from tests.vectorstore.conftest import a_passage
from vectorstore.chroma import ChromaStore, collection_name
from vectorstore.chroma_client import ChromaServer, EmbeddedChroma
from vectorstore.embeddings import Vectors
from vectorstore.errors import CollectionDamaged, StoreUnavailable, VectorsStale
from vectorstore.ownership import Ownership
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

MakeVectors = Callable[..., Vectors]
NAME = "model-0123-cosine"


def open_store(owned: Ownership, name: str = NAME) -> ChromaStore:
    return ChromaStore(EmbeddedChroma(owned), name)


def tamper(owned: Ownership, **change: object) -> None:
    """Change a record as somebody with another Chroma client would."""
    import chromadb
    from chromadb.config import Settings

    with chromadb.PersistentClient(  # type: ignore[attr-defined]  # annotated as its interface
        str(owned.folder), settings=Settings(anonymized_telemetry=False)
    ) as client:
        collection = client.get_collection(NAME, embedding_function=None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Chroma's own, of any update with a text
            collection.update(ids=[a_passage(1).id], **change)


def first_vector(*, nudged_by: float = 0.0) -> list[float]:
    """The first of the test's vectors, one number changed."""
    row = np.random.default_rng(7).normal(size=(2, 16))[0]
    vector = row / np.linalg.norm(row)
    vector[3] += nudged_by
    numbers: list[float] = vector.tolist()
    return numbers


@pytest.mark.parametrize(
    "change",
    [
        {"embeddings": [first_vector(nudged_by=1e-3)]},
        {"embeddings": [first_vector()], "documents": ["another text"]},
        {"metadatas": [{"vector_check": "0"}]},
    ],
)
async def test_record_changed_behind_our_back_is_found(
    owned: Ownership, vectors: MakeVectors, change: dict[str, object]
) -> None:
    store = open_store(owned)
    await store.index([a_passage(1), a_passage(2)], vectors(2))
    await store.aclose()
    tamper(owned, **change)
    store = open_store(owned)

    with pytest.raises(VectorsStale) as stale:
        await store.fetch([a_passage(1).id, a_passage(2).id])

    assert stale.value.ids == (a_passage(1).id,)
    assert "viva bank reindex" in str(stale.value)
    await store.aclose()


async def test_vectors_outlive_the_process_that_wrote_them(owned: Ownership, vectors: MakeVectors) -> None:
    first = open_store(owned)
    await first.index([a_passage(1)], vectors(1))
    await first.aclose()
    second = open_store(owned)
    _, vector = (await second.fetch([a_passage(1).id]))[a_passage(1).id]
    np.testing.assert_allclose(vector, vectors(1)[0], atol=1e-6)
    await second.aclose()


async def test_damaged_database_is_said_and_clearing_mends_it(owned: Ownership, vectors: MakeVectors) -> None:
    store = open_store(owned)
    await store.index([a_passage(1)], vectors(1))
    await store.aclose()
    (owned.folder / "chroma.sqlite3").write_bytes(b"not a database" * 500)
    (owned.folder / "notes.txt").write_text("not Chroma's")
    store = open_store(owned)

    for attempt in (store.fetch(["any"]), store.count(), store.present(["any"])):
        with pytest.raises(CollectionDamaged, match="viva bank reindex"):
            await attempt
    await store.clear()
    await store.index([a_passage(2)], vectors(1))

    assert await store.ids() == {a_passage(2).id}
    assert (owned.folder / "notes.txt").exists()
    await store.aclose()


async def test_damaged_vectors_are_said_and_clearing_mends_them(owned: Ownership, vectors: MakeVectors) -> None:
    many = [a_passage(n) for n in range(1200)]  # beyond 1,000 Chroma writes its index to disk
    store = open_store(owned)
    await store.index(many, vectors(1200))
    await store.aclose()
    parts = [path for path in owned.folder.glob("*/*") if path.is_file()]
    for path in parts:
        path.write_bytes(b"zz")
    store = open_store(owned)

    assert parts
    with pytest.raises(CollectionDamaged, match="viva bank reindex"):
        await store.fetch([many[0].id])
    await store.clear()
    await store.index(many[:3], vectors(3))

    assert await store.count() == 3
    await store.aclose()


async def test_clearing_one_model_keeps_the_others(owned: Ownership, vectors: MakeVectors) -> None:
    old = open_store(owned, "old-model")
    await old.index([a_passage(1)], vectors(1))
    await old.aclose()
    new = open_store(owned, "new-model")
    await new.index([a_passage(2)], vectors(1))

    await new.clear()

    assert await new.count() == 0
    await new.aclose()
    old = open_store(owned, "old-model")
    assert await old.ids() == {a_passage(1).id}
    await old.aclose()


async def test_rebuilding_again_and_again_does_not_grow_the_folder(owned: Ownership, vectors: MakeVectors) -> None:
    async def size_after_rebuild() -> int:
        await store.clear()
        await store.index([a_passage(n) for n in range(200)], vectors(200))
        return sum(path.stat().st_size for path in owned.folder.rglob("*") if path.is_file())

    store = open_store(owned)
    first = await size_after_rebuild()
    for _ in range(3):
        last = await size_after_rebuild()
    assert last <= first * 1.1
    await store.aclose()


async def test_reading_and_clearing_at_once_never_breaks_the_store(owned: Ownership, vectors: MakeVectors) -> None:
    store = open_store(owned)
    passages, made = [a_passage(n) for n in range(20)], vectors(20)
    await store.index(passages, made)

    await asyncio.gather(*(store.present([p.id]) for p in passages), store.clear(), store.count())
    await store.index(passages, made)

    assert await store.count() == 20
    await store.aclose()


async def test_collection_rebuilt_by_another_process_is_found_again(chroma_url: str, vectors: MakeVectors) -> None:
    ours, theirs = (ChromaStore(ChromaServer(chroma_url), "rebuilt-elsewhere") for _ in range(2))
    await ours.index([a_passage(1)], vectors(1))
    assert await ours.count() == 1

    await theirs.clear()
    await theirs.index([a_passage(1), a_passage(2)], vectors(2))

    assert await ours.ids() == {a_passage(1).id, a_passage(2).id}
    await ours.aclose()
    await theirs.aclose()


async def test_server_that_is_away_is_named(unused_port: int) -> None:
    store = ChromaStore(ChromaServer(f"http://127.0.0.1:{unused_port}"), NAME)
    with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{unused_port}.*VIVA_CHROMA_URL"):
        await store.count()


@pytest.mark.parametrize("url", ["localhost:8001", "ftp://localhost", "http://", "http://localhost:8001/api"])
def test_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="http://localhost:8001"):
        ChromaServer(url)


def test_collection_is_named_by_the_exact_model() -> None:
    name = collection_name(SentenceTransformerEmbedder())
    assert name == "all-minilm-l6-v2-53aa51172d142c89-cosine"
    odd = HashEmbedder()
    odd.name = "Ünïcode/模型 v1.0!" * 30
    assert 3 <= len(collection_name(odd)) <= 100
    assert collection_name(odd).replace("-", "").isascii()


async def test_nothing_is_written_before_something_is_indexed(tmp_path: Path) -> None:
    with Ownership.acquire(tmp_path / "chroma", owner="a test") as owned:
        open_store(owned)
        assert not (tmp_path / "chroma").exists()
