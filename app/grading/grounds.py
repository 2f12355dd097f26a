"""What a reading rests on: the features of each criterion as its head saw them, and where in the answer they stand.

It is kept with every grade, so that the grade can be computed again without a model. Features are rounded before the
head sees them: what is kept is exactly what was used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.grading.features import FEATURES, Matrix
from app.grading.grader import GradeRequest
from app.grading.outcome import Evidence, Reading

DECIMALS = 4

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What was found of one answer.

    Attributes:
        values: Features of each criterion, rounded, shape (k, len(FEATURES)); None where the answer has no word.
        spans: Gives the evidence of the criterion at a place, from 0.
        is_calibrated: Whether the head was fitted to the embedder that they were measured with.
        languages: Those that the embedder was validated for beside the head's own.
    """

    values: Values | None
    spans: Callable[[int], tuple[Evidence, ...]]
    is_calibrated: bool
    languages: tuple[str, ...] = ()

    def record(self, reading: Reading) -> dict[str, Any]:
        """What is kept of it: names of the features, one list of values and one of spans a criterion.

        Args:
            reading: What was made of it; it knows the spans that were shown.
        """
        languages = {"languages": list(self.languages)} if self.languages else {}
        return {
            **languages,
            "features": [feature.name for feature in FEATURES],
            "values": [] if self.values is None else self.values.tolist(),
            "spans": [[[span.part, span.start, span.end] for span in read.evidence] for read in reading.criteria],
        }


def rounded(features: Matrix) -> Values:
    """The features as they are used and kept; a rounded one is the same number when it is read back from JSON."""
    # The sum turns a negative zero, which compares equal and prints otherwise, into zero.
    return np.asarray(np.round(features.astype(np.float64), DECIMALS) + 0.0, dtype=np.float64)


def recorded_values(kept: Mapping[str, Any]) -> Values | None:
    """The features of a record made by `Grounds.record`; a feature that is known only now is 0.

    Raises:
        KeyError, ValueError: It is no such record, or it has a feature that is not known any more.
    """
    rows = kept["values"]
    if not rows:
        return None
    columns = {feature.name: index for index, feature in enumerate(FEATURES)}
    values = np.zeros((len(rows), len(FEATURES)))
    values[:, [columns[name] for name in kept["features"]]] = np.array(rows, dtype=np.float64)
    return values


def recorded_spans(kept: Mapping[str, Any], request: GradeRequest) -> tuple[tuple[Evidence, ...], ...]:
    """The evidence of each criterion, read from a record made by `Grounds.record` and the answer it was made of."""
    return tuple(
        tuple(Evidence(part, start, end, request.parts[part][start:end]) for part, start, end in spans)
        for spans in kept["spans"]
    )
