"""One Chroma collection: how a passage and its vector are written down, and how a change to them is found.

Beside each vector stand the sha256 of its text and a few check numbers of the vector itself, so that one that was
changed behind Viva's back is found before it grades anybody. A hash of its float32 bytes would not do: a cosine
collection normalises what it keeps, and what comes back may differ in the last bit.

Synchronous; `ChromaStore` gives it a thread.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.embeddings import Vectors
from vectorstore.errors import DimensionMismatch, VectorsStale
from vectorstore.store import Hit, Passage

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection


_CHECKS = 8
_TOLERANCE = 1e-5
"""Of a check number: twenty times the noise of float32, and far below what could move a grade."""


class ChromaCollection:
    """The passages of one embedding model. Chroma's own exceptions pass through."""

    def __init__(self, collection: "Collection", batch: int) -> None:
        """Wrap an open collection; `batch` is the most records one call may carry."""
        self._collection = collection
        self._batch = batch

    @classmethod
    def existing(cls, client: "ClientAPI", name: str) -> "ChromaCollection":
        """The collection of that name, which must be there."""
        return cls(client.get_collection(name, embedding_function=None), client.get_max_batch_size())

    @classmethod
    def created(cls, client: "ClientAPI", name: str, dimensions: int) -> "ChromaCollection":
        """The collection of that name, made if it is not there."""
        collection = client.create_collection(
            name,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
            metadata={"dimensions": dimensions},
            get_or_create=True,
        )
        return cls(collection, client.get_max_batch_size())

    def index(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Write passages with their vectors; of equal ids the last wins."""
        self._check_length(vectors.shape[1])
        records = {passage.id: (passage, vector) for passage, vector in zip(passages, vectors, strict=True)}
        for ids in self._chunks(list(records)):
            chosen = [records[id_] for id_ in ids]
            self._collection.upsert(
                ids=ids,
                embeddings=[vector for _, vector in chosen],
                documents=[passage.text for passage, _ in chosen],
                metadatas=[_metadata(passage, vector) for passage, vector in chosen],
            )

    def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        """Passage and vector of each id.

        Raises:
            VectorsStale: One is missing or is not what was indexed.
        """
        found: dict[str, tuple[Passage, Vectors]] = {}
        for chunk in self._chunks(ids):
            records = self._collection.get(ids=chunk, include=["embeddings", "documents", "metadatas"])
            vectors = np.asarray(records["embeddings"], dtype=np.float32)
            texts: Sequence[str | None] = records["documents"] or [None] * len(vectors)
            metadatas: Sequence[Mapping[str, Any] | None] = records["metadatas"] or [None] * len(vectors)
            for id_, text, metadata, vector in zip(records["ids"], texts, metadatas, vectors, strict=True):
                if text is not None and metadata is not None and _unchanged(text, vector, metadata):
                    found[id_] = _passage(id_, text, metadata), vector
        stale = tuple(id_ for id_ in ids if id_ not in found)
        if stale:
            raise VectorsStale(stale)
        return found

    def search(self, vector: Vectors, limit: int, kind: str) -> list[Hit]:
        """The nearest passages of a kind, nearest first."""
        self._check_length(len(vector))
        result = self._collection.query(
            query_embeddings=[vector.tolist()],
            n_results=limit,
            where={"kind": kind},
            include=["documents", "metadatas", "distances"],
        )
        texts, metadatas, distances = result["documents"], result["metadatas"], result["distances"]
        if not texts or not metadatas or not distances:
            return []
        return [
            Hit(_passage(id_, text, metadata), min(2.0, max(0.0, distance)))
            for id_, text, metadata, distance in zip(
                result["ids"][0], texts[0], metadatas[0], distances[0], strict=True
            )
        ]

    def present(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there."""
        chunks = self._chunks(ids)
        return frozenset(id_ for chunk in chunks for id_ in self._collection.get(ids=chunk, include=[])["ids"])

    def ids(self) -> frozenset[str]:
        """Every id."""
        return frozenset(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """Records in it."""
        return int(self._collection.count())

    def delete(self, ids: Sequence[str]) -> None:
        """Remove records; ids that are not there are ignored."""
        for chunk in self._chunks(ids):
            self._collection.delete(ids=chunk)

    def _chunks(self, ids: Sequence[str]) -> Iterator[list[str]]:
        for start in range(0, len(ids), self._batch):
            yield list(ids[start : start + self._batch])

    def _check_length(self, length: int) -> None:
        expected = (self._collection.metadata or {}).get("dimensions")
        if expected is not None and expected != length:
            raise DimensionMismatch(
                f"A vector of {length} numbers does not fit a collection of {expected}; run: viva bank reindex"
            )


def _metadata(passage: Passage, vector: Vectors) -> dict[str, str]:
    return {
        "kind": passage.kind,
        "bank": passage.bank,
        "question_id": passage.question_id,
        "criterion_id": passage.criterion_id,
        "text_sha256": _text_sha256(passage.text),
        "vector_check": _vector_check(vector),
    }


def _passage(id_: str, text: str, metadata: Mapping[str, Any]) -> Passage:
    return Passage(
        id=id_,
        text=text,
        kind=str(metadata["kind"]),
        bank=str(metadata["bank"]),
        question_id=str(metadata["question_id"]),
        criterion_id=str(metadata["criterion_id"]),
    )


def _unchanged(text: str, vector: Vectors, metadata: Mapping[str, Any]) -> bool:
    return (
        metadata.get("text_sha256") == _text_sha256(text)
        and _fits(vector, str(metadata.get("vector_check", "")))
        and {"kind", "bank", "question_id", "criterion_id"} <= metadata.keys()
    )


def _text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _vector_check(vector: Vectors) -> str:
    return " ".join(f"{number:.7f}" for number in _projections(vector))


def _fits(vector: Vectors, check: str) -> bool:
    try:
        expected = np.array([float(number) for number in check.split()])
    except ValueError:
        return False
    if len(expected) != _CHECKS:
        return False
    return bool(np.all(np.abs(_projections(vector) - expected) <= _TOLERANCE))


def _projections(vector: Vectors) -> NDArray[np.float64]:
    """The vector, scaled to unit length, seen along a few fixed directions of plus and minus one."""
    numbers = vector.astype(np.float64)
    return _directions(len(numbers)) @ (numbers / (np.linalg.norm(numbers) or 1.0))


@lru_cache(maxsize=4)
def _directions(dimensions: int) -> NDArray[np.float64]:
    # From a hash and not from a random generator, whose numbers may change with its library.
    noise = hashlib.shake_256(b"viva vector check").digest(_CHECKS * dimensions)
    return np.where(np.frombuffer(noise, dtype=np.uint8).reshape(_CHECKS, dimensions) & 1, 1.0, -1.0)
