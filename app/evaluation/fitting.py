"""Fits the head: proportional odds with ridge, signs held, thresholds of their own for each data set.

Of an answer's segments the one that speaks most for a criterion counts, and which one that is depends on the head: so
fit and choice take turns until the choice stays (as for multiple instances: Andrews, Tsochantaridis and Hofmann 2002,
"Support Vector Machines for Multiple-Instance Learning").

What makes an answer full differs from set to set (a school test, a bank's criterion), what makes it better does not:
so the sets share coefficients and each has its own two thresholds. Answers known only to be less than correct enter
as such (their likelihood is P(credit < 1)).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.evaluation.labelled import NOT_FULL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RIDGE = 10.0
GAP_RIDGE = 0.01
DIGITS = 4
TURNS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Marked criteria to fit to.

    Attributes:
        features: One row a segment, all segments of a criterion together, shape (m, f).
        starts: First row of each criterion, shape (n,).
        half_points: Shape (n,), 0..2 or `NOT_FULL`.
        sets: Index of each criterion's data set, shape (n,).
        weights: Shape (n,).
    """

    features: Floats
    starts: Ints
    half_points: Ints
    sets: Ints
    weights: Floats

    def subset(self, chosen: NDArray[np.bool_]) -> "Sample":
        """The chosen criteria."""
        lengths = self.lengths
        return Sample(
            self.features[np.repeat(chosen, lengths)],
            np.cumsum([0, *lengths[chosen][:-1]]),
            self.half_points[chosen],
            self.sets[chosen],
            self.weights[chosen],
        )

    @property
    def lengths(self) -> Ints:
        """Segments of each criterion, shape (n,)."""
        return np.diff(np.append(self.starts, len(self.features)))

    def highest(self, scores: Floats) -> Floats:
        """The highest of each criterion's segments; (m,) gives (n,)."""
        return np.maximum.reduceat(scores, self.starts)

    def best(self, scores: Floats) -> Ints:
        """Row of the segment with the highest score, the first of equals; (m,) gives (n,)."""
        owners = np.repeat(np.arange(len(self.starts)), self.lengths)
        at_best = np.flatnonzero(scores == self.highest(scores)[owners])
        return at_best[np.unique(owners[at_best], return_index=True)[1]]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted head; `half_at` and `full_at` hold one threshold a data set."""

    means: Floats
    scales: Floats
    coefficients: Floats
    half_at: Floats
    full_at: Floats

    def scores(self, features: Floats) -> Floats:
        """The linear score of each segment; that of a criterion is the highest of its segments'."""
        scores: Floats = ((features - self.means) / self.scales) @ self.coefficients
        return scores

    def probabilities(self, scores: Floats, data_set: int) -> tuple[Floats, Floats]:
        """P(credit >= 1/2) and P(credit = 1) as that data set has them, of criteria with these scores."""
        return _sigmoid(scores - self.half_at[data_set]), _sigmoid(scores - self.full_at[data_set])


def fit(sample: Sample, signs: Sequence[int]) -> Fitted:
    """The penalised maximum likelihood, every coefficient on its allowed side of 0.

    Args:
        sample: Criteria of at least one data set; the first feature chooses the segments to begin with.
        signs: 1 or -1 a feature.
    """
    best = sample.best(sample.features[:, 0])
    fitted = _fit(sample.features[best], sample, signs)
    for _ in range(TURNS):
        again = sample.best(fitted.scores(sample.features))
        if (again == best).all():
            break
        best = again
        fitted = _fit(sample.features[best], sample, signs)
    return fitted


def _fit(features: Floats, sample: Sample, signs: Sequence[int]) -> Fitted:
    """The fit to one row of features a criterion."""
    present = np.unique(sample.sets)
    sets = int(sample.sets.max()) + 1
    means = np.average(features, axis=0, weights=sample.weights)
    scales = np.sqrt(np.average((features - means) ** 2, axis=0, weights=sample.weights))
    scales = np.where(scales < 1e-6, 1.0, scales)
    scaled = (features - means) / scales
    width = scaled.shape[1]
    bounds = [(0.0, None) if sign > 0 else (None, 0.0) for sign in signs]
    result = minimize(
        _loss,
        np.zeros(width + 2 * sets),
        args=(scaled, sample, sets),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, *[(-12.0, 12.0)] * sets, *[(-6.0, 3.0)] * sets],
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8},
    )
    half_at = np.full(sets, np.nan)
    full_at = np.full(sets, np.nan)
    half_at[present] = result.x[width : width + sets][present]
    full_at[present] = half_at[present] + np.exp(result.x[width + sets :])[present]
    return Fitted(*(np.round(part, DIGITS) for part in (means, scales, result.x[:width], half_at, full_at)))


def _loss(parameters: Floats, scaled: Floats, sample: Sample, sets: int) -> tuple[float, Floats]:
    """Negative penalised log likelihood with its gradient."""
    width = scaled.shape[1]
    coefficients, half_at, log_gaps = np.split(parameters, [width, width + sets])
    gaps = np.exp(log_gaps)
    scores = scaled @ coefficients - half_at[sample.sets]
    half, full = _sigmoid(scores), _sigmoid(scores - gaps[sample.sets])
    slope_half, slope_full = half * (1 - half), full * (1 - full)
    is_none, is_half = sample.half_points == 0, sample.half_points == 1
    is_full, is_less = sample.half_points == 2, sample.half_points == NOT_FULL
    chance = np.select([is_none, is_half, is_full, is_less], [1 - half, half - full, full, 1 - full])
    chance = np.maximum(chance, 1e-9)
    by_score = np.select(
        [is_none, is_half, is_full, is_less], [-slope_half, slope_half - slope_full, slope_full, -slope_full]
    )
    by_gap = np.select([is_none, is_half, is_full, is_less], [0 * half, slope_full, -slope_full, slope_full])
    pull = -sample.weights / chance
    gradient = np.concatenate(
        [
            scaled.T @ (pull * by_score) + 2 * RIDGE * coefficients,
            -np.bincount(sample.sets, pull * by_score, sets),
            np.bincount(sample.sets, pull * by_gap * gaps[sample.sets], sets) + 2 * GAP_RIDGE * log_gaps,
        ]
    )
    loss = -(sample.weights * np.log(chance)).sum()
    penalty = RIDGE * (coefficients**2).sum() + GAP_RIDGE * (log_gaps**2).sum()
    return float(loss + penalty), gradient


def _sigmoid(values: Floats) -> Floats:
    squashed: Floats = 1 / (1 + np.exp(-np.clip(values, -35, 35)))
    return squashed
