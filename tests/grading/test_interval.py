"""How sure a score is."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.interval import IntervalLine, score_interval
from rubric.scoring import score


def line(half_points: int, probability: float, full: float, bounds: tuple[int, int] | None = None) -> IntervalLine:
    return IntervalLine(
        half_points=half_points, weight=1, probability=probability, probability_full=full, bounds=bounds
    )


lines = st.lists(
    st.builds(
        lambda half_points, weight, probability, part: IntervalLine(
            half_points=half_points, weight=weight, probability=probability, probability_full=probability * part
        ),
        st.integers(0, 2),
        st.integers(1, 5),
        st.floats(0, 1),
        st.floats(0, 1),
    ),
    min_size=1,
    max_size=6,
)


@given(lines)
def test_the_interval_holds_the_score_and_stays_within_0_and_1(ledger: list[IntervalLine]) -> None:
    low, high = score_interval(ledger)
    assert 0 <= low <= score([(each.half_points, each.weight) for each in ledger]) <= high <= 1


@given(lines)
def test_the_order_of_criteria_changes_nothing(ledger: list[IntervalLine]) -> None:
    assert score_interval(ledger) == score_interval(ledger[::-1])


def test_certain_criteria_leave_no_room() -> None:
    assert score_interval([line(2, 1.0, 1.0), line(0, 0.0, 0.0)]) == (Fraction(1, 2), Fraction(1, 2))


def test_doubtful_criteria_widen_it() -> None:
    sure = score_interval([line(2, 0.99, 0.98)] * 4)
    doubtful = score_interval([line(2, 0.7, 0.6)] * 4)
    assert doubtful[1] - doubtful[0] > sure[1] - sure[0]


def test_a_disputed_criterion_counts_nothing_below_and_the_higher_claim_above() -> None:
    low, high = score_interval([line(1, 1.0, 1.0, bounds=(0, 2)), line(0, 0.0, 0.0)])
    assert (low, high) == (Fraction(0), Fraction(1, 2))


def test_no_criterion_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one criterion"):
        score_interval([])
