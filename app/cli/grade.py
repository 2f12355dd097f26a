"""`viva grade`: a file of recorded answers in, a file of grades out, a JSON object a line."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.progress import progress
from app.cli.settings import read_settings
from app.config import Settings
from app.errors import InvalidInput
from app.screening.files import STANDARD_STREAM, GradesFile, Survey, open_input, open_output, rows_of, same_file, survey
from app.screening.rows import AnyRow
from vectorstore.errors import StoreInUse
from vectorstore.ownership import who_owns

if TYPE_CHECKING:
    from app.screening.batch import Record

NO_MODEL = "No chat model is configured (VIVA_LLM_MODEL), so every grade rests on the semantic reading alone."
_INTERRUPTED = 130


@dataclass
class _Tally:
    """What the run has done so far."""

    graded: int = 0
    ungraded: int = 0
    to_review: int = 0

    def add(self, record: "Record") -> None:
        """Count a record."""
        is_graded = record["status"] == "graded"
        self.graded += is_graded
        self.ungraded += not is_graded
        self.to_review += is_graded and record["needs_review"]


def grade(
    *,
    input_name: Annotated[
        str, typer.Option("--input", metavar="FILE", help="Rows to grade, a JSON object a line; - is standard input.")
    ],
    output_name: Annotated[
        str,
        typer.Option("--output", metavar="FILE", help="Where the grades go, in the same order; - is standard output."),
    ],
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Ask no chat model for critiques.")] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Overwrite what the output holds instead of going on after it.")
    ] = False,
) -> None:
    """Grade many recorded answers.

    A row is {"id", "bank", "question_id", "answer"}, or brings its own rubric: {"id", "question", "criteria": ["…"],
    "answer"}. A stopped run goes on where it was when it is started again. Exit code 1 says that some rows could not
    be graded; the output names what is wrong with each.
    """
    settings = read_settings()
    if same_file(input_name, output_name):
        raise InvalidInput("Input and output are the same file; choose another --output.")
    if not settings.llm_configured and not no_llm:
        _say(NO_MODEL)
    if no_llm:
        settings = settings.model_copy(update={"llm_model": None})
    with open_input(input_name) as stream:
        rows = rows_of(stream)
        known = survey(rows())
        if known.remark:
            _say(known.remark)
        if known.needs_banks:
            # Before the output is touched, and before seconds are spent on a model.
            _require_store(settings)
        remaining = rows()
        with open_output(output_name, remaining, restart=restart) as output:
            ungraded = _run(settings, known, remaining, output, output_name)
    raise typer.Exit(1 if ungraded else 0)


def _run(settings: Settings, known: Survey, remaining: Iterator[AnyRow], output: GradesFile, output_name: str) -> int:
    """Grade what remains and tell how it went; gives the number of ungraded rows in the whole output."""
    tally = _Tally()
    if output.done.rows:
        kept = (
            f", {output.done.ungraded} of them ungraded (--restart tries those again)" if output.done.ungraded else ""
        )
        _say(f"{output.done.rows} of {known.rows} rows are in {output_name} already{kept}.")
    try:
        if output.done.rows < known.rows:
            with progress(known.rows, output.done.rows) as advance:

                def keep(record: "Record") -> None:
                    output.write(record)
                    tally.add(record)
                    advance()

                asyncio.run(_grade(settings, known, remaining, keep))
    except KeyboardInterrupt:
        done = output.done.rows + tally.graded + tally.ungraded
        again = "" if output_name == STANDARD_STREAM else " Run the same command again to go on from there."
        _say(f"Stopped: {done} of {known.rows} rows are in the output.{again}")
        raise typer.Exit(_INTERRUPTED) from None
    ungraded = output.done.ungraded + tally.ungraded
    _say(
        f"{known.rows} rows: {tally.graded} graded now ({tally.to_review} for a person to review), "
        f"{ungraded} ungraded in all."
    )
    return ungraded


def _require_store(settings: Settings) -> None:
    holder = who_owns(settings.vectors_dir) if settings.chroma_url is None else None
    if holder is not None:
        raise StoreInUse(holder.owner, holder.pid, holder.url)


async def _grade(
    settings: Settings, known: Survey, remaining: Iterator[AnyRow], keep: Callable[["Record"], None]
) -> None:
    # Assembly and grading pull in the database, Chroma and numpy: seconds that `viva --help` must not pay.
    from app.bootstrap import audit_sample, build_grader, build_services  # noqa: PLC0415
    from app.logs import set_up  # noqa: PLC0415
    from app.screening.bank_questions import BankQuestions  # noqa: PLC0415
    from app.screening.batch import BatchGrader  # noqa: PLC0415

    set_up("warning")  # on standard error: standard output may be the output
    async with AsyncExitStack() as stack:
        if known.needs_banks:
            services = await stack.enter_async_context(build_services(settings, owner="viva grade"))
            grader, find_question = services.grader, BankQuestions(services.banks).find
        else:
            grader, find_question = await stack.enter_async_context(build_grader(settings)), None
        batch = BatchGrader(
            grader=grader,
            new_id=lambda: uuid.uuid4().hex,
            concurrency=settings.llm_concurrency,
            find_question=find_question,
            is_sampled=audit_sample(settings).holds,
        )
        await batch.grade(remaining, keep)


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
