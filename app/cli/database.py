"""`viva db`, `viva backup`, `viva restore`: the database, its copies and its schema."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app.access.terminal_links import sweep_links
from app.cli.remote import running_server
from app.cli.settings import read_settings
from app.config import Settings
from app.errors import Conflict, InvalidInput

commands = typer.Typer(no_args_is_help=True, help="The database: upgrade, check, compact.")

_ELSEWHERE = "VIVA_DATABASE_URL names a database server; use its own tools (such as pg_dump and pg_restore) for this."


@commands.command()
def upgrade() -> None:
    """Bring the database to the schema of this Viva, after a safety copy of what was there."""
    # SQLAlchemy and Alembic take longer to import than `viva --help` may; so in every command below.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> str:
        async with open_records(read_settings()) as records:
            return records.schema_note or "The schema is current."

    typer.echo(asyncio.run(run()))


@commands.command()
def check() -> None:
    """Whether the migrations and the code agree: a fresh database is migrated and compared."""
    from app.bootstrap import schema_differences  # noqa: PLC0415 (slow to import)

    differences = schema_differences()
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        typer.echo("The migrations and the tables in the code differ; write a migration.", err=True)
        raise typer.Exit(1)
    typer.echo("The migrations and the tables in the code agree.")


@commands.command()
def compact() -> None:
    """Rewrite the database and its safety copies, so that nothing that was deleted is left in any file."""
    from app.db.backup import compact_all, interview_ids  # noqa: PLC0415 (slow to import)

    settings = read_settings()
    database = _file(settings)
    for file in compact_all(database):
        typer.echo(f"{file}: {file.stat().st_size:,} bytes")
    if swept := sweep_links(settings, interview_ids(database)):
        typer.echo(f"{swept} link{'s' if swept > 1 else ''} of deleted interviews removed.")


def backup(target: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Copy everything but vectors and secrets to one file; works beside a running server."""
    from app.db.backup import back_up  # noqa: PLC0415 (slow to import)

    size = back_up(_file(read_settings()), target)
    typer.echo(f"{target}: {size:,} bytes. It holds answers of candidates; keep it where only you can read it.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file made by `viva backup`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Make the database what a backup holds; works beside a running server. Interviews deleted since stay deleted."""
    from app.bootstrap import restore_backup  # noqa: PLC0415 (slow to import)
    from app.db.backup import is_damaged, revision_of, writer_of  # noqa: PLC0415 (slow to import)
    from app.db.schema import require_known  # noqa: PLC0415 (slow to import)

    settings = read_settings()
    damaged = is_damaged(_file(settings))
    if damaged and (server := running_server(settings)):
        raise Conflict(f"{_file(settings)} is damaged, and the server at {server} has it open; stop it first.")
    if not yes:
        # What can't be restored is refused before anybody is asked.
        require_known(revision_of(source), writer_of(source))
        typer.confirm(f"Replace everything in {_file(settings)} by what {source} holds?", abort=True)
    typer.echo(asyncio.run(restore_backup(settings, source)))
    if damaged:
        typer.echo(
            "The database was damaged, so Viva can't tell what was deleted since: delete it again if it is back.",
            err=True,
        )


def _file(settings: Settings) -> Path:
    from app.db.engine import sqlite_file  # noqa: PLC0415 (slow to import)

    file = sqlite_file(settings)
    if file is None:
        raise InvalidInput(_ELSEWHERE)
    return file
