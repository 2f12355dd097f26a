"""`viva grade`: a file of recorded answers in, a file of grades out, a JSON object a line."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.batch_requests import from_responses, write_requests
from app.cli.grading import Way, grade_rows, require_store
from app.cli.progress import progress
from app.cli.repeated_runs import Runs
from app.cli.settings import read_settings
from app.cli.spending import Spending
from app.config import Settings
from app.errors import InvalidInput
from app.screening.files import STANDARD_STREAM, GradesFile, Survey, open_input, open_output, rows_of, same_file, survey
from app.screening.rows import AnyRow

if TYPE_CHECKING:
    from app.screening.batch import Record

NO_MODEL = "No chat model is configured (VIVA_LLM_MODEL), so every grade rests on the local reading alone."
_INTERRUPTED = 130


@dataclass
class _Tally:
    """What the run has done so far."""

    graded: int = 0
    ungraded: int = 0
    to_review: int = 0
    spending: Spending = field(default_factory=Spending)

    def add(self, record: "Record") -> None:
        """Count a record."""
        is_graded = record["status"] == "graded"
        self.graded += is_graded
        self.ungraded += not is_graded
        self.to_review += is_graded and record["needs_review"]
        self.spending.add(record)

    def told(self) -> str:
        """What became of the rows of this run, in sentences."""
        if not self.graded + self.ungraded:
            return "Nothing was left to grade."
        graded = f"Graded: {self.graded}, of which {self.to_review} for a person to review."
        return graded + (f" Could not be graded: {self.ungraded}; the output says why." if self.ungraded else "")


def grade(
    *,
    input_name: Annotated[
        str, typer.Option("--input", metavar="FILE", help="Rows to grade, a JSON object a line; - is standard input.")
    ],
    output_name: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help="Where the grades go, in the same order; - is standard output."),
    ] = None,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Ask no chat model for critiques.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Overwrite what the output holds instead of going on after it.")
    ] = False,
    batch_out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Grade nothing; write what a chat model is to be asked, for a batch of OpenAI's."
        ),
    ] = None,
    batch_in: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Take the critiques from the responses to such a batch; may be repeated."),
    ] = None,
    runs: Annotated[
        int, typer.Option(min=1, max=20, help="Critique each answer so many times and say which verdicts flip.")
    ] = 1,
    runs_report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the report on the flips goes.")
    ] = None,
) -> None:
    """Grade many recorded answers.

    A row is {"id", "bank", "question_id", "answer"}, or brings its own rubric: {"id", "question", "criteria": ["…"],
    "answer"}. A stopped run goes on where it was when it is started again. Exit code 1 says that some rows could not
    be graded; the output names what is wrong with each.
    """
    settings = _settings(no_llm=no_llm)
    _require_sense(settings, batch_out, batch_in, runs, runs_report)
    output_name = _output(input_name, output_name, batch_out)
    if not settings.llm_configured and not (no_llm or batch_out or batch_in):
        _say(NO_MODEL)
    if runs > 1:
        # A remembered reply would flip nothing.
        settings = settings.model_copy(update={"llm_cache": False})
    with open_input(input_name) as stream:
        rows = rows_of(stream)
        known = survey(rows())
        if known.remark:
            _say(known.remark)
        if known.needs_banks:
            # Before the output is touched, and before seconds are spent on a model.
            require_store(settings)
        if batch_out is not None:
            raise typer.Exit(1 if write_requests(settings, known, rows(), batch_out, restart=restart) else 0)
        repeated = Runs(runs, runs_report) if runs > 1 else None
        way = repeated.way if repeated else from_responses(settings, batch_in) if batch_in else None
        remaining = rows()
        with open_output(output_name, remaining, restart=restart) as output:
            ungraded = _run(settings, known, remaining, output, output_name, way)
        if repeated is not None:
            repeated.tell()
    raise typer.Exit(1 if ungraded else 0)


def _settings(*, no_llm: bool) -> Settings:
    settings = read_settings()
    return settings.model_copy(update={"llm_model": None}) if no_llm else settings


def _require_sense(
    settings: Settings, batch_out: Path | None, batch_in: list[Path] | None, runs: int, runs_report: Path | None
) -> None:
    """Refuse options that contradict each other, in a sentence."""
    if batch_out is not None and batch_in:
        raise InvalidInput("--batch-out writes requests and --batch-in reads their responses; do one after the other.")
    if runs > 1 and (batch_out is not None or batch_in):
        raise InvalidInput("--runs asks the model itself; leave out --batch-out and --batch-in.")
    if runs > 1 and not settings.llm_configured:
        raise InvalidInput(
            "--runs compares a chat model with itself: set VIVA_LLM_MODEL. Without one every run is the same."
        )
    if runs_report is not None and runs == 1:
        raise InvalidInput("--runs-report belongs to --runs; give a number of runs from 2 to 20.")


def _output(input_name: str, output_name: str | None, batch_out: Path | None) -> str:
    """Where the output goes; never into the input."""
    if batch_out is not None:
        if output_name is not None:
            raise InvalidInput("--batch-out grades nothing, so leave out --output; grade later with --batch-in.")
        output_name = str(batch_out)
    if output_name is None:
        raise InvalidInput("Say where the grades go: --output FILE, or - for standard output.")
    if same_file(input_name, output_name):
        raise InvalidInput("Input and output are the same file; choose another --output.")
    return output_name


def _run(
    settings: Settings,
    known: Survey,
    remaining: Iterator[AnyRow],
    output: GradesFile,
    output_name: str,
    way: Way | None,
) -> int:
    """Grade what remains and tell how it went; gives the number of ungraded rows in the whole output."""
    tally = _Tally()
    if output.done.rows:
        kept = (
            f", {output.done.ungraded} of them ungraded (--restart grades all rows anew)"
            if output.done.ungraded
            else ""
        )
        _say(f"{output.done.rows} of {known.rows} rows are in {output_name} already{kept}.")
    try:
        if output.done.rows < known.rows:
            with progress(known.rows, output.done.rows) as advance:

                def keep(record: "Record") -> None:
                    output.write(record)
                    tally.add(record)
                    advance()

                asyncio.run(grade_rows(settings, known, remaining, keep, way=way))
    except KeyboardInterrupt:
        done = output.done.rows + tally.graded + tally.ungraded
        again = "" if output_name == STANDARD_STREAM else " Run the same command again to go on from there."
        _say(f"Stopped: {done} of {known.rows} rows are in the output.{again}")
        raise typer.Exit(_INTERRUPTED) from None
    _say(tally.told() if known.rows else "The input has no rows.")
    if spent := tally.spending.told():
        _say(spent)
    return output.done.ungraded + tally.ungraded


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
