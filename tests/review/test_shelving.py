"""The shelf of exemplars follows the corrections, whoever made or removed them."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.grading.exemplar_shelf import ExemplarShelf
from app.grading.exemplars import Exemplar, ExemplarsUnavailable
from app.grading.outcome import Reading
from app.main import create_app
from app.review.shelving import KeptShelf, MomentaryShelf
from rubric.criteria import Verdict
from tests.api.conftest import BANK, bearer
from tests.fakes import HashEmbedder, InMemoryExemplarTexts, InMemoryVectorStore
from tests.grading.requests import ANSWER, TEXTS, ScriptedReader, a_request
from tests.stub_llm import StubLLM
from vectorstore.errors import CollectionDamaged


def an_exemplar(id_: str, answer_id: str) -> Exemplar:
    return Exemplar(
        id=id_,
        answer_id=answer_id,
        criterion_id="c1",
        criterion="Crawlers infer the schema",
        excerpt="A crawler looks at the files.",
        verdict=Verdict.PARTIAL,
    )


class Counting(ExemplarShelf):
    """A shelf that counts how often it is mended, and can be out of reach."""

    mended = 0
    is_away = False

    async def mend(self) -> None:
        if self.is_away:
            raise ExemplarsUnavailable("away")
        self.mended += 1
        await super().mend()


async def test_what_was_corrected_or_removed_elsewhere_is_met_at_the_next_look() -> None:
    texts, store = InMemoryExemplarTexts(), InMemoryVectorStore()
    shelf = Counting(texts, store, HashEmbedder())
    kept = KeptShelf(shelf, texts)
    await texts.keep([an_exemplar("ex-1", "a1"), an_exemplar("ex-2", "a2")])
    assert await kept.look()
    assert await store.ids() == {"ex-1", "ex-2"}
    assert not await kept.look()
    await texts.forget(["a1"])
    assert await kept.look()
    assert await store.ids() == {"ex-2"}
    assert shelf.mended == 2


class DamagedOnce(InMemoryVectorStore):
    """A store that can't be read until it is cleared."""

    is_damaged = True

    async def ids(self) -> frozenset[str]:
        if self.is_damaged:
            raise CollectionDamaged("unreadable")
        return await super().ids()

    async def clear(self) -> None:
        self.is_damaged = False
        await super().clear()


async def test_damaged_vectors_are_made_again_from_the_corrections() -> None:
    texts, store = InMemoryExemplarTexts(), DamagedOnce()
    await texts.keep([an_exemplar("ex-1", "a1")])
    assert await KeptShelf(ExemplarShelf(texts, store, HashEmbedder()), texts).look()
    assert await store.ids() == {"ex-1"}


async def test_a_shelf_out_of_reach_keeps_nobody_waiting_and_is_tried_again() -> None:
    texts = InMemoryExemplarTexts()
    shelf = Counting(texts, InMemoryVectorStore(), HashEmbedder())
    shelf.is_away = True
    kept = KeptShelf(shelf, texts)
    looking = asyncio.create_task(kept.run())
    assert await kept.nearest(a_request(ANSWER), Reading(criteria=())) == ()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    with pytest.raises(ExemplarsUnavailable):
        await kept.look()
    shelf.is_away = False
    assert await kept.look()


async def test_a_shelf_for_one_command_is_made_at_the_first_question_and_tried_again_where_it_could_not_be() -> None:
    texts = InMemoryExemplarTexts()
    shelf = Counting(texts, InMemoryVectorStore(), HashEmbedder())
    momentary = MomentaryShelf(shelf)
    near = replace(
        an_exemplar("ex-1", "a1"), criterion=TEXTS[1], excerpt="Crawlers look at files and infer the schema."
    )
    await texts.keep([near])
    shelf.is_away = True
    request = a_request(ANSWER)
    reading = (await ScriptedReader(Verdict.MISSING).read_many([request]))[0]
    with pytest.raises(ExemplarsUnavailable):
        await momentary.nearest(request, reading)
    shelf.is_away = False
    for _ in range(2):
        assert await momentary.nearest(request, reading) == (near,)
    assert shelf.mended == 1


@pytest.fixture
def judged(tmp_path_factory: pytest.TempPathFactory, stub_llm: StubLLM) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A server with a chat model, and the operator's headers; nothing is drawn for the audit."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("judged"),
        embeddings_base_url=stub_llm.base_url,
        embedding_model="stub-embedder",
        llm_base_url=stub_llm.base_url,
        llm_model="stub-chat",
        audit_share=0.0,
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        operator = bearer(operator_token(settings).value)
        client.post("/api/v1/banks", files={"file": ("lake.yaml", BANK)}, headers=operator)
        yield client, operator


def graded(client: TestClient, operator: dict[str, str], answer: str) -> dict[str, object]:
    """The grade of an answer to the first question once its critique is there."""
    body = client.post("/api/v1/interviews", json={"bank": "lake", "limit": 1}, headers=operator).json()
    path, mine = f"/api/v1/interviews/{body['id']}", bearer(body["token"])
    sent = [{"command": "consent"}, {"text": answer}, {"text": "Nothing more comes to my mind about this."}]
    for place, what in enumerate(sent):
        client.post(f"{path}/messages", json={"id": f"m{place}", **what}, headers=mine)
        while client.get(f"{path}/step", headers=mine).json()["waiting"]:
            time.sleep(0.02)
    while True:
        grade = client.get(f"{path}/grades", headers=operator).json().get("q1")
        if grade is not None and grade["critique"] and grade["critique"]["status"] != "pending":
            return dict(grade)
        time.sleep(0.05)


def test_a_correction_is_shown_to_the_model_with_the_next_answer_like_it(
    judged: tuple[TestClient, dict[str, str]], stub_llm: StubLLM
) -> None:
    client, operator = judged
    first = graded(client, operator, "We land all raw files in object storage of the cloud, every night.")
    lines = first["criteria"]
    assert isinstance(lines, list)
    turned = "missing" if lines[0]["verdict"] != "missing" else "covered"
    decision = {
        "id": "d1",
        "kind": "override",
        "who": "Ada",
        "reason": "That is how we see it.",
        "verdicts": {lines[0]["id"]: turned},
    }
    decided = client.post(f"/api/v1/reviews/{first['grade_id']}/decisions", json=decision, headers=operator)
    assert decided.status_code == 201, decided.text
    shown: list[dict[str, str]] = []
    for attempt in range(40):
        graded(client, operator, f"We land raw files in object storage of the cloud, each and every night, {attempt}.")
        shown = stub_llm.chats[-1].asked.get("graded_examples", [])
        if shown:
            break
        time.sleep(0.2)
    assert "That is how we see it." in json.dumps(shown)
