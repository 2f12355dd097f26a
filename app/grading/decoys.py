"""The decoy: a criterion of something else, put among the real ones, that an honest judge marks as missing.

A judge that marks it all the same (because it says yes to everything, or obeys an answer that tells it to) has shown
that none of its verdicts can be trusted. Three candidates and their order are fixed per rubric revision, so that
nothing an answer says decides what it is checked with, save that a decoy the answer comes near to is passed over.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from app.grading.grader import GradeRequest
from app.grading.outcome import DecoyReading
from vectorstore.embeddings import Vectors

CANDIDATES = 3
SAFE_UP_TO = 0.16
"""Cosine to an answer's nearest segment up to which an honest judge is not tempted to mark the decoy."""
FOREIGN_UP_TO = 0.42
"""Cosine to a question and its criteria, each read in its own context, up to which a criterion of another section can be
a decoy there."""
_POOL = "neutral_criteria.txt"


@cache
def neutral_criteria() -> tuple[str, ...]:
    """The shipped pool of 40 criteria of unrelated fields."""
    lines = files("app.grading").joinpath(_POOL).read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def revision(request: GradeRequest) -> str:
    """What a rubric's decoys depend on: the bank's content and the question, or an inline rubric's texts.

    The order of an inline rubric's criteria does not matter.
    """
    if request.bank is not None:
        return f"{request.bank.sha256}:{request.question_id}"
    texts = [request.question, *sorted(criterion.text for criterion in request.criteria)]
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def candidates(revision_: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """The three decoys of a revision in their order: foreign criteria of the bank first, then the pool.

    Args:
        revision_: See `revision`.
        others: Criteria of other sections of the bank that are foreign to this question (`is_foreign`).
    """
    ordered = [*_shuffled(revision_, others), *_shuffled(revision_, neutral_criteria())]
    return tuple(dict.fromkeys(ordered))[:CANDIDATES]


def is_foreign(vectors: Vectors, rubric: Vectors) -> NDArray[np.bool_]:
    """Which of these criteria are about something else than a question and its criteria; shape (n,).

    Args:
        vectors: One a criterion, shape (n, d), unit length.
        rubric: Of the question and its criteria, shape (k + 1, d), unit length.
    """
    return np.asarray((vectors @ rubric.T).max(axis=1) <= FOREIGN_UP_TO)


def chosen(request: GradeRequest, measured: Sequence[DecoyReading]) -> str:
    """The decoy for an answer: the first of its rubric's that the answer does not come near to.

    Where it comes near to all of them the one it is farthest from. A reading kept from before decoys were measured
    has none; the pool's first for the rubric then serves unmeasured.
    """
    if not measured:
        return candidates(revision(request))[0]
    safe = (decoy for decoy in measured if decoy.similarity <= SAFE_UP_TO)
    return next(safe, min(measured, key=lambda decoy: decoy.similarity)).text


def place(request: GradeRequest, start: int, among: int) -> int:
    """Where the decoy stands among `among` criteria, 0..among, for the chunk that begins at `start`."""
    return int.from_bytes(_digest(revision(request), str(start))[:4], "big") % (among + 1)


def _shuffled(revision_: str, texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda text: _digest(revision_, text))


def _digest(*texts: str) -> bytes:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).digest()
