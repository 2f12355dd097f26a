"""The fit of a head, on data whose truth is known."""

import numpy as np
import pytest

from app.evaluation.fitting import Floats, Sample, fit
from app.evaluation.held_out import best_cut, calibration_error
from app.evaluation.labelled import NOT_FULL


def drawn(coefficients: list[float], rows: int = 6000, *, half_at: float = 0.5, full_at: float = 1.5) -> Sample:
    """Rows whose credits follow proportional odds with these coefficients."""
    random = np.random.default_rng(7)
    features: Floats = random.normal(size=(rows, len(coefficients)))
    scores = features @ np.array(coefficients) + random.logistic(size=rows)
    half_points = (scores > half_at).astype(np.int64) + (scores > full_at)
    return Sample(features, half_points, np.zeros(rows, dtype=np.int64), np.ones(rows))


def test_the_truth_is_found_again() -> None:
    fitted = fit(drawn([1.5, -0.8]), [1, -1])
    assert fitted.coefficients == pytest.approx([1.5, -0.8], abs=0.15)
    assert (fitted.half_at[0], fitted.full_at[0]) == pytest.approx((0.5, 1.5), abs=0.15)


def test_a_coefficient_against_its_sign_is_held_at_nothing() -> None:
    assert fit(drawn([1.5, -0.8]), [1, 1]).coefficients[1] == 0


def test_answers_known_only_to_be_less_than_correct_still_teach() -> None:
    sample = drawn([1.5])
    half_points = np.where(sample.half_points == 2, 2, NOT_FULL)
    fitted = fit(Sample(sample.features, half_points, sample.sets, sample.weights), [1])
    assert fitted.coefficients[0] == pytest.approx(1.5, abs=0.15)


def test_each_data_set_has_thresholds_of_its_own() -> None:
    one, other = drawn([1.0]), drawn([1.0], half_at=-1.0, full_at=0.0)
    both = Sample(
        np.concatenate([one.features, other.features]),
        np.concatenate([one.half_points, other.half_points]),
        np.repeat([0, 1], len(one.sets)),
        np.concatenate([one.weights, other.weights]),
    )
    fitted = fit(both, [1])
    assert fitted.half_at == pytest.approx([0.5, -1.0], abs=0.2)
    half, full = fitted.probabilities(both.features, 0)
    assert (full <= half).all()


def test_calibration_error_of_honest_and_of_boastful_probabilities() -> None:
    truth = np.array([0, 1] * 50)
    assert calibration_error(np.full(100, 0.5), truth) == pytest.approx(0.0)
    assert calibration_error(np.full(100, 0.9), truth) == pytest.approx(0.4)


def test_the_best_cut_parts_what_can_be_parted() -> None:
    values = np.concatenate([np.linspace(0, 0.4, 50), np.linspace(0.6, 1, 50)])
    cut = best_cut(values, np.repeat([0, 1], 50))
    assert 0.35 < cut <= 0.65
