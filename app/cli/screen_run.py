"""One run of `viva screen run`: a file looked through, its candidates kept, their answers graded, the ranking written.

What is kept says how far a run came, so a stopped one goes on with the same command and nothing is paid twice.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.cli.remote import running_server
from app.cli.screen_progress import Pace, shown, told
from app.cli.spending import Spending
from app.cli.terminal import safe
from app.config import Settings
from app.errors import Conflict, InvalidInput
from app.screening.answer_table import AnswerTable

if TYPE_CHECKING:
    from app.bootstrap import Records
    from app.screening.candidates import Taken
    from app.screening.preview import Preview, RecordedAnswer
    from app.screening.pricing import Estimate
    from app.screening.screening import Progress, Screening
    from app.screening.service import ScreeningService
    from rubric.bank import Bank

LOOK_EVERY_S = 0.5
SPENDING_EVERY_S = 5.0
KEEPING_EVERY_S = 5.0
_PROBLEMS_SHOWN = 20
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWanted:
    """What the command line asked for."""

    file: Path
    bank: str
    name: str
    mapping: Sequence[str] = ()
    policy: Path | None = None
    deadline: datetime | None = None
    retention_days: int | None = None
    language: str | None = None
    empty_is_blank: bool = False
    dry_run: bool = False
    yes: bool = False


@dataclass
class ScreenRun:
    """Attributes: screening: Set once it is there."""

    settings: Settings
    wanted: RunWanted
    screening_id: str = ""
    spending: Spending = field(default_factory=Spending)

    async def take(self, table: AnswerTable) -> bool:
        """Look through the file and keep its candidates; False where only that was asked for, or nobody agreed."""
        from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

        async with open_records(self.settings) as records:
            screening, bank, is_new = await self._screening(records, table)
            preview = self._preview(table, screening.policy.questions, bank)
            missing = await self._missing(records, preview, None if is_new else screening)
            _tell(preview, missing)
            typer.echo((await self._estimate(screening, bank, missing)).told(), err=True)
            if self.wanted.dry_run:
                typer.echo("Nothing was kept; leave out --dry-run to begin.", err=True)
                return False
            if not preview.answers:
                raise InvalidInput(f"{preview.source} has no answer that can be graded; see above.")
            if missing and not self.wanted.yes:
                typer.confirm(f"Grade {len(missing):,} answers?", abort=True, err=True)
            if is_new:
                await records.screenings.store.create(screening)
            if (await records.screenings.activate(screening.id)).version == screening.version:
                self.screening_id = screening.id
            stored = await records.screenings.load(screening.id)
            taken = await records.screenings.take(stored, preview, _keeping(preview.candidates))
        for sentence in _remarks(taken):
            typer.echo(sentence, err=True)
        return True

    async def grade(self) -> "Progress":
        """Wait until every answer has a grade that stands; grading here, unless a running server does it."""
        from app.bootstrap import build_services, open_records  # noqa: PLC0415 (slow to import)

        server = running_server(self.settings)
        async with open_records(self.settings) as records:
            progress = await records.screenings.store.progress(self.screening_id)
            if progress.is_done:
                return progress
            if server is not None:
                typer.echo(f"The server at {server} grades; this command watches.", err=True)
                return await self._watch(records.screenings, lambda: None)
        async with build_services(self.settings, owner="viva screen run", background=True) as services:

            def trouble() -> str | None:
                status = services.embedder.status
                return services.indexer.trouble or (status if status.startswith("failed") else None)

            return await self._watch(services.screenings, trouble)

    async def _watch(self, screenings: "ScreeningService", trouble: Callable[[], str | None]) -> "Progress":
        pace, since, looked_s = Pace(), None, 0.0
        with shown() as show:
            while True:
                progress = await screenings.store.progress(self.screening_id)
                now = time.monotonic()
                pace.add(now, progress.settled)
                if progress.is_done or now - looked_s >= SPENDING_EVERY_S:
                    since = await screenings.store.spending(self.screening_id, self._spent, since=since)
                    looked_s = now
                show(progress, told(progress, pace, self.spending))
                if progress.is_done or trouble() is not None or progress.settled + progress.unread == progress.answers:
                    return progress
                await asyncio.sleep(LOOK_EVERY_S)

    def _spent(self, measured: dict[str, Any]) -> None:
        self.spending.add({"provenance": {"measured": measured}})

    async def _screening(self, records: "Records", table: AnswerTable) -> tuple["Screening", "Bank", bool]:
        """The open screening of that name, or a new one that is not stored yet; by itself it asks what the file answers."""
        from app.screening.policy_file import PolicyFile, load_policy, resolved  # noqa: PLC0415 (slow to import)

        policy: PolicyFile | None = load_policy(self.wanted.policy) if self.wanted.policy is not None else None
        there = await records.screenings.store.open_of_name(self.wanted.name)
        if there is None:
            if policy is None:
                newest = (await records.banks.get(self.wanted.bank)).bank
                every = tuple(question.id for question in newest.questions())
                answered = {one.question_id for one in self._preview(table, every, newest).answers}
                policy = PolicyFile(questions=[id_ for id_ in every if id_ in answered])
            draft = await records.screenings.draft(
                name=self.wanted.name,
                bank=self.wanted.bank,
                policy=policy,
                language=self.wanted.language,
                deadline=self.wanted.deadline,
                retention_days=self.wanted.retention_days,
            )
            return draft, await records.screenings.bank(draft), True
        bank = await records.screenings.bank(there)
        if there.bank.name != self.wanted.bank:
            raise Conflict(
                f"The screening {there.name!r} goes by the bank {there.bank.name!r}; choose another --name for this one."
            )
        if policy is not None and resolved(policy, bank) != there.policy:
            raise Conflict(
                f"The screening {there.name!r} has other rules by now; choose another --name, or see what these would "
                f"change: viva screen change {there.id} --policy {self.wanted.policy}"
            )
        return there, bank, False

    def _preview(self, table: AnswerTable, questions: Sequence[str], bank: "Bank") -> "Preview":
        from app.screening.mapping import propose  # noqa: PLC0415 (slow to import)
        from app.screening.preview import preview  # noqa: PLC0415 (slow to import)

        mapping = propose(table, bank, self.wanted.mapping)
        return preview(table, mapping, bank, questions, empty_is_blank=self.wanted.empty_is_blank)

    async def _missing(
        self, records: "Records", found: "Preview", screening: "Screening | None"
    ) -> list["RecordedAnswer"]:
        """The answers that are not there yet, or were another text."""
        known: Mapping[str, Mapping[str, str]] = {}
        if screening is not None:
            known = await records.screenings.store.texts(screening.id)
        return [one for one in found.answers if known.get(one.candidate, {}).get(one.question_id) != one.text]

    async def _estimate(self, screening: "Screening", bank: "Bank", answers: Sequence["RecordedAnswer"]) -> "Estimate":
        from app.bootstrap import prices  # noqa: PLC0415 (slow to import)
        from app.screening.pricing import estimate, requests_of  # noqa: PLC0415 (slow to import)

        requests = requests_of(screening, bank, answers)
        return await estimate(requests, model=self.settings.llm_model, prices=prices(self.settings))


def end(progress: "Progress", spending: Spending) -> bool:
    """Tell what became of the answers; whether each has a grade that stands."""
    typer.echo(
        f"{progress.settled:,} of {progress.answers:,} answers are graded, {progress.waiting:,} for a person to review.",
        err=True,
    )
    if progress.critiques_failed:
        typer.echo(
            f"{progress.critiques_failed:,} critiques failed; there the local grade stands until `viva grade-pending` succeeds:",
            err=True,
        )
    if progress.unread:
        typer.echo(
            f"{progress.unread:,} answers could not be read, which is no 0; run the same command again:", err=True
        )
    for reason, count in progress.failures[:_REASONS_SHOWN]:
        typer.echo(f"  {count:,} × {safe(reason)}", err=True)
    if spent := spending.told():
        typer.echo(spent, err=True)
    return progress.is_done


def counted(number: int, noun: str) -> str:
    """Such as "1 cell" or "2,000 cells"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tell(found: "Preview", missing: Sequence["RecordedAnswer"]) -> None:
    typer.echo(safe(found.mapping.told()), err=True)
    typer.echo(
        f"{found.rows:,} rows: {len(found.answers):,} answers of {found.candidates:,} candidates to {found.questions} questions, "
        f"{len(found.answers) - len(missing):,} of them there already.",
        err=True,
    )
    if found.repeated:
        typer.echo(f"{found.repeated:,} rows repeat an answer word for word.", err=True)
    if found.problems:
        typer.echo(f"{counted(len(found.problems), 'cell')} left out:", err=True)
    for problem in found.problems[:_PROBLEMS_SHOWN]:
        typer.echo(f"  {safe(str(problem))}", err=True)
    if len(found.problems) > _PROBLEMS_SHOWN:
        typer.echo(f"  … and {len(found.problems) - _PROBLEMS_SHOWN:,} more.", err=True)


def _keeping(candidates: int) -> Callable[["Taken"], None]:
    """Says now and then how many candidates are kept, where that takes a while."""
    kept, last_s = 0, time.monotonic()

    def told(taken: "Taken") -> None:
        nonlocal kept, last_s
        kept += taken.candidates
        if time.monotonic() - last_s >= KEEPING_EVERY_S:
            last_s = time.monotonic()
            typer.echo(f"{kept:,} of {candidates:,} candidates are kept.", err=True)

    return told


def _remarks(taken: "Taken") -> list[str]:
    said = []
    if taken.changed:
        said.append(
            f"{taken.changed:,} answers have another text than before; they are graded anew, the earlier ones stay."
        )
    if taken.erased:
        said.append(f"{taken.erased:,} candidates were deleted before and stay so.")
    if taken.closed:
        said.append(
            f"{taken.closed:,} candidates were invited, have withdrawn or are graded by people; nothing was added for them."
        )
    return said
