"""Heads: what they refuse, and how probabilities become verdicts."""

import json
from typing import Any

import numpy as np
import pytest

from app.grading.features import FEATURES, SEGMENT_FEATURES, TOKEN_FEATURES
from app.grading.head import DEFAULT_HEAD, SEGMENT_HEAD, Head, load_head, parse_head
from rubric.criteria import Verdict


def head_json(**changed: Any) -> bytes:  # noqa: ANN401 - any field of the file
    told = {
        "name": "by hand",
        "version": 1,
        "embedder": "any",
        "embedder_sha256": "ab" * 32,
        "languages": ["en"],
        "coefficients": [
            {"feature": "late_interaction", "mean": 0.5, "scale": 0.1, "coefficient": 1.0},
            {"feature": "opposed", "mean": 0.0, "scale": 0.5, "coefficient": -2.0},
        ],
        "half_at": 0.0,
        "full_at": 1.0,
        "far_beyond": 2.0,
        "costs": {"over_credit": 1, "under_credit": 1.5, "unknown": 0.95},
        "training": {},
    }
    return json.dumps({**told, **changed}).encode()


COLUMNS = {feature.name: column for column, feature in enumerate(FEATURES)}


def features(*criteria: list[dict[str, float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Of each criterion its segments, each by the values of the features it has."""
    found = np.zeros((len(criteria), len(criteria[0]), len(FEATURES)), np.float32)
    for criterion, segments in enumerate(criteria):
        for segment, values in enumerate(segments):
            for name, value in values.items():
                found[criterion, segment, COLUMNS[name]] = value
    return found


class TestTheBestSegment:
    head: Head = parse_head(head_json())

    def test_is_each_criterions_own_and_what_speaks_against_it_counts(self) -> None:
        told = features(
            [{"late_interaction": 0.4}, {"late_interaction": 0.7}, {"late_interaction": 0.8, "opposed": 1}],
            [{"late_interaction": 0.9}, {"late_interaction": 0.1}, {"late_interaction": 0.2}],
        )
        assert self.head.best(told).tolist() == [1, 0]

    def test_is_the_first_of_equals(self) -> None:
        told = features([{"late_interaction": 0.4}, {"late_interaction": 0.7}, {"late_interaction": 0.7}])
        assert self.head.best(told).tolist() == [1]

    def test_is_the_one_with_the_highest_probability(self) -> None:
        told = np.random.default_rng(4).normal(0.3, 0.3, size=(9, 7, len(FEATURES)))
        best = self.head.best(told)
        chances = np.stack([self.head.probabilities(told[:, segment]) for segment in range(7)], axis=1)
        assert (chances[np.arange(9), best] == chances.max(axis=1)).all()

    def test_only_rises_when_a_segment_is_added(self) -> None:
        told = np.random.default_rng(4).normal(0.3, 0.3, size=(9, 7, len(FEATURES)))
        chances = [
            self.head.probabilities(told[np.arange(9), self.head.best(told[:, : count + 1])]) for count in range(7)
        ]
        assert (np.diff(chances, axis=0) >= 0).all()


@pytest.mark.parametrize("name", [DEFAULT_HEAD, SEGMENT_HEAD])
def test_shipped_heads_are_readable_and_name_what_they_were_fitted_to(name: str) -> None:
    file = load_head(name).file
    assert len(file.embedder_sha256) == 64
    assert sum(file.training["rows"].values()) > 1000
    assert file.training["held_out"]


def test_each_head_weighs_what_its_embedders_give() -> None:
    assert {entry.feature for entry in load_head(SEGMENT_HEAD).file.coefficients} == set(SEGMENT_FEATURES)
    assert {entry.feature for entry in load_head(DEFAULT_HEAD).file.coefficients} == set(TOKEN_FEATURES)


@pytest.mark.parametrize("name", [DEFAULT_HEAD, SEGMENT_HEAD])
def test_more_evidence_never_lowers_a_probability_and_a_conflict_never_raises_one(name: str) -> None:
    head = load_head(name)
    base = np.full((1, len(FEATURES)), 0.3, np.float32)
    before = head.probabilities(base)
    for column, feature in enumerate(FEATURES):
        more = base.copy()
        more[0, column] += 0.2
        assert ((head.probabilities(more) - before) * feature.sign >= 0).all()


def test_full_credit_is_never_likelier_than_any_credit() -> None:
    values = np.random.default_rng(0).normal(size=(500, len(FEATURES))).astype(np.float32)
    chances = load_head().probabilities(values)
    assert (chances[:, 1] <= chances[:, 0]).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_what_is_unlike_all_that_a_head_was_fitted_to_is_far_in_either_direction() -> None:
    told = features(
        [{"late_interaction": value} for value in (0.5, 0.7, 0.9, 0.1)],
        [{"late_interaction": 0.5, "opposed": value} for value in (0.0, 0.5, 2.0, -2.0)],
    )
    head = parse_head(head_json())
    assert head.is_far(told[0]).tolist() == [False, False, True, True]
    assert head.is_far(told[1]).tolist() == [False, False, True, True]


def test_the_cheapest_verdict_is_taken_and_a_costly_guess_left_open() -> None:
    head = parse_head(head_json(costs={"over_credit": 1, "under_credit": 1, "unknown": 0.5}))
    assert head.estimate(0.95, 0.9).verdict is Verdict.COVERED
    assert head.estimate(0.95, 0.1).verdict is Verdict.PARTIAL
    assert head.estimate(0.05, 0.01).verdict is Verdict.MISSING
    open_ = head.estimate(0.52, 0.5)
    assert (open_.verdict, open_.half_points) == (Verdict.UNKNOWN, 1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"full_at": -9.0}, "below half_at"),
        ({"coefficients": [{"feature": "length", "mean": 0, "scale": 1, "coefficient": 1}]}, "no feature 'length'"),
        ({"coefficients": [{"feature": "opposed", "mean": 0, "scale": 1, "coefficient": 1}]}, "wrong sign"),
        ({"coefficients": [{"feature": "opposed", "mean": 0, "scale": 0, "coefficient": -1}]}, "greater than 0"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_head_that_cannot_be_right_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_head(head_json(**changed))
