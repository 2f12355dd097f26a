"""Agreement between people and grader, by the formulas of scikit-learn and SciPy.

A figure that does not exist for its data (one class only, a rater who never varies) is an `Undefined` with the reason,
never a NaN.
"""

import numpy as np
from scipy import stats
from sklearn.metrics import cohen_kappa_score, f1_score, roc_auc_score

from app.evaluation.columns import Bools, Columns, Floats, Ints

LEVELS = (0, 1, 2)
CALIBRATION_BINS = 10
LEAST_FOR_R = 3
"""Answers to one question below which their correlation says nothing."""


class Undefined(Exception):
    """This figure does not exist for these data; the text says why."""


def weighted_kappa(found: Columns) -> float:
    """Quadratic weighted kappa over the credits 0, ½, 1 (Cohen 1968, Psychological Bulletin 70(4)).

    Raises:
        Undefined: Nothing is marked in three levels, or both raters used one single level.
    """
    return _kappa(found, weights="quadratic")


def kappa(found: Columns) -> float:
    """Cohen's kappa over the credits 0, ½, 1; raises as `weighted_kappa`."""
    return _kappa(found, weights=None)


def _kappa(found: Columns, weights: str | None) -> float:
    _need_criteria(found)
    if len(set(found.person) | set(found.grader)) < 2:
        raise Undefined("people and grader gave every criterion the same credit")
    return float(cohen_kappa_score(found.person, found.grader, labels=list(LEVELS), weights=weights))


def exact(found: Columns) -> float:
    """Share of criteria with the person's credit exactly; raises Undefined where nothing is marked in three levels."""
    _need_criteria(found)
    return float((found.person == found.grader).mean())


def far_off(found: Columns) -> float:
    """Share of criteria that are off by a full credit; raises as `exact`."""
    _need_criteria(found)
    return float((abs(found.person - found.grader) == LEVELS[-1]).mean())


def macro_f1(found: Columns) -> float:
    """Macro F1 of the two-way decisions; raises Undefined where people decided all alike."""
    _need_both(found.truth)
    return float(f1_score(found.truth, found.decided, average="macro"))


def auc(found: Columns) -> float:
    """Area under the ROC curve of the probability of credit; raises as `macro_f1`."""
    _need_both(found.truth)
    return float(roc_auc_score(found.truth, found.probability))


def calibration_error(found: Columns) -> float:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015, AAAI).

    Raises:
        Undefined: There is no criterion.
    """
    if not len(found.truth):
        raise Undefined("no criterion was graded")
    places = bins_of(found.probability)
    gaps = [
        abs(found.probability[places == place].mean() - found.truth[places == place].mean()) * (places == place).mean()
        for place in np.unique(places)
    ]
    return float(sum(gaps))


def bins_of(probability: Floats) -> Ints:
    """The calibration bin of each probability, 0..CALIBRATION_BINS - 1."""
    places: Ints = np.minimum((probability * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    return places


def pearson(found: Columns) -> float:
    """Pearson's r of the answers' scores; raises Undefined where there are too few or one side never varies."""
    _need_spread(found.person_score, found.score)
    return float(stats.pearsonr(found.person_score, found.score).statistic)


def spearman(found: Columns) -> float:
    """Spearman's rank correlation of the answers' scores; raises as `pearson`."""
    _need_spread(found.person_score, found.score)
    return float(stats.spearmanr(found.person_score, found.score).statistic)


def impression(found: Columns) -> float:
    """Pearson's r with what people thought of the answers as wholes; raises as `pearson`."""
    said = ~np.isnan(found.impression)
    if not said.any():
        raise Undefined("nobody said what they thought of the answers as wholes")
    _need_spread(found.impression[said], found.score[said])
    return float(stats.pearsonr(found.impression[said], found.score[said]).statistic)


def rmse(found: Columns) -> float:
    """Root mean square error of the answers' scores, 0..1; raises Undefined where people scored none."""
    _need_scores(found)
    return float(np.sqrt(((found.score - found.person_score) ** 2).mean()))


def within_question(found: Columns) -> float:
    """Mean over questions of Pearson's r among the answers to one question.

    Questions with fewer than `LEAST_FOR_R` answers, or where people or grader scored all alike, have no r.

    Raises:
        Undefined: No question has one.
    """
    of_each = within_each(found)
    known = of_each[~np.isnan(of_each)]
    if not len(known):
        raise Undefined(f"no question has {LEAST_FOR_R} answers that people and grader both tell apart")
    return float(known.mean())


def within_each(found: Columns) -> Floats:
    """Pearson's r among the answers to each question, NaN where there is none; shape (questions,)."""
    of_each = np.full(found.questions, np.nan)
    for question in np.unique(found.answer_question):
        mine = found.answer_question == question
        person, score = found.person_score[mine], found.score[mine]
        if len(person) >= LEAST_FOR_R and np.ptp(person) > 0 and np.ptp(score) > 0:
            of_each[question] = stats.pearsonr(person, score).statistic
    return of_each


def held(found: Columns) -> float:
    """Share of answers whose interval holds the person's score; raises Undefined where people scored none."""
    _need_scores(found)
    return float(is_held(found).mean())


def is_held(found: Columns) -> Bools:
    """Of each scored answer whether its interval, printed with four decimals, holds the person's score."""
    inside: Bools = (found.low <= found.person_score + 1e-4) & (found.person_score <= found.high + 1e-4)
    return inside


def width(found: Columns) -> float:
    """Mean width of the intervals, 0..1; raises as `held`."""
    _need_scores(found)
    return float((found.high - found.low).mean())


def _need_criteria(found: Columns) -> None:
    if not len(found.person):
        raise Undefined("no criterion is marked with 0, ½ or 1")


def _need_both(truth: Bools) -> None:
    if not len(truth):
        raise Undefined("no criterion was graded")
    if truth.all() or not truth.any():
        raise Undefined("people gave credit everywhere" if truth.all() else "people gave credit nowhere")


def _need_scores(found: Columns) -> None:
    if not len(found.score):
        raise Undefined("no answer has a score by people")


def _need_spread(person: Floats, score: Floats) -> None:
    if not len(score):
        raise Undefined("no answer has a score by people")
    if len(score) < LEAST_FOR_R:
        raise Undefined(f"fewer than {LEAST_FOR_R} answers are scored")
    if np.ptp(person) == 0 or np.ptp(score) == 0:
        raise Undefined(f"{'people' if np.ptp(person) == 0 else 'the grader'} gave every answer the same score")
