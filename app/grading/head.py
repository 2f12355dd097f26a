"""The head: a few dozen coefficients that turn what was measured into calibrated probabilities and a verdict.

A proportional-odds model (McCullagh 1980, J. R. Statist. Soc. B 42(2)): one score a criterion, two thresholds on it,
so that P(full credit) can't exceed P(any credit). Each coefficient has the sign its feature allows: more evidence
never lowers a probability, a conflict never raises one.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.grading.features import FEATURES, Matrix
from rubric.criteria import Verdict

DEFAULT_HEAD = "all-MiniLM-L6-v2"
SEGMENT_HEAD = "segments-only"
"""For embedders that give no token vectors; wherever it is used, grades are uncalibrated."""
_VERDICTS = (Verdict.MISSING, Verdict.PARTIAL, Verdict.COVERED)
_COLUMNS = {feature.name: index for index, feature in enumerate(FEATURES)}

Probabilities = NDArray[np.float64]


class Coefficient(BaseModel):
    """One feature's part in the score: `coefficient * (value - mean) / scale`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feature: str
    mean: float
    scale: float = Field(gt=0)
    coefficient: float


class Costs(BaseModel):
    """What a wrong half-point costs, and what it costs to leave the verdict open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    over_credit: float = Field(gt=0)
    under_credit: float = Field(gt=0)
    unknown: float = Field(gt=0)


class HeadFile(BaseModel):
    """The JSON a head is kept in.

    Attributes:
        embedder_sha256: Fingerprint of the embedder it was fitted to; with any other it is uncalibrated.
        languages: Those of the answers it was fitted to.
        half_at: Score at which any credit is as likely as none.
        full_at: Score at which full credit is as likely as less; at least `half_at`.
        far_beyond: Distance (root mean square of the scaled features) within which 99 in 100 of those it was fitted to lie.
        training: Data sets with their rows, date, figures: for people, not read by the grader.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int = Field(ge=1)
    embedder: str
    embedder_sha256: str
    languages: tuple[str, ...]
    coefficients: tuple[Coefficient, ...]
    half_at: float
    full_at: float
    far_beyond: float
    costs: Costs
    training: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cheapest verdict on a criterion.

    Attributes:
        verdict: `unknown` when every credit would cost more than leaving it open.
        half_points: The cheapest credit all the same, 0..2.
    """

    verdict: Verdict
    half_points: int


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A head ready to use."""

    file: HeadFile
    sha256: str
    _columns: NDArray[np.intp]
    _means: Probabilities
    _scales: Probabilities
    _coefficients: Probabilities

    @property
    def name(self) -> str:
        """Name and version, as provenance has it."""
        return f"{self.file.name}/{self.file.version}"

    def fits(self, fingerprint: str) -> bool:
        """Whether it was fitted to this embedder."""
        return fingerprint == self.file.embedder_sha256

    def best(self, features: Matrix | Probabilities) -> NDArray[np.intp]:
        """Of each criterion the segment that speaks most for it, the first of equals.

        Args:
            features: Shape (k, s, len(FEATURES)), s at least 1.

        Returns:
            Shape (k,).
        """
        found: NDArray[np.intp] = self._scores(features).argmax(axis=1)
        return found

    def probabilities(self, features: Matrix | Probabilities) -> Probabilities:
        """P(credit >= 1/2) and P(credit = 1) of each criterion.

        Args:
            features: Of its best segment, shape (k, len(FEATURES)).

        Returns:
            Shape (k, 2); the second column never exceeds the first; rounded to 4 decimals.
        """
        scores = self._scores(features)
        logits = np.stack([scores - self.file.half_at, scores - self.file.full_at], axis=1)
        return np.round(1 / (1 + np.exp(-np.clip(logits, -30, 30))), 4)

    def is_far(self, features: Matrix | Probabilities) -> NDArray[np.bool_]:
        """Whether a criterion's best segment is unlike those that the head was fitted to; (k, len(FEATURES)) gives (k,)."""
        scaled = (features[:, self._columns].astype(np.float64) - self._means) / self._scales
        found: NDArray[np.bool_] = np.sqrt((scaled**2).mean(axis=1)) > self.file.far_beyond
        return found

    def _scores(self, features: Matrix | Probabilities) -> Probabilities:
        scaled = (features[..., self._columns].astype(np.float64) - self._means) / self._scales
        scores: Probabilities = scaled @ self._coefficients
        return scores

    def estimate(self, half: float, full: float) -> Estimate:
        """The verdict of least expected cost, given P(credit >= 1/2) and P(credit = 1)."""
        costs = self.file.costs
        chances = (1 - half, half - full, full)
        expected = [
            sum(
                chance * (costs.over_credit * max(given - true, 0) + costs.under_credit * max(true - given, 0))
                for true, chance in enumerate(chances)
            )
            for given in range(3)
        ]
        best = min(range(3), key=expected.__getitem__)
        return Estimate(_VERDICTS[best] if expected[best] <= costs.unknown else Verdict.UNKNOWN, best)


def parse_head(content: bytes) -> Head:
    """A head from its JSON.

    Raises:
        ValueError: It is not such JSON, names an unknown feature, has a coefficient against its feature's sign, or
            its thresholds are the wrong way round.
    """
    file = HeadFile.model_validate(json.loads(content))
    if file.full_at < file.half_at:
        raise ValueError(f"head {file.name}: full_at ({file.full_at}) is below half_at ({file.half_at})")
    for entry in file.coefficients:
        if entry.feature not in _COLUMNS:
            raise ValueError(f"head {file.name}: there is no feature {entry.feature!r}; fit it again")
        if entry.coefficient * FEATURES[_COLUMNS[entry.feature]].sign < 0:
            raise ValueError(f"head {file.name}: the coefficient of {entry.feature} has the wrong sign")
    return Head(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        _columns=np.array([_COLUMNS[entry.feature] for entry in file.coefficients], dtype=np.intp),
        _means=np.array([entry.mean for entry in file.coefficients]),
        _scales=np.array([entry.scale for entry in file.coefficients]),
        _coefficients=np.array([entry.coefficient for entry in file.coefficients]),
    )


@cache
def load_head(name: str = DEFAULT_HEAD) -> Head:
    """A head that ships with Viva."""
    return parse_head((files("app.grading") / "heads" / f"{name}.json").read_bytes())
