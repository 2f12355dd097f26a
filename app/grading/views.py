"""A rubric and a reply as the reading looks at them: token vectors with their weights, segments, words.

A rubric's view is made once and serves every reply to its question.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.grading.lexicon import Word, content_stems, denials, numbers, stem, words
from app.grading.segments import Segment, clauses
from app.grading.spelling import Spellings
from vectorstore.embeddings import Encoding, Vectors

Weights = NDArray[np.float32]
Indices = NDArray[np.intp]

STOP_WEIGHT = 0.1
"""Weight of a token of a stop word beside a content word's 1; punctuation weighs nothing."""
IDENTITY_DEMOTION = 0.05
"""What is left of a criterion token's weight when its word stands in the question."""
SIMILAR_FROM = 0.4
"""Cosine to the nearest question token from which a criterion token starts to lose weight; at 1 nothing is left."""
LABEL = ":"
"""Parts the entity from its predicate in criteria of the form "Redshift: Data warehouse for OLAP"."""
MAX_LABEL_WORDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class RubricView:
    """A question and its k criteria.

    Attributes:
        to_question: Cosine of each criterion to the question; shape (k,).
        tokens: Token vectors of all criteria, one below the other, shape (n, d).
        starts: First row of each criterion in `tokens`; shape (k,).
        weights: Weight of each token, stop words low, shape (n,).
        demoted: The weights after the question's words and what is similar to them have lost theirs.
        predicate: The demoted weights without the label of "X: …" criteria; equal to them for the others.
        labels: Stems of each criterion's label; empty for one without.
        spellings: The word that each token is a piece of, to compare a reply's with.
        denied: Whether a criterion itself denies something.
    """

    texts: tuple[str, ...]
    question: Encoding
    vectors: Vectors
    to_question: Weights
    tokens: Vectors
    starts: Indices
    weights: Weights
    demoted: Weights
    predicate: Weights
    question_stems: frozenset[str]
    labels: tuple[frozenset[str], ...]
    spellings: Spellings
    denied: NDArray[np.bool_]
    numbers: tuple[frozenset[tuple[str, str]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of a reply; `tokens[first[i]:last[i]]` are the tokens of the i-th, at least one."""

    places: tuple[Segment, ...]
    first: Indices
    last: Indices

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True, eq=False)
class ReplyView:
    """A reply's text, its segments and their clauses.

    Attributes:
        vectors: One a segment, pooled from its tokens, unit length.
        weights: One a token, as in `RubricView`.
        words: The word that each token is a piece of, in lower case; empty for punctuation.
        stems: Content stems of each segment.
        owners: The segment of each clause.
    """

    text: str
    encoding: Encoding
    segments: Spans
    vectors: Vectors
    weights: Weights
    words: tuple[str, ...]
    stems: tuple[frozenset[str], ...]
    clauses: Spans
    owners: Indices

    def quoted(self, place: Segment) -> str:
        """The text that stands there."""
        return self.text[place.start : place.end]


def view_rubric(
    question: str, criteria: Sequence[str], question_as: Encoding, criteria_as: Sequence[Encoding]
) -> RubricView:
    """What every reply to this question is held against.

    Args:
        question: The question's text.
        criteria: At least one text.
        question_as: The question, encoded.
        criteria_as: The criteria, encoded, in the same order.
    """
    asked = content_stems(question)
    criteria_as = [encoding if len(encoding.tokens) else _one_zero_token(encoding) for encoding in criteria_as]
    weights = [token_weights(text, encoding) for text, encoding in zip(criteria, criteria_as, strict=True)]
    demoted = [
        _demoted(text, encoding, weight, asked, question_as)
        for text, encoding, weight in zip(criteria, criteria_as, weights, strict=True)
    ]
    labels = [label(text) for text in criteria]
    predicate = [
        np.where(encoding.offsets[:, 0] < len(name), 0, weight).astype(np.float32)
        for encoding, weight, name in zip(criteria_as, demoted, labels, strict=True)
    ]
    vectors = np.stack([encoding.vector for encoding in criteria_as])
    counts = [len(encoding.tokens) for encoding in criteria_as]
    return RubricView(
        texts=tuple(criteria),
        question=question_as,
        vectors=vectors,
        to_question=vectors @ question_as.vector,
        tokens=np.concatenate([encoding.tokens for encoding in criteria_as]),
        starts=np.cumsum([0, *counts[:-1]]),
        weights=np.concatenate(weights),
        demoted=np.concatenate(demoted),
        predicate=np.concatenate(predicate),
        question_stems=asked,
        labels=tuple(content_stems(name) for name in labels),
        spellings=Spellings(
            [word for text, encoding in zip(criteria, criteria_as, strict=True) for word in token_words(text, encoding)]
        ),
        denied=np.array([denials(text) % 2 == 1 for text in criteria]),
        numbers=tuple(numbers(text) for text in criteria),
    )


def view_reply(text: str, places: Sequence[Segment], encodings: Sequence[Encoding]) -> ReplyView:
    """A reply cut into segments and clauses; those without a token are left out.

    Args:
        text: The reply.
        places: Its segments.
        encodings: One a segment, of its text.
    """
    encoding = _joined(places, encodings)
    cut, _ = _spans(list(places), encoding)
    owned = [(index, clause) for index, place in enumerate(cut.places) for clause in clauses(text, place)]
    finer, kept = _spans([clause for _, clause in owned], encoding)
    pooled = [encoding.tokens[a:b].sum(axis=0) for a, b in zip(cut.first, cut.last, strict=True)]
    return ReplyView(
        text=text,
        encoding=encoding,
        segments=cut,
        vectors=unit(np.stack(pooled)) if pooled else np.zeros((0, encoding.tokens.shape[1]), np.float32),
        weights=token_weights(text, encoding),
        words=token_words(text, encoding),
        stems=tuple(content_stems(text[place.start : place.end]) for place in cut.places),
        clauses=finer,
        owners=np.array([owned[index][0] for index in kept], dtype=np.intp),
    )


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length one; a zero vector stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def label(criterion: str) -> str:
    """The entity of a criterion such as "Redshift: Data warehouse"; empty when it is not of that form."""
    name, colon, rest = criterion.partition(LABEL)
    return name if colon and rest.strip() and 0 < len(name.split()) <= MAX_LABEL_WORDS else ""


def token_weights(text: str, encoding: Encoding) -> Weights:
    """Content words 1, less for each piece of a word in several; stop words little; punctuation nothing."""
    owners = _owners(text, encoding)
    pieces = Counter(owner.start for owner in owners if owner is not None)
    return np.array([_weight(owner, pieces) for owner in owners], dtype=np.float32)


def token_words(text: str, encoding: Encoding) -> tuple[str, ...]:
    """The word that each token is a piece of, in lower case; empty for punctuation."""
    return tuple("" if owner is None else owner.text.lower() for owner in _owners(text, encoding))


def _joined(places: Sequence[Segment], encodings: Sequence[Encoding]) -> Encoding:
    """The encodings of a reply's segments as one, with offsets in the reply."""
    if not encodings:
        return Encoding(np.zeros(0, np.float32), np.zeros((0, 0), np.float32), np.zeros((0, 2), np.int32))
    return Encoding(
        vector=encodings[0].vector,
        tokens=np.concatenate([encoding.tokens for encoding in encodings]),
        offsets=np.concatenate(
            [encoding.offsets + place.start for place, encoding in zip(places, encodings, strict=True)]
        ),
    )


def _one_zero_token(encoding: Encoding) -> Encoding:
    """A stand-in for a text without tokens, so that every criterion has a row; it reaches nothing."""
    return Encoding(encoding.vector, np.zeros((1, len(encoding.vector)), np.float32), np.zeros((1, 2), np.int32))


def _spans(places: list[Segment], encoding: Encoding) -> tuple[Spans, Indices]:
    """The places that hold tokens, and which they were."""
    starts = encoding.offsets[:, 0]
    first = np.searchsorted(starts, [place.start for place in places])
    last = np.searchsorted(starts, [place.end for place in places])
    kept = np.flatnonzero(last > first)
    return Spans(tuple(places[index] for index in kept), first[kept], last[kept]), kept


def _owners(text: str, encoding: Encoding) -> list[Word | None]:
    """The word that each token is a piece of; None for punctuation."""
    found = words(text)
    starts = encoding.offsets[:, 0]
    places = np.searchsorted(np.array([word.start for word in found], dtype=np.int32), starts, side="right") - 1
    return [
        found[place] if place >= 0 and start < found[place].end else None
        for place, start in zip(places, starts, strict=True)
    ]


def _weight(owner: Word | None, pieces: Counter[int]) -> float:
    if owner is None:
        return 0.0
    return float((1.0 if owner.is_content else STOP_WEIGHT) / pieces[owner.start] ** 0.5)


def _demoted(text: str, encoding: Encoding, weights: Weights, asked: frozenset[str], question: Encoding) -> Weights:
    """Weights after question demotion; unchanged for a criterion that says nothing beyond the question."""
    identical = [owner is not None and stem(owner.text) in asked for owner in _owners(text, encoding)]
    kept = np.where(identical, IDENTITY_DEMOTION, 1.0)
    if len(question.tokens) and len(encoding.tokens):
        nearest = (encoding.tokens @ question.tokens.T).max(axis=1)
        kept = np.minimum(kept, 1 - np.clip((nearest - SIMILAR_FROM) / (1 - SIMILAR_FROM), 0, 1))
    demoted = (weights * kept).astype(np.float32)
    return demoted if demoted.sum() > 1e-3 else weights
