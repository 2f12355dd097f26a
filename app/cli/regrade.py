"""`viva regrade`: what a change of bank, prompt, model or head changes, before anything is stored."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.config import Settings
from app.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from app.bootstrap import Records
    from app.screening.regrade import Known, Regrade, Skipped


def regrade(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change.")] = False,
    bank: Annotated[str | None, typer.Option(metavar="NAME", help="Of interviews held from this bank alone.")] = None,
    grades: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file that viva grade wrote, instead of the database.")
    ] = None,
    input_name: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="The rows that the grades file was made of.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the new grades of a file go; the old file stays.")
    ] = None,
    no_llm: Annotated[
        bool, typer.Option("--no-llm", help="Ask no chat model; keep what one said before of the same rubric.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Grade again what was graded, after a change of bank, prompt, model or head, and list what changes.

    Takes every final answer that a machine graded; what a person decided stands. New grades are stored beside the old
    ones, after you agreed. A chat model is asked again only where model, prompt or rubric are others than then. Needs
    no vector store, so it may run beside the server. Candidates of a screening are left to `viva screen change ID
    --regrade`, since their results are frozen.
    """
    _require_sense(bank, grades, input_name, output, dry_run=dry_run)
    settings = read_settings()
    if no_llm:
        settings = settings.model_copy(update={"llm_model": None})
    asyncio.run(_regrade(settings, bank, grades, input_name, None if dry_run else output, dry_run, yes, as_json))


async def _regrade(
    settings: Settings,
    bank: str | None,
    grades: Path | None,
    input_name: str | None,
    output: Path | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    # Assembly takes longer to import than `viva --help` may.
    from app.bootstrap import open_records, open_regrader  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)
    from app.screening.regrade import Regrade  # noqa: PLC0415 (slow to import)

    set_up("warning")
    async with open_records(settings) as records:
        result = Regrade()
        async with open_regrader(settings, records) as regrader:
            async for found in _found(records, bank, grades, input_name):
                await result.add(found, regrader)
        told = result.record(records.clock())
        if as_json:
            typer.echo(json.dumps({"dry_run": dry_run, **told}, ensure_ascii=False, indent=2))
        else:
            typer.echo(safe(_as_text(told)))
        if dry_run or not result.made:
            return
        what = (
            f"Write the new grades to {output}"
            if output
            else f"Store {len(result.made)} new grades beside the old ones"
        )
        if not yes and not typer.confirm(f"{what}?", err=True):
            typer.echo("Nothing was stored.", err=True)
            raise typer.Exit(1)
        if grades is not None and output is not None:
            typer.echo(f"{_write(result, grades, output)} grades are in {output}.", err=True)
        else:
            stored = await store_again(result, records)
            typer.echo(f"{stored} new grades stored; the old ones stay.", err=True)
            if stored < len(result.made):
                typer.echo(
                    f"{len(result.made) - stored} answers changed or were decided meanwhile, and keep theirs.", err=True
                )


def _require_sense(
    bank: str | None, grades: Path | None, input_name: str | None, output: Path | None, *, dry_run: bool
) -> None:
    if (grades is None) != (input_name is None):
        raise InvalidInput("--grades and --input belong together: the grades, and the rows they were made of.")
    if grades is None and output is not None:
        raise InvalidInput("--output is for a grades file; new grades of interviews go into the database.")
    if grades is not None and bank is not None:
        raise InvalidInput("--bank chooses interviews; a grades file is taken as a whole.")
    if grades is not None and output is None and not dry_run:
        raise InvalidInput("Say where the new grades go: --output FILE; or --dry-run to list what would change.")
    if output is not None and output.exists():
        raise Conflict(f"{output} is there already; choose another --output.")


async def _found(
    records: "Records", bank: str | None, grades: Path | None, input_name: str | None
) -> "AsyncIterator[Known | Skipped]":
    from app.interviews.graded_answers import GradedAnswers  # noqa: PLC0415 (as above)
    from app.screening.files import open_input, rows_of  # noqa: PLC0415 (slow to import)
    from app.screening.kept import grades_in  # noqa: PLC0415 (slow to import)
    from app.screening.regrade import of_interviews, of_rows  # noqa: PLC0415 (slow to import)

    if grades is None or input_name is None:
        if bank is not None:
            await records.banks.get(bank)  # a bank that is not there is said, not passed over
        screened = await records.screenings.store.interviews()
        answers = GradedAnswers(records.interviews, records.banks).newest(bank, but=screened)
        async for found in of_interviews(answers, records.banks):
            yield found
        return
    with open_input(input_name) as stream:
        async for found in of_rows(grades_in(grades), rows_of(stream)(), records.banks):
            yield found


async def store_again(result: "Regrade", records: "Records") -> int:
    """Store what was made, each beside the older ones; gives how many."""
    from app.interviews.models import GradeRecord  # noqa: PLC0415 (as above)
    from app.interviews.non_answers import for_people  # noqa: PLC0415 (as above)

    stored = 0
    for made in result.made:
        source = made.known.source
        if source is None:
            continue
        grade = GradeRecord(
            id=f"gr-{secrets.token_hex(8)}",
            answer_id=source.answer.id,
            answer_revision=source.grade.answer_revision,
            created_at=records.clock(),
            outcome=for_people(source.answer, made.outcome),
            reading=made.reading,
            audit_sample=source.grade.audit_sample,
        )
        stored += await records.interviews.record_grade(grade)
    return stored


def _write(result: "Regrade", grades: Path, output: Path) -> int:
    """Write every grade, made again where it could be; gives how many."""
    from dataclasses import replace  # noqa: PLC0415 (as above)

    from app.grading.record import to_record  # noqa: PLC0415 (slow to import)
    from app.screening.kept import grades_in  # noqa: PLC0415 (slow to import)
    from app.screening.output import DIGEST, line_of  # noqa: PLC0415 (slow to import)

    made = {one.known.grade_id: one for one in result.made}
    count = 0
    with output.open("xb") as stream:
        for record in grades_in(grades):
            new: Mapping[str, Any] = record
            if (one := made.get(str(record["grade_id"]))) is not None:
                provenance = {**one.outcome.provenance, DIGEST: record["provenance"][DIGEST]}
                outcome = replace(one.outcome, provenance=provenance)
                new = to_record(
                    outcome,
                    grade_id=secrets.token_hex(16),
                    row_id=record["id"],
                    request=one.known.request_now,
                    audit_sample=record.get("audit_sample"),
                )
            stream.write(line_of(new))
            count += 1
    return count


def _as_text(told: Mapping[str, Any]) -> str:
    totals = told["totals"]
    lines = [
        f"{totals['compared']} grades made again: {totals['changed']} change. {totals['verdicts_changed']} of "
        f"{totals['verdicts']} verdicts, {totals['scores_changed']} scores and {totals['bands_changed']} bands are others; "
        f"{totals['to_review_then']} were for a person to review, {totals['to_review_now']} are now."
    ]
    if totals["blind"]:
        lines.append(
            f"{totals['blind']} of those that change are in the audit sample and not shown before they are decided."
        )
    for change in told["changes"]:
        place = f"{change['interview']}, {change['question_id']}" if "interview" in change else f"row {change['id']}"
        lines.append(
            f"\n{change['grade_id']} ({place}): score {_pair(change['score'])}{_band(change['band'])}{_review(change)}"
        )
        lines += [f"  {_pair(one['verdict'])}  {one['text']}" for one in change["criteria"]]
        lines += [f"  added: {text}" for text in change["added"]] + [f"  removed: {text}" for text in change["removed"]]
    for one in told["interviews"]:
        lines.append(f"\nInterview {one['interview']}: score {_pair(one['score'])}{_band(one['band'])}")
    for one in told["skipped"]:
        lines.append(f"Stays: {one['grade_id']}, {one['why']}.")
    return "\n".join(lines)


def _pair(values: list[Any]) -> str:
    then, now = ("none" if value is None else value for value in values)
    return f"{then}" if then == now else f"{then} → {now}"


def _band(values: list[str | None]) -> str:
    return f", band {_pair(values)}" if any(values) else ""


def _review(change: Mapping[str, Any]) -> str:
    then, now = change["needs_review"]
    if then == now:
        return ""
    return ", now for a person to review" if now else ", no longer for a person to review"
