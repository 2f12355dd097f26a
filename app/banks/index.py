"""What stands between banks and their vectors: SQL says what should be in the store, this keeps it there.

Grading reads a question's vectors from the store by id, once: a bank version never changes, so they are kept for the
answers that follow. What changes or vanishes in the store under a running server is noticed by the next start, by
`viva doctor`, and by grading of every question that was not graded yet.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.banks.decoys import BankDecoys, FindBank
from app.banks.passages import asked_passages, passages_of
from app.grading.encodings import RubricEncoding
from app.grading.grader import BankRef, GradeRequest
from rubric.bank import Bank
from vectorstore.embeddings import Embedder, Encoding, InContext, Vectors
from vectorstore.errors import VectorsStale
from vectorstore.store import Hit, Passage, VectorStore
from vectorstore.token_cache import TokenCache, Tokens

QUESTIONS_KEPT = 128
"""In memory with their vectors, some 150 kB each."""


@dataclass(frozen=True, slots=True)
class BankContent:
    """A bank as it stands in the database, with its exact version."""

    ref: BankRef
    bank: Bank


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the store stands to the banks.

    Attributes:
        expected: Passages the banks have.
        missing: Ids that are not in the store.
        changed: Ids whose text or vector is not what was indexed.
        strays: Ids that belong to no bank version any more; harmless.
    """

    expected: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every bank can be graded with."""
        return not self.missing and not self.changed


class BankIndex:
    """Keeps the vectors of bank versions, and gives them to grading (a `RubricSource` for bank requests)."""

    def __init__(
        self, store: VectorStore, embedder: Embedder, tokens: TokenCache, find_bank: FindBank | None = None
    ) -> None:
        """Index into this store; decoys come from the banks that `find_bank` gives, without it from the pool."""
        self._decoys = BankDecoys(store, embedder, find_bank)
        self._store = store
        self._embedder = embedder
        self._tokens = tokens
        self._kept: OrderedDict[tuple[Passage, ...], tuple[Encoding, ...]] = OrderedDict()
        self._writing = asyncio.Lock()
        # Not the same: an answer must not wait until a thousand banks are indexed.
        self._refilling = asyncio.Lock()

    async def count(self) -> int:
        """Passages in the store; raises VectorStoreError where it cannot be asked."""
        return await self._store.count()

    async def ensure(self, versions: Iterable[BankContent]) -> int:
        """Embed and store what is missing, and nothing else.

        Returns:
            Number of passages embedded.

        Raises:
            CollectionDamaged: What is there cannot be read; `rebuild` starts afresh.
            EmbedderUnavailable: The model cannot be loaded or reached.
        """
        async with self._writing:
            return sum([await self._ensure(version) for version in versions])

    async def rebuild(self, versions: Iterable[BankContent]) -> int:
        """Drop every vector of this model and make those of the given versions, which must be all there are.

        Returns:
            Number of passages embedded.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached; nothing was dropped then.
        """
        async with self._writing:
            await self._embedder.load()
            self._kept.clear()
            await self._tokens.clear()
            made = [await self._make(version) for version in versions]
            # Only now, so that grading misses its vectors for as short as can be.
            await self._store.clear()
            for passages, vectors in made:
                await self._store.index(passages, vectors)
            return sum(len(passages) for passages, _ in made)

    async def verify(self, versions: Iterable[BankContent]) -> IndexState:
        """Compare the store with all bank versions there are, vector by vector.

        Raises:
            CollectionDamaged: What is there cannot be read.
        """
        expected = {passage.id for version in versions for passage in passages_of(version.bank)}
        stored = await self._store.ids()
        there = sorted(expected & stored)
        try:
            await self._store.fetch(there)
            changed: tuple[str, ...] = ()
        except VectorsStale as stale:
            changed = stale.ids
        return IndexState(
            expected=len(expected),
            missing=tuple(sorted(expected - stored)),
            changed=changed,
            strays=tuple(sorted(stored - expected)),
        )

    async def forget(self, gone: BankContent, *, remaining: Iterable[BankContent]) -> None:
        """Remove what only that version needed."""
        async with self._writing:
            self._kept.clear()
            kept = {passage.id for version in remaining for passage in passages_of(version.bank)}
            await self._store.delete([passage.id for passage in passages_of(gone.bank) if passage.id not in kept])
            await self._tokens.forget(gone.ref.sha256)

    async def nearest(self, text: str, limit: int) -> list[Hit]:
        """The criteria nearest to a text, nearest first.

        Raises:
            CollectionMissing: Nothing was indexed yet.
        """
        vectors = await self._embedder.embed([text])
        return await self._store.search(vectors[0], limit=limit)

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, in order, all of a bank; see `RubricSource.encodings`."""
        wanted = [_passages_asked(request) for request in requests]
        await self._embedder.load()
        found = []
        for request, passages, encodings in zip(requests, wanted, await self._all(requests, wanted), strict=True):
            ids = tuple(passage.id for passage in passages)
            found.append(RubricEncoding(encodings[0], encodings[1:], ids, await self._decoys.of(request)))
        return found

    async def _all(
        self, requests: Sequence[GradeRequest], wanted: Sequence[Mapping[Passage, InContext]]
    ) -> list[tuple[Encoding, ...]]:
        """Of each question, itself and its criteria encoded; what is not in memory is fetched in one go."""
        keys = [tuple(passages) for passages in wanted]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: request for key, request in zip(keys, requests, strict=True) if key not in found}
        if new:
            stored = await self._store.fetch([passage.id for key in new for passage in key])
            _check_texts(new, {id_: passage for id_, (passage, _) in stored.items()})
            for key, request in new.items():
                tokens = await self._tokens_of(_ref(request), _passages_asked(request))
                found[key] = tuple(
                    Encoding(stored[one.id][1], tokens[one.id].full(), tokens[one.id].offsets) for one in key
                )
        for key in keys:
            self._kept[key] = found[key]
            self._kept.move_to_end(key)
        while len(self._kept) > QUESTIONS_KEPT:
            self._kept.popitem(last=False)
        return [found[key] for key in keys]

    async def _make(self, version: BankContent) -> tuple[list[Passage], Vectors]:
        groups = passages_of(version.bank)
        passages = list(groups)
        encodings = await self._encode(groups)
        if self._embedder.gives_tokens:
            table = {p.id: kept_tokens(e) for p, e in zip(passages, encodings, strict=True)}
            await self._tokens.put(version.ref.sha256, table)
        vectors = [encoding.vector for encoding in encodings]
        return passages, np.stack(vectors) if vectors else np.zeros((0, self._embedder.dimensions), np.float32)

    async def _ensure(self, version: BankContent) -> int:
        passages = passages_of(version.bank)
        there = await self._store.present([passage.id for passage in passages])
        await self._embedder.load()
        table = dict(await self._tokens.get(version.ref.sha256)) if self._embedder.gives_tokens else {}
        tokenless = {p.id for p in passages if p.id not in table} if self._embedder.gives_tokens else set()
        new = [passage for passage in passages if passage.id not in there or passage.id in tokenless]
        if not new:
            return 0
        encodings = await self._encode({passage: passages[passage] for passage in new})
        unstored = [(p, e.vector) for p, e in zip(new, encodings, strict=True) if p.id not in there]
        if unstored:
            await self._store.index([passage for passage, _ in unstored], np.stack([vector for _, vector in unstored]))
        if tokenless:
            table |= {p.id: kept_tokens(e) for p, e in zip(new, encodings, strict=True)}
            await self._tokens.put(version.ref.sha256, table)
        return len(unstored)

    async def _encode(self, passages: Mapping[Passage, InContext]) -> list[Encoding]:
        """One encoding a passage, in order."""
        return [found[0] for found in await self._embedder.encode(list(passages.values()))]

    async def _tokens_of(self, ref: BankRef, passages: Mapping[Passage, InContext]) -> dict[str, Tokens]:
        if not self._embedder.gives_tokens:
            none = Tokens(np.zeros((0, self._embedder.dimensions), np.float16), np.zeros((0, 2), np.int32))
            return {passage.id: none for passage in passages}
        table = await self._tokens.get(ref.sha256)
        if any(passage.id not in table for passage in passages):
            table = await self._refill(ref, passages)
        return {passage.id: table[passage.id] for passage in passages}

    async def _refill(self, ref: BankRef, passages: Mapping[Passage, InContext]) -> dict[str, Tokens]:
        """The table with the passages' tokens made again: its file was lost or damaged."""
        async with self._refilling:
            table = dict(await self._tokens.get(ref.sha256))
            lost = [passage for passage in passages if passage.id not in table]
            encodings = await self._encode({passage: passages[passage] for passage in lost})
            table |= {p.id: kept_tokens(e) for p, e in zip(lost, encodings, strict=True)}
            await self._tokens.put(ref.sha256, table)
            return table


def _passages_asked(request: GradeRequest) -> dict[Passage, InContext]:
    criteria = [(criterion.id, criterion.text) for criterion in request.criteria]
    return dict(asked_passages(_ref(request).name, request.question_id, request.question, criteria))


def _check_texts(wanted: Iterable[Iterable[Passage]], stored: dict[str, Passage]) -> None:
    others = tuple(p.id for passages in wanted for p in passages if stored[p.id].text != p.text)
    if others:
        raise VectorsStale(others)


def _ref(request: GradeRequest) -> BankRef:
    if request.bank is None:
        raise ValueError("a request with an inline rubric has no vectors in the store")
    return request.bank


def kept_tokens(encoding: Encoding) -> Tokens:
    """The token vectors as they are kept, in half precision."""
    return Tokens(encoding.tokens.astype(np.float16), encoding.offsets)
