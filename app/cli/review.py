"""`viva review`: what waits for a person, and what they decide of one. The database alone is needed, so it works beside a server."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import review_several
from app.cli.review_text import marks_text, review_text
from app.cli.settings import read_settings
from app.cli.terminal import is_terminal, safe
from app.errors import InvalidInput
from rubric.criteria import Verdict

if TYPE_CHECKING:
    from app.review.models import Decision, DecisionWanted, Queue, ReviewItem
    from app.review.reasons import ReviewReason

commands = typer.Typer(
    no_args_is_help=True, help="Grades that wait for a person: list, show, take on, comment, decide."
)

GradeId = Annotated[str, typer.Argument(metavar="ID", help="As `viva review list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
_GIVEN = [verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN]
_SHORT = {"c": Verdict.COVERED, "p": Verdict.PARTIAL, "m": Verdict.MISSING, "x": Verdict.CONTRADICTED}


@commands.command(name="list")
def list_reviews(
    *,
    bank: Annotated[str | None, typer.Option(metavar="NAME", help="Only answers to this bank's questions.")] = None,
    screening: Annotated[str | None, typer.Option(metavar="ID", help="Only candidates of this screening.")] = None,
    assignee: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this person has taken on.")] = None,
    unassigned: Annotated[bool, typer.Option("--unassigned", help="Only what nobody has taken on.")] = False,
    reason: Annotated[str | None, typer.Option(help="Only what waits for this above all, such as contested.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Only the audit sample, which is judged blind.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, 1 to 200.")] = 50,
    after: Annotated[str | None, typer.Option(metavar="PLACE", help="Go on where the last list ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """What waits for a person, longest waiting first."""
    # SQLAlchemy takes longer to import than `viva --help` may; so in every command below.
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.review.models import NOBODY, Sought  # noqa: PLC0415 (slow to import)
    from app.review.place import place_of, told_place  # noqa: PLC0415 (slow to import)
    from app.review.record import queue_record  # noqa: PLC0415 (slow to import)

    sought = Sought(
        bank=bank,
        screening=screening,
        assignee=NOBODY if unassigned else assignee,
        reason=_reason("audit" if audit else reason),
    )
    place = None if after is None else place_of(after)

    async def run() -> "Queue":
        async with open_records(read_settings()) as records:
            return await records.reviews.queue(sought, limit=limit, after=place)

    queue = asyncio.run(run())
    following = None if queue.following is None else told_place(queue.following)
    if as_json:
        typer.echo(json.dumps({**queue_record(queue), "next": following}, ensure_ascii=False, indent=2))
        return
    for line in queue.lines:
        where = "to be judged blind" if line.is_blind else safe(f"{line.label or '(no label)'}, {line.interview_id}")
        taken = f"  ({safe(line.assignee)})" if line.assignee else ""
        typer.echo(
            f"{line.grade_id}  {line.graded_at:%Y-%m-%d %H:%M}  {line.bank} v{line.bank_version}, "
            f"{safe(line.question_id)}  {where}{taken}"
        )
        for sentence in line.reasons:
            typer.echo(f"    {safe(sentence)}")
    total = f"more than {queue.total:,}" if queue.is_more else f"{queue.total:,}"
    typer.echo(f"{len(queue.lines)} of {total} waiting." if queue.total else "Nothing waits for a person.")
    if following is not None:
        typer.echo(f"The next ones: --after {safe(following)}")


@commands.command()
def show(grade_id: GradeId, *, as_json: AsJson = False) -> None:
    """One answer with its criteria and, unless it is to be judged blind, what the machine gave."""
    from app.review.record import item_record  # noqa: PLC0415 (slow to import)

    item = asyncio.run(_shown(grade_id))
    typer.echo(json.dumps(item_record(item), ensure_ascii=False, indent=2) if as_json else review_text(item))


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
        typer.echo(review_text(item))
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
    typer.echo(marks_text(decided))


for _several in (review_several.confirm, review_several.dismiss, review_several.assign, review_several.comment):
    commands.command()(_several)


def _reason(given: str | None) -> "ReviewReason | None":
    from app.review.reasons import ReviewReason  # noqa: PLC0415 (slow to import)

    if given is None:
        return None
    if given not in set(ReviewReason):
        raise InvalidInput(f"--reason {given}: there are {', '.join(ReviewReason)}.")
    return ReviewReason(given)


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
