"""Harmless twins of what is slow or outside: each runs under the same contract test as the real thing."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np

from app.grading.exemplars import Exemplar
from vectorstore.embeddings import Encoding, InContext, Vectors
from vectorstore.entailment import Inference, Pair
from vectorstore.errors import CollectionMissing, DimensionMismatch, VectorsStale
from vectorstore.store import Hit, Passage

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashEmbedder:
    """Token vectors by hash, sentence vectors as their mean: texts that share words are near each other.

    Attributes:
        encoded: Every text that was embedded or encoded, in order.
    """

    name = "hash"
    fingerprint = hashlib.sha256(b"hash embedder").hexdigest()
    status = "ready"

    def __init__(self, *, dimensions: int = 64, gives_tokens: bool = True) -> None:
        self.dimensions = dimensions
        self.gives_tokens = gives_tokens
        self.encoded: list[str] = []

    def start_loading(self) -> None:
        pass

    async def load(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def embed(self, texts: Sequence[str]) -> Vectors:
        [encodings] = await self.encode([InContext("", tuple(texts))])
        if not encodings:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([encoding.vector for encoding in encodings])

    async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
        self.encoded.extend(text for group in groups for text in group.texts)
        return [[self._encode(text) for text in group.texts] for group in groups]

    def _encode(self, text: str) -> Encoding:
        spans = [match.span() for match in _TOKEN.finditer(text)]
        rows = [_token_vector(text[start:end].lower(), self.dimensions) for start, end in spans]
        tokens = np.array(rows, dtype=np.float32).reshape(-1, self.dimensions)
        mean = tokens.mean(axis=0) if rows else _token_vector("", self.dimensions)
        if not self.gives_tokens:
            tokens, spans = tokens[:0], []
        return Encoding(
            vector=np.asarray(mean / np.linalg.norm(mean), dtype=np.float32),
            tokens=tokens,
            offsets=np.array(spans, dtype=np.int32).reshape(-1, 2),
        )


@lru_cache(maxsize=10_000)
def _token_vector(token: str, dimensions: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()[:8])
    vector = np.random.default_rng(seed).normal(size=dimensions)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class WordEntailment:
    """Entailment of premises that say "indeed", contradiction of those that say "never", neither of all else.

    Attributes:
        asked: The pairs of each call.
    """

    name = "words"
    fingerprint = hashlib.sha256(b"word entailment").hexdigest()
    status = "ready"

    def __init__(self) -> None:
        self.asked: list[list[Pair]] = []

    def start_loading(self) -> None:
        pass

    async def load(self) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def infer(self, pairs: Sequence[Pair]) -> list[Inference]:
        self.asked.append(list(pairs))
        return [self._infer(set(pair.premise.lower().replace(".", "").split())) for pair in pairs]

    def _infer(self, words: set[str]) -> Inference:
        if {"indeed", "never"} <= words:
            return Inference(0.4959, 0.4959)
        return Inference(0.9932 if "indeed" in words else 0.0008, 0.9932 if "never" in words else 0.0008)


class InMemoryVectorStore:
    """A vector store that forgets with its process."""

    def __init__(self) -> None:
        self._records: dict[str, tuple[Passage, Vectors]] | None = None

    async def index(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        records = self._records or {}
        for passage, vector in zip(passages, vectors, strict=True):
            for _, other in list(records.values())[:1]:
                _check_length(len(vector), len(other))
            records[passage.id] = passage, np.array(vector, dtype=np.float32)
        if passages:
            self._records = records

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        if not ids:
            return {}
        records = self._existing()
        missing = tuple(id_ for id_ in dict.fromkeys(ids) if id_ not in records)
        if missing:
            raise VectorsStale(missing)
        return {id_: records[id_] for id_ in ids}

    async def search(self, vector: Vectors, *, limit: int, kind: str = "criterion") -> list[Hit]:
        hits = []
        for passage, other in self._existing().values():
            _check_length(len(vector), len(other))
            if passage.kind == kind:
                cosine = float(vector @ other / (np.linalg.norm(vector) * np.linalg.norm(other)))
                hits.append(Hit(passage, min(2.0, max(0.0, 1 - cosine))))
        return sorted(hits, key=lambda hit: hit.distance)[:limit]

    async def present(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(ids) & (self._records or {}).keys()

    async def count(self) -> int:
        return len(self._records or {})

    async def ids(self) -> frozenset[str]:
        return frozenset(self._records or {})

    async def delete(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            (self._records or {}).pop(id_, None)

    async def clear(self) -> None:
        self._records = None

    async def aclose(self) -> None:
        pass

    def _existing(self) -> dict[str, tuple[Passage, Vectors]]:
        if self._records is None:
            raise CollectionMissing("nothing was indexed yet")
        return self._records


def _check_length(length: int, expected: int) -> None:
    if length != expected:
        raise DimensionMismatch(f"{length} numbers, expected {expected}")


class InMemoryExemplarTexts:
    """Exemplars that are forgotten with their process."""

    def __init__(self) -> None:
        self._kept: dict[str, Exemplar] = {}

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        self._kept.update({exemplar.id: exemplar for exemplar in exemplars})

    async def find(self, ids: Collection[str]) -> Mapping[str, Exemplar]:
        return {id_: self._kept[id_] for id_ in ids if id_ in self._kept}

    async def ids(self) -> frozenset[str]:
        return frozenset(self._kept)

    async def forget(self, answer_ids: Collection[str]) -> frozenset[str]:
        gone = frozenset(id_ for id_, exemplar in self._kept.items() if exemplar.answer_id in answer_ids)
        for id_ in gone:
            del self._kept[id_]
        return gone
