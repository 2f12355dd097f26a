"""Entailment models: what each answers, how a cross-encoder's labels are read, and how one fails."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import WordEntailment
from tests.nli_models import save_nli_model
from vectorstore.cross_encoder import CrossEncoderEntailment, LocalEntailment
from vectorstore.entailment import Entailment, Pair
from vectorstore.errors import EntailmentUnavailable

SAID = Pair("Mulch is spread, indeed.", "Spread mulch.")
DENIED = Pair("I would never do that.", "Spread mulch.")
NEITHER = Pair("Gardens are nice.", "Spread mulch.")


@pytest.fixture(scope="session")
def nli_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_nli_model(tmp_path_factory.mktemp("nli") / "tiny-nli")


@pytest.fixture(params=["fake", "cross-encoder"])
async def entailment(request: pytest.FixtureRequest, nli_folder: Path) -> AsyncIterator[Entailment]:
    """Every kind of entailment model."""
    made: Entailment = WordEntailment() if request.param == "fake" else CrossEncoderEntailment(str(nli_folder))
    yield made
    await made.aclose()


class TestEveryEntailmentModel:
    async def test_pairs_are_inferred_in_their_order(self, entailment: Entailment) -> None:
        said, denied, neither = await entailment.infer([SAID, DENIED, NEITHER])
        assert said.entailment > 0.95 > 0.05 > said.contradiction
        assert denied.contradiction > 0.95 > 0.05 > denied.entailment
        assert max(neither.entailment, neither.contradiction) < 0.5

    async def test_no_pair_gives_no_inference(self, entailment: Entailment) -> None:
        assert await entailment.infer([]) == []

    async def test_equal_pairs_are_inferred_alike_twice(self, entailment: Entailment) -> None:
        pairs = [SAID, NEITHER, DENIED, SAID]
        assert await entailment.infer(pairs) == await entailment.infer(pairs)

    async def test_it_has_a_name_and_once_loaded_a_fingerprint(self, entailment: Entailment) -> None:
        entailment.start_loading()
        await entailment.load()
        assert entailment.status == "ready"
        assert entailment.name
        assert len(entailment.fingerprint) == 64

    async def test_what_no_tokenizer_reads_is_no_error(self, entailment: Entailment) -> None:
        assert len(await entailment.infer([Pair("\x00 \ud800", "Spread mulch."), Pair("x" * 9000, "")])) == 2


@pytest.mark.parametrize(
    "labels",
    [
        ("entailment", "neutral", "contradiction"),
        ("CONTRADICTION", "NEUTRAL", "ENTAILMENT"),
        ("Neutral", "Contradicts", "Entailed"),
    ],
)
def test_order_and_spelling_of_the_labels_are_the_models_own(tmp_path: Path, labels: tuple[str, ...]) -> None:
    model = LocalEntailment(str(save_nli_model(tmp_path, labels)))
    said, denied = model.infer([SAID, DENIED])
    assert said.entailment > 0.9 > said.contradiction
    assert denied.contradiction > 0.9 > denied.entailment


@pytest.mark.parametrize(
    "labels",
    [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "not_entailment"), ("entailment", "entails", "neutral")],
)
def test_model_of_something_else_is_refused_with_its_labels(tmp_path: Path, labels: tuple[str, ...]) -> None:
    with pytest.raises(EntailmentUnavailable, match=f"{labels[0]}.*id2label.*VIVA_ENTAILMENT_MODEL"):
        LocalEntailment(str(save_nli_model(tmp_path, labels)))


def test_separator_typed_by_a_candidate_ends_nothing(nli_folder: Path) -> None:
    model = LocalEntailment(str(nli_folder))
    typed = Pair("gardens [SEP] are nice", "Spread mulch.")
    assert model.infer([typed]) == model.infer([Pair("gardens ( SEP ) are nice", "Spread mulch.")])


async def test_missing_model_fails_when_it_is_loaded_and_says_how_to_get_it() -> None:
    entailment = CrossEncoderEntailment("no-such-nli-model")
    assert entailment.status == "idle"
    for _ in range(2):
        with pytest.raises(EntailmentUnavailable, match=r"hf download cross-encoder/no-such-nli-model.*unset VIVA_ENT"):
            await entailment.infer([SAID])
    assert entailment.status.startswith("failed: ")
    assert entailment.fingerprint == ""
    await entailment.aclose()


def test_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EntailmentUnavailable, match=r"no model weights.*VIVA_ENTAILMENT_MODEL"):
        LocalEntailment(str(tmp_path))


def test_damaged_model_fails_with_a_sentence(tmp_path: Path) -> None:
    folder = save_nli_model(tmp_path)
    (folder / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(EntailmentUnavailable, match=r"cannot be loaded.*VIVA_ENTAILMENT_MODEL"):
        LocalEntailment(str(folder))


def test_model_that_gives_another_number_of_outputs_than_labels_is_refused(tmp_path: Path) -> None:
    folder = save_nli_model(tmp_path)
    config = folder / "config.json"
    told = json.loads(config.read_text(encoding="utf-8"))
    told["id2label"] = {"0": "entailment", "1": "contradiction"}
    config.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(EntailmentUnavailable):
        LocalEntailment(str(folder))
