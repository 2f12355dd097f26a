"""`viva replay`: a grade computed again from what was kept with it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.config import Settings
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.banks.catalogue import BankCatalogue
    from app.bootstrap import Records
    from app.grading.grader import BankRef, GradeRequest
    from app.grading.replay import Difference
    from rubric.bank import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A grade with what was graded, and the newest content of its bank.

    Attributes:
        blind: Whether nobody may see yet what the machine gave.
    """

    record: Mapping[str, Any]
    request: "GradeRequest"
    bank_sha256: str | None
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What came of a replay.

    Attributes:
        others: What is installed now and is another than the one that graded.
        blind: Whether differences may only be counted.
        obstacle: Why a step could not be taken; empty when all were.
    """

    grade_id: str
    differences: "tuple[Difference, ...]"
    others: tuple[str, ...]
    blind: bool
    obstacle: str = ""

    @property
    def is_equal(self) -> bool:
        return not self.differences and not self.obstacle


def replay(
    grade_id: Annotated[str, typer.Argument(metavar="GRADE_ID", help="As the report or the grades file has it.")],
    grades: Annotated[
        Path | None,
        typer.Option("--grades", metavar="FILE", help="A file that viva grade wrote, instead of the database."),
    ] = None,
    input_name: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="The rows that the grades file was made of.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Compute a grade again from what was kept with it, then measure its text again; name whatever differs.

    Needs neither the vector store nor a chat model. What differs in an answer that is to be judged blind is only counted
    until a person has decided. Exit code 0: equal to the byte. 1: something differs. 2: not found.
    """
    if (grades is None) != (input_name is None):
        raise InvalidInput("--grades and --input belong together: the grades, and the rows they were made of.")
    result = asyncio.run(_replay(read_settings(), grade_id, grades, input_name))
    typer.echo(_as_json(result) if as_json else safe(_as_text(result)))
    raise typer.Exit(0 if result.is_equal else 1)


async def _replay(settings: Settings, grade_id: str, grades: Path | None, input_name: str | None) -> _Result:
    # Assembly takes longer to import than `viva --help` may.
    from app.bootstrap import open_reader, open_records  # noqa: PLC0415 (slow to import)
    from app.grading.replay import (  # noqa: PLC0415 (slow to import)
        CannotReplay,
        Installed,
        differences,
        measured_again,
        others,
        recompute,
    )
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    set_up("warning")
    async with open_records(settings) as records:
        if grades is None or input_name is None:
            found = await _in_database(grade_id, records)
        else:
            found = await _in_file(grade_id, grades, input_name, records.banks)
        record, request, blind = found.record, found.request, found.blind
        try:
            came_out = differences(record, recompute(record, request))
        except CannotReplay as error:
            return _Result(grade_id=grade_id, differences=(), others=(), blind=blind, obstacle=str(error))
        changed = others(record, Installed(model=settings.llm_model, bank_sha256=found.bank_sha256))
        async with open_reader(settings, records.banks) as reader:
            try:
                measured = await measured_again(record, request, reader)
            except CannotReplay as error:
                return _Result(
                    grade_id=grade_id, differences=came_out, others=changed, blind=blind, obstacle=str(error)
                )
    return _Result(grade_id=grade_id, differences=(*came_out, *measured), others=changed, blind=blind)


async def _in_database(grade_id: str, records: "Records") -> _Found:
    from app.grading.record import to_record  # noqa: PLC0415 (as above)
    from app.interviews.graded_answers import GradedAnswers  # noqa: PLC0415 (slow to import)

    found = await GradedAnswers(records.interviews, records.banks).find(grade_id)
    record = to_record(found.grade.outcome, grade_id=grade_id, row_id=found.answer.id, request=found.request)
    # What stands in the database went through JSON; so does what is compared with it.
    newest = await records.banks.get(found.version.name)
    return _Found(
        record=json.loads(json.dumps(record)),
        request=found.request,
        bank_sha256=newest.sha256,
        blind=await records.reviews.is_blind(grade_id),
    )


async def _in_file(grade_id: str, grades: Path, input_name: str, banks: "BankCatalogue") -> _Found:
    from app.grading.grader import BankRef  # noqa: PLC0415 (as above)
    from app.screening.batch import request_of  # noqa: PLC0415 (slow to import)
    from app.screening.files import open_input, rows_of  # noqa: PLC0415 (slow to import)
    from app.screening.kept import grade_of, row_graded  # noqa: PLC0415 (slow to import)

    record = grade_of(grades, grade_id)
    with open_input(input_name) as stream:
        row = row_graded(record, rows_of(stream)(), input_name)
    told = record["provenance"]

    async def question_then(bank: str, question_id: str) -> "tuple[BankRef, Question]":
        version = await banks.get(bank, told.get("bank_version"))
        return BankRef(version.name, version.version, version.sha256), version.bank.question(question_id)

    request = await request_of(row, question_then)
    newest = await banks.get(request.bank.name) if request.bank is not None else None
    return _Found(record=record, request=request, bank_sha256=newest.sha256 if newest else None)


def _as_json(result: _Result) -> str:
    differences = [{"where": one.where, "was": one.was, "now": one.now} for one in result.differences]
    shown = {
        "grade_id": result.grade_id,
        "equal": result.is_equal,
        "blind": result.blind,
        "differing": len(differences),
        "differences": None if result.blind else differences,
        "others": list(result.others),
        "obstacle": result.obstacle or None,
    }
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _as_text(result: _Result) -> str:
    count = len(result.differences)
    if result.is_equal:
        head = f"{result.grade_id}: equal. Computed from what was kept with it, the grade is the same to the byte."
    elif count and result.blind:
        head = (
            f"{result.grade_id}: differs, in {count} value{'' if count == 1 else 's'}. The answer is in the audit sample "
            "and judged blind; they are shown once a person has decided (viva review)."
        )
    elif count:
        head = f"{result.grade_id}: differs."
    else:
        head = f"{result.grade_id}: could not be replayed as a whole."
    shown = () if result.blind else result.differences
    lines = [head, *(f"  {one.sentence}" for one in shown)]
    return "\n".join([*lines, *([result.obstacle] if result.obstacle else []), *result.others])
