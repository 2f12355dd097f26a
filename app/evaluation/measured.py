"""Labelled answers as the head sees them: the segments of an answer as one row of features each, for every criterion."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.evaluation.labelled import Labelled
from app.grading.encodings import in_question
from app.grading.features import measure
from app.grading.grounds import rounded
from app.grading.language import ENGLISH, other_language
from app.grading.segments import segments
from app.grading.views import RubricView, view_reply, view_rubric
from vectorstore.embeddings import Embedder, Encoding, InContext, Vectors

_CHUNK = 512
Rubrics = dict[tuple[str, ...], RubricView]
"""The view of each rubric, by its question and criteria."""
Sentences = dict[str, Vectors]
"""The model's own vector of each text by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One marked criterion of one answer (or the references of an answer marked as a whole, of which one suffices).

    Attributes:
        answer: Index of the answer in what was measured.
        features: Of each segment, shape (s, len(FEATURES)); of an answer with r references shape (r * s, …).
        cosine: The baseline: the best cosine of a sentence to the criterion or to any of the references, each by itself.
    """

    answer: int
    features: NDArray[np.float64]
    half_points: int
    cosine: float


async def measure_all(answers: Sequence[Labelled], embedder: Embedder) -> list[Row]:
    """Rows of all answers in English that have a word; the rest are left out."""
    rows: list[Row] = []
    for start in range(0, len(answers), _CHUNK):
        chunk = answers[start : start + _CHUNK]
        rubrics = await _rubrics(chunk, embedder)
        replies = await _replies(chunk, embedder)
        sentences = await _by_themselves(chunk, embedder)
        for index, answer in enumerate(chunk, start=start):
            if other_language(answer.answer, frozenset({ENGLISH})) is None:
                reply = [replies[(answer.question, sentence)] for sentence in _sentences(answer.answer)]
                rows += _rows(index, answer, reply, rubrics, sentences)
    return rows


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(text[place.start : place.end] for place in segments(text))


async def _replies(answers: Sequence[Labelled], embedder: Embedder) -> dict[tuple[str, str], Encoding]:
    """Each sentence in the light of its question; all that answer one question share its passes of the model."""
    asked: dict[str, dict[str, None]] = defaultdict(dict)
    for answer in answers:
        asked[answer.question] |= dict.fromkeys(_sentences(answer.answer))
    groups = [InContext(question, tuple(said)) for question, said in asked.items()]
    return {
        (group.context, sentence): encoding
        for group, found in zip(groups, await embedder.encode(groups), strict=True)
        for sentence, encoding in zip(group.texts, found, strict=True)
    }


async def _rubrics(answers: Sequence[Labelled], embedder: Embedder) -> Rubrics:
    asked = dict.fromkeys((answer.question, *criteria) for answer in answers for criteria in _rubrics_of(answer))
    groups = list(dict.fromkeys(group for question, *criteria in asked for group in in_question(question, criteria)))
    encoded = dict(zip(groups, await embedder.encode(groups), strict=True))
    views = {}
    for question, *criteria in asked:
        first, *others = [encoded[group][0] for group in in_question(question, criteria)]
        views[(question, *criteria)] = view_rubric(question, criteria, first, others)
    return views


def _rubrics_of(answer: Labelled) -> list[tuple[str, ...]]:
    """Its criteria together; each reference of an answer marked as a whole for itself."""
    return [(reference,) for reference in answer.criteria] if answer.is_reference else [tuple(answer.criteria)]


async def _by_themselves(answers: Sequence[Labelled], embedder: Embedder) -> Sentences:
    texts = list(dict.fromkeys(text for row in answers for text in (*row.criteria, *_sentences(row.answer))))
    return dict(zip(texts, await embedder.embed(texts), strict=True))


def _rows(
    index: int, answer: Labelled, encodings: Sequence[Encoding], rubrics: Rubrics, sentences: Sentences
) -> list[Row]:
    reply = view_reply(answer.answer, segments(answer.answer), encodings)
    if not len(reply.segments):
        return []
    found = [
        rounded(measure(rubrics[(answer.question, *criteria)], reply).features) for criteria in _rubrics_of(answer)
    ]
    said = np.stack([sentences[text] for text in _sentences(answer.answer)])
    cosines = [float((said @ sentences[text]).max()) for text in answer.criteria]
    if answer.is_reference:
        return [Row(index, np.concatenate([each[0] for each in found]), answer.half_points[0], max(cosines))]
    marked = zip(found[0], answer.half_points, cosines, strict=True)
    return [Row(index, features, credit, cosine) for features, credit, cosine in marked]
