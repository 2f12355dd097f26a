"""Labelled answers as the head sees them: one row of features a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.evaluation.labelled import Labelled
from app.grading.features import FEATURES, Measured, measure
from app.grading.language import ENGLISH, other_language
from app.grading.views import view_reply, view_rubric
from vectorstore.embeddings import Embedder, Encoding

_CHUNK = 512
_COLUMNS = [feature.name for feature in FEATURES]
_COSINE = _COLUMNS.index("segment_cosine")
_LATE = _COLUMNS.index("late_in_segment")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One marked criterion of one answer (or the best-reached reference of one).

    Attributes:
        answer: Index of the answer in what was measured.
        features: Shape (len(FEATURES),).
        cosine: The baseline: the best cosine of a segment to the criterion or to any of the references.
    """

    answer: int
    features: NDArray[np.float32]
    half_points: int
    cosine: float


async def measure_all(answers: Sequence[Labelled], embedder: Embedder) -> list[Row]:
    """Rows of all answers in English that have a word; the rest are left out."""
    rows: list[Row] = []
    for start in range(0, len(answers), _CHUNK):
        chunk = answers[start : start + _CHUNK]
        texts = dict.fromkeys(text for row in chunk for text in (row.question, *row.criteria, row.answer))
        encodings = dict(zip(texts, await embedder.encode(list(texts)), strict=True))
        for index, answer in enumerate(chunk, start=start):
            if other_language(answer.answer, frozenset({ENGLISH})) is None:
                rows += _rows(index, answer, encodings)
    return rows


def _rows(index: int, answer: Labelled, encodings: dict[str, Encoding]) -> list[Row]:
    reply = view_reply(answer.answer, encodings[answer.answer])
    if not len(reply.segments):
        return []

    def measured(criteria: Sequence[str]) -> Measured:
        encoded = [encodings[text] for text in criteria]
        return measure(view_rubric(answer.question, criteria, encodings[answer.question], encoded), reply)

    if not answer.is_reference:
        features = measured(answer.criteria).features
        return [
            Row(index, features[i], credit, float(features[i, _COSINE])) for i, credit in enumerate(answer.half_points)
        ]
    found = np.stack([measured([reference]).features[0] for reference in answer.criteria])
    best = int((found[:, _LATE] + found[:, _COSINE]).argmax())
    return [Row(index, found[best], answer.half_points[0], float(found[:, _COSINE].max()))]
