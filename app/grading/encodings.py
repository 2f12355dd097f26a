"""Where the encodings of a rubric come from: computed for an inline rubric, read from the store for a bank's."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.grading.decoys import candidates, revision
from app.grading.grader import GradeRequest
from vectorstore.embeddings import Embedder, Encoding, InContext, Vectors

DEFAULT_CACHE_BYTES = 32 * 1024 * 1024
READ_AS = "2"
"""Changes whenever texts get other vectors of the same model, so that none made before is taken for one made after."""


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


def group_key(group: InContext) -> str:
    """What tells two texts apart in a vector id: the first 8 hex digits of a sha256 of text, context and `READ_AS`."""
    content = "\0".join((READ_AS, group.context, *group.texts))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class InlineRubrics:
    """Encodes the rubrics that come with their answers; needs no vector store and no lock."""

    def __init__(self, embedder: Embedder, *, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        """Keep encodings of up to `cache_bytes`, least recently used first out."""
        self._embedder = embedder
        self._encodings = KeptEncodings(embedder, cache_bytes)
        self._neutral: dict[str, Vectors] = {}

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, all texts in one call of the embedder; see `RubricSource.encodings`."""
        known = await self._encodings.of([group for request in requests for group in _groups(request)])
        decoys = await self._decoys([text for request in requests for text in candidates(revision(request))])
        return [_inline(request, known, decoys) for request in requests]

    async def _decoys(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """The vector of each, read by itself: there are but forty, so they are kept."""
        new = [text for text in dict.fromkeys(texts) if text not in self._neutral]
        if new:
            self._neutral |= dict(zip(new, await self._embedder.embed(new), strict=True))
        return self._neutral


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


class KeptEncodings:
    """Encodes texts in their context, and keeps what it encoded last.

    Args:
        embedder: Gives the encodings.
        max_bytes: Bound of all arrays that are kept, least recently used first out.
    """

    def __init__(self, embedder: Embedder, max_bytes: int) -> None:
        self._embedder = embedder
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[InContext, tuple[Encoding, ...]] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays held now."""
        return self._bytes

    async def of(self, groups: Sequence[InContext]) -> dict[InContext, tuple[Encoding, ...]]:
        """Of each group, one encoding a text; those that are not here any more go to the embedder in one call.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
        """
        wanted = dict.fromkeys(groups)
        known = {group: self._entries[group] for group in wanted if group in self._entries}
        new = [group for group in wanted if group not in known]
        if new:
            known |= {group: tuple(found) for group, found in zip(new, await self._embedder.encode(new), strict=True)}
        for group, encodings in known.items():
            self._keep(group, encodings)
        return known

    def _keep(self, group: InContext, encodings: tuple[Encoding, ...]) -> None:
        self._bytes += _bytes_of(encodings) - _bytes_of(self._entries.pop(group, ()))
        self._entries[group] = encodings
        while self._bytes > self._max_bytes:
            _, dropped = self._entries.popitem(last=False)
            self._bytes -= _bytes_of(dropped)


def in_question(question: str, criteria: Sequence[str]) -> list[InContext]:
    """What is encoded of a rubric: the question by itself, then each criterion by itself in the light of the question.

    One group each, so that what else is in a rubric, or indexed with it, changes nothing, not even by rounding.
    """
    return [InContext("", (question,)), *(InContext(question, (text,)) for text in criteria)]


def _groups(request: GradeRequest) -> list[InContext]:
    return in_question(request.question, [criterion.text for criterion in request.criteria])


def _inline(
    request: GradeRequest, known: Mapping[InContext, tuple[Encoding, ...]], decoys: Mapping[str, Vectors]
) -> RubricEncoding:
    groups = _groups(request)
    question, *criteria = [known[group][0] for group in groups]
    ids = ["inline:question", *(f"inline:criterion:{criterion.id}" for criterion in request.criteria)]
    return RubricEncoding(
        question=question,
        criteria=tuple(criteria),
        vector_ids=tuple(f"{id_}:{group_key(group)}" for id_, group in zip(ids, groups, strict=True)),
        decoys=tuple(Decoy(text, decoys[text]) for text in candidates(revision(request))),
    )


def _bytes_of(encodings: Sequence[Encoding]) -> int:
    return sum(one.vector.nbytes + one.tokens.nbytes + one.offsets.nbytes for one in encodings)
