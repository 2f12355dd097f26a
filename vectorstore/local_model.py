"""A sentence-transformers model in this process: sentence vectors of whole texts, token vectors of texts in a context.

Everything here is synchronous; `SentenceTransformerEmbedder` calls it from several threads.
"""

import os
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from vectorstore.embeddings import Encoding, InContext, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.model_files import ModelFiles, check
from vectorstore.one_call import LAYERS, Pass, by_layer, one_call
from vectorstore.packs import CONTEXT, Pack, packs
from vectorstore.windows import MAX_TOKENS, Window, overlap_for, padded_length, readable

Rows = Vectors
"""Vectors of all tokens of a pack, shape (length, d), unit length."""
_ALIKE = 1e-4
_PROBE = InContext("Which fruit?", ("Apples keep long.", "Pears do not."))


class LocalModel:
    """A loaded model.

    Attributes:
        dimensions: Length of a vector.
        gives_tokens: Whether its tokenizer tells where each token stands in the text.
        isolates: Whether it can be made to read texts side by side; if not, they are read alone, without context.
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
        self._tokenizing = Lock()  # A fast tokenizer refuses a second caller with other limits.
        self._encoder: Any = getattr(self._model[0], "auto_model", None)
        self.limit = min(MAX_TOKENS, int(self._model.max_seq_length or MAX_TOKENS))
        self.gives_tokens = (
            bool(getattr(self._tokenizer, "is_fast", False))
            # A default prompt is put before every text, which shifts all offsets: such models embed whole texts only.
            and not self._model.default_prompt_name
            and self._tokenizer.cls_token_id is not None
            and self._tokenizer.sep_token_id is not None
            and getattr(getattr(self._encoder, "config", None), "hidden_size", 0) == self.dimensions
        )
        self._pass: Pass = by_layer(self._encoder)
        self.isolates = self.gives_tokens and self._keeps_apart()
        if self.isolates:
            self._pass = one_call(self._pass)

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """The windows of all texts, in order."""
        with self._tokenizing:
            encoded = self._tokenizer(
                [readable(text) for text in texts],
                truncation=True,
                max_length=self.limit,
                stride=overlap_for(self.limit),
                return_overflowing_tokens=True,
                split_special_tokens=True,  # typed by a candidate, "[SEP]" is five characters, not the end of a text
            )
        owners: list[int] = encoded["overflow_to_sample_mapping"]
        return [Window(text, ids) for text, ids in zip(owners, encoded["input_ids"], strict=True)]

    def sentences(self, batch: Sequence[Window]) -> list[Vectors]:
        """The sentence vector of each window; they are padded to one length."""
        # Loaded by now; at module level it would cost every command seconds.
        import torch  # noqa: PLC0415 (slow to import)

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
            vectors = unit(self._model.forward(dict(features))["sentence_embedding"].float().numpy())
        return [vector.copy() for vector in vectors]  # a view would keep its whole batch in memory

    def packs(self, groups: Sequence[InContext]) -> list[Pack]:
        """The packs of all groups, in order."""
        with self._tokenizing:
            return packs(groups, self._tokenizer, self.limit, alone=not self.isolates)

    def read(self, batch: Sequence[Pack]) -> list[Rows]:
        """The token vectors of packs that are padded to one length."""
        import torch  # noqa: PLC0415 (slow to import)

        length = padded_length(len(batch[0].input_ids), self.limit)
        ids = np.full((len(batch), length), self._tokenizer.pad_token_id or 0)
        positions = np.zeros_like(ids)
        blocks = np.full_like(ids, -1)
        for row, pack in enumerate(batch):
            filled = len(pack.input_ids)
            ids[row, :filled], positions[row, :filled] = pack.input_ids, pack.positions
            blocks[row, :filled] = pack.blocks
        with torch.inference_mode():
            if self.isolates:
                own = blocks[:, :, None] == blocks[:, None, :]  # padding sees padding: to see nothing is no number
                visible = own | ((blocks[:, None, :] == CONTEXT) & (blocks[:, :, None] > CONTEXT))
                hidden = self._pass(*map(torch.from_numpy, (ids, visible[:, None], positions)))
            else:
                mask = torch.from_numpy((blocks >= CONTEXT).astype(np.int64))
                hidden = self._encoder(torch.from_numpy(ids), mask, output_hidden_states=True).hidden_states[-LAYERS:]
        layers = directions(hidden)
        return [matrix[: len(pack.input_ids)] for pack, matrix in zip(batch, layers, strict=True)]

    def _keeps_apart(self) -> bool:
        """Whether blocks and positions do what they should in this model: not every architecture takes them."""
        self.isolates = True
        second = InContext(_PROBE.context, _PROBE.texts[1:])
        plain = InContext("", _PROBE.texts[:1])
        try:
            [both], [alone] = self.packs([_PROBE]), self.packs([second])
            beside, by_itself = self.read([both])[0][both.pieces[1].at], self.read([alone])[0][alone.pieces[0].at]
            [packed] = self.packs([plain])
            # One block that sees everything is what the model does by itself.
            whole = Pack(0, packed.input_ids, range(len(packed.input_ids)), [CONTEXT] * len(packed.input_ids), ())
            masked = self.read([whole])[0]
            self.isolates = False
            usual = self.read([whole])[0]
        except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
            # What an architecture without such masks raises depends on the architecture.
            return False
        return bool(np.abs(beside - by_itself).max() < _ALIKE and np.abs(masked - usual).max() < _ALIKE)

    def embed_whole(self, texts: Sequence[str]) -> Vectors:
        """Sentence vectors by the model's own `encode`: for models that give no token vectors."""
        with self._tokenizing:
            vectors = self._model.encode(
                [readable(text) for text in texts], normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)


def directions(layers: Sequence[Any]) -> Vectors:
    """The direction of each token, a mean over the layers: the very last bends tokens towards their sentence.

    Args:
        layers: Tensors of one shape (batch, length, d), which is that of the result.
    """
    return unit(np.sum([unit(layer.float().numpy()) for layer in layers], axis=0))


def mean_of(windows: Sequence[Window], vectors: Sequence[Vectors]) -> Vectors:
    """One text's vector from its windows': their mean, weighted by their tokens."""
    if len(windows) == 1:
        return vectors[0]
    weights = np.array([len(window.input_ids) for window in windows], dtype=np.float32)
    return unit(weights @ np.stack(vectors))


def encodings(texts: int, members: Sequence[Pack], rows: Sequence[Rows]) -> list[Encoding]:
    """The encodings of one group's texts.

    Args:
        texts: How many there are.
        members: The group's packs, in order.
        rows: Of each pack, its token vectors.
    """
    tokens: list[list[Vectors]] = [[] for _ in range(texts)]
    offsets: list[list[Any]] = [[] for _ in range(texts)]
    starts: dict[int, Vectors] = {}
    for pack, vectors in zip(members, rows, strict=True):
        for piece in pack.pieces:
            tokens[piece.text].append(vectors[piece.at])
            offsets[piece.text].append(piece.offsets)
            starts.setdefault(piece.text, vectors[0])
    return [
        _encoding(np.concatenate(vectors), np.concatenate(places), starts[text])
        for text, (vectors, places) in enumerate(zip(tokens, offsets, strict=True))
    ]


def _encoding(tokens: Vectors, offsets: Any, otherwise: Vectors) -> Encoding:  # noqa: ANN401
    """Of a text without a token the vector is that of the pack's beginning."""
    return Encoding(unit(tokens.sum(axis=0)) if len(tokens) else otherwise.copy(), tokens, offsets)


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
        import torch  # noqa: PLC0415 (slow to import)
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (slow to import)
        from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415 (slow to import)

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
