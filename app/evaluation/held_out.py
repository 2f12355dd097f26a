"""What features and fit are worth on answers they have not seen."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from app.evaluation.fitting import Floats, Ints, Sample, fit
from app.evaluation.heads import Data, signs

FOLDS = 10
SEEDS = 5


def held_out_by_bank(data: Data, columns: Sequence[int]) -> tuple[Floats, Floats]:
    """P(credit >= 1/2) and P(credit = 1) of the home set's rows, each bank by a fit without it; NaN elsewhere."""
    half, full = np.full(len(data.sets), np.nan), np.full(len(data.sets), np.nan)
    sample = data.sample(columns)
    at_home = data.sets == data.home
    for bank in np.unique(data.groups[at_home]):
        out = data.groups == bank
        fitted = fit(sample.subset(~out), signs(columns))
        scores = sample.highest(fitted.scores(sample.features))
        half[out], full[out] = fitted.probabilities(scores[out], data.home)
    return half, full


def held_out_by_question(data: Data, columns: Sequence[int], data_set: int, seed: int) -> tuple[Floats, Ints, Ints]:
    """Scores of one set's rows and two decisions on each (by the head, by the best cosine), questions held out.

    Both thresholds are learnt on the training folds for the best macro F1. Answers marked as wholes are fitted to
    alone, each set for itself: this says what the features are worth on other authors, not what the shipped head is.
    """
    mine = np.flatnonzero(data.sets == data_set)
    truth = (data.half_points[mine] == 2).astype(int)
    sample = data.sample(columns)
    scores = np.zeros(len(mine))
    decided, by_cosine = np.zeros(len(mine), int), np.zeros(len(mine), int)
    folds = GroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(mine, groups=data.groups[mine]):
        inside = np.zeros(len(data.sets), bool)
        inside[mine[train]] = True
        fitted = fit(_alone(sample.subset(inside)), signs(columns))
        found = sample.highest(fitted.scores(sample.features))
        scores[test] = found[mine[test]]
        cut = best_cut(found[mine[train]], truth[train])
        decided[test] = scores[test] >= cut
        by_cosine[test] = data.cosines[mine[test]] >= best_cut(data.cosines[mine[train]], truth[train])
    return scores, decided, by_cosine


def best_cut(values: Floats, truth: Ints) -> float:
    """The threshold with the best macro F1, of 60 quantiles."""
    cuts = np.quantile(values, np.linspace(0.02, 0.98, 60))
    return float(max(cuts, key=lambda cut: f1_score(truth, (values >= cut).astype(int), average="macro")))


def calibration_error(probabilities: Floats, truth: Ints, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015, AAAI)."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(probabilities[places == place].mean() - truth[places == place].mean()) * (places == place).mean()
        for place in range(bins)
        if (places == place).any()
    ]
    return float(sum(gaps))


def figures(data: Data, columns: Sequence[int]) -> dict[str, float]:
    """Held-out figures; the baseline's beside them."""
    found: dict[str, float] = {}
    half, full = held_out_by_bank(data, columns)
    home = data.sets == data.home
    credited = (data.half_points >= 1).astype(int)
    for name, chosen in (("all styles", home), ("true claims", home & data.is_true)):
        found[f"criteria, leaving one bank out, {name}: AUC"] = roc_auc_score(credited[chosen], half[chosen])
        found[f"criteria, {name}: AUC of best cosine"] = roc_auc_score(credited[chosen], data.cosines[chosen])
    found["criteria, leaving one bank out: ECE of P(credit >= 1/2)"] = calibration_error(half[home], credited[home])
    is_full = (data.half_points == 2).astype(int)
    found["criteria, leaving one bank out: ECE of P(credit = 1)"] = calibration_error(full[home], is_full[home])
    for index in np.unique(data.sets[data.is_reference]):
        name = data.set_names[index]
        truth = (data.half_points[data.sets == index] == 2).astype(int)
        runs = [held_out_by_question(data, columns, int(index), seed) for seed in range(SEEDS)]
        for label, values in (
            ("AUC", [roc_auc_score(truth, scores) for scores, _, _ in runs]),
            ("macro F1", [f1_score(truth, decided, average="macro") for _, decided, _ in runs]),
            ("macro F1 of best cosine", [f1_score(truth, by_cosine, average="macro") for _, _, by_cosine in runs]),
        ):
            found[f"{name}, {FOLDS} folds by question: {label}"] = float(np.mean(values))
            found[f"{name}, {FOLDS} folds by question: {label}, spread"] = float(np.ptp(values))
    return {name: round(float(value), 3) for name, value in found.items()}


def _alone(sample: Sample) -> Sample:
    """One data set for itself, every row of equal weight."""
    rows = len(sample.sets)
    return Sample(sample.features, sample.starts, sample.half_points, np.zeros(rows, dtype=np.int64), np.ones(rows))
