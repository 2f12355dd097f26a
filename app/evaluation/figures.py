"""Every figure of an evaluation, with its interval over questions, or the reason why it does not exist."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.evaluation import agreement, resampling
from app.evaluation.agreement import Undefined
from app.evaluation.columns import Columns
from app.evaluation.resampling import Resampled


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a figure is counted.

    Attributes:
        unit: What it is counted over: criteria (marked in three levels), decisions (two-way) or answers.
        ideal: The value of a perfect grader; None where neither more nor less is better.
    """

    name: str
    title: str
    unit: str
    ideal: float | None
    value: Callable[[Columns], float]
    resampled: Resampled

    def count(self, found: Columns) -> int:
        """How many rows it is counted over."""
        return len({"criteria": found.person, "decisions": found.truth, "answers": found.score}[self.unit])


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure as told.

    Attributes:
        value: None where it does not exist; then `undefined` says why.
        low, high: The interval over questions; None where there is none.
        count: How many rows of its unit it is counted over.
    """

    name: str
    title: str
    unit: str
    ideal: float | None
    count: int
    value: float | None
    low: float | None = None
    high: float | None = None
    undefined: str = ""


MEASURES = (
    Measure(name="qwk", title="Quadratic weighted kappa", unit="criteria", ideal=1, value=agreement.weighted_kappa, resampled=resampling.weighted_kappa),
    Measure(name="kappa", title="Cohen’s kappa", unit="criteria", ideal=1, value=agreement.kappa, resampled=resampling.kappa),
    Measure(name="exact", title="Exact agreement", unit="criteria", ideal=1, value=agreement.exact, resampled=resampling.exact),
    Measure(name="far_off", title="Off by a full credit", unit="criteria", ideal=0, value=agreement.far_off, resampled=resampling.far_off),
    Measure(name="macro_f1", title="Macro F1, credit or none", unit="decisions", ideal=1, value=agreement.macro_f1, resampled=resampling.macro_f1),
    Measure(name="auc", title="AUC of the probability", unit="decisions", ideal=1, value=agreement.auc, resampled=resampling.auc),
    Measure(name="ece", title="Calibration error (ECE)", unit="decisions", ideal=0, value=agreement.calibration_error, resampled=resampling.calibration_error),
    Measure(name="pearson", title="Pearson’s r of the scores", unit="answers", ideal=1, value=agreement.pearson, resampled=resampling.pearson),
    Measure(name="spearman", title="Spearman’s rank correlation", unit="answers", ideal=1, value=agreement.spearman, resampled=resampling.spearman),
    Measure(name="within_question", title="Mean r within a question", unit="answers", ideal=1, value=agreement.within_question, resampled=resampling.within_question),
    Measure(name="impression", title="Pearson’s r with the overall impression", unit="answers", ideal=1, value=agreement.impression, resampled=resampling.impression),
    Measure(name="rmse", title="Root mean square error of the scores", unit="answers", ideal=0, value=agreement.rmse, resampled=resampling.rmse),
    Measure(name="interval_holds", title="Score intervals that hold the person’s score", unit="answers", ideal=None, value=agreement.held, resampled=resampling.held),
    Measure(name="interval_width", title="Mean width of the score intervals", unit="answers", ideal=None, value=agreement.width, resampled=resampling.width),
)  # fmt: skip


def figures(found: Columns, *, with_intervals: bool = True) -> tuple[Figure, ...]:
    """Every figure of these columns, in the order of `MEASURES`."""
    return tuple(_figure(measure, found, with_intervals=with_intervals) for measure in MEASURES)


def figure(name: str, found: Columns) -> Figure:
    """One figure, without its interval."""
    [measure] = [measure for measure in MEASURES if measure.name == name]
    return _figure(measure, found, with_intervals=False)


def undefined(told: Sequence[Figure]) -> dict[str, list[str]]:
    """Why some of these figures do not exist: their titles by the reason."""
    found: dict[str, list[str]] = {}
    for each in told:
        if each.value is None:
            found.setdefault(each.undefined, []).append(each.title)
    return found


def by_name(told: Sequence[Figure]) -> dict[str, Figure]:
    """Figures by their names."""
    return {figure.name: figure for figure in told}


def _figure(measure: Measure, found: Columns, *, with_intervals: bool) -> Figure:
    value, undefined, ends = None, "", None
    try:
        value = measure.value(found)
    except Undefined as error:
        undefined = str(error)
    else:
        ends = resampling.interval(found, measure.resampled) if with_intervals else None
    return Figure(
        name=measure.name,
        title=measure.title,
        unit=measure.unit,
        ideal=measure.ideal,
        count=measure.count(found),
        value=value,
        low=ends[0] if ends else None,
        high=ends[1] if ends else None,
        undefined=undefined,
    )
