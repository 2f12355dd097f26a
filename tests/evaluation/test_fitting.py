"""The fit of a head, on data whose truth is known."""

from dataclasses import replace

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
    return Sample(features, np.arange(rows), half_points, np.zeros(rows, dtype=np.int64), np.ones(rows))


def test_the_truth_is_found_again() -> None:
    fitted = fit(drawn([1.5, -0.8]), [1, -1])
    assert fitted.coefficients == pytest.approx([1.5, -0.8], abs=0.15)
    assert (fitted.half_at[0], fitted.full_at[0]) == pytest.approx((0.5, 1.5), abs=0.15)


def test_a_coefficient_against_its_sign_is_held_at_nothing() -> None:
    assert fit(drawn([1.5, -0.8]), [1, 1]).coefficients[1] == 0


def test_answers_known_only_to_be_less_than_correct_still_teach() -> None:
    sample = drawn([1.5])
    half_points = np.where(sample.half_points == 2, 2, NOT_FULL)
    fitted = fit(replace(sample, half_points=half_points), [1])
    assert fitted.coefficients[0] == pytest.approx(1.5, abs=0.15)


def test_each_data_set_has_thresholds_of_its_own() -> None:
    one, other = drawn([1.0]), drawn([1.0], half_at=-1.0, full_at=0.0)
    both = Sample(
        np.concatenate([one.features, other.features]),
        np.arange(2 * len(one.sets)),
        np.concatenate([one.half_points, other.half_points]),
        np.repeat([0, 1], len(one.sets)),
        np.concatenate([one.weights, other.weights]),
    )
    fitted = fit(both, [1])
    assert fitted.half_at == pytest.approx([0.5, -1.0], abs=0.2)
    half, full = fitted.probabilities(both.highest(fitted.scores(both.features)), 0)
    assert (full <= half).all()


def in_company(sample: Sample, *, of: int = 3) -> Sample:
    """Each criterion's segment at a random place among others that say less of it and tell nothing of its credit."""
    random = np.random.default_rng(8)
    rows = len(sample.sets)
    features: Floats = random.normal(size=(rows, of, sample.features.shape[1]))
    features[:, :, 0] = sample.features[:, :1] - random.uniform(2, 6, size=(rows, of))
    features[np.arange(rows), random.integers(0, of, size=rows)] = sample.features
    return replace(sample, features=features.reshape(rows * of, -1), starts=np.arange(rows) * of)


def test_the_segment_that_carries_the_signal_is_found_among_those_that_do_not() -> None:
    alone = drawn([1.5, -0.3])
    among_others = in_company(alone)
    fitted = fit(among_others, [1, -1])
    assert fitted.coefficients == pytest.approx([1.5, -0.3], abs=0.2)
    scores = fitted.scores(among_others.features)
    found = among_others.features[among_others.best(scores)]
    assert (found == alone.features).all(axis=1).mean() > 0.95


def test_the_choice_of_segments_follows_the_fit_and_not_the_first_feature_alone() -> None:
    """Credit comes from whichever of three segments scores highest by both features; the second one weighs most."""
    random = np.random.default_rng(9)
    rows, truth = 6000, np.array([0.5, 2.0])
    features: Floats = random.normal(size=(rows, 3, 2))
    scores = (features @ truth).max(axis=1) + random.logistic(size=rows)
    half_points = (scores > 1.5).astype(np.int64) + (scores > 2.5)
    sample = Sample(
        features.reshape(-1, 2),
        np.arange(rows) * 3,
        half_points,
        np.zeros(rows, dtype=np.int64),
        np.ones(rows),
    )
    fitted = fit(sample, [1, 1])
    assert fitted.coefficients / fitted.scales == pytest.approx(truth, abs=0.15)
    by_fit = sample.best(fitted.scores(sample.features))
    by_truth = sample.best(sample.features @ truth)
    by_first = sample.best(sample.features[:, 0])
    assert (by_fit == by_truth).mean() > 0.9 > 0.6 > (by_first == by_truth).mean()


def test_a_subset_keeps_the_segments_of_its_criteria_together() -> None:
    features = np.arange(6.0)[:, None]
    sample = Sample(features, np.array([0, 1, 4]), np.array([0, 1, 2]), np.array([0, 0, 1]), np.ones(3))
    chosen = sample.subset(np.array([True, False, True]))
    assert (chosen.features.ravel().tolist(), chosen.starts.tolist()) == ([0.0, 4.0, 5.0], [0, 1])
    assert (chosen.half_points.tolist(), chosen.sets.tolist()) == ([0, 2], [0, 1])
    assert chosen.lengths.tolist() == [1, 2]


def test_of_equal_segments_the_first_is_the_best() -> None:
    sample = Sample(np.zeros((5, 1)), np.array([0, 2]), np.array([0, 2]), np.zeros(2, dtype=np.int64), np.ones(2))
    scores = np.array([1.0, 1.0, 0.0, 3.0, 3.0])
    assert sample.best(scores).tolist() == [0, 3]
    assert sample.highest(scores).tolist() == [1.0, 3.0]


def test_calibration_error_of_honest_and_of_boastful_probabilities() -> None:
    truth = np.array([0, 1] * 50)
    assert calibration_error(np.full(100, 0.5), truth) == pytest.approx(0.0)
    assert calibration_error(np.full(100, 0.9), truth) == pytest.approx(0.4)


def test_the_best_cut_parts_what_can_be_parted() -> None:
    values = np.concatenate([np.linspace(0, 0.4, 50), np.linspace(0.6, 1, 50)])
    cut = best_cut(values, np.repeat([0, 1], 50))
    assert 0.35 < cut <= 0.65
