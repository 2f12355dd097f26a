"""From measured answers to a head: what is fitted to what, and with which weight."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from app.evaluation.fitting import Fitted, Floats, Ints, Sample, fit
from app.evaluation.labelled import Labelled
from app.evaluation.measured import Row
from app.grading.features import FEATURES
from app.grading.head import DEFAULT_HEAD, Head, parse_head
from app.grading.language import ENGLISH
from vectorstore.embeddings import Embedder

REFERENCE_WEIGHT = 0.02
"""Weight of an answer marked as a whole beside a marked criterion: enough to keep other authors' ways of saying
things in view, little enough that the thresholds and the siblings of real rubrics decide."""
COSTS = {"over_credit": 1.0, "under_credit": 1.5, "unknown": 0.95}
"""Half-points: credit withheld from somebody who earned it costs half as much again as credit given
for the right words in the wrong place; a verdict is left open when even the best guess is expected to cost 0.95."""
UNTRUE_STYLES = frozenset({"wrong", "negated_bullets", "injection", "parroting", "off_topic", "dont_know"})


class Data:
    """Measured answers as arrays."""

    def __init__(self, answers: Sequence[Labelled], rows: Sequence[Row]) -> None:
        owners = [answers[row.answer] for row in rows]
        self.set_names = sorted({answer.data_set for answer in owners})
        self.features: Floats = np.stack([row.features for row in rows]).astype(np.float64)
        self.half_points: Ints = np.array([row.half_points for row in rows])
        self.cosines: Floats = np.array([row.cosine for row in rows])
        self.sets: Ints = np.array([self.set_names.index(answer.data_set) for answer in owners])
        self.groups = np.array([answer.group for answer in owners])
        self.is_reference = np.array([answer.is_reference for answer in owners])
        self.is_true = np.array([answer.style not in UNTRUE_STYLES for answer in owners])
        self.weights: Floats = np.where(self.is_reference, REFERENCE_WEIGHT, 1.0)

    def sample(self, columns: Sequence[int]) -> Sample:
        """Everything, with these features."""
        return Sample(self.features[:, columns], self.half_points, self.sets, self.weights)

    @property
    def home(self) -> int:
        """The set of marked criteria with most rows, whose thresholds the head ships with."""
        counts = Counter(self.sets[~self.is_reference].tolist())
        return int(max(counts, key=lambda index: (counts[index], -index)))


def signs(columns: Sequence[int]) -> list[int]:
    """The allowed sign of each feature."""
    return [FEATURES[column].sign for column in columns]


def head_file(name: str, fitted: Fitted, data: Data, columns: Sequence[int], embedder: Embedder) -> dict[str, Any]:
    """The JSON of a head, with what it was fitted to."""
    counts = Counter(data.set_names[index] for index in data.sets)
    return {
        "name": name,
        "version": 1,
        "embedder": embedder.name,
        "embedder_sha256": embedder.fingerprint,
        "languages": [ENGLISH],
        "coefficients": [
            {
                "feature": FEATURES[column].name,
                "mean": float(fitted.means[i]),
                "scale": float(fitted.scales[i]),
                "coefficient": float(fitted.coefficients[i]),
            }
            for i, column in enumerate(columns)
        ],
        "half_at": float(fitted.half_at[data.home]),
        "full_at": float(fitted.full_at[data.home]),
        "costs": COSTS,
        "training": {
            "rows": dict(sorted(counts.items())),
            "thresholds_of": data.set_names[data.home],
            "weight_of_a_whole_answer": REFERENCE_WEIGHT,
            "fitted": datetime.now(UTC).date().isoformat(),
        },
    }


def fit_without(data: Data, group: str, embedder: Embedder) -> Head:
    """A head fitted to everything but one bank."""
    columns = range(len(FEATURES))
    fitted = fit(data.sample(columns).subset(data.groups != group), signs(columns))
    return parse_head(json.dumps(head_file(DEFAULT_HEAD, fitted, data, columns, embedder)).encode())
