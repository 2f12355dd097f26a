"""Rows judged several times over: which verdicts a chat model does not repeat.

The local reading gives the same for the same text, so an answer is read once and critiqued anew each time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Outcome, Reading
from app.screening.batch import BlockGrader
from app.screening.rows import AnyRow, Row, RowId


@dataclass(frozen=True, slots=True)
class RowRuns:
    """One row's outcomes, in the order they came.

    Attributes:
        bank, style: As the row has them; empty where it does not say.
        verdicts: One list a criterion, by its id.
        judged: How many of the outcomes rest on a critique that was done.
    """

    number: int
    id: RowId | None
    bank: str
    style: str
    verdicts: Mapping[str, Sequence[str]]
    scores: Sequence[float]
    judged: int

    @property
    def flips(self) -> Mapping[str, Sequence[str]]:
        """The criteria whose verdict was not the same in every run."""
        return {id_: given for id_, given in self.verdicts.items() if len(set(given)) > 1}


class RepeatedGrader:
    """Completes each row several times; the first outcome is the row's.

    Args:
        grader: Asks its model anew each time: without a cache.
        runs: At least 2.
    """

    def __init__(self, grader: BlockGrader, runs: int) -> None:
        self._grader = grader
        self._runs = runs
        self._rows: list[RowRuns] = []

    @property
    def rows(self) -> Sequence[RowRuns]:
        """Every row so far that was judged, in the order of the input."""
        return sorted(self._rows, key=lambda row: row.number)

    async def complete(self, row: AnyRow, request: GradeRequest, reading: Reading) -> Outcome:
        """The first outcome, which says under "measured" how the others differed and what each of them took."""
        outcomes = [await self._grader.complete(request, reading) for _ in range(self._runs)]
        first = outcomes[0]
        if reading.stopped is not None or not isinstance(first, Graded):
            return first
        found = _row_runs(row, [one for one in outcomes if isinstance(one, Graded)])
        self._rows.append(found)
        told = {
            "runs": self._runs,
            "judged": found.judged,
            "flips": found.flips,
            "scores": list(found.scores),
            "critiques": [one.provenance.get("measured", {}).get("critique", {}) for one in outcomes],
        }
        measured = {**first.provenance.get("measured", {}), "runs": told}
        return replace(first, provenance={**first.provenance, "measured": measured})


def report(rows: Sequence[RowRuns], runs: int) -> dict[str, Any]:
    """How often verdicts flipped, in all, by bank and by style, and every row with a flip."""
    return {
        "runs": runs,
        **_figures(rows),
        "by_bank": _grouped(rows, lambda row: row.bank),
        "by_style": _grouped(rows, lambda row: row.style),
        "flips": [
            {
                "id": row.id,
                "line": row.number,
                "criteria": {id_: list(given) for id_, given in row.flips.items()},
                "scores": list(row.scores),
            }
            for row in rows
            if row.flips
        ],
    }


def _row_runs(row: AnyRow, outcomes: Sequence[Graded]) -> RowRuns:
    return RowRuns(
        number=row.number,
        id=row.id,
        bank=row.bank if isinstance(row, Row) else "",
        style=row.style if isinstance(row, Row) else "",
        verdicts={
            line.criterion_id: [outcome.criteria[place].verdict.value for outcome in outcomes]
            for place, line in enumerate(outcomes[0].criteria)
        },
        scores=[round(float(outcome.score), 4) for outcome in outcomes],
        judged=sum(outcome.critique is not None and outcome.critique.status == "done" for outcome in outcomes),
    )


def _figures(rows: Iterable[RowRuns]) -> dict[str, Any]:
    """Counts of rows, criteria and pairs of runs, and of those that flipped; the rate is None where there is no pair."""
    counts = Counter[str]()
    for row in rows:
        counts["rows"] += 1
        counts["rows_flipped"] += bool(row.flips)
        counts["not_judged"] += len(row.scores) - row.judged
        for given in row.verdicts.values():
            counts["criteria"] += 1
            counts["criteria_flipped"] += len(set(given)) > 1
            pairs = [one != other for one, other in combinations(given, 2)]
            counts["pairs"] += len(pairs)
            counts["pairs_flipped"] += sum(pairs)
    names = ("rows", "rows_flipped", "criteria", "criteria_flipped", "pairs", "pairs_flipped", "not_judged")
    rate = round(counts["pairs_flipped"] / counts["pairs"], 4) if counts["pairs"] else None
    return {**{name: counts[name] for name in names}, "pairwise_flip_rate": rate}


def _grouped(rows: Sequence[RowRuns], group: Callable[[RowRuns], str]) -> dict[str, Any]:
    names = sorted({group(row) for row in rows} - {""})
    return {name: _figures([row for row in rows if group(row) == name]) for name in names}
