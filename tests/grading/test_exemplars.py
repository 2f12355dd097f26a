"""The shelf of exemplars on stores in memory and, where it must hold, on Chroma."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.exemplar_shelf import ExemplarShelf
from app.grading.exemplars import Candidate, Exemplar, ExemplarsUnavailable, choose, excerpt_of
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Reading
from rubric.criteria import Verdict
from tests.fakes import HashEmbedder, InMemoryExemplarTexts, InMemoryVectorStore
from tests.grading.requests import ANSWER, TEXTS, ScriptedReader, a_request
from tests.stub_llm import StubLLM
from vectorstore.chroma import ChromaStore
from vectorstore.chroma_client import EmbeddedChroma
from vectorstore.errors import StoreUnavailable
from vectorstore.ownership import Ownership
from vectorstore.store import VectorStore


def an_exemplar(
    excerpt: str, verdict: Verdict = Verdict.PARTIAL, *, criterion: str = TEXTS[1], answer: str = "a1"
) -> Exemplar:
    name = f"{answer}-{excerpt[:20]}-{verdict}"
    return Exemplar(
        id=name, answer_id=answer, criterion_id="k1", criterion=criterion, excerpt=excerpt_of(excerpt), verdict=verdict
    )


def shelf_on(store: VectorStore) -> ExemplarShelf:
    return ExemplarShelf(InMemoryExemplarTexts(), store, HashEmbedder())


@pytest.fixture(params=["memory", "chroma"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    if request.param == "memory":
        yield InMemoryVectorStore()
        return
    with Ownership.acquire(tmp_path / "chroma", owner="tests") as owned:
        chroma = ChromaStore(EmbeddedChroma(owned), "exemplars-hash")
        yield chroma
        await chroma.aclose()


@pytest.fixture
def shelf(store: VectorStore) -> ExemplarShelf:
    return shelf_on(store)


async def found(shelf: ExemplarShelf, request: GradeRequest | None = None) -> list[str]:
    request = request or a_request()
    reading = (await ScriptedReader(Verdict.MISSING).read_many([request]))[0]
    return [exemplar.excerpt for exemplar in await shelf.nearest(request, reading)]


async def test_an_empty_shelf_gives_nothing_and_asks_the_embedder_nothing(store: VectorStore) -> None:
    embedder = HashEmbedder()
    shelf = ExemplarShelf(InMemoryExemplarTexts(), store, embedder)
    assert await found(shelf) == []
    assert embedder.encoded == []


async def test_what_is_kept_is_found_for_the_same_criterion(shelf: ExemplarShelf) -> None:
    near = "Crawlers look at the files and infer the schema."
    far = an_exemplar("Two nurses check every dose.", criterion="Medication is double checked.")
    await shelf.keep([an_exemplar(near), far])
    assert await found(shelf) == [near]


async def test_a_correction_kept_twice_is_there_once_as_it_was_kept_last(shelf: ExemplarShelf) -> None:
    first = an_exemplar("Crawlers infer the schema of files.")
    await shelf.keep([first])
    await shelf.keep([replace(first, excerpt="Crawlers infer the schema of all files.")])
    assert await found(shelf) == ["Crawlers infer the schema of all files."]


async def test_forgotten_answers_leave_nothing_behind(shelf: ExemplarShelf, store: VectorStore) -> None:
    await shelf.keep([an_exemplar("Crawlers infer the schema of files.", answer="gone")])
    await shelf.keep([an_exemplar("A crawler will infer the schema.", answer="kept")])
    await shelf.forget(["gone", "never seen"])
    assert await found(shelf) == ["A crawler will infer the schema."]
    assert await store.count() == 1


async def test_no_answer_is_its_own_example(shelf: ExemplarShelf) -> None:
    await shelf.keep([an_exemplar("crawlers infer  THE schema.")])
    assert await found(shelf, a_request(ANSWER)) == []
    assert await found(shelf, a_request("Something with crawlers and a schema to infer.")) != []


async def test_the_store_holds_no_word_of_a_candidate(shelf: ExemplarShelf, store: VectorStore) -> None:
    exemplar = an_exemplar("Crawlers infer the schema, says Zyx.")
    await shelf.keep([exemplar])
    passage, _ = (await store.fetch([exemplar.id]))[exemplar.id]
    assert passage.text == TEXTS[1]


async def test_vectors_follow_the_texts(store: VectorStore) -> None:
    texts = InMemoryExemplarTexts()
    shelf = ExemplarShelf(texts, store, HashEmbedder())
    gone = an_exemplar("Crawlers infer the schema of files.", answer="gone")
    await shelf.keep([gone])
    await texts.forget(["gone"])  # as the deletion of an interview does, which knows of no vectors
    assert await found(shelf) == []
    assert await store.count() == 0
    await texts.keep([gone])  # as a restored backup does
    await shelf.mend()
    assert await found(shelf) == [gone.excerpt]


async def test_an_unreachable_store_is_told_without_a_candidates_word() -> None:
    class Down(InMemoryVectorStore):
        async def count(self) -> int:
            raise StoreUnavailable("no server at 127.0.0.1")

    with pytest.raises(ExemplarsUnavailable, match="StoreUnavailable"):
        await found(shelf_on(Down()))


def candidates(*told: tuple[str, float, bool, Verdict]) -> list[Candidate]:
    """(name, cosine, same criterion, verdict); vectors are the same for the same first letter, else at right angles."""
    letters = sorted({name[0] for name, *_ in told})
    axes = dict(zip(letters, np.eye(len(letters), dtype=np.float32), strict=True))
    return [
        Candidate(an_exemplar(name, verdict), cosine, is_same, axes[name[0]]) for name, cosine, is_same, verdict in told
    ]


def names(chosen: Sequence[Exemplar]) -> list[str]:
    return [exemplar.excerpt for exemplar in chosen]


MET, NOT = Verdict.COVERED, Verdict.MISSING


def test_the_same_criterion_comes_first_and_three_are_the_most() -> None:
    told = [("a", 0.99, False, MET), ("b", 0.7, True, MET), ("c", 0.8, True, NOT), ("d", 0.9, False, NOT)]
    assert names(choose(candidates(*told))) == ["c", "b", "a"]


def test_one_opposite_verdict_is_among_them_where_there_is_one() -> None:
    told = [("a", 0.9, True, MET), ("b", 0.8, True, Verdict.PARTIAL), ("c", 0.75, True, MET), ("d", 0.65, False, NOT)]
    assert names(choose(candidates(*told))) == ["a", "b", "d"]


def test_what_is_not_near_is_not_shown() -> None:
    assert choose(candidates(("a", 0.59, True, MET))) == ()


def test_two_that_say_the_same_are_not_both_shown_before_another() -> None:
    told = [("a1", 0.9, True, MET), ("a2", 0.89, True, MET), ("b", 0.7, True, MET), ("c", 0.7, True, NOT)]
    assert names(choose(candidates(*told))) == ["a1", "b", "c"]


def test_the_order_of_candidates_decides_nothing() -> None:
    told = candidates(("a", 0.9, True, MET), ("b", 0.9, True, MET), ("c", 0.9, True, MET), ("d", 0.9, True, NOT))
    assert choose(told) == choose(told[::-1])


async def test_the_grade_names_the_exemplars_its_critique_was_shown(critic: Critic, stub_llm: StubLLM) -> None:
    shelf = shelf_on(InMemoryVectorStore())
    exemplar = an_exemplar("A crawler will infer the schema.")
    await shelf.keep([exemplar])
    graded = await AnswerGrader(ScriptedReader(), critic, shelf).grade(a_request())
    assert isinstance(graded, Graded)
    assert graded.provenance["exemplars"] == [exemplar.id]
    assert stub_llm.chats[0].asked["graded_examples"][0]["excerpt"] == exemplar.excerpt


async def test_a_shelf_out_of_order_costs_the_grade_nothing_but_the_exemplars(
    critic: Critic, stub_llm: StubLLM
) -> None:
    class Broken:
        async def nearest(self, request: GradeRequest, reading: Reading) -> tuple[Exemplar, ...]:
            raise ExemplarsUnavailable("the exemplars' vectors are out of reach (StoreUnavailable)")

        async def keep(self, exemplars: Sequence[Exemplar]) -> None: ...

        async def forget(self, answer_ids: object) -> None: ...

    graded = await AnswerGrader(ScriptedReader(), critic, Broken()).grade(a_request())
    assert isinstance(graded, Graded)
    assert graded.basis == "semantic+critique"
    assert graded.provenance["exemplars"] == []
    assert "StoreUnavailable" in graded.provenance["exemplars_missed"]
    assert "graded_examples" not in stub_llm.chats[0].asked
