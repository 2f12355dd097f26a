"""An evaluation as a value: figures, tables and the worst disagreements, before they become a page or a file.

Nothing is rounded here; a figure that does not exist says why.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from app.evaluation.agreement import CALIBRATION_BINS, LEVELS, bins_of
from app.evaluation.columns import Columns, columns
from app.evaluation.compared import Compared, Mark
from app.evaluation.figures import Figure, figure, figures
from app.grading.outcome import Flag
from rubric.scoring import FULL

WORST = 20
CURVE_POINTS = 50
BANDS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0))
"""Ranges of the person's score; the last one holds its upper end too."""
NOTED_AS = {
    Flag.MANIPULATION: "injection",
    Flag.OTHER_LANGUAGE: "other_language",
    Flag.KEYWORD_LIST: "keyword_stuffing",
    Flag.ECHO: "parroting",
    Flag.NEGATION: "contradiction",
    Flag.CONFLICT: "contradiction",
}
"""What a labelled set calls the thing that a flag of the grader is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was evaluated.

    Attributes:
        labelled, grades: The files' names; no `grades` where the answers were graded for this evaluation.
        bases: Answers by what their grade rests on.
        ungraded: Answers without a grade; they enter no figure.
    """

    labelled: str
    grades: str | None
    answers: int
    ungraded: int
    questions: int
    bases: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Decisions whose probability lies in [low, high); `mean` and `observed` are None where there is none."""

    low: float
    high: float
    count: int
    mean: float | None
    observed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What accepting a share of the answers without review costs.

    Attributes:
        share: Of the graded answers, 0..1.
        wrong: Share of their criteria with another credit than the person's (two-way: with the other decision).
        far_off: Share of them that are off by a full credit; the same as `wrong` for two-way decisions.
    """

    share: float
    answers: int
    criteria: int
    wrong: float | None
    far_off: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A part of the answers: a bank, a style, a question or a band of scores.

    Attributes:
        person, grader: Mean scores, 0..1; None where people scored none.
        wrong, far_off: Shares of the criteria, as in `Accepted`.
        accepted: What of it is accepted as the grader stands.
    """

    name: str
    group: str
    answers: int
    criteria: int
    person: float | None
    grader: float
    wrong: float
    far_off: float
    qwk: Figure
    rmse: Figure
    accepted: Accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRow:
    """How a flag stands to what people noted of the answers, or to whether anything was wrong.

    Attributes:
        noted_as: The note it is compared with; empty where people note nothing of the kind.
        raised: Answers that carry it.
        noted, found: Answers people noted, and those of them that carry the flag.
        others, false_alarms: Answers people did not note (or, without a note, whose every credit is right), and those
            of them that carry the flag.
    """

    flag: str
    noted_as: str
    raised: int
    noted: int
    found: int
    others: int
    false_alarms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A criterion that grader and person see most differently; `number` is its place in the rubric, from 1."""

    compared: Compared
    mark: Mark
    number: int
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Everything a reader is told of how far a grader can be believed.

    Attributes:
        accepted_figures: The same figures on the answers accepted without review.
        matrix: Counts of criteria, person's half-points down, grader's across.
        curve: From the surest answer to all of them.
        operating: What the grader accepts by itself.
    """

    source: Source
    all_figures: tuple[Figure, ...]
    accepted_figures: tuple[Figure, ...]
    matrix: tuple[tuple[int, ...], ...]
    calibration: tuple[Bin, ...]
    curve: tuple[Accepted, ...]
    operating: Accepted
    by_bank: tuple[Row, ...]
    by_style: tuple[Row, ...]
    by_question: tuple[Row, ...]
    by_band: tuple[Row, ...]
    flags: tuple[FlagRow, ...]
    worst: tuple[Disagreement, ...]


def evaluate(answers: Sequence[Compared], *, labelled: str, grades: str | None, ungraded: int) -> Evaluation:
    """The evaluation of at least one graded answer."""
    found = columns(answers)
    accepted = [answer for answer in answers if answer.is_accepted]
    return Evaluation(
        source=Source(
            labelled=labelled,
            grades=grades,
            answers=len(answers) + ungraded,
            ungraded=ungraded,
            questions=found.questions,
            bases=dict(sorted(Counter(_basis(answer) for answer in answers).items())),
        ),
        all_figures=figures(found),
        accepted_figures=figures(columns(accepted)),
        matrix=_matrix(found),
        calibration=_calibration(found),
        curve=_curve(answers),
        operating=accepted_of(accepted, len(answers)),
        by_bank=_rows(answers, lambda answer: (answer.key[0], "")),
        by_style=_rows(answers, lambda answer: (answer.answer.style, "")),
        by_question=_rows(answers, lambda answer: (answer.answer.question, answer.key[0])),
        by_band=_by_band(answers),
        flags=_flags(answers),
        worst=_worst(answers),
    )


def _basis(answer: Compared) -> str:
    """Without the reasons of failures, which differ from answer to answer."""
    return answer.basis.split(":", maxsplit=1)[0]


def _matrix(found: Columns) -> tuple[tuple[int, ...], ...]:
    counts = Counter(zip(found.person.tolist(), found.grader.tolist(), strict=True))
    return tuple(tuple(counts[person, grader] for grader in LEVELS) for person in LEVELS)


def _calibration(found: Columns) -> tuple[Bin, ...]:
    places = bins_of(found.probability)
    return tuple(_bin(found, places == place, place) for place in range(CALIBRATION_BINS))


def _bin(found: Columns, inside: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", place: int) -> Bin:
    count = int(inside.sum())
    return Bin(
        low=place / CALIBRATION_BINS,
        high=(place + 1) / CALIBRATION_BINS,
        count=count,
        mean=float(found.probability[inside].mean()) if count else None,
        observed=float(found.truth[inside].mean()) if count else None,
    )


def _gap(answer: Compared, mark: Mark) -> int:
    """Half-points between person and grader; a wrong two-way decision counts as a full credit."""
    if answer.is_two_way:
        return FULL * ((mark.person == FULL) != (mark.grader == FULL))
    return abs(mark.person - mark.grader)


def accepted_of(chosen: Sequence[Compared], total: int) -> Accepted:
    """What accepting these costs, of `total` graded answers."""
    gaps = [_gap(answer, mark) for answer in chosen for mark in answer.marks]
    return Accepted(
        share=len(chosen) / total,
        answers=len(chosen),
        criteria=len(gaps),
        wrong=sum(gap > 0 for gap in gaps) / len(gaps) if gaps else None,
        far_off=sum(gap == FULL for gap in gaps) / len(gaps) if gaps else None,
    )


def doubt(answer: Compared) -> tuple[bool, float]:
    """Least for the surest answer: those that need no review come first, then narrower intervals before wider."""
    return not answer.is_accepted, answer.high - answer.low


def _curve(answers: Sequence[Compared]) -> tuple[Accepted, ...]:
    """Accepting from the surest answer on."""
    surest = sorted(answers, key=doubt)
    sizes = sorted({round(len(surest) * place / CURVE_POINTS) for place in range(1, CURVE_POINTS + 1)} - {0})
    gaps = [[_gap(answer, mark) for mark in answer.marks] for answer in surest]
    criteria = list(accumulate(len(each) for each in gaps))
    wrong = list(accumulate(sum(gap > 0 for gap in each) for each in gaps))
    far_off = list(accumulate(sum(gap == FULL for gap in each) for each in gaps))
    return tuple(
        Accepted(
            share=size / len(surest),
            answers=size,
            criteria=criteria[size - 1],
            wrong=wrong[size - 1] / criteria[size - 1],
            far_off=far_off[size - 1] / criteria[size - 1],
        )
        for size in sizes
    )


def _rows(answers: Sequence[Compared], name: Callable[[Compared], tuple[str, str]]) -> tuple[Row, ...]:
    """One row a name and group, the worst first; answers without a name are in none."""
    parts: dict[tuple[str, str], list[Compared]] = defaultdict(list)
    for answer in answers:
        parts[name(answer)].append(answer)
    return tuple(sorted((_row(part, *named) for named, part in parts.items() if named[0]), key=_badness))


def _row(part: Sequence[Compared], name: str, group: str = "") -> Row:
    found = columns(part)
    gaps = [_gap(answer, mark) for answer in part for mark in answer.marks]
    return Row(
        name=name,
        group=group,
        answers=len(part),
        criteria=sum(len(answer.marks) for answer in part),
        person=float(found.person_score.mean()) if len(found.person_score) else None,
        grader=float(np.mean([answer.score for answer in part])),
        wrong=sum(gap > 0 for gap in gaps) / len(gaps),
        far_off=sum(gap == FULL for gap in gaps) / len(gaps),
        qwk=figure("qwk", found),
        rmse=figure("rmse", found),
        accepted=accepted_of([answer for answer in part if answer.is_accepted], len(part)),
    )


def _badness(row: Row) -> float:
    """Twice the mean error of a criterion's credit, negative, so that the worst comes first."""
    return -(row.wrong + row.far_off)


def _by_band(answers: Sequence[Compared]) -> tuple[Row, ...]:
    scored = [(answer, score) for answer in answers if (score := answer.person_score) is not None]
    rows = []
    for low, high in BANDS:
        inside = [answer for answer, score in scored if low <= score < high or (score == high == 1)]
        if inside:
            rows.append(_row(inside, f"{low:.2f} to {'' if high == 1 else 'under '}{high:.2f}"))
    return tuple(rows)


def _flags(answers: Sequence[Compared]) -> tuple[FlagRow, ...]:
    """Flags that were raised, or that people noted; compared with notes only where the set has any."""
    has_notes = any(answer.answer.flags for answer in answers)
    rows = []
    for flag in Flag:
        noted_as = NOTED_AS.get(flag, "") if has_notes else ""
        noted = [answer for answer in answers if noted_as and noted_as in answer.answer.flags]
        if noted_as:
            others = [answer for answer in answers if noted_as not in answer.answer.flags]
        else:
            others = [answer for answer in answers if not any(_gap(answer, mark) for mark in answer.marks)]
        raised = sum(flag in answer.flags for answer in answers)
        if raised or noted:
            rows.append(
                FlagRow(
                    flag=flag.value,
                    noted_as=noted_as,
                    raised=raised,
                    noted=len(noted),
                    found=sum(flag in answer.flags for answer in noted),
                    others=len(others),
                    false_alarms=sum(flag in answer.flags for answer in others),
                )
            )
    return tuple(rows)


def _worst(answers: Sequence[Compared]) -> tuple[Disagreement, ...]:
    """Of the criteria that are marked differently: accepted ones first, then the wider gap, then the surer error."""
    found = [
        Disagreement(compared=answer, mark=mark, number=number, gap=_gap(answer, mark) / FULL)
        for answer in answers
        for number, mark in enumerate(answer.marks, start=1)
        if _gap(answer, mark)
    ]
    found.sort(key=lambda each: (-each.gap, not each.compared.is_accepted, -_surprise(each)))
    return tuple(found[:WORST])


def _surprise(each: Disagreement) -> float:
    """How sure the grader was of what the person denies, 0..1."""
    return each.mark.probability if each.mark.person <= 0 else 1 - each.mark.probability
