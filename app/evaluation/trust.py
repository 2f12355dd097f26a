"""How far a reading can be trusted: what accepting it costs, what its intervals hold, and whom it overrates.

Figures are pairs of a name and a value, one a line, of answers with marked criteria. "Wrong" is another credit than
the person's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import mean

import numpy as np
from scipy import stats

from app.evaluation import agreement
from app.evaluation.agreement import Undefined
from app.evaluation.columns import Floats, columns
from app.evaluation.compared import Compared
from app.evaluation.evaluation import Accepted, accepted_of, doubt
from app.evaluation.heads import UNTRUE_STYLES
from app.grading.interval import LEVEL

Figures = Iterator[tuple[str, str]]

THRESHOLDS = (
    ("no review needed, interval at most 0.50 wide", (False, 0.5)),
    ("no review needed, interval at most 0.75 wide", (False, 0.75)),
    ("no review needed (the product's own rule)", (False, 1.0)),
    ("or review needed, interval at most 0.75 wide", (True, 0.75)),
    ("every answer", (True, 1.0)),
)
"""What is accepted up to which `doubt`, from the strictest on; each holds all that stands above it."""
PARTIAL = "partial"
_ROUNDING = 1e-9


def accepting(answers: Sequence[Compared]) -> Figures:
    """Accepted share against error at every threshold."""
    for name, (with_review, widest) in THRESHOLDS:
        chosen = [answer for answer in answers if doubt(answer) <= (with_review, widest + _ROUNDING)]
        yield f"accepted: {name}", _cost(accepted_of(chosen, len(answers)))


def _cost(accepted: Accepted) -> str:
    told = f"share {accepted.share:.3f} ({accepted.answers})"
    if accepted.wrong is None or accepted.far_off is None:
        return told
    return f"{told}  criteria wrong {accepted.wrong:.3f}  by a full credit {accepted.far_off:.3f}"


def intervals(answers: Sequence[Compared]) -> Figures:
    """What the score intervals hold beside what an interval would that knows the marks and reads nothing."""
    banks = _by_bank(answers)
    yield f"nominal {LEVEL:.0%} intervals of the reading", _held(answers)
    for bank, members in banks.items():
        yield f"  of bank {bank} ({len(members)})", _held(members)
    for name, interval in BASELINES.items():
        if len(banks) > 1:
            others = {bank: interval(_marks([answer for answer in answers if answer.key[0] != bank])) for bank in banks}
            yield f"always answering the {name} of the other banks' marks", _held(answers, others)
        own = {bank: interval(_marks(members)) for bank, members in banks.items()}
        yield f"always answering the {name} of the bank's own marks", _held(answers, own)


def _held(answers: Sequence[Compared], by_bank: Mapping[str, tuple[float, float]] | None = None) -> str:
    found = columns(answers)
    if by_bank is not None:
        ends = np.array([by_bank[answer.key[0]] for answer in answers])
        found = replace(found, low=ends[:, 0], high=ends[:, 1])
    return f"hold the marked score {agreement.held(found):.3f}  mean width {agreement.width(found):.3f}"


def _marks(answers: Sequence[Compared]) -> Floats:
    return columns(answers).person_score


def _mean_and_spread(marks: Floats) -> tuple[float, float]:
    """The normal interval of the marks' mean and standard deviation, within 0..1."""
    reach = float(stats.norm.ppf((1 + LEVEL) / 2) * marks.std())
    return max(float(marks.mean()) - reach, 0.0), min(float(marks.mean()) + reach, 1.0)


def _quantiles(marks: Floats) -> tuple[float, float]:
    low, high = np.quantile(marks, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _narrowest(marks: Floats) -> tuple[float, float]:
    """The narrowest interval that holds its share of the marks; the lowest of several."""
    ordered = np.sort(marks)
    held = int(np.ceil(LEVEL * len(ordered)))
    starts = ordered[: len(ordered) - held + 1]
    first = int(np.argmin(ordered[held - 1 :] - starts))
    return float(ordered[first]), float(ordered[first + held - 1])


BASELINES: Mapping[str, Callable[[Floats], tuple[float, float]]] = {
    "mean ± spread": _mean_and_spread,
    "quantiles": _quantiles,
    f"narrowest {LEVEL:.0%}": _narrowest,
}
"""Intervals of marks alone, by what they are called."""


def overrating(answers: Sequence[Compared]) -> Figures:
    """Of every style that claims nothing true, whether it is read below a partial answer, or a person is asked."""
    partial = [answer for answer in answers if answer.answer.style == PARTIAL]
    if not partial:
        return
    limit = mean(answer.score for answer in partial)
    for style in sorted(UNTRUE_STYLES):
        members = [answer for answer in answers if answer.answer.style == style]
        if members:
            below = mean(answer.score for answer in members) < limit
            caught = mean(answer.score < limit or not answer.is_accepted for answer in members)
            yield (
                f"{style} ({len(members)}) against the mean of partial, {limit:.3f}",
                f"{'below' if below else 'not below'}  flagged {mean(not a.is_accepted for a in members):.2f}"
                f"  answers below or flagged {caught:.2f}",
            )


def telling_apart(answers: Sequence[Compared]) -> Figures:
    """Criterion AUC bank by bank, of all styles and of those whose claims are true, with mean and spread."""
    claims = [answer for answer in answers if answer.answer.style not in UNTRUE_STYLES]
    kinds = {"all styles": _by_bank(answers), "true claims": _by_bank(claims)}
    areas: dict[str, list[float]] = defaultdict(list)
    for bank in kinds["all styles"]:
        told = []
        for kind, banks in kinds.items():
            try:
                area = agreement.auc(columns(banks.get(bank, [])))
            except Undefined as error:
                told.append(f"{kind}: {error}")
            else:
                areas[kind].append(area)
                told.append(f"{kind} {area:.3f}")
        yield f"criterion AUC, bank {bank}", "  ".join(told)
    if areas:
        means, spreads = (
            "  ".join(f"{kind} {count(each):.3f}" for kind, each in areas.items()) for count in (np.mean, np.ptp)
        )
        yield "criterion AUC, mean of the banks", means
        yield "criterion AUC, spread of the banks (highest less lowest)", spreads


def _by_bank(answers: Sequence[Compared]) -> dict[str, list[Compared]]:
    banks: dict[str, list[Compared]] = defaultdict(list)
    for answer in sorted(answers, key=lambda answer: answer.key[0]):
        banks[answer.key[0]].append(answer)
    return dict(banks)
