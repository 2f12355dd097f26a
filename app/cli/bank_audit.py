"""`viva bank audit`: how the questions of a bank can be gamed, found by grading answers made from the bank itself."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.progress import progress
from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.config import Settings
from app.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from app.evaluation.audit import Audit, QuestionAudit
    from rubric.bank import Bank

NO_MODEL = "No chat model is configured; set VIVA_LLM_MODEL, or leave out --llm."


def audit(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A bank; `viva bank list` shows them. Or its file.")],
    version: Annotated[int | None, typer.Option("--version", help="By default the latest.")] = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", metavar="ID", help="Only this question; may be repeated.")
    ] = None,
    *,
    llm: Annotated[bool, typer.Option("--llm", help="Ask the chat model, too: about 50 requests a question.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Try to game every question of a bank, and say where that works.

    Answers are made from the bank: the question repeated, keywords, denied criteria, swapped roles, other numbers,
    padding, injections and more; nothing of it may earn credit that counts without a person, and harmless changes may
    not move a mark. Exit code 1 says that something does, so it can stand before publishing a bank.
    """
    settings = read_settings()
    if llm and not settings.llm_configured:
        raise InvalidInput(NO_MODEL)
    chosen = settings if llm else settings.model_copy(update={"llm_model": None})
    file = Path(name) if Path(name).suffix and Path(name).is_file() else None
    found = asyncio.run(_audit(chosen, file or name, version, question or []))
    if as_json:
        from app.evaluation.audit_export import as_json as to_json  # noqa: PLC0415 (as below)

        typer.echo(to_json(found), nl=False)
    else:
        typer.echo(_as_text(found))
    raise typer.Exit(0 if found.passes else 1)


async def _audit(settings: Settings, name: str | Path, version: int | None, only: list[str]) -> "Audit":
    # Assembly takes longer to import than `viva --help` may.
    from app.bootstrap import build_grader  # noqa: PLC0415 (slow to import)
    from app.evaluation.audit import audit as run  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    bank, found_version = await _bank(settings, name, version)
    known = {question.id for question in bank.questions()}
    if missing := [one for one in only if one not in known]:
        raise NotFound(f"The bank {bank.name!r} has no question {missing[0]!r}; viva bank show lists those it has.")
    set_up("warning")
    async with build_grader(settings) as grader:
        with progress(_expected(bank, only)) as advance:
            return await run(
                bank,
                grader,
                version=found_version,
                only=only,
                concurrency=settings.llm_concurrency,
                advance=advance,
            )


def _expected(bank: "Bank", only: list[str]) -> int:
    """About how many grades there will be."""
    from app.evaluation.audit_cases import cases  # noqa: PLC0415 (as above)

    chosen = [each for each in bank.questions() if each.criteria and (not only or each.id in only)]
    return sum(len({case.answer for case in cases(bank, each)}) + len(each.criteria) for each in chosen)


async def _bank(settings: Settings, name: str | Path, version: int | None) -> "tuple[Bank, int | None]":
    """The bank of that name, or of that file; needs no vector store, so it works beside a server."""
    from app.bootstrap import open_records  # noqa: PLC0415 (as above)
    from rubric.bank_file import load_bank  # noqa: PLC0415 (slow to import)
    from rubric.ids import with_ids  # noqa: PLC0415 (slow to import)

    if isinstance(name, Path):
        return with_ids(load_bank(name), None), None
    async with open_records(settings) as records:
        found = await records.banks.get(name, version)
    return found.bank, found.version


def _as_text(found: "Audit") -> str:
    lines = []
    for question in found.questions:
        lines += _question_lines(question)
    for text in found.skipped:
        lines.append(f"BROKEN  {safe(text)}: no criteria, so its answers cannot be graded.")
    run = [f"    {broken} of {count}  {name}" for name, (count, broken) in found.by_name().items() if broken]
    if run:
        lines += ["", "Broken, by case:", *run]
    named = f"{found.bank} version {found.version}" if found.version is not None else found.bank
    clean = sum(not question.broken for question in found.questions)
    lines += [
        "",
        f"{named}: {found.checks:,} checks on {len(found.questions)} questions, {found.checks - found.broken:,} hold, "
        f"{found.broken} broken ({found.broken_unseen} where no person would look); {clean} of {len(found.questions)} questions pass.",
    ]
    return "\n".join(lines)


def _question_lines(audited: "QuestionAudit") -> list[str]:
    """What can be done to one question; nothing where nothing can."""
    if not audited.broken and not audited.held:
        return []
    lines = [f"{audited.number}. {safe(audited.question.text)}  [{audited.question.id}]"]
    lines += [f"    BROKEN  {check.case.name}: {check.broken}" for check in audited.broken]
    held = [f"{check.case.name} ({float(check.score or 0):.2f})" for check in audited.held]
    if held:
        lines.append(f"    held for review: {', '.join(held)}")
    return lines
