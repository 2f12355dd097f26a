"""Banks and their vectors: what is indexed, what is found missing or changed, what grading gets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.banks.index import BankContent, BankIndex
from app.banks.passages import passages_of
from app.grading.grader import BankRef, GradeRequest
from rubric.bank import Bank, Question, QuestionTranslation, Section
from rubric.criteria import Criterion
from tests.fakes import HashEmbedder, InMemoryVectorStore
from vectorstore.chroma import ChromaStore
from vectorstore.chroma_client import EmbeddedChroma
from vectorstore.embeddings import InContext, Vectors
from vectorstore.errors import CollectionMissing, EmbedderUnavailable, VectorsStale
from vectorstore.ownership import Ownership
from vectorstore.store import Passage, VectorStore
from vectorstore.token_cache import TokenCache

ASKED = "How is data kept?"


def a_bank(name: str = "data", *, asked: str = ASKED, **criteria: str) -> Bank:
    texts = criteria or {"c1": "S3 holds raw files.", "c2": "Glue keeps the catalogue."}
    question = Question(
        id="q1", text=asked, criteria=tuple(Criterion(id=id_, text=text) for id_, text in texts.items())
    )
    return Bank(name=name, sections=(Section(title="Storage", questions=(question,)),))


def a_version(bank: Bank, number: int = 1) -> BankContent:
    return BankContent(BankRef(bank.name, number, f"{number:02x}" * 32), bank)


def asked(version: BankContent, **changes: object) -> GradeRequest:
    [question] = version.bank.questions()
    request = GradeRequest(
        question=question.text,
        criteria=question.criteria,
        parts=("an answer",),
        question_id=question.id,
        bank=version.ref,
    )
    return replace(request, **changes)  # type: ignore[arg-type]  # the test's own words


@pytest.fixture(params=["in memory", "Chroma"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    """An empty store."""
    with Ownership.acquire(tmp_path / "chroma", owner="a test") as owned:
        made: VectorStore
        made = InMemoryVectorStore() if request.param == "in memory" else ChromaStore(EmbeddedChroma(owned), "banks")
        yield made
        await made.aclose()


@pytest.fixture
def embedder() -> HashEmbedder:
    """An embedder that remembers what it was asked."""
    return HashEmbedder()


@pytest.fixture
def index(store: VectorStore, embedder: HashEmbedder, tmp_path: Path) -> BankIndex:
    """An index of nothing yet."""
    return BankIndex(store, embedder, TokenCache(tmp_path / "tokens", embedder.fingerprint))


async def test_every_question_and_criterion_becomes_a_passage() -> None:
    ids = [passage.id.rsplit(":", 1)[0] for passage in passages_of(a_bank())]
    assert ids == ["data:question:q1", "data:criterion:c1", "data:criterion:c2"]
    assert len({passage.id for passage in passages_of(a_bank())} & {p.id for p in passages_of(a_bank(c1="New."))}) == 1


def test_a_question_is_encoded_by_itself_and_its_criteria_in_its_light() -> None:
    groups = list(passages_of(a_bank()).values())
    assert groups == [
        InContext("", (ASKED,)),
        InContext(ASKED, ("S3 holds raw files.",)),
        InContext(ASKED, ("Glue keeps the catalogue.",)),
    ]


async def test_a_reworded_question_renews_its_criteria(index: BankIndex) -> None:
    old, new = a_version(a_bank()), a_version(a_bank(asked="Where is data kept?"), 2)
    await index.ensure([old])
    with pytest.raises(VectorsStale):
        await index.encodings([asked(new)])
    assert await index.ensure([new]) == 3
    assert len(await index.encodings([asked(old), asked(new)])) == 2


async def test_indexing_again_embeds_nothing(index: BankIndex, embedder: HashEmbedder, store: VectorStore) -> None:
    version = a_version(a_bank())
    assert await index.ensure([version]) == 3
    embedder.encoded.clear()
    assert await index.ensure([version]) == 0
    assert embedder.encoded == []
    assert await store.count() == 3


async def test_new_version_embeds_what_changed(index: BankIndex, store: VectorStore) -> None:
    old, new = a_version(a_bank()), a_version(a_bank(c1="S3 holds raw files.", c2="Reworded."), 2)
    await index.ensure([old])
    assert await index.ensure([old, new]) == 1
    assert await store.count() == 4
    assert (await index.verify([old, new])).is_sound
    dropped = {p.id for p in passages_of(old.bank)} - {p.id for p in passages_of(new.bank)}
    assert (await index.verify([new])).strays == tuple(dropped)


async def test_grading_gets_vectors_of_the_store_and_tokens_of_the_cache(
    index: BankIndex, embedder: HashEmbedder
) -> None:
    version = a_version(a_bank())
    await index.ensure([version])
    embedder.encoded.clear()

    [found] = await index.encodings([asked(version)])

    assert set(embedder.encoded) == {decoy.text for decoy in found.decoys}, "the pool's, embedded once"
    assert list(found.vector_ids) == [passage.id for passage in passages_of(version.bank)]
    expected = [found for [found] in await embedder.encode(list(passages_of(version.bank).values()))]
    for encoding, other in zip([found.question, *found.criteria], expected, strict=True):
        np.testing.assert_allclose(encoding.vector, other.vector, atol=1e-6)
        np.testing.assert_allclose(encoding.tokens, other.tokens, atol=1e-3)
        np.testing.assert_array_equal(encoding.offsets, other.offsets)


async def test_the_stored_vector_is_the_one_that_grades(index: BankIndex, store: VectorStore) -> None:
    version = a_version(a_bank())
    await index.ensure([version])
    passage = list(passages_of(version.bank))[1]
    other = np.eye(64, dtype=np.float32)[:1]
    await store.index([passage], other)

    [found] = await index.encodings([asked(version)])

    np.testing.assert_allclose(found.criteria[0].vector, other[0], atol=1e-6)


async def test_missing_vector_is_found_before_grading_and_mended(index: BankIndex, store: VectorStore) -> None:
    version = a_version(a_bank())
    await index.ensure([version])
    lost = list(passages_of(version.bank))[2].id
    await store.delete([lost])

    with pytest.raises(VectorsStale) as stale:
        await index.encodings([asked(version)])
    assert stale.value.ids == (lost,)
    assert (await index.verify([version])).missing == (lost,)

    assert await index.ensure([version]) == 1
    assert len(await index.encodings([asked(version)])) == 1


async def test_criterion_reworded_without_indexing_is_found(index: BankIndex) -> None:
    version = a_version(a_bank())
    await index.ensure([version])
    reworded = a_version(a_bank(c1="S3 holds other files.", c2="Glue keeps the catalogue."))
    with pytest.raises(VectorsStale, match="data:criterion:c1"):
        await index.encodings([asked(reworded)])


async def test_grading_before_anything_was_indexed_says_so(index: BankIndex) -> None:
    with pytest.raises(CollectionMissing):
        await index.encodings([asked(a_version(a_bank()))])


async def test_rebuilding_gives_exactly_the_vectors_of_the_banks(index: BankIndex, store: VectorStore) -> None:
    kept, gone = a_version(a_bank()), a_version(a_bank("gone"), 2)
    await index.ensure([kept, gone])
    assert await index.rebuild([kept]) == 3
    state = await index.verify([kept])
    assert (state.is_sound, state.strays, await store.count()) == (True, (), 3)
    assert len(await index.encodings([asked(kept)])) == 1


async def test_rebuilding_without_a_model_drops_nothing(index: BankIndex, store: VectorStore, tmp_path: Path) -> None:
    class Unloadable(HashEmbedder):
        async def load(self) -> None:
            raise EmbedderUnavailable("no model")

    version = a_version(a_bank())
    await index.ensure([version])
    without = BankIndex(store, Unloadable(), TokenCache(tmp_path / "tokens", HashEmbedder.fingerprint))
    with pytest.raises(EmbedderUnavailable):
        await without.rebuild([version])
    assert (await index.verify([version])).is_sound


async def test_forgetting_a_version_keeps_what_others_need(
    index: BankIndex, store: VectorStore, tmp_path: Path
) -> None:
    old, new = a_version(a_bank()), a_version(a_bank(c1="S3 holds raw files."), 2)
    await index.ensure([old, new])
    await index.forget(old, remaining=[new])
    assert await store.ids() == {passage.id for passage in passages_of(new.bank)}
    assert [path.stem for path in tmp_path.rglob("*.npz")] == [new.ref.sha256]


async def test_damaged_token_file_is_made_again(
    store: VectorStore, embedder: HashEmbedder, tmp_path: Path, index: BankIndex
) -> None:
    version = a_version(a_bank())
    await index.ensure([version])
    [path] = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:50])
    embedder.encoded.clear()

    for _ in range(2):  # as a new process, and once more as another
        fresh = BankIndex(store, embedder, TokenCache(tmp_path / "tokens", embedder.fingerprint))
        [found] = await fresh.encodings([asked(version)])
        assert [len(encoding.tokens) for encoding in found.criteria] == [5, 5]
    own = {passage.text for passage in passages_of(version.bank)}
    assert len([text for text in embedder.encoded if text in own]) == 3


async def test_embedder_without_tokens_needs_no_token_files(store: VectorStore, tmp_path: Path) -> None:
    embedder = HashEmbedder(gives_tokens=False)
    index = BankIndex(store, embedder, TokenCache(tmp_path / "tokens", embedder.fingerprint))
    version = a_version(a_bank())
    assert await index.ensure([version]) == 3
    [found] = await index.encodings([asked(version)])
    assert found.question.tokens.shape == (0, 64)
    assert not (tmp_path / "tokens").exists()


async def test_translations_can_be_graded_with_and_do_not_crowd_the_search(index: BankIndex) -> None:
    criterion = Criterion(id="c1", text="S3 holds raw files.", translations={"de": "S3 hält rohe Dateien."})
    question = Question(
        id="q1",
        text="How is data kept?",
        criteria=(criterion,),
        translations={"de": QuestionTranslation(text="Wie werden Daten gehalten?")},
    )
    version = a_version(Bank(name="data", sections=(Section(title="Storage", questions=(question,)),)))
    assert await index.ensure([version]) == 4

    german = replace(criterion, text="S3 hält rohe Dateien.")
    [found] = await index.encodings([asked(version, question="Wie werden Daten gehalten?", criteria=(german,))])

    assert len(found.criteria) == 1
    assert [hit.passage.text for hit in await index.nearest("S3 rohe Dateien", 9)] == ["S3 holds raw files."]


@pytest.mark.parametrize("translated", ["question", "criterion"])
async def test_what_is_translated_in_part_can_be_graded_in_both_languages(index: BankIndex, translated: str) -> None:
    german = {"question": "Wie werden Daten gehalten?", "criterion": "S3 hält rohe Dateien."}
    criterion = Criterion(
        id="c1",
        text="S3 holds raw files.",
        translations={"de": german["criterion"]} if translated != "question" else {},
    )
    question = Question(
        id="q1",
        text=ASKED,
        criteria=(criterion,),
        translations={"de": QuestionTranslation(text=german["question"])} if translated == "question" else {},
    )
    version = a_version(Bank(name="data", sections=(Section(title="Storage", questions=(question,)),)))
    await index.ensure([version])
    request = (
        asked(version, question=german["question"])
        if translated == "question"
        else asked(version, criteria=(replace(criterion, text=german["criterion"]),))
    )
    found = await index.encodings([asked(version), request])
    assert found[0].vector_ids != found[1].vector_ids
    assert [hit.passage.text for hit in await index.nearest("S3 rohe Dateien", 9)] == ["S3 holds raw files."]


async def test_nearest_gives_criteria_only_nearest_first(index: BankIndex) -> None:
    await index.ensure([a_version(a_bank())])
    hits = await index.nearest("Who keeps the catalogue?", 5)
    assert [hit.passage.criterion_id for hit in hits] == ["c2", "c1"]
    assert hits[0].distance < hits[1].distance


async def test_many_requests_cost_one_fetch(embedder: HashEmbedder, tmp_path: Path) -> None:
    class Counting(InMemoryVectorStore):
        fetches = 0

        async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
            self.fetches += 1
            return await super().fetch(ids)

    store = Counting()
    index = BankIndex(store, embedder, TokenCache(tmp_path, embedder.fingerprint))
    version = a_version(a_bank())
    await index.ensure([version])
    assert len(await index.encodings([asked(version)] * 7)) == 7
    assert store.fetches == 1
