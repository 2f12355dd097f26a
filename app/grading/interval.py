"""How sure a score is: an interval around it from the probabilities of its criteria.

The criteria of one answer are misjudged together (a vague answer that sounds good is overrated throughout), so
their errors are not taken as independent: a shift common to all of them, normal on the log-odds scale, is
integrated over by Gauss-Hermite quadrature, and within each shift the weighted sum of credits is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from rubric.scoring import FULL

LEVEL = 0.9
"""Nominal share of answers whose true score lies in the interval."""
SHARED_ERROR = 1.0
"""Standard deviation of the common shift, in log-odds; chosen on held-out answers for the nominal coverage."""
NODES = 9
Numbers = NDArray[np.float64]
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalLine:
    """One criterion of a ledger.

    Attributes:
        half_points: The credit that counts, 0..2.
        weight: Integer, at least 1.
        probability: P(credit >= 1/2).
        probability_full: P(credit = 1), at most `probability`.
        bounds: Half-points at worst and at best where those are given instead of probabilities: 0 and the higher of
            two verdicts where they disagree without proof, twice the same number where a person decided.
    """

    half_points: int
    weight: int
    probability: float
    probability_full: float
    bounds: tuple[int, int] | None = None


def score_interval(lines: Sequence[IntervalLine], *, level: float = LEVEL) -> tuple[Fraction, Fraction]:
    """Low and high, 0..1, with low <= score <= high.

    Args:
        lines: At least one.
        level: Nominal coverage, between 0 and 1.

    Raises:
        ValueError: There is no line.
    """
    if not lines:
        raise ValueError("an interval needs at least one criterion")
    total = FULL * sum(line.weight for line in lines)
    point = sum(line.half_points * line.weight for line in lines)
    tail = (1 - level) / 2
    at_worst = _chances(lines, total, end=0)
    at_best = _chances(lines, total, end=1) if any(line.bounds for line in lines) else at_worst
    low, high = _quantile(at_worst, tail), _quantile(at_best, 1 - tail)
    return Fraction(min(low, point), total), Fraction(max(high, point), total)


def _chances(lines: Sequence[IntervalLine], total: int, *, end: int) -> list[float]:
    """Probability of every sum of weighted half-points, 0..total."""
    shifts, shares = _shifts()
    sums = np.zeros((NODES, total + 1))  # one row a shift
    sums[:, 0] = 1.0
    for line, chances in zip(lines, _credits(lines, shifts, end), strict=True):
        moved = chances[0][:, None] * sums
        for half_points in range(1, FULL + 1):
            step = half_points * line.weight
            moved[:, step:] += chances[half_points][:, None] * sums[:, : total + 1 - step]
        sums = moved
    return [float(chance) for chance in shares @ sums]


def _credits(lines: Sequence[IntervalLine], shifts: Numbers, end: int) -> Numbers:
    """Chances of 0, 1 and 2 half-points of each line, shape (lines, 3, NODES)."""
    odds = np.array([(_log_odds(line.probability), _log_odds(line.probability_full)) for line in lines])
    raised = 1 / (1 + np.exp(-(odds[:, :, None] + shifts)))
    half, full = raised[:, 0], np.minimum(raised[:, 1], raised[:, 0])
    chances = np.stack((1 - half, half - full, full), axis=1)
    for place, line in enumerate(lines):
        if line.bounds is not None:
            chances[place] = 0.0
            chances[place, line.bounds[end]] = 1.0
    return chances


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return log(clipped / (1 - clipped))


@cache
def _shifts() -> tuple[Numbers, Numbers]:
    """Common shifts and their weights, which sum to 1; each shape (NODES,)."""
    nodes, weights = np.polynomial.hermite.hermgauss(NODES)
    return SHARED_ERROR * sqrt(2) * nodes, weights / sqrt(pi)


def _quantile(chances: Sequence[float], share: float) -> int:
    """The smallest sum whose cumulative probability reaches the share."""
    reached = 0.0
    for value, chance in enumerate(chances):
        reached += chance
        if reached >= share - _EPSILON:
            return value
    return len(chances) - 1
