"""What is the local model's own: agreement with its library, long texts, loading in the background, wrong weights."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from vectorstore.errors import EmbedderUnavailable
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

    encodings = await bundled.encode(TEXTS)

    expected = library.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(np.stack([e.vector for e in encodings]), expected, atol=1e-5)
    raw = library.encode(TEXTS[1], output_value="token_embeddings", show_progress_bar=False).numpy()[1:-1]
    np.testing.assert_allclose(encodings[1].tokens, raw / np.linalg.norm(raw, axis=1, keepdims=True), atol=1e-5)


async def test_the_vector_is_the_one_the_published_model_gives(bundled: SentenceTransformerEmbedder) -> None:
    vectors = await bundled.embed(["This is an example sentence"])
    np.testing.assert_allclose(vectors[0, :3], [0.0676569, 0.0634959, 0.0487131], atol=1e-6)
    assert bundled.fingerprint == BUNDLED_SHA256


async def test_end_of_a_long_text_counts(bundled: SentenceTransformerEmbedder) -> None:
    padding = "We hold a short meeting every morning and write down what was said. " * 40
    plain, ending = await bundled.encode([padding, padding + "Kinesis shards set the throughput of the stream."])
    [probe] = await bundled.encode(["Kinesis shards"])
    assert float(plain.vector @ ending.vector) < 0.9999
    assert (probe.tokens @ ending.tokens.T).max(axis=1).min() > 0.6 > (probe.tokens @ plain.tokens.T).max(axis=1).min()


async def test_every_token_of_a_long_text_comes_once_and_with_context(bundled: SentenceTransformerEmbedder) -> None:
    text = " ".join(f"word{n} follows word{n - 1}." for n in range(400))
    [whole] = await bundled.encode([text])
    middle = text[: len(text) // 2]
    cut = middle.rindex(" ")
    [part] = await bundled.encode([text[:cut]])

    offsets = [tuple(pair) for pair in whole.offsets.tolist()]
    assert len(offsets) == len(set(offsets)) > 1200
    assert offsets == sorted(offsets)
    # Away from its end a prefix is read with the same context as the whole, window by window.
    shared = len(part.tokens) - 256
    assert (part.tokens[:shared] * whole.tokens[:shared]).sum(axis=1).min() > 0.9999


async def test_special_tokens_typed_by_a_candidate_are_plain_text(bundled: SentenceTransformerEmbedder) -> None:
    text = "Yes [SEP] [CLS] no"
    [encoding] = await bundled.encode([text])
    tokens = [text[start:end] for start, end in encoding.offsets]
    assert "[SEP]" not in tokens
    assert "".join(tokens) == "Yes[SEP][CLS]no"


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
    [encoding] = await embedder.encode(["S3"])
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
            await embedder.encode(["text"])
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
