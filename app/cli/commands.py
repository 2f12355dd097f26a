"""The commands of `viva`, one file each; `main` adds `serve` and `schema`, which know the server."""

import asyncio
from typing import Annotated

import typer

from app.cli import bank, database, interview, jobs, keys, requests, review, screen
from app.cli.chat import chat
from app.cli.doctor import examine
from app.cli.evaluate import evaluate
from app.cli.grade import grade
from app.cli.regrade import regrade
from app.cli.remote import ServerClient, running_server
from app.cli.replay import replay
from app.cli.settings import read_settings, show_settings
from app.cli.worker import worker


def application() -> typer.Typer:
    """The command line without `serve` and `schema`."""
    viva = typer.Typer(
        name="viva",
        help="An interviewer that asks, listens and grades: every mark is a criterion, a verdict and a verbatim quote.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    viva.callback()(_root)
    viva.add_typer(bank.commands, name="bank")
    viva.add_typer(interview.commands, name="interview")
    viva.add_typer(review.commands, name="review")
    viva.add_typer(requests.commands, name="requests")
    viva.add_typer(screen.commands, name="screen")
    viva.add_typer(keys.commands, name="keys")
    viva.add_typer(jobs.commands, name="jobs")
    viva.add_typer(database.commands, name="db")
    viva.command(name="chat")(chat)
    viva.command(name="grade")(grade)
    viva.command(name="grade-pending")(grade_pending)
    viva.command(name="evaluate")(evaluate)
    viva.command(name="regrade")(regrade)
    viva.command(name="replay")(replay)
    viva.command(name="backup")(database.backup)
    viva.command(name="restore")(database.restore)
    viva.command(name="doctor")(examine)
    viva.command(name="worker")(worker)
    viva.command(name="settings")(show_settings)
    return viva


def grade_pending() -> None:
    """Complete every open grade now: answers without a reading, critiques pending or failed."""
    # Assembly takes longer to import than `viva --help` may.
    from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)

    async def run() -> tuple[int, int]:
        settings = read_settings()
        server = running_server(settings)
        if server is not None:
            async with ServerClient.as_operator(server, settings) as client:
                done = await client.post("grade-pending")
                return done["completed"], done["open"]
        async with build_services(settings, owner="viva grade-pending") as services:
            return await services.interviews.complete_pending()

    completed, still_open = asyncio.run(run())
    typer.echo(f"{completed} completed, {still_open} still open.")
    if still_open:
        typer.echo("Each report says why; `viva doctor` says whether the models answer.", err=True)
        raise typer.Exit(1)


def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed  # noqa: PLC0415 (only this option needs it)

        typer.echo(f"viva {installed('viva')}")
        raise typer.Exit
