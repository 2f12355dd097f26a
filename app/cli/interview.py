"""`viva interview`: list interviews, and delete one for good."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer

from app.access.terminal_links import forget_link
from app.cli.settings import read_settings
from app.cli.terminal import safe

commands = typer.Typer(no_args_is_help=True, help="Interviews: list, delete.")


@commands.command(name="list")
def list_interviews(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Every interview, newest first."""
    # SQLAlchemy takes longer to import than `viva --help` may; so in every command below.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            summaries = await records.interviews.summaries()
        if as_json:
            typer.echo(json.dumps([asdict(summary) for summary in summaries], default=str, indent=2))
            return
        for summary in summaries:
            review = f", {summary.needs_review} to review" if summary.needs_review else ""
            typer.echo(
                f"{summary.id}  {summary.created_at:%Y-%m-%d %H:%M}  {safe(summary.label) or '(no label)'}  "
                f"{summary.bank} v{summary.bank_version}  {summary.mode}, {summary.state}, {summary.answered} of {summary.total} answered{review}"
            )
        if not summaries:
            typer.echo("No interviews yet.")

    asyncio.run(run())


@commands.command()
def delete(
    interview_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Kept in the tombstone, with the id and the time.")] = "on request",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove an interview with its texts, quotes, grades and raw model replies; a tombstone stays."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    settings = read_settings()

    async def found() -> str:
        async with open_records(settings) as records:
            return (await records.interviews.load(interview_id)).label

    async def run() -> None:
        async with open_records(settings) as records:
            await records.interviews.delete(interview_id, reason=reason, at=records.clock())

    if not yes:
        label = safe(asyncio.run(found()))
        typer.confirm(f"Remove interview {interview_id}{f' ({label})' if label else ''} for good?", abort=True)
    asyncio.run(run())
    forget_link(settings, interview_id)
    typer.echo(f"Removed {interview_id}. `viva db compact` takes the last traces out of the files.")
