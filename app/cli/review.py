"""`viva review`: what waits for a person, and what they decide. The database alone is needed, so it works beside a server."""

import asyncio
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.errors import InvalidInput
from rubric.criteria import Verdict

if TYPE_CHECKING:
    from app.review.models import Decision, DecisionWanted, Queue, ReviewItem

commands = typer.Typer(no_args_is_help=True, help="Grades that wait for a person: list, show, decide.")

GradeId = Annotated[str, typer.Argument(metavar="ID", help="As `viva review list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_GIVEN = [verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN]
_SHORT = {"c": Verdict.COVERED, "p": Verdict.PARTIAL, "m": Verdict.MISSING, "x": Verdict.CONTRADICTED}


@commands.command(name="list")
def list_reviews(
    *,
    bank: Annotated[str | None, typer.Option(metavar="NAME", help="Only answers to this bank's questions.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Only the audit sample, which is judged blind.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 200.")] = 50,
    offset: Annotated[int, typer.Option(help="Leave out so many from the start.")] = 0,
    as_json: AsJson = False,
) -> None:
    """What waits for a person, longest waiting first."""
    # SQLAlchemy takes longer to import than `viva --help` may; so in every command below.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.review.record import queue_record  # noqa: PLC0415 (slow to import)

    async def run() -> "Queue":
        async with open_records(read_settings()) as records:
            return await records.reviews.queue(bank=bank, audit_only=audit, limit=limit, offset=offset)

    queue = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(queue_record(queue), ensure_ascii=False, indent=2))
        return
    for line in queue.lines:
        where = "to be judged blind" if line.is_blind else safe(f"{line.label or '(no label)'}, {line.interview_id}")
        typer.echo(
            f"{line.grade_id}  {line.graded_at:%Y-%m-%d %H:%M}  {line.bank} v{line.bank_version}, "
            f"{safe(line.question_id)}  {where}"
        )
        for reason in line.reasons:
            typer.echo(f"    {safe(reason)}")
    typer.echo(f"{len(queue.lines)} of {queue.total} waiting." if queue.total else "Nothing waits for a person.")


@commands.command()
def show(grade_id: GradeId, *, as_json: AsJson = False) -> None:
    """One answer with its criteria and, unless it is to be judged blind, what the machine gave."""
    from app.review.record import item_record  # noqa: PLC0415 (slow to import)

    item = asyncio.run(_shown(grade_id))
    typer.echo(json.dumps(item_record(item), ensure_ascii=False, indent=2) if as_json else _text(item))


@commands.command()
def decide(
    grade_id: GradeId,
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="The machine's verdicts stand.")] = False,
    override: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CRITERION=VERDICT",
            help="Your verdict on a criterion, by its id or its place; give it once for each. "
            "Verdicts are covered, partial, missing, contradicted.",
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; an override needs one.")] = None,
    who: Annotated[str | None, typer.Option(help="Who decides.")] = None,
    decision_id: Annotated[
        str | None, typer.Option("--id", help="Of the decision: the same one sent again changes nothing.")
    ] = None,
) -> None:
    """Confirm what the machine gave, or override it. In a terminal, what you leave out is asked for."""
    from app.review.models import DecisionKind, DecisionWanted  # noqa: PLC0415 (slow to import)

    if confirm and override:
        raise InvalidInput("--confirm and --override contradict each other; give one of them.")
    item = asyncio.run(_shown(grade_id))
    asks = is_terminal()
    if not confirm and not override and not asks:
        raise InvalidInput("Say --confirm, or --override CRITERION=VERDICT.")
    if not confirm and not override:
        typer.echo(_text(item))
    verdicts = _verdicts(override, item) if override else {} if confirm else _asked_verdicts(item)
    kind = DecisionKind.OVERRIDE if verdicts else DecisionKind.CONFIRM
    if who is None and asks:
        who = typer.prompt("Who decides")
    if reason is None and asks and kind is DecisionKind.OVERRIDE:
        reason = typer.prompt("Why", default="" if item.is_blind else None, show_default=False)
    wanted = DecisionWanted(
        id=decision_id or f"rd-{secrets.token_hex(8)}",
        grade_id=grade_id,
        kind=kind,
        who=who or "",
        reason=reason or "",
        verdicts=verdicts,
    )
    decision, decided = asyncio.run(_decided(wanted))
    typer.echo(f"Recorded as {decision.id}: {decision.new_grade_id} counts from now on.")
    typer.echo(_marks(decided))


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


async def _shown(grade_id: str) -> "ReviewItem":
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async with open_records(read_settings()) as records:
        return await records.reviews.show(grade_id)


async def _decided(wanted: "DecisionWanted") -> "tuple[Decision, ReviewItem]":
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async with open_records(read_settings()) as records:
        decision = await records.reviews.decide(wanted)
        return decision, await records.reviews.show(decision.new_grade_id)


def _verdicts(given: Sequence[str], item: "ReviewItem") -> Mapping[str, Verdict]:
    """What stands in --override, by criterion id."""
    ids = [criterion.id for criterion in item.criteria]
    verdicts: dict[str, Verdict] = {}
    for one in given:
        criterion, _, verdict = one.rpartition("=")
        if criterion not in ids and criterion.isdecimal() and 0 < int(criterion) <= len(ids):
            criterion = ids[int(criterion) - 1]
        if criterion not in ids:
            raise InvalidInput(f"--override {one}: the criteria are {', '.join(ids)}; write CRITERION=VERDICT.")
        if verdict not in _GIVEN:
            raise InvalidInput(f"--override {one}: a verdict is {', '.join(_GIVEN)}.")
        if criterion in verdicts:
            raise InvalidInput(f"--override {one}: there are two verdicts on {criterion}; give one.")
        verdicts[criterion] = Verdict(verdict)
    return verdicts


def _asked_verdicts(item: "ReviewItem") -> Mapping[str, Verdict]:
    """What a person types, criterion by criterion; nothing keeps the machine's, where that may be seen."""
    keep = "" if item.is_blind else ", Enter keeps"
    typer.echo(f"\nYour verdicts: c(overed), p(artial), m(issing), x (contradicted){keep}.")
    verdicts: dict[str, Verdict] = {}
    for place, criterion in enumerate(item.criteria, start=1):
        while True:
            typed = typer.prompt(f"{place}. {safe(criterion.text)}", default="", show_default=False).strip().lower()
            verdict = _SHORT.get(typed) or next((one for one in _GIVEN if one == typed), None)
            if verdict is not None:
                verdicts[criterion.id] = verdict
            if verdict is not None or (not typed and not item.is_blind):
                break
    return verdicts


def _text(item: "ReviewItem") -> str:
    head = f"{item.bank} v{item.bank_version}, {item.question_id}"
    lines = [
        f"{item.id}  {head}" + (f"  {item.label or '(no label)'}, {item.interview_id}" if item.interview_id else "")
    ]
    for part in item.parts:
        lines += ["", f"Q: {part.asked}", f"A: {part.text}"]
    lines.append("")
    if item.is_blind:
        lines += ["In the audit sample: judge it without knowing what the machine gave.", ""]
        lines += [f"{place}. [{one.id}] {one.text} (weight {one.weight})" for place, one in enumerate(item.criteria, 1)]
        return safe("\n".join(lines))
    return safe("\n".join(lines)) + _marks(item)


def _marks(item: "ReviewItem") -> str:
    """The ledger with what is to be known about it."""
    from app.grading.outcome import Graded  # noqa: PLC0415 (slow to import)

    outcome = item.grade.outcome if item.grade is not None else None
    if not isinstance(outcome, Graded):
        return ""
    lines = [f"Score {float(outcome.score):.2f} ({float(outcome.score_low):.2f} to {float(outcome.score_high):.2f})"]
    for place, line in enumerate(outcome.criteria, start=1):
        machine = f"; the machine: {line.machine.verdict}" if line.machine is not None else ""
        lines.append(f"{place}. [{line.criterion_id}] {line.text}: {line.verdict} ({line.source}{machine})")
        lines += [f"      “{span.quote}”" for span in line.evidence]
        lines += [f"      {line.reason}"] if line.reason else []
    lines += [f"! {reason}" for reason in outcome.review_reasons]
    if item.decision is not None:
        made = item.decision
        lines.append(
            f"Decided by {made.who}, {made.at:%Y-%m-%d %H:%M} UTC: {made.kind}{', blind' if made.blind else ''}."
        )
    return safe("\n".join(lines))
