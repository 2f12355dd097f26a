"""`viva grade --runs`: which verdicts a chat model does not repeat."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.terminal import safe
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.grading.answer_grader import AnswerGrader
    from app.screening.batch import CompleteRow
    from app.screening.runs import RepeatedGrader

_SHOWN = 20


class Runs:
    """Several runs of each row, and the report on them."""

    def __init__(self, runs: int, report: Path | None) -> None:
        self._runs = runs
        self._report = report
        self._grader: RepeatedGrader | None = None

    def way(self, grader: "AnswerGrader") -> "CompleteRow":
        """How rows come to their outcome: see `app.screening.runs`."""
        from app.screening.runs import RepeatedGrader  # noqa: PLC0415 (pulls in the grader)

        self._grader = RepeatedGrader(grader, self._runs)
        return self._grader.complete

    def tell(self) -> None:
        """Say what flipped, and write the report where one is wanted.

        Raises:
            InvalidInput: It cannot be written.
        """
        from app.screening.runs import report  # noqa: PLC0415 (as above)

        figures = report(self._grader.rows if self._grader is not None else [], self._runs)
        rate = figures["pairwise_flip_rate"]
        rows, flipped = figures["rows"], figures["rows_flipped"]
        said = f"{self._runs} runs of {_rows(rows)} that {'was' if rows == 1 else 'were'} judged: "
        if flipped:
            said += (
                f"{figures['criteria_flipped']} of {figures['criteria']} criteria changed their verdict, in "
                f"{_rows(flipped)}; between two runs {rate:.2%} of the verdicts differ."
            )
        else:
            said += "no verdict changed."
        typer.echo(said, err=True)
        if figures["not_judged"]:
            typer.echo(
                f"Critiques that could not be used: {figures['not_judged']} of {self._runs * rows}; "
                "the local reading stood in their place.",
                err=True,
            )
        for flip in figures["flips"][:_SHOWN]:
            for criterion, given in flip["criteria"].items():
                typer.echo(safe(f"  {flip['id']}, {criterion}: {', '.join(given)}"), err=True)
        if len(figures["flips"]) > _SHOWN:
            typer.echo(f"  … and {len(figures['flips']) - _SHOWN} more rows; --runs-report has them all.", err=True)
        if self._report is not None:
            try:
                self._report.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            except OSError as error:
                raise InvalidInput(
                    f"{self._report} cannot be written ({error.strerror}); check --runs-report."
                ) from error


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
