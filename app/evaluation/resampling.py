"""How far each figure would move with other questions: bootstrap intervals over whole questions.

Answers to one question resemble each other, so questions are drawn, not answers. A drawn question counts as often as
it was drawn; each figure is counted for many draws at once from these weights, by the formulas that
`app.evaluation.agreement` takes from libraries one at a time (a test compares them).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.evaluation.agreement import CALIBRATION_BINS, LEVELS, bins_of, is_held, within_each
from app.evaluation.columns import Columns, Floats, Ints

RESAMPLES = 2000
SEED = 20260314
LEVEL = 0.95
LEAST_DEFINED = 0.9
"""Share of the draws in which a figure must exist for its interval to be told."""
_AT_ONCE = 200

Resampled = Callable[[Columns, Floats], Floats]
"""A figure of many draws: from the columns and how often each question was drawn, shape (draws, questions), to (draws,)."""


def interval(found: Columns, figure: Resampled) -> tuple[float, float] | None:
    """The percentile interval of a figure; None where there is one question only, or it exists in too few draws."""
    if found.questions < 2:
        return None
    random = np.random.default_rng(SEED)
    values = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(RESAMPLES // _AT_ONCE):
            drawn = random.multinomial(found.questions, np.full(found.questions, 1 / found.questions), _AT_ONCE)
            values.append(figure(found, drawn.astype(np.float64)))
    of_draws = np.concatenate(values)
    known = of_draws[~np.isnan(of_draws)]
    if len(known) < LEAST_DEFINED * len(of_draws):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def weighted_kappa(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.weighted_kappa`."""
    distance = np.subtract.outer(LEVELS, LEVELS).astype(float) ** 2
    return _kappa(found, drawn, distance)


def kappa(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.kappa`."""
    return _kappa(found, drawn, 1 - np.eye(len(LEVELS)))


def _kappa(found: Columns, drawn: Floats, distance: Floats) -> Floats:
    size = len(LEVELS)
    cells = found.person * size + found.grader
    by_question = np.zeros((found.questions, size * size))
    np.add.at(by_question, (found.criterion_question, cells), 1)
    matrix = (drawn @ by_question).reshape(-1, size, size)
    expected = np.einsum("bi,bj->bij", matrix.sum(2), matrix.sum(1)) / matrix.sum((1, 2))[:, None, None]
    ratio: Floats = 1 - (matrix * distance).sum((1, 2)) / (expected * distance).sum((1, 2))
    return ratio


def exact(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.exact`."""
    return _mean(found.person == found.grader, found.criterion_question, drawn)


def far_off(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.far_off`."""
    return _mean(abs(found.person - found.grader) == LEVELS[-1], found.criterion_question, drawn)


def macro_f1(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.macro_f1`."""
    cells = found.truth * 2 + found.decided
    by_question = np.zeros((found.questions, 4))
    np.add.at(by_question, (found.decision_question, cells), 1)
    no_no, no_yes, yes_no, yes_yes = (drawn @ by_question).T
    of_yes = 2 * yes_yes / (2 * yes_yes + no_yes + yes_no)
    of_no = 2 * no_no / (2 * no_no + no_yes + yes_no)
    both = (yes_yes + yes_no > 0) & (no_no + no_yes > 0)
    return np.where(both, (of_yes + of_no) / 2, np.nan)


def auc(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.auc`."""
    order = np.argsort(found.probability, kind="stable")
    weights = drawn[:, found.decision_question[order]]
    starts = _starts(found.probability[order])
    yes = np.add.reduceat(weights * found.truth[order], starts, axis=1)
    no = np.add.reduceat(weights * ~found.truth[order], starts, axis=1)
    below = np.cumsum(no, axis=1) - no / 2
    area: Floats = (yes * below).sum(1) / (yes.sum(1) * no.sum(1))
    return area


def calibration_error(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.calibration_error`."""
    gaps = np.zeros((found.questions, CALIBRATION_BINS))
    np.add.at(gaps, (found.decision_question, bins_of(found.probability)), found.probability - found.truth)
    total = drawn @ np.bincount(found.decision_question, minlength=found.questions)
    error: Floats = abs(drawn @ gaps).sum(1) / total
    return error


def pearson(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.pearson`."""
    return _correlation(found.person_score, found.score, drawn[:, found.answer_question])


def impression(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.impression`."""
    said = ~np.isnan(found.impression)
    return _correlation(found.impression[said], found.score[said], drawn[:, found.answer_question[said]])


def spearman(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.spearman`."""
    weights = drawn[:, found.answer_question]
    return _correlation(_ranks(found.person_score, weights), _ranks(found.score, weights), weights)


def rmse(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.rmse`."""
    return np.sqrt(_mean((found.score - found.person_score) ** 2, found.answer_question, drawn))


def within_question(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.within_question`."""
    of_each = within_each(found)
    known = ~np.isnan(of_each)
    mean: Floats = drawn[:, known] @ of_each[known] / drawn[:, known].sum(1)
    return mean


def held(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.held`."""
    return _mean(is_held(found), found.answer_question, drawn)


def width(found: Columns, drawn: Floats) -> Floats:
    """See `agreement.width`."""
    return _mean(found.high - found.low, found.answer_question, drawn)


def _mean(values: Any, questions: Ints, drawn: Floats) -> Floats:  # noqa: ANN401 - numbers or booleans
    sums = np.bincount(questions, np.asarray(values, dtype=float), minlength=drawn.shape[1])
    counts = np.bincount(questions, minlength=drawn.shape[1])
    mean: Floats = drawn @ sums / (drawn @ counts)
    return mean


def _correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Weighted Pearson's r; x and y of shape (n,) or (draws, n)."""
    total = weights.sum(1, keepdims=True)
    dx = x - (weights * x).sum(1, keepdims=True) / total
    dy = y - (weights * y).sum(1, keepdims=True) / total
    spread_x, spread_y = (weights * dx**2).sum(1), (weights * dy**2).sum(1)
    varies = (spread_x > 1e-12) & (spread_y > 1e-12)
    return np.where(varies, (weights * dx * dy).sum(1) / np.sqrt(spread_x * spread_y), np.nan)


def _ranks(values: Floats, weights: Floats) -> Floats:
    """The mean rank of each value among values that stand as often as their weights say; shape (draws, n)."""
    order = np.argsort(values, kind="stable")
    starts = _starts(values[order])
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    middles = np.cumsum(counts, axis=1) - counts / 2
    ranks = np.empty_like(weights)
    ranks[:, order] = np.repeat(middles, np.diff([*starts, len(values)]), axis=1)
    return ranks


def _starts(ordered: Floats) -> Ints:
    """Where each run of equal values begins."""
    starts: Ints = np.flatnonzero(np.r_[True, np.diff(ordered) != 0])
    return starts
