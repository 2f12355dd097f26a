"""`viva review confirm`, `dismiss`, `assign` and `comment`: what is done with cases without judging one point by point."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.settings import read_settings
from app.cli.terminal import is_terminal, safe
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.review.bulk import BulkLine

GradeIds = Annotated[list[str], typer.Argument(metavar="ID...", help="As `viva review list` shows them.")]
Who = Annotated[str | None, typer.Option(help="Who you are.")]
Reason = Annotated[str | None, typer.Option(help="Why; a dismissal needs one.")]


def confirm(grade_ids: GradeIds, *, who: Who = None, reason: Reason = None) -> None:
    """Confirm what the machine gave of each of them: somebody looked, the marks stand."""
    _settle("confirm", grade_ids, who=who, reason=reason)


def dismiss(grade_ids: GradeIds, *, who: Who = None, reason: Reason = None) -> None:
    """Take them out of the queue unjudged, with the reason: the marks stand, as uncertain as they are."""
    _settle("dismiss", grade_ids, who=who, reason=reason)


def assign(
    grade_ids: GradeIds,
    *,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Who takes them on.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Give them back.")] = False,
) -> None:
    """Note who takes them on; that stays while they wait."""
    if nobody == bool(to):
        raise InvalidInput("Say who takes them on with --to NAME, or give them back with --nobody.")
    _settle("assign", grade_ids, assignee=to or "")


def comment(
    grade_id: Annotated[str, typer.Argument(metavar="ID", help="As `viva review list` shows it.")],
    *,
    text: Annotated[str, typer.Option(help="What is said.")],
    who: Who = None,
    comment_id: Annotated[
        str | None, typer.Option("--id", help="Of the comment: the same one sent again changes nothing.")
    ] = None,
) -> None:
    """Say something about an answer to the team. Candidates never see it; it goes with the interview."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.review.models import CommentWanted  # noqa: PLC0415 (slow to import)

    wanted = CommentWanted(
        id=comment_id or f"rc-{secrets.token_hex(8)}", grade_id=grade_id, who=_asked_who(who), text=text
    )

    async def run() -> str:
        async with open_records(read_settings()) as records:
            return (await records.reviews.comment(wanted)).id

    typer.echo(f"Recorded as {asyncio.run(run())}.")


def _settle(
    kind: str, grade_ids: Sequence[str], *, who: str | None = None, reason: str | None = None, assignee: str = ""
) -> None:
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.review.bulk import BulkKind, BulkWanted, settle_all  # noqa: PLC0415 (slow to import)

    if reason is None and kind == "dismiss" and is_terminal():
        reason = typer.prompt("Why")
    wanted = BulkWanted(
        id=f"rb-{secrets.token_hex(8)}",
        kind=BulkKind(kind),
        grade_ids=grade_ids,
        who="" if kind == "assign" else _asked_who(who),
        reason=reason or "",
        assignee=assignee,
    )

    async def run() -> "Sequence[BulkLine]":
        async with open_records(read_settings()) as records:
            return await settle_all(records.reviews, wanted)

    lines = asyncio.run(run())
    for line in lines:
        told = f"{line.new_grade_id} counts from now on." if line.new_grade_id else "Done."
        typer.echo(f"{safe(line.grade_id)}  {told if line.refused is None else f'Refused: {safe(str(line.refused))}'}")
    if any(line.refused is not None for line in lines):
        raise typer.Exit(1)


def _asked_who(who: str | None) -> str:
    return typer.prompt("Who are you") if who is None and is_terminal() else who or ""
