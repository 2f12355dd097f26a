"""`viva requests`: what waits for people beside the grades; the database alone is needed, so a server may run."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.errors import InvalidInput
from app.grading.normalise import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.interviews.store import PendingRequest, UngradedAnswer

commands = typer.Typer(no_args_is_help=True, help="What candidates ask the team, and answers without a grade.")


@commands.command(name="list")
def list_requests(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What waits for people, longest waiting first."""
    # SQLAlchemy takes longer to import than `viva --help` may; so in the command below.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> "tuple[Sequence[PendingRequest], Sequence[UngradedAnswer]]":
        async with open_records(read_settings()) as records:
            return await records.interviews.requests(), await records.interviews.ungraded()

    requests, ungraded = asyncio.run(run())
    if as_json:
        told = {"requests": [asdict(one) for one in requests], "ungraded": [asdict(one) for one in ungraded]}
        typer.echo(json.dumps(told, default=str, ensure_ascii=False, indent=2))
        return
    for pending in requests:
        request = pending.request
        typer.echo(
            f"{request.id}  {request.at:%Y-%m-%d %H:%M}  {request.kind}  {safe(pending.label) or '(no label)'}"
            f"  {pending.bank}{f', {safe(request.question_id)}' if request.question_id else ''}"
        )
        if request.text:
            typer.echo(f"    {safe(' '.join(request.text.split()))}")
    for answer in ungraded:
        typer.echo(
            f"{answer.interview_id}  {answer.at:%Y-%m-%d %H:%M}  without a grade: {safe(answer.reason)}"
            f"  {safe(answer.label) or '(no label)'}  {answer.bank}, {safe(answer.question_id)}"
        )
    if not requests and not ungraded:
        typer.echo("Nothing waits for a person.")


@commands.command()
def settle(
    request_id: Annotated[str, typer.Argument(metavar="ID", help="As `viva requests list` shows it.")],
    *,
    who: Annotated[str, typer.Option(help="Who dealt with it.")],
    note: Annotated[str, typer.Option(help="What was done; the candidate does not see it.")] = "",
) -> None:
    """Note that a person dealt with a request."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    name = clean(who.strip()).text
    if not name:
        raise InvalidInput("--who: please say who settled it.")

    async def run() -> None:
        async with open_records(read_settings()) as records:
            await records.interviews.settle(request_id, who=name, note=clean(note.strip()).text, at=records.clock())

    asyncio.run(run())
    typer.echo(f"Settled {safe(request_id)}.")
