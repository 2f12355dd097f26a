"""Where the encodings of a rubric come from: computed for an inline rubric, read from the store for a bank's."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.grading.decoys import candidates, revision
from app.grading.grader import GradeRequest
from vectorstore.embeddings import Embedder, Encoding, Vectors

DEFAULT_CACHE_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Decoy:
    """A decoy with its vector, shape (d,), unit length."""

    text: str
    vector: Vectors


@dataclass(frozen=True, slots=True)
class RubricEncoding:
    """A question and its criteria, encoded.

    Attributes:
        question: Offsets are of the question's text.
        criteria: One a criterion of the request, in its order.
        vector_ids: Where the sentence vectors came from: the question's id, then one a criterion.
        decoys: In the order fixed for this rubric's revision.
    """

    question: Encoding
    criteria: tuple[Encoding, ...]
    vector_ids: tuple[str, ...]
    decoys: tuple[Decoy, ...] = ()


class RubricSource(Protocol):
    """Gives the encodings of what an answer is compared with."""

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, in order.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
            VectorsStale: Vectors of a bank are missing or changed.
            CollectionMissing: There are no vectors of this model at all, or they cannot be read.
        """
        ...


def text_key(text: str) -> str:
    """What tells two texts apart in a vector id: the first 8 hex digits of the text's sha256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class InlineRubrics:
    """Encodes the rubrics that come with their answers; needs no vector store and no lock."""

    def __init__(self, embedder: Embedder, *, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        """Keep encodings of up to `cache_bytes`, least recently used first out."""
        self._embedder = embedder
        self._cache = EncodingCache(cache_bytes)

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, all texts in one call of the embedder; see `RubricSource.encodings`."""
        texts = dict.fromkeys(text for request in requests for text in (*_texts(request), *_decoys(request)))
        known = {text: found for text in texts if (found := self._cache.get(text)) is not None}
        new = [text for text in texts if text not in known]
        if new:
            for text, encoding in zip(new, await self._embedder.encode(new), strict=True):
                known[text] = encoding
                self._cache.put(text, encoding)
        return [_inline(request, known) for request in requests]


class RoutedRubrics:
    """Bank requests to the bank's vectors, inline ones to the embedder."""

    def __init__(self, *, banks: RubricSource, inline: RubricSource) -> None:
        self._banks = banks
        self._inline = inline

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, in order; see `RubricSource.encodings`."""
        from_banks = [request for request in requests if request.bank is not None]
        inline = [request for request in requests if request.bank is None]
        banks = iter(await self._banks.encodings(from_banks) if from_banks else [])
        others = iter(await self._inline.encodings(inline) if inline else [])
        return [next(others) if request.bank is None else next(banks) for request in requests]


class EncodingCache:
    """Encodings by text, bounded in bytes, least recently used first out."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, Encoding] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays held now."""
        return self._bytes

    def get(self, text: str) -> Encoding | None:
        """The text's encoding, if it is still here."""
        found = self._entries.get(text)
        if found is not None:
            self._entries.move_to_end(text)
        return found

    def put(self, text: str, encoding: Encoding) -> None:
        """Keep it, dropping the oldest where needed; one that is larger than the whole bound is not kept."""
        self._bytes -= _bytes_of(self._entries.pop(text, None))
        self._entries[text] = encoding
        self._bytes += _bytes_of(encoding)
        while self._bytes > self._max_bytes:
            _, dropped = self._entries.popitem(last=False)
            self._bytes -= _bytes_of(dropped)


def _texts(request: GradeRequest) -> list[str]:
    return [request.question, *(criterion.text for criterion in request.criteria)]


def _decoys(request: GradeRequest) -> tuple[str, ...]:
    return candidates(revision(request))


def _inline(request: GradeRequest, known: Mapping[str, Encoding]) -> RubricEncoding:
    encodings = [known[text] for text in _texts(request)]
    ids = ["inline:question", *(f"inline:criterion:{criterion.id}" for criterion in request.criteria)]
    return RubricEncoding(
        question=encodings[0],
        criteria=tuple(encodings[1:]),
        vector_ids=tuple(f"{id_}:{text_key(text)}" for id_, text in zip(ids, _texts(request), strict=True)),
        decoys=tuple(Decoy(text, known[text].vector) for text in _decoys(request)),
    )


def _bytes_of(encoding: Encoding | None) -> int:
    if encoding is None:
        return 0
    return encoding.vector.nbytes + encoding.tokens.nbytes + encoding.offsets.nbytes
