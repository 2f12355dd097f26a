"""`viva bank`: import, list, show, export, lint and audit question banks; search and rebuild their vectors."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.bank_audit import audit
from app.cli.remote import ServerClient, running_server
from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.config import Settings

commands = typer.Typer(
    no_args_is_help=True, help="Question banks: import, list, show, export, lint, audit, search, reindex."
)
commands.command(name="audit")(audit)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A bank; `viva bank list` shows them.")]
Version = Annotated[int | None, typer.Option("--version", help="By default the latest.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@commands.command(name="import")
def import_bank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Text, YAML, Markdown, CSV, XLSX or DOCX.")],
) -> None:
    """Make a file the latest version of its bank; what did not change keeps its ids."""
    # Assembly takes longer to import than `viva --help` may; so in every command below.
    from app.bootstrap import build_services, open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        settings = read_settings()
        async with open_records(settings) as records:
            imported = await records.banks.import_file(file)
        version = imported.version
        questions = list(version.bank.questions())
        criteria = sum(len(question.criteria) for question in questions)
        state = "imported as" if imported.is_new else "unchanged since"
        typer.echo(
            f"{version.name}: {state} version {version.version}, {len(version.bank.sections)} sections, "
            f"{len(questions)} questions, {criteria} criteria."
        )
        if imported.information:
            typer.echo(f"What may be quoted about the job comes from {imported.information}.")
        if running_server(settings):
            typer.echo("The running server indexes it within two seconds.")
            return
        async with build_services(settings, owner="viva bank import") as services:
            typer.echo(f"{await services.indexer.look()} passages embedded.")

    asyncio.run(run())


@commands.command(name="list")
def list_banks(*, as_json: AsJson = False) -> None:
    """Every bank with its latest version."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            banks = await records.banks.list()
        if as_json:
            typer.echo(json.dumps([asdict(bank) for bank in banks], default=str, ensure_ascii=False, indent=2))
            return
        for bank in banks:
            typer.echo(
                f"{bank.name}  version {bank.version}, {bank.sections} sections, {bank.questions} questions, "
                f"{bank.criteria} criteria, imported {bank.imported_at:%Y-%m-%d %H:%M} UTC"
            )

    asyncio.run(run())


@commands.command()
def show(name: Name, version: Version = None, *, as_json: AsJson = False) -> None:
    """What a bank asks and expects."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            shown = await records.banks.show(name, version)
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2) if as_json else _as_text(shown))

    asyncio.run(run())


@commands.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Its suffix names the format.")],
    version: Version = None,
    lossy: Annotated[bool, typer.Option("--lossy", help="Leave out what the format can't carry.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write a bank to a file; what the format can't carry is named and nothing is written, unless --lossy."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.errors import Conflict  # noqa: PLC0415 (slow to import)
    from rubric.bank_file import write_bank  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            found = await records.banks.get(name, version)
        data = write_bank(found.bank, file.suffix, lossy=lossy)
        if file.exists() and not force:
            raise Conflict(f"{file} exists; add --force to overwrite it.")
        file.write_bytes(data)
        typer.echo(f"{found.name} version {found.version} written to {file}.")

    asyncio.run(run())


@commands.command()
def lint(name: Name, version: Version = None, *, as_json: AsJson = False) -> None:
    """What would make grades less fair or less sharp: twins, compound criteria, questions that give answers away.

    Exit code 1 says that answers to some question can't be graded at all.
    """
    from app.banks.lint import Severity  # noqa: PLC0415 (slow to import)
    from app.banks.lint import lint as find  # noqa: PLC0415 (slow to import)
    from app.bootstrap import open_embedder, open_records  # noqa: PLC0415 (slow to import)

    async def run() -> int:
        settings = read_settings()
        async with open_records(settings) as records, open_embedder(settings) as embedder:
            found = await records.banks.get(name, version)
            findings = await find(found.bank, embedder)
        if as_json:
            typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        else:
            for finding in findings:
                typer.echo(f"{finding.severity} {finding.code} ({finding.question_id}): {safe(finding.sentence)}")
                typer.echo(f"    {safe(finding.remedy)}")
            typer.echo(f"{len(findings)} findings in {found.name} version {found.version}.", err=True)
        return 1 if any(finding.severity is Severity.ERROR for finding in findings) else 0

    raise typer.Exit(asyncio.run(run()))


@commands.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 5,
    *,
    as_json: AsJson = False,
) -> None:
    """The criteria nearest to a text, with their cosine distances: the smaller, the nearer (0 is the same)."""

    if not text.strip():
        raise InvalidInput('There is no text to search for; give some, such as: viva bank search "encryption at rest"')

    async def run() -> list[dict[str, Any]]:
        settings = read_settings()
        server = running_server(settings)
        if server is None:
            return await _search_here(settings, text, limit)
        async with ServerClient.as_operator(server, settings) as client:
            hits: list[dict[str, Any]] = await client.get("banks/search", q=text, limit=limit)
            return hits

    hits = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(hits, ensure_ascii=False, indent=2))
        return
    typer.echo("Distance (the smaller, the nearer) and criterion:")
    for hit in hits:
        typer.echo(f"{hit['distance']:.3f}  {safe(hit['text'])}  ({hit['bank']}, {hit['criterion_id']})")


@commands.command()
def reindex() -> None:
    """Make every vector again from the database."""
    from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)

    async def run() -> int:
        settings = read_settings()
        server = running_server(settings)
        if server is not None:
            async with ServerClient.as_operator(server, settings) as client:
                return int((await client.post("banks/reindex"))["passages"])
        async with build_services(settings, owner="viva bank reindex") as services:
            return await services.indexer.rebuild()

    typer.echo(f"{asyncio.run(run())} passages embedded.")


async def _search_here(settings: "Settings", text: str, limit: int) -> list[dict[str, Any]]:
    from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)

    async with build_services(settings, owner="viva bank search") as services:
        await services.indexer.look()
        return [
            {
                "bank": hit.passage.bank,
                "question_id": hit.passage.question_id,
                "criterion_id": hit.passage.criterion_id,
                "text": hit.passage.text,
                "distance": round(hit.distance, 4),
            }
            for hit in await services.index.nearest(text, limit)
        ]


def _as_text(shown: dict[str, Any]) -> str:
    lines = [f"{shown['name']}, version {shown['version']}"]
    for number, section in enumerate(shown["sections"], start=1):
        lines.append(f"\n{number}. {section['title']}")
        for question in section["questions"]:
            lines.append(f"\n    {question['text']}  [{question['id']}]")
            lines += [f"        {criterion['text']}" for criterion in question["criteria"]]
    return safe("\n".join(lines))
