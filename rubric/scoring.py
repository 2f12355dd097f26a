"""The arithmetic of a score: integers and fractions until the moment of printing.

Eight weights of 0.1 sum to 0.7999… in floats and miss a pass mark of 0.8; half-points times integer
weights cannot.
"""

from collections.abc import Sequence
from fractions import Fraction

from rubric.bank import Band

FULL = 2
"""Half-points of a covered criterion."""


def score(ledger: Sequence[tuple[int, int]]) -> Fraction:
    """Share of the weighted credit that was earned, 0..1.

    Args:
        ledger: (half-points 0..2, weight >= 1) per criterion, at least one.

    Raises:
        ValueError: No criterion, half-points outside 0..2, or a weight below 1.
    """
    if not ledger:
        raise ValueError("a score needs at least one criterion")
    for half_points, weight in ledger:
        if not 0 <= half_points <= FULL:
            raise ValueError(f"half-points are 0, 1 or 2, not {half_points}")
        if weight < 1:
            raise ValueError(f"a weight is at least 1, not {weight}")
    earned = sum(half_points * weight for half_points, weight in ledger)
    return Fraction(earned, FULL * sum(weight for _, weight in ledger))


def band_of(value: Fraction, bands: Sequence[Band]) -> Band | None:
    """The highest band whose minimum the score reaches; None when there is none."""
    reached = [band for band in bands if value * 100 >= band.minimum]
    return max(reached, key=lambda band: band.minimum, default=None)
