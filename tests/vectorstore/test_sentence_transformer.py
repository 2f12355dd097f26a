"""What is the local model's own: agreement with its library, long texts, loading in the background, wrong weights."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.embedding_models import save_embedding_model
from vectorstore.embeddings import InContext
from vectorstore.errors import EmbedderUnavailable
from vectorstore.local_model import LocalModel, unit
from vectorstore.model_files import BUNDLED_SHA256, ModelFiles, check, find_model, fingerprint_of
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

TEXTS = [
    "This is an example sentence",
    "Glue crawlers infer the schema; the catalogue keeps it.",
    "S3",
    "Partition by date, and compact small files so that Athena reads less: 128 MB is a fair size.",
]


async def test_short_texts_get_the_vectors_of_the_library(bundled: SentenceTransformerEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(find_model("bundled").folder), device="cpu")

    vectors = await bundled.embed(TEXTS)

    expected = library.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


async def test_a_text_has_the_tokens_of_reading_context_and_text_as_the_model_does_by_itself(
    bundled: SentenceTransformerEmbedder,
) -> None:
    """A text alone in its group is what the plain model reads after a context, but for what the context sees."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = find_model("bundled").folder
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    [[encoding]] = await bundled.encode([InContext("", (TEXTS[1],))])

    ids = torch.tensor([[tokenizer.cls_token_id, tokenizer.sep_token_id, *tokenizer(TEXTS[1]).input_ids[1:]]])
    # The context, here without a word, sees itself alone.
    mask = torch.ones(1, 1, ids.shape[1], ids.shape[1], dtype=torch.bool)
    mask[:, :, :2, 2:] = False
    with torch.inference_mode():
        layers = model(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[-2:]
    summed = np.sum([unit(layer[0, 2:-1].numpy()) for layer in layers], axis=0)
    np.testing.assert_allclose(encoding.tokens, unit(summed), atol=1e-5)


async def test_the_vector_is_the_one_the_published_model_gives(bundled: SentenceTransformerEmbedder) -> None:
    vectors = await bundled.embed(["This is an example sentence"])
    np.testing.assert_allclose(vectors[0, :3], [0.0676569, 0.0634959, 0.0487131], atol=1e-6)
    assert bundled.fingerprint == BUNDLED_SHA256


async def test_end_of_a_long_text_counts(bundled: SentenceTransformerEmbedder) -> None:
    padding = "We hold a short meeting every morning and write down what was said. " * 40
    ending = padding + "Kinesis shards set the throughput of the stream."
    whole = await bundled.embed([padding, ending])
    assert float(whole[0] @ whole[1]) < 0.9999
    [[plain, ended], [probe]] = await bundled.encode([InContext("", (padding, ending)), InContext("", ("Kinesis",))])
    assert float(plain.vector @ ended.vector) < 0.9999
    assert (probe.tokens @ ended.tokens.T).max(axis=1).min() > 0.6 > (probe.tokens @ plain.tokens.T).max(axis=1).min()


async def test_every_token_of_a_long_text_comes_once_and_in_order(bundled: SentenceTransformerEmbedder) -> None:
    text = " ".join(f"word{n} follows word{n - 1}." for n in range(400))
    [[whole]] = await bundled.encode([InContext("What follows what?", (text,))])
    offsets = [tuple(pair) for pair in whole.offsets.tolist()]
    assert len(offsets) == len(set(offsets)) > 1200
    assert offsets == sorted(offsets)


async def test_special_tokens_typed_by_a_candidate_are_plain_text(bundled: SentenceTransformerEmbedder) -> None:
    text = "Yes [SEP] [CLS] no"
    [[encoding]] = await bundled.encode([InContext("Is it?", (text,))])
    tokens = [text[start:end] for start, end in encoding.offsets]
    assert "[SEP]" not in tokens
    assert "".join(tokens) == "Yes[SEP][CLS]no"


async def test_separator_typed_by_a_candidate_opens_no_view_on_other_texts(
    bundled: SentenceTransformerEmbedder,
) -> None:
    typed = "I agree. [SEP] What they said [SEP]"
    [[one, _], [other, _]] = await bundled.encode(
        [InContext("Is it?", (typed, "Mulch keeps soil moist.")), InContext("Is it?", (typed, "Glue infers schemas."))]
    )
    np.testing.assert_allclose(one.tokens, other.tokens, atol=1e-5)


async def test_a_short_reply_means_what_it_means_after_its_question(bundled: SentenceTransformerEmbedder) -> None:
    reply = ("A python.",)
    contexts = ("Which snake lives in your terrarium?", "Which programming language do you write?", "")
    [[snake], [language], [alone]] = await bundled.encode([InContext(context, reply) for context in contexts])
    [[animal, code]] = await bundled.encode([InContext("", ("a reptile", "software code"))])
    assert float(snake.vector @ animal.vector) > float(language.vector @ animal.vector)
    assert float(language.vector @ code.vector) > float(snake.vector @ code.vector)
    assert len(snake.tokens) == len(language.tokens) == len(alone.tokens), "the context lends no tokens"


async def test_of_a_context_that_is_too_long_the_beginning_is_read(bundled: SentenceTransformerEmbedder) -> None:
    asked = "Which snake lives in your terrarium? " * 30
    groups = [InContext(context, ("A python.",)) for context in (asked, asked + "Or which language?", "Or " + asked)]
    [[one], [further], [other]] = await bundled.encode(groups)
    np.testing.assert_array_equal(one.tokens, further.tokens)
    assert np.abs(one.tokens - other.tokens).max() > 1e-3


@pytest.mark.parametrize("architecture", ["mpnet", "deberta"])
async def test_model_that_cannot_read_texts_side_by_side_reads_each_by_itself(
    tmp_path: Path, architecture: str
) -> None:
    folder = save_embedding_model(tmp_path, architecture)
    texts = ("keep rain", "spread mulch", "keep rain")
    assert not LocalModel(find_model(str(folder))).isolates
    embedder = SentenceTransformerEmbedder(str(folder))

    [asked, unasked] = await embedder.encode([InContext("how do you water", texts), InContext("", texts)])

    assert embedder.gives_tokens
    for encoding, other in zip(asked, unasked, strict=True):
        np.testing.assert_array_equal(encoding.tokens, other.tokens)
    np.testing.assert_array_equal(asked[0].tokens, asked[2].tokens)
    assert [len(encoding.tokens) for encoding in asked] == [8, 11, 8], "its tokens are letters"
    await embedder.aclose()


async def test_model_that_can_reads_each_in_the_light_of_the_context(tmp_path: Path) -> None:
    folder = save_embedding_model(tmp_path, "bert")
    assert LocalModel(find_model(str(folder))).isolates
    embedder = SentenceTransformerEmbedder(str(folder))
    texts = ("keep rain", "spread mulch")
    [[one, _], [other]] = await embedder.encode([InContext("how", texts), InContext("why", texts[:1])])
    assert np.abs(one.tokens - other.tokens).max() > 1e-3
    await embedder.aclose()


async def test_loading_happens_in_the_background_and_once() -> None:
    embedder = SentenceTransformerEmbedder()
    assert (embedder.status, embedder.name, embedder.dimensions) == ("idle", "all-MiniLM-L6-v2", 384)
    embedder.start_loading()
    embedder.start_loading()
    assert embedder.status == "loading"
    impatient = asyncio.ensure_future(embedder.load())
    await asyncio.sleep(0)
    impatient.cancel()
    await embedder.load()
    assert embedder.status == "ready"
    await embedder.aclose()


def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(find_model("bundled").folder, folder)
    return folder


async def test_same_weights_in_a_folder_are_the_same_model(
    tmp_path: Path, bundled: SentenceTransformerEmbedder
) -> None:
    embedder = SentenceTransformerEmbedder(str(model_folder(tmp_path)))
    assert embedder.fingerprint == BUNDLED_SHA256
    with pytest.raises(EmbedderUnavailable, match="not loaded yet"):
        _ = embedder.dimensions
    np.testing.assert_array_equal(await embedder.embed(TEXTS), await bundled.embed(TEXTS))
    assert (embedder.dimensions, embedder.gives_tokens, embedder.name) == (384, True, "model")
    await embedder.aclose()


async def test_model_with_a_default_prompt_embeds_whole_texts_only(tmp_path: Path) -> None:
    folder = model_folder(tmp_path)
    config = folder / "config_sentence_transformers.json"
    settings = json.loads(config.read_text()) | {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    config.write_text(json.dumps(settings))
    embedder = SentenceTransformerEmbedder(str(folder))
    [[encoding]] = await embedder.encode([InContext("Where?", ("S3",))])
    assert (embedder.gives_tokens, encoding.tokens.shape, encoding.vector.shape) == (False, (0, 384), (384,))
    await embedder.aclose()


def test_other_weights_than_expected_are_refused_with_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    actual = hashlib.sha256(b"other weights").hexdigest()
    with pytest.raises(EmbedderUnavailable, match=f"{actual}.*{BUNDLED_SHA256}"):
        check(ModelFiles("all-MiniLM-L6-v2", tmp_path, BUNDLED_SHA256, 384))


async def test_unusable_model_fails_with_a_sentence_for_every_caller(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"no weights at all")
    (tmp_path / "config.json").write_text("{}")
    embedder = SentenceTransformerEmbedder(str(tmp_path))
    for _ in range(2):
        with pytest.raises(EmbedderUnavailable, match="VIVA_EMBEDDING_MODEL"):
            await embedder.encode([InContext("", ("text",))])
    assert embedder.status.startswith("failed: The embedding model")
    await embedder.aclose()


def test_unknown_model_says_how_to_get_it() -> None:
    with pytest.raises(EmbedderUnavailable, match=r"hf download nobody/no-such-model.*bundled"):
        SentenceTransformerEmbedder("nobody/no-such-model")


def test_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="no model weights"):
        SentenceTransformerEmbedder(str(tmp_path))


def test_fingerprint_of_several_weight_files_depends_on_each(tmp_path: Path) -> None:
    (tmp_path / "model-1.safetensors").write_bytes(b"one")
    single = fingerprint_of(tmp_path)
    (tmp_path / "2_Dense").mkdir()
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"two")
    both = fingerprint_of(tmp_path)
    (tmp_path / "2_Dense" / "model.safetensors").write_bytes(b"three")
    assert len({single, both, fingerprint_of(tmp_path)}) == 3
