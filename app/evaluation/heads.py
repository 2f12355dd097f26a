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
from app.grading.features import FEATURES, TOKEN_FEATURES
from app.grading.head import DEFAULT_HEAD, Head, parse_head
from app.grading.language import ENGLISH
from vectorstore.embeddings import Embedder

REFERENCE_WEIGHT = 0.02
"""Weight of an answer marked as a whole beside a marked criterion: enough to keep other authors' ways of saying
things in view, little enough that the thresholds and the siblings of real rubrics decide."""
FAMILIAR = 0.99
"""Share of the marked criteria it was fitted to that a head takes for familiar."""
COSTS = {"over_credit": 1.0, "under_credit": 1.0, "unknown": 0.65}
"""Half-points: credit given for words beside the point costs as much as credit withheld from somebody who earned it;
a verdict is left open when even the best guess is expected to cost 0.65, which is where either is nearly as likely."""
UNTRUE_STYLES = frozenset({"wrong", "negated_bullets", "injection", "parroting", "off_topic", "dont_know"})


class Data:
    """Measured answers as arrays."""

    def __init__(self, answers: Sequence[Labelled], rows: Sequence[Row]) -> None:
        owners = [answers[row.answer] for row in rows]
        self.set_names = sorted({answer.data_set for answer in owners})
        self.features: Floats = np.concatenate([row.features for row in rows])
        self.starts = np.cumsum([0, *(len(row.features) for row in rows[:-1])])
        self.half_points: Ints = np.array([row.half_points for row in rows])
        self.cosines: Floats = np.array([row.cosine for row in rows])
        self.sets: Ints = np.array([self.set_names.index(answer.data_set) for answer in owners])
        self.groups = np.array([answer.group for answer in owners])
        self.is_reference = np.array([answer.is_reference for answer in owners])
        self.is_true = np.array([answer.style not in UNTRUE_STYLES for answer in owners])
        self.weights: Floats = np.where(self.is_reference, REFERENCE_WEIGHT, 1.0)

    def sample(self, columns: Sequence[int]) -> Sample:
        """Everything, with these features."""
        return Sample(self.features[:, columns], self.starts, self.half_points, self.sets, self.weights)

    @property
    def home(self) -> int:
        """The set of marked criteria with most rows, whose thresholds the head ships with."""
        counts = Counter(self.sets[~self.is_reference].tolist())
        return int(max(counts, key=lambda index: (counts[index], -index)))


def columns_of(names: Sequence[str]) -> list[int]:
    """Where these features stand among all."""
    return [index for index, feature in enumerate(FEATURES) if feature.name in names]


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
        "far_beyond": _far_beyond(fitted, data, columns),
        "costs": COSTS,
        "training": {
            "rows": dict(sorted(counts.items())),
            "thresholds_of": data.set_names[data.home],
            "weight_of_a_whole_answer": REFERENCE_WEIGHT,
            "fitted": datetime.now(UTC).date().isoformat(),
        },
    }


def _far_beyond(fitted: Fitted, data: Data, columns: Sequence[int]) -> float:
    """How far from the mean 99 in 100 marked criteria lie, as `Head.is_far` measures it."""
    sample = data.sample(columns).subset(data.sets == data.home)
    best = sample.features[sample.best(fitted.scores(sample.features))]
    distances = np.sqrt((((best - fitted.means) / fitted.scales) ** 2).mean(axis=1))
    return round(float(np.quantile(distances, FAMILIAR)), 4)


def fit_without(data: Data, group: str, embedder: Embedder) -> Head:
    """A head fitted to everything but one bank."""
    columns = columns_of(TOKEN_FEATURES)
    fitted = fit(data.sample(columns).subset(data.groups != group), signs(columns))
    return parse_head(json.dumps(head_file(DEFAULT_HEAD, fitted, data, columns, embedder)).encode())
