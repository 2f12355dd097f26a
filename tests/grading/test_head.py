"""Heads: what they refuse, and how probabilities become verdicts."""

import json
from typing import Any

import numpy as np
import pytest

from app.grading.features import FEATURES, SEGMENT_FEATURES
from app.grading.head import DEFAULT_HEAD, SEGMENT_HEAD, load_head, parse_head
from rubric.criteria import Verdict


def head_json(**changed: Any) -> bytes:  # noqa: ANN401 - any field of the file
    told = load_head().file.model_dump(mode="json")
    return json.dumps({**told, **changed}).encode()


@pytest.mark.parametrize("name", [DEFAULT_HEAD, SEGMENT_HEAD])
def test_shipped_heads_are_readable_and_name_what_they_were_fitted_to(name: str) -> None:
    file = load_head(name).file
    assert len(file.embedder_sha256) == 64
    assert sum(file.training["rows"].values()) > 1000
    assert file.training["held_out"]


def test_the_segment_head_needs_only_what_is_left_without_tokens() -> None:
    assert {entry.feature for entry in load_head(SEGMENT_HEAD).file.coefficients} == set(SEGMENT_FEATURES)


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
