"""`viva screen change`: what other rules or a newer bank would flip, and then their putting in force."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import typer

from app.bootstrap import Records, open_records, open_regrader
from app.cli.regrade import store_again
from app.cli.terminal import safe
from app.config import Settings
from app.interviews.graded_answers import GradedAnswer, GradedAnswers
from app.screening.marks import Mark, mark_of
from app.screening.policy_file import load_policy
from app.screening.regrade import Regrade, of_interviews
from app.screening.service import Change

_LINES = 20


async def change(settings: Settings, screening_id: str, policy: Path | None, *, regrade: bool, yes: bool) -> str:
    """Preview, ask, put in force; gives what was done, in a sentence."""
    async with open_records(settings) as records:
        rules = load_policy(policy) if policy is not None else None
        proposed = await records.screenings.proposed(screening_id, rules, newest_bank=regrade)
        again = await _graded_again(settings, records, screening_id) if regrade else Regrade()
        found = await records.screenings.change(proposed, _marks(again))
        typer.echo(_told(found, again))
        if not yes:
            typer.confirm("Put this in force?", abort=True)
        # The grades first: where this is cut short, the same command does it again.
        stored = await store_again(again, records)
        changed = await records.screenings.adopt(found)
    grades = f" {stored:,} new grades are stored; the old ones stay." if stored else ""
    return (
        f"The screening {screening_id} goes by version {changed.version} of its rules and version "
        f"{changed.bank.version} of the bank {changed.bank.name}.{grades}"
    )


async def _graded_again(settings: Settings, records: Records, screening_id: str) -> Regrade:
    again = Regrade()
    async with open_regrader(settings, records) as regrader:
        async for found in of_interviews(_answers(records, screening_id), records.banks):
            await again.add(found, regrader)
    return again


async def _answers(records: Records, screening_id: str) -> AsyncIterator[GradedAnswer]:
    graded = GradedAnswers(records.interviews, records.banks)
    for candidate in await records.screenings.store.candidates(screening_id):
        async for found in graded.of_interview(candidate.interview_id):
            yield found


def _marks(again: Regrade) -> Mapping[tuple[str, str], Mark]:
    marks = {}
    for made in again.made:
        source = made.known.source
        if source is not None:
            marks[source.interview.id, source.answer.question_id] = mark_of(made.outcome)
    return marks


def _told(found: Change, again: Regrade) -> str:
    flips = found.flips
    lines = []
    if again.made or again.skipped:
        moved = sum(made.change.is_change for made in again.made)
        lines.append(
            f"{len(again.made):,} answers graded again, {moved:,} of them otherwise; {len(again.skipped):,} stay."
        )
    lines.append(
        f"{len(flips.proposals):,} of {flips.candidates:,} candidates would have another proposal; "
        f"{flips.groups:,} more would stand in another group."
    )
    for flip in flips.proposals[:_LINES]:
        then, now = flip.proposals
        lines.append(f"  {safe(flip.now.candidate.name)}: {then} → {now}  {' '.join(flip.now.reasons)}")
    if len(flips.proposals) > _LINES:
        lines.append(f"  … and {len(flips.proposals) - _LINES:,} more.")
    return "\n".join(lines)
