"""`viva chat`: the interview of the browser, in a terminal."""

import asyncio
from typing import Annotated, Literal

import typer

from app.cli.settings import read_settings

_INTERRUPTED = 130


def chat(
    bank: Annotated[str, typer.Argument(help="Name of the bank; asked for when left out.")] = "",
    *,
    mode: Annotated[
        Literal["practice", "assessment"], typer.Option(help="Practice shows the ledger after each answer.")
    ] = "practice",
    section: Annotated[list[str] | None, typer.Option(help="Ask this section only; may be repeated.")] = None,
    questions: Annotated[int | None, typer.Option("--questions", "-n", help="Ask only the first so many.")] = None,
    resume: Annotated[str, typer.Option(help="Go on with an interview: its id, or the candidate's link.")] = "",
) -> None:
    """Hold an interview in the terminal."""
    # The interview's rooms take longer to import than `viva --help` may.
    from app.cli.conversation import TerminalChat, Wanted  # noqa: PLC0415 (slow to import)
    from app.interviews.models import Mode  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    set_up("error")  # a talk is no place for a log
    wanted = Wanted(bank=bank, mode=Mode(mode), sections=tuple(section or ()), limit=questions, resume=resume)
    conversation = TerminalChat(read_settings(), wanted)
    try:
        asyncio.run(conversation.hold())
    except KeyboardInterrupt:
        typer.echo()
        conversation.tell_way_back()
        raise typer.Exit(_INTERRUPTED) from None
