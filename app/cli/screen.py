"""`viva screen`: many candidates at once, from a file of answers to a ranking that people decide by."""

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import screen_invite
from app.cli.screen_run import RunWanted, ScreenRun, end
from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from app.screening.service import Results

commands = typer.Typer(
    no_args_is_help=True, help="Screenings of many candidates: run, new, invite, list, status, results, export, change."
)

ScreeningId = Annotated[str, typer.Argument(metavar="ID", help="As `viva screen list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
NO_MODEL = "No chat model is configured (VIVA_LLM_MODEL), so every grade rests on the local reading alone."
_INTERRUPTED = 130
_STANDARD_STREAM = "-"
_LINES = 20
_EXAMPLE = ("answers.csv", "policy.yaml")


@commands.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Answers as .csv, .xlsx or .jsonl.")],
    *,
    bank: Annotated[str, typer.Option(metavar="NAME", help="The bank whose questions were answered.")],
    name: Annotated[
        str | None, typer.Option(help="Of the screening; by default the file's. The same name goes on with it.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="What a column means: candidate, name, question, answer, ignore, or a question by its id or text.",
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The rules, as YAML; see `viva schema policy`.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the results go: .csv, .xlsx, .jsonl or .parquet.")
    ] = None,
    deadline: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Take no answers after that, in UTC."),
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(min=1, help="Remove its candidates so many days after it was closed or its deadline.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of the answers, such as de; by default the bank's.")] = None,
    empty_is_blank: Annotated[
        bool, typer.Option("--empty-is-blank", help="Count an empty cell as an answer left blank: 0, instead of open.")
    ] = False,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Ask no chat model for critiques.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only look through the file and say what it would take.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Take a file of answers, grade them and rank who gave them.

    A row is an answer (candidate, question, answer) or a person with a column a question. A stopped run goes on with the
    same command; nothing is graded or paid for twice. Exit code 1 says that some answers have no grade yet.
    """
    from app.logs import set_up  # noqa: PLC0415 (slow to import)
    from app.screening.answer_table import load_table  # noqa: PLC0415 (slow to import)
    from app.screening.results import FORMATS  # noqa: PLC0415 (slow to import)

    set_up("warning")
    settings = read_settings()
    if no_llm:
        settings = settings.model_copy(update={"llm_model": None})
    elif not settings.llm_configured:
        typer.echo(NO_MODEL, err=True)
    name = name or file.stem
    output = output or Path(f"{_slug(name)}-results.csv")
    if output.suffix.lower().removeprefix(".") not in FORMATS:
        raise InvalidInput(f"Results come as {', '.join(FORMATS)}; give --output such a suffix, not {output.suffix!r}.")
    wanted = RunWanted(
        file=file,
        bank=bank,
        name=name,
        mapping=mapping or (),
        policy=policy,
        deadline=deadline.replace(tzinfo=UTC) if deadline else None,
        retention_days=retention_days,
        language=language,
        empty_is_blank=empty_is_blank,
        dry_run=dry_run,
        yes=yes,
    )
    screen = ScreenRun(settings, wanted)
    try:
        if not asyncio.run(screen.take(load_table(file))):
            return
        is_done = end(asyncio.run(screen.grade()), screen.spending)
    except KeyboardInterrupt:
        typer.echo("Stopped. Run the same command again to go on from there.", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    results = asyncio.run(_results(screen.screening_id))
    _show(results, _LINES)
    _write(results, output, output.suffix.lower().removeprefix("."))
    typer.echo(f"Screening {screen.screening_id}; the results are in {output}.", err=True)
    if not is_done:
        raise typer.Exit(1)


@commands.command(name="list")
def list_screenings(*, as_json: AsJson = False) -> None:
    """Every screening, newest first."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.screening.record import screening_record  # noqa: PLC0415 (slow to import)

    async def found() -> None:
        async with open_records(read_settings()) as records:
            screenings = await records.screenings.store.list()
        if as_json:
            typer.echo(json.dumps([screening_record(one) for one in screenings], ensure_ascii=False, indent=2))
            return
        for one in screenings:
            typer.echo(
                f"{one.id}  {one.created_at:%Y-%m-%d %H:%M}  {safe(one.name)}  {one.bank.name} v{one.bank.version}, "
                f"rules v{one.version}, {one.state}"
            )
        if not screenings:
            typer.echo("No screenings yet.")

    asyncio.run(found())


@commands.command()
def status(screening_id: ScreeningId, *, as_json: AsJson = False) -> None:
    """How far a screening is."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.cli.spending import Spending  # noqa: PLC0415 (slow to import)
    from app.screening.record import progress_record, screening_record  # noqa: PLC0415 (slow to import)

    async def found() -> None:
        spending = Spending()
        async with open_records(read_settings()) as records:
            screening = await records.screenings.load(screening_id)
            progress = await records.screenings.progress(screening_id)
            await records.screenings.store.spending(
                screening_id, lambda measured: spending.add({"provenance": {"measured": measured}}), since=None
            )
        if as_json:
            told = {**screening_record(screening), "progress": progress_record(progress)}
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        typer.echo(
            f"{safe(screening.name)}, {screening.state}: {progress.candidates:,} candidates, "
            f"{progress.answers - progress.settled:,} answers open."
        )
        end(progress, spending)

    asyncio.run(found())


@commands.command()
def results(
    screening_id: ScreeningId,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many candidates.")] = _LINES,
    as_json: AsJson = False,
) -> None:
    """The ranking as it stands now."""
    found = asyncio.run(_results(screening_id))
    if as_json:
        from app.screening.results import records  # noqa: PLC0415 (slow to import)

        typer.echo(json.dumps(list(records(found))[:limit], ensure_ascii=False, indent=2))
        return
    _show(found, limit)


@commands.command()
def export(
    screening_id: ScreeningId,
    *,
    output: Annotated[str, typer.Option(metavar="FILE", help="A new file, or - for standard output.")],
    kind: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx, jsonl or parquet; by default the file's suffix.")
    ] = None,
) -> None:
    """The whole ranking as a file (`viva schema screening-results` describes .jsonl and .parquet)."""
    found = asyncio.run(_results(screening_id))
    kind = kind or Path(output).suffix.lower().removeprefix(".")
    if output == _STANDARD_STREAM:
        from app.screening.results import exported  # noqa: PLC0415 (slow to import)

        sys.stdout.buffer.write(exported(found, kind))
        return
    _write(found, Path(output), kind)
    typer.echo(f"{len(found.standings):,} candidates are in {output}.", err=True)


@commands.command()
def alike(screening_id: ScreeningId, *, as_json: AsJson = False) -> None:
    """Answers of different candidates in nearly the same words: a hint for people, never a verdict."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.screening.likeness import pairs  # noqa: PLC0415 (slow to import)
    from app.screening.record import alike_record  # noqa: PLC0415 (slow to import)

    async def found() -> None:
        async with open_records(read_settings()) as records:
            groups = await records.screenings.alike(screening_id)
            screening = await records.screenings.load(screening_id)
            bank = await records.screenings.bank(screening)
        if as_json:
            typer.echo(json.dumps(alike_record(groups), ensure_ascii=False, indent=2))
            return
        for group in groups:
            typer.echo(safe(bank.question(group.question_id).text))
            for member in group.members:
                typer.echo(f"  {float(member.share):>4.0%}  {safe(member.candidate)}")
        typer.echo(f"{len(groups):,} groups of answers share at least half of their runs of words.")
        for pair in pairs(groups)[:_LINES]:
            typer.echo(f"  {safe(pair.first)} and {safe(pair.second)}: {pair.answers} answers alike")

    asyncio.run(found())


@commands.command()
def change(
    screening_id: ScreeningId,
    *,
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="Other rules, as YAML.")] = None,
    regrade: Annotated[
        bool,
        typer.Option("--regrade", help="Grade again: with the bank's newest version, and the model and prompt of now."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Put it in force without asking.")] = False,
) -> None:
    """See whose proposal other rules or a newer bank would flip, then put them in force as the next version.

    What a person decided stays as it is.
    """
    from app.cli.screen_change import change as changed  # noqa: PLC0415 (slow to import)

    if policy is None and not regrade:
        raise InvalidInput("Say what is to change: --policy FILE, --regrade, or both.")
    typer.echo(asyncio.run(changed(read_settings(), screening_id, policy, regrade=regrade, yes=yes)))


@commands.command()
def close(screening_id: ScreeningId) -> None:
    """Take no more answers; the results stay."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            await records.screenings.close(screening_id)
        typer.echo(f"Closed {screening_id}.")

    asyncio.run(run())


@commands.command()
def delete(
    screening_id: ScreeningId,
    *,
    reason: Annotated[str, typer.Option(help="Kept in each tombstone, with id and time.")] = "screening deleted",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a screening with all its candidates' answers and grades; tombstones stay."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            screening = await records.screenings.load(screening_id)
            if not yes:
                people = (await records.screenings.progress(screening_id)).candidates
                question = f"Remove {safe(screening.name)} with {people:,} candidates for good?"
                typer.confirm(question, abort=True)
            gone = await records.screenings.store.delete(screening_id, reason=reason, at=records.clock())
        typer.echo(f"Removed {gone:,} candidates. `viva db compact` takes the last traces out of the files.")

    asyncio.run(run())


@commands.command()
def example(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made if it is not there.")] = Path("example"),
) -> None:
    """Write a file of 300 made-up answers and a policy to try a screening with."""
    source = files("app.screening.examples")
    folder.mkdir(parents=True, exist_ok=True)
    for name in _EXAMPLE:
        target = folder / name
        if target.exists():
            raise Conflict(f"{target} is there already; choose another folder.")
        target.write_bytes(source.joinpath(name).read_bytes())
    answers, policy = (folder / name for name in _EXAMPLE)
    typer.echo(f"viva screen run {answers} --bank aws_data_engineer --policy {policy}")


commands.command()(screen_invite.new)
commands.command()(screen_invite.invite)
commands.command()(screen_invite.invitations)
commands.command()(screen_invite.remind)
commands.command()(screen_invite.revoke)


async def _results(screening_id: str) -> "Results":
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async with open_records(read_settings()) as records:
        return await records.screenings.results(screening_id)


def _show(found: "Results", limit: int) -> None:
    from app.cli.screen_table import ranked_table  # noqa: PLC0415 (slow to import)

    typer.echo(ranked_table(found, limit=limit))


def _write(found: "Results", output: Path, kind: str) -> None:
    from app.screening.results import exported  # noqa: PLC0415 (slow to import)

    content = exported(found, kind)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"The results cannot be written to {output} ({error.strerror}); check --output.") from error


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-").lower() or "screening"
