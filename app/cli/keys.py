"""`viva keys`: API keys for programs; the database alone is needed, so a server may run."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.access.scopes import Scope, scopes_of
from app.cli.settings import read_settings
from app.cli.terminal import safe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from app.access.keys import ApiKey, Keys, NewKey

commands = typer.Typer(no_args_is_help=True, help="API keys for programs: create, list, rotate, revoke.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="As `viva keys list` shows it.")]
T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="What you call it, such as the program that uses it.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(help="What it may do, such as interviews:read; may be repeated. `viva keys scopes` lists them."),
    ],
    expires_days: Annotated[int | None, typer.Option(help="Days until it ends; by default it does not.")] = None,
) -> None:
    """Make a key; its secret is printed this once."""
    scopes = scopes_of(scope)
    _show_new(_with_keys(lambda keys: keys.create(name, scopes, expires_days=expires_days)))


@commands.command(name="list")
def list_keys(*, as_json: AsJson = False) -> None:
    """Every key, newest first: how its secret begins, what it may do, when it was last used."""
    found = _with_keys(lambda keys: keys.all())
    if as_json:
        typer.echo(json.dumps([_record(key) for key in found], ensure_ascii=False, indent=2))
        return
    for key in found:
        typer.echo(f"{key.id}  {key.prefix}…  {safe(key.name)}  {_standing(key)}")
        typer.echo(f"    {' '.join(sorted(key.scopes))}")
    if not found:
        typer.echo("There are no keys; `viva keys create NAME --scope interviews:read` makes one.")


@commands.command(name="scopes")
def list_scopes() -> None:
    """What a key can be allowed."""
    for scope in Scope:
        typer.echo(f"{scope:<20}{scope.allows}")


@commands.command()
def rotate(
    key_id: KeyId,
    *,
    overlap_hours: Annotated[
        float, typer.Option(help="Hours for which the old secret works, too; 0 ends it at once.")
    ] = 24,
) -> None:
    """Give a key a new secret, which is printed this once; name and scopes stay."""
    _show_new(_with_keys(lambda keys: keys.rotate(key_id, overlap_hours=overlap_hours)))


@commands.command()
def revoke(key_id: KeyId) -> None:
    """Let a key open nothing from now on."""
    _with_keys(lambda keys: keys.revoke(key_id))
    typer.echo(f"{safe(key_id)} opens nothing any more.")


def _with_keys(work: "Callable[[Keys], Awaitable[T]]") -> T:
    # SQLAlchemy takes longer to import than `viva --help` may.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> T:
        async with open_records(read_settings()) as records:
            return await work(records.keys)

    return asyncio.run(run())


def _show_new(new: "NewKey") -> None:
    """The secret alone on the standard output, so that it can be piped; the rest beside it."""
    typer.echo(
        f"{new.key.id} ({safe(new.key.name)}). Its secret is shown only now; send it as a bearer token:", err=True
    )
    typer.echo(new.secret)
    if new.key.previous_ends_at is not None:
        typer.echo(f"The old secret works until {_time(new.key.previous_ends_at)}.", err=True)


def _standing(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return f"revoked {_time(key.revoked_at)}"
    used = "never used" if key.last_used_at is None else f"last used {_time(key.last_used_at)}"
    return used if key.expires_at is None else f"{used}, ends {_time(key.expires_at)}"


def _time(at: "datetime") -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _record(key: "ApiKey") -> dict[str, Any]:
    times = ("created_at", "expires_at", "revoked_at", "last_used_at", "previous_ends_at")
    told = {name: None if (at := getattr(key, name)) is None else at.isoformat() for name in times}
    return {"id": key.id, "name": key.name, "prefix": key.prefix, "scopes": sorted(key.scopes), **told}
