"""What Viva asks of a vector store: keep passages with their vectors, fetch them by id, find the nearest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from vectorstore.embeddings import Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stored text: a criterion or a question of a bank, or the criterion of an exemplar.

    Attributes:
        id: Vector id, "{bank}:{kind}:{question or criterion id}:{first 8 hex of the text's sha256}"; an exemplar's own.
        kind: "criterion", "question" or "exemplar".
    """

    id: str
    text: str
    kind: str
    bank: str
    question_id: str
    criterion_id: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage with its cosine distance, 0..2; lower is nearer."""

    passage: Passage
    distance: float


class VectorStore(Protocol):
    """Passages and their vectors, one collection an embedding model."""

    async def index(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store passages with their vectors, shape (len(passages), d); an id already there is replaced.

        Raises:
            DimensionMismatch: The collection holds vectors of another length.
        """
        ...

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        """Passage and vector (shape (d,)) of each id.

        Raises:
            CollectionMissing: There is no collection for this model.
            VectorsStale: An id is missing, or its vector is not the one that was indexed.
        """
        ...

    async def search(self, vector: Vectors, *, limit: int, kind: str = "criterion") -> list[Hit]:
        """The nearest passages, nearest first.

        Raises:
            CollectionMissing: There is no collection for this model.
            DimensionMismatch: The collection holds vectors of another length.
        """
        ...

    async def present(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there, whatever their vectors; empty when there is no collection."""
        ...

    async def count(self) -> int:
        """Passages in the collection; 0 when there is no collection."""
        ...

    async def ids(self) -> frozenset[str]:
        """Every id in the collection; empty when there is no collection."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; ids that are not there are ignored."""
        ...

    async def clear(self) -> None:
        """Drop the collection, damaged or not, so that it can be rebuilt."""
        ...

    async def aclose(self) -> None:
        """Release files and connections."""
        ...
