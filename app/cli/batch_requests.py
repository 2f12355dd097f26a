"""`viva grade --batch-out` and `--batch-in`: critiques asked for through files instead of one by one."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli.grading import Way, grade_rows
from app.cli.progress import progress
from app.config import Settings
from app.errors import Conflict, InvalidInput
from app.screening.files import Survey
from app.screening.rows import AnyRow

if TYPE_CHECKING:
    from app.grading.answer_grader import AnswerGrader
    from app.screening.batch import CompleteRow, Record
    from app.screening.recorded import RequestWriter

NO_MODEL = "Set VIVA_LLM_MODEL to the model that the batch is for; address and key are not needed."
_SHOWN = 3


def write_requests(settings: Settings, known: Survey, rows: Iterator[AnyRow], path: Path, *, restart: bool) -> int:
    """Write what a chat model would be asked about these rows; gives the number of rows that could not be read.

    The file appears once it is whole.

    Raises:
        Conflict: There is one already and it may not be overwritten.
        InvalidInput: It cannot be written, or no model is named.
    """
    _require_model(settings)
    if path.exists() and not restart:
        raise Conflict(f"{path} is there already; choose another --batch-out, or --restart to overwrite it.")
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as stream, progress(known.rows) as advance:
            counts = Counter[str]()
            writers: list[RequestWriter] = []

            def way(grader: "AnswerGrader") -> "CompleteRow":
                from app.screening.recorded import RequestWriter  # noqa: PLC0415 (pulls in the grader)

                writers.append(RequestWriter(grader, settings.llm_model or "", stream.write))
                return writers[0].complete

            def count(record: "Record") -> None:
                counts[
                    "ungraded" if record["status"] == "ungraded" else "asked" if record["critique"] else "stopped"
                ] += 1
                advance()

            # One row at a time: the requests stand in the order of the rows.
            asyncio.run(grade_rows(settings, known, rows, count, way=way, concurrency=1))
        partial.replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror}); check --batch-out.") from error
    finally:
        partial.unlink(missing_ok=True)
    _tell(path, counts, writers[0])
    return counts["ungraded"]


def from_responses(settings: Settings, paths: list[Path]) -> Way:
    """The way of grading from recorded responses; says what of the files is of no use.

    Raises:
        InvalidInput: One cannot be opened, or no model is named.
    """
    from app.llm.batch_file import ResponseFiles  # noqa: PLC0415 (as above)

    _require_model(settings)
    responses = ResponseFiles.read(paths)
    _say(f"{len(responses)} responses to Viva's requests in {len(paths)} file(s).")
    if responses.unread:
        shown = "; ".join(responses.unread[:_SHOWN]) + ("; …" if len(responses.unread) > _SHOWN else "")
        _say(f"{len(responses.unread)} line(s) are no JSON object and were passed over ({shown}).")
    if responses.strangers:
        _say(f"{responses.strangers} response(s) have a custom_id that Viva did not make and were passed over.")

    def way(grader: "AnswerGrader") -> "CompleteRow":
        from app.screening.recorded import ResponseGrader  # noqa: PLC0415 (as above)

        return ResponseGrader(grader, settings.llm_model or "", responses).complete

    return way


def _require_model(settings: Settings) -> None:
    if not settings.llm_configured:
        raise InvalidInput(NO_MODEL)


def _tell(path: Path, counts: "Counter[str]", writer: "RequestWriter") -> None:
    from app.llm.batch_file import MOST_BYTES, MOST_REQUESTS  # noqa: PLC0415 (as above)

    _say(
        f"{writer.requests} requests for {counts['asked']} rows are in {path}; {counts['stopped']} rows need none, "
        f"{counts['ungraded']} could not be read."
    )
    if writer.requests > MOST_REQUESTS or writer.size > MOST_BYTES:
        _say(
            f"OpenAI takes {MOST_REQUESTS:,} requests and {MOST_BYTES // 1_000_000} MB a file: split it at line ends; "
            "--batch-in may be given several times."
        )


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
