"""The shelf of exemplars: texts where answers are kept, vectors in the vector store.

What a candidate wrote is deleted with the interview it belongs to, so it stands in one place only; the vector store
holds vectors, ids and the criterion's text. A vector whose text is gone counts for nothing and is removed when met.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from app.grading.exemplars import MAX_EXCERPT_WORDS, Candidate, Exemplar, ExemplarsUnavailable, choose, stands_in
from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Reading
from rubric.criteria import Criterion
from vectorstore.embeddings import Embedder, Vectors
from vectorstore.errors import CollectionDamaged, VectorStoreError
from vectorstore.store import Passage, VectorStore

KIND = "exemplar"
LOOKED_AT = 16
"""Nearest exemplars looked at per criterion."""


class ExemplarTexts(Protocol):
    """Keeps the exemplars themselves; they go when the interview of their answer goes."""

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        """Store these; one whose id is there already is replaced."""
        ...

    async def find(self, ids: Collection[str]) -> Mapping[str, Exemplar]:
        """Those of the ids that are there."""
        ...

    async def ids(self) -> frozenset[str]:
        """Every id."""
        ...

    async def forget(self, answer_ids: Collection[str]) -> frozenset[str]:
        """Remove all exemplars of these answers; gives their ids."""
        ...


class ExemplarShelf:
    """Exemplars by nearness to what an answer says of each criterion."""

    def __init__(self, texts: ExemplarTexts, store: VectorStore, embedder: Embedder) -> None:
        """Keep exemplars here.

        Args:
            texts: Their texts.
            store: Their vectors: a collection for exemplars of this embedder alone.
            embedder: Makes the vectors.
        """
        self._texts = texts
        self._store = store
        self._embedder = embedder

    async def nearest(self, request: GradeRequest, reading: Reading) -> tuple[Exemplar, ...]:
        """See `Exemplars.nearest`; one call of the embedder, none while the shelf is empty."""
        async with _translated():
            if not await self._store.count():
                return ()
            queries = [_document(said, criterion.text) for said, criterion in _said(request, reading)]
            vectors = await self._embedder.embed(queries)
            cosines: dict[str, float] = {}
            for vector in vectors:
                for hit in await self._store.search(vector, limit=LOOKED_AT, kind=KIND):
                    cosines[hit.passage.id] = max(cosines.get(hit.passage.id, -1.0), 1 - hit.distance)
            return choose(await self._candidates(request, cosines))

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        """See `Exemplars.keep`; the texts first, so that no vector is without one."""
        await self._texts.keep(exemplars)
        await self._index(exemplars)

    async def forget(self, answer_ids: Collection[str]) -> None:
        """See `Exemplars.forget`."""
        gone = await self._texts.forget(answer_ids)
        async with _translated():
            await self._store.delete(sorted(gone))

    async def mend(self) -> None:
        """Make the vectors what the texts ask for: after a deletion, a restored backup, another embedding model.

        Raises:
            ExemplarsUnavailable: Texts or vectors are out of reach.
        """
        async with _translated():
            wanted, there = await self._texts.ids(), await self._there()
            await self._store.delete(sorted(there - wanted))
        missing = await self._texts.find(sorted(wanted - there))
        await self._index([missing[id_] for id_ in sorted(missing)])

    async def _there(self) -> frozenset[str]:
        """Ids of the vectors; what is damaged is cleared, since the texts have it all."""
        try:
            return await self._store.ids()
        except CollectionDamaged:
            await self._store.clear()
            return frozenset()

    async def _index(self, exemplars: Sequence[Exemplar]) -> None:
        if not exemplars:
            return
        async with _translated():
            vectors = await self._embedder.embed([_document(one.excerpt, one.criterion) for one in exemplars])
            await self._store.index([_passage(exemplar) for exemplar in exemplars], vectors)

    async def _candidates(self, request: GradeRequest, cosines: Mapping[str, float]) -> list[Candidate]:
        known = await self._texts.find(cosines.keys())
        await self._store.delete(sorted(cosines.keys() - known.keys()))
        vectors = await self._store.fetch(sorted(known))
        asked = {criterion.text for criterion in request.criteria}
        return [
            Candidate(exemplar, round(cosines[id_], 4), exemplar.criterion in asked, _unit(vectors[id_][1]))
            for id_, exemplar in known.items()
            if not stands_in(exemplar.excerpt, request.parts)
        ]


def _said(request: GradeRequest, reading: Reading) -> Iterator[tuple[str, Criterion]]:
    """What the answer says of each criterion, by the local reading: its evidence, else the answer's beginning."""
    beginning = " ".join(" ".join(request.parts).split()[:MAX_EXCERPT_WORDS])
    for criterion, read in zip(request.criteria, reading.criteria, strict=True):
        yield _quoted(read) or beginning, criterion


def _quoted(read: CriterionReading) -> str:
    return " ".join(span.quote for span in read.evidence)


def _document(excerpt: str, criterion: str) -> str:
    return f"{excerpt}\n{criterion}"


def _passage(exemplar: Exemplar) -> Passage:
    return Passage(
        id=exemplar.id,
        text=exemplar.criterion,
        kind=KIND,
        bank=exemplar.bank,
        question_id=exemplar.question_id,
        criterion_id=exemplar.criterion_id,
    )


def _unit(vector: Vectors) -> Vectors:
    """The vector at unit length, which a store need not keep."""
    return vector / (float((vector @ vector) ** 0.5) or 1.0)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except VectorStoreError as error:
        raise ExemplarsUnavailable(f"the exemplars' vectors are out of reach ({type(error).__name__})") from error
