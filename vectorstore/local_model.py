"""A sentence-transformers model in this process: one forward pass gives token vectors and the sentence vector.

Everything here is synchronous and meant for one thread; `SentenceTransformerEmbedder` gives it one.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from vectorstore.embeddings import Encoding, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.model_files import ModelFiles, check
from vectorstore.windows import MAX_TOKENS, Window, kept_positions, overlap_for, padded_length, readable

Piece = tuple[Vectors, Vectors]
"""The sentence vector of one window and the vectors of its kept tokens."""


class LocalModel:
    """A loaded model.

    Attributes:
        dimensions: Length of a vector.
        gives_tokens: Whether its tokenizer tells where each token stands in the text.
        limit: Longest window in tokens, special tokens included.
    """

    def __init__(self, files: ModelFiles) -> None:
        """Load it, after checking its weights.

        Raises:
            EmbedderUnavailable: Files are missing, are not the expected ones, or are no usable model.
        """
        check(files)
        self._model = _load(files)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        if not self.dimensions or (files.dimensions or self.dimensions) != self.dimensions:
            raise EmbedderUnavailable(
                f"{files.name} gives vectors of {self.dimensions} numbers, expected {files.dimensions or 'some'}."
            )
        self._tokenizer: Any = self._model.tokenizer
        # A default prompt is put before every text, which shifts all offsets: such models embed whole texts only.
        self.gives_tokens = bool(getattr(self._tokenizer, "is_fast", False)) and not self._model.default_prompt_name
        self.limit = min(MAX_TOKENS, int(self._model.max_seq_length or MAX_TOKENS))

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """The windows of all texts, in order."""
        overlap = overlap_for(self.limit)
        encoded = self._tokenizer(
            [readable(text) for text in texts],
            truncation=True,
            max_length=self.limit,
            stride=overlap,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            split_special_tokens=True,  # typed by a candidate, "[SEP]" is five characters and not the end of a text
        )
        owners: list[int] = encoded["overflow_to_sample_mapping"]
        found = []
        for index, text in enumerate(owners):
            offsets = encoded["offset_mapping"][index]
            kept = kept_positions(
                encoded["special_tokens_mask"][index],
                offsets,
                first=index == 0 or owners[index - 1] != text,
                last=index + 1 == len(owners) or owners[index + 1] != text,
                overlap=overlap,
            )
            places = np.array(offsets, dtype=np.int32).reshape(-1, 2)[kept]
            found.append(Window(text, encoded["input_ids"][index], kept, places))
        return found

    def read(self, batch: Sequence[Window], *, tokens: bool) -> list[Piece]:
        """Sentence and token vectors of windows that are padded to one length; no token vectors unless wanted."""
        # Loaded by now; at module level it would cost every command seconds.
        import torch  # noqa: PLC0415

        features = self._tokenizer.pad(
            {
                "input_ids": [list(window.input_ids) for window in batch],
                "attention_mask": [[1] * len(window.input_ids) for window in batch],
            },
            padding="max_length",
            max_length=padded_length(len(batch[0].input_ids), self.limit),
            padding_side="right",
            return_tensors="pt",
        )
        with torch.inference_mode():
            output = self._model.forward(dict(features))
            sentences = unit(output["sentence_embedding"].float().numpy())
            if not tokens:
                return [(sentence, np.zeros((0, self.dimensions), np.float32)) for sentence in sentences]
            matrices = output["token_embeddings"].float().numpy()
        return [
            (sentence.copy(), unit(matrix[window.kept]))  # a view would keep its whole batch in memory
            for sentence, matrix, window in zip(sentences, matrices, batch, strict=True)
        ]

    def embed_whole(self, texts: Sequence[str]) -> Vectors:
        """Sentence vectors by the model's own `encode`: for models that give no token vectors."""
        vectors = self._model.encode(
            [readable(text) for text in texts], normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)


def join(windows: Sequence[Window], pieces: Sequence[Piece]) -> Encoding:
    """One text's encoding from its windows; the sentence vector is their mean, weighted by the tokens each gave."""
    if len(windows) == 1:
        return Encoding(pieces[0][0], pieces[0][1], windows[0].offsets)
    weights = np.array([max(1, len(window.kept)) for window in windows], dtype=np.float32)
    mean = weights @ np.stack([sentence for sentence, _ in pieces])
    return Encoding(
        vector=unit(mean[np.newaxis])[0],
        tokens=np.concatenate([tokens for _, tokens in pieces]),
        offsets=np.concatenate([window.offsets for window in windows]),
    )


def unit(rows: Vectors) -> Vectors:
    """Each row scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _load(files: ModelFiles) -> Any:  # noqa: ANN401 - naming the type would import seconds of library
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from safetensors import SafetensorError  # noqa: PLC0415 - only loading knows it

    try:
        # Seconds of import, so only once a vector is wanted.
        import torch  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415

        # With more, torch's spinning threads collapse as soon as anything else uses the cores.
        torch.set_num_threads(1)
        disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it unannotated
        return SentenceTransformer(str(files.folder), device="cpu", local_files_only=True).eval()
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        # What a damaged or foreign folder raises depends on the file that is wrong; all of them mean the same here.
        raise EmbedderUnavailable(
            f"The embedding model {files.name} in {files.folder} cannot be loaded ({type(error).__name__}: {error}); "
            "install it again or set VIVA_EMBEDDING_MODEL."
        ) from error
