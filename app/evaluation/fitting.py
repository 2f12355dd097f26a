"""Fits the head: proportional odds with ridge, signs held, thresholds of their own for each data set.

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

RIDGE = 3.0
GAP_RIDGE = 0.01
DIGITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows to fit to.

    Attributes:
        features: Shape (n, f).
        half_points: Shape (n,), 0..2 or `NOT_FULL`.
        sets: Index of each row's data set, shape (n,).
        weights: Shape (n,).
    """

    features: Floats
    half_points: Ints
    sets: Ints
    weights: Floats

    def subset(self, chosen: NDArray[np.bool_]) -> "Sample":
        """The chosen rows."""
        return Sample(self.features[chosen], self.half_points[chosen], self.sets[chosen], self.weights[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted head; `half_at` and `full_at` hold one threshold a data set."""

    means: Floats
    scales: Floats
    coefficients: Floats
    half_at: Floats
    full_at: Floats

    def scores(self, features: Floats) -> Floats:
        """The linear score of each row."""
        scores: Floats = ((features - self.means) / self.scales) @ self.coefficients
        return scores

    def probabilities(self, features: Floats, data_set: int) -> tuple[Floats, Floats]:
        """P(credit >= 1/2) and P(credit = 1) as that data set has them."""
        scores = self.scores(features)
        return _sigmoid(scores - self.half_at[data_set]), _sigmoid(scores - self.full_at[data_set])


def fit(sample: Sample, signs: Sequence[int]) -> Fitted:
    """The penalised maximum likelihood, every coefficient on its allowed side of 0.

    Args:
        sample: Rows of at least one data set.
        signs: 1 or -1 a feature.
    """
    present = np.unique(sample.sets)
    sets = int(sample.sets.max()) + 1
    means = np.average(sample.features, axis=0, weights=sample.weights)
    scales = np.sqrt(np.average((sample.features - means) ** 2, axis=0, weights=sample.weights))
    scales = np.where(scales < 1e-6, 1.0, scales)
    scaled = (sample.features - means) / scales
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
