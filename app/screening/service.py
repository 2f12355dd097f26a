"""The use cases of a screening: begin, take a file, see results, change the rules after seeing what that flips."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from app.banks.catalogue import BankVersion
from app.errors import Conflict, InvalidInput
from app.grading.normalise import clean
from app.interviews.service import Versions
from app.screening.candidates import FileCandidate, Taken, by_person
from app.screening.decisions import CandidateDecision, DisposalWanted, disposed
from app.screening.flips import NO_MARKS, Flips, flips
from app.screening.likeness import AlikeGroup, alike
from app.screening.marks import Mark
from app.screening.policy_file import PolicyFile, as_written, resolved
from app.screening.preview import Preview
from app.screening.ranking import Standing, ranking
from app.screening.screening import Progress, Screening, ScreeningState
from app.screening.store import ScreeningStore
from rubric.bank import Bank

ANSWERS_AT_A_TIME = 100
"""About so many go into one transaction, some 60 ms: live interviews write between them."""
MAX_NAME_CHARS = 200
RETENTION_OVER = "the screening's retention is over"
"""What the tombstones say."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everybody's standing, with what is needed to tell it.

    Attributes:
        decisions: What people decided, by interview id; none about whoever is still undecided.
    """

    screening: Screening
    bank: Bank
    standings: tuple[Standing, ...]
    decisions: Mapping[str, CandidateDecision] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Change:
    """Other rules for a screening, not in force yet, and what they would flip."""

    screening: Screening
    flips: Flips


class ScreeningService:
    """Screenings for whoever reaches them.

    Args:
        store: Where they are kept.
        versions: The banks.
        clock: Aware UTC now.
    """

    def __init__(
        self,
        store: ScreeningStore,
        versions: Versions,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self.store = store
        self._versions = versions
        self._clock = clock

    async def create(
        self,
        *,
        name: str,
        bank: str,
        policy: PolicyFile,
        language: str | None = None,
        deadline: datetime | None = None,
        retention_days: int | None = None,
    ) -> Screening:
        """A stored draft; see `draft`."""
        screening = await self.draft(
            name=name, bank=bank, policy=policy, language=language, deadline=deadline, retention_days=retention_days
        )
        await self.store.create(screening)
        return screening

    async def draft(
        self,
        *,
        name: str,
        bank: str,
        policy: PolicyFile,
        language: str | None = None,
        deadline: datetime | None = None,
        retention_days: int | None = None,
    ) -> Screening:
        """A draft with the newest version of a bank, not stored yet.

        Raises:
            NotFound: There is no such bank.
            InvalidInput: The name is blank or too long, or the policy does not fit the bank.
        """
        cleaned = clean(" ".join(name.split())).text
        if not 0 < len(cleaned) <= MAX_NAME_CHARS:
            raise InvalidInput(f"A screening's name has 1 to {MAX_NAME_CHARS} characters.")
        if retention_days is not None and retention_days < 1:
            raise InvalidInput(f"Candidates are kept for at least 1 day, not {retention_days}.")
        found = await self._versions.get(bank)
        return Screening(
            id=f"sc-{secrets.token_hex(8)}",
            name=cleaned,
            bank=found.ref,
            policy=resolved(policy, found.bank),
            language=language or found.bank.language,
            state=ScreeningState.DRAFT,
            created_at=self._clock(),
            deadline=deadline,
            retention_days=retention_days,
        )

    async def load(self, screening_id: str) -> Screening:
        """The screening in its newest version; raises NotFound."""
        return await self.store.load(screening_id)

    async def activate(self, screening_id: str) -> Screening:
        """Freeze bank and policy.

        Raises:
            NotFound: There is none of that id.
            Conflict: It is closed.
        """
        return await self.store.move(screening_id, ScreeningState.ACTIVE, self._clock())

    async def close(self, screening_id: str) -> Screening:
        """Take no more answers; raises NotFound."""
        return await self.store.move(screening_id, ScreeningState.CLOSED, self._clock())

    async def bank(self, screening: Screening) -> Bank:
        """The bank version it goes by."""
        return (await self._version(screening)).bank

    async def take(
        self, screening: Screening, preview: Preview, told: Callable[[Taken], None] = lambda _: None
    ) -> Taken:
        """Add what a file holds, some candidates at a time; what is there already is neither stored nor graded again.

        Args:
            screening: Active.
            preview: Of the file, for this screening.
            told: Called after each part with what it did.

        Raises:
            Conflict: The screening takes no answers: a draft, closed or past its deadline.
        """
        if screening.state is ScreeningState.DRAFT:
            raise Conflict(f"The screening {screening.id} is a draft; activate it, so that its rules are fixed first.")
        if not screening.takes_answers(self._clock()):
            raise Conflict(f"The screening {screening.id} takes no more answers.")
        bank = await self.bank(screening)
        done = Taken()
        for some in _some(by_person(preview.answers)):
            taken = await self.store.take(screening, bank, some, self._clock())
            told(taken)
            done += taken
        return done

    async def sweep(self) -> int:
        """Remove the candidates that have been kept for as long as their screenings say; gives their number."""
        at, gone = self._clock(), 0
        for screening_id in await self.store.overdue(at):
            gone += await self.store.forget(screening_id, reason=RETENTION_OVER, at=at)
        return gone

    async def tell_completed(self) -> int:
        """Announce the screenings that are completed; gives how many these are."""
        return len(await self.store.tell_completed(self._clock()))

    async def progress(self, screening_id: str) -> Progress:
        """How far the grading is; raises NotFound."""
        await self.store.load(screening_id)
        return await self.store.progress(screening_id)

    async def results(self, screening_id: str) -> Results:
        """Everybody's standing as it is now; raises NotFound."""
        screening = await self.store.load(screening_id)
        candidates = await self.store.candidates(screening_id)
        # Thousands of candidates take a while, in which live interviews go on.
        standings = await asyncio.to_thread(ranking, screening.policy, candidates)
        return Results(screening, await self.bank(screening), standings, await self.store.decisions(screening_id))

    async def dispose(self, screening_id: str, wanted: DisposalWanted) -> int:
        """Record what a person decides about candidates, with what the machine proposes beside it.

        The same delivery again changes nothing. Gives how many decisions are new.

        Raises:
            NotFound: There is no such screening.
            InvalidInput: See `disposed`.
        """
        results = await self.results(screening_id)
        decisions = disposed(wanted, results.screening, results.standings, self._clock())
        return await self.store.decide(screening_id, decisions)

    async def alike(self, screening_id: str) -> tuple[AlikeGroup, ...]:
        """Answers of different candidates that are nearly the same in their wording; raises NotFound."""
        await self.store.load(screening_id)
        texts = await self.store.texts(screening_id)
        return await asyncio.to_thread(alike, texts)

    async def proposed(
        self, screening_id: str, policy: PolicyFile | None = None, *, newest_bank: bool = False
    ) -> Screening:
        """The screening under other rules, or by the newest version of its bank; nothing is changed.

        Args:
            screening_id: Of one that is not closed.
            policy: The rules it has where None.
            newest_bank: Whether it is to go by the newest version of its bank.

        Raises:
            NotFound: There is none of that id.
            Conflict: It is closed.
            InvalidInput: The policy does not fit that version of the bank.
        """
        stored = await self.store.load(screening_id)
        if stored.state is ScreeningState.CLOSED:
            raise Conflict(f"The screening {screening_id} is closed; its rules stay as they are.")
        bank = await self._versions.get(stored.bank.name, None if newest_bank else stored.bank.version)
        return replace(
            stored,
            bank=bank.ref,
            policy=resolved(policy or as_written(stored.policy), bank.bank),
            version=stored.version + (stored.state is not ScreeningState.DRAFT),
        )

    async def change(self, proposed: Screening, marks: Mapping[tuple[str, str], Mark] = NO_MARKS) -> Change:
        """What a proposed version would flip; nothing is changed.

        Args:
            proposed: See there.
            marks: Of answers that were graded again for it, by interview and question id.
        """
        stored = await self.store.load(proposed.id)
        candidates = await self.store.candidates(proposed.id)
        return Change(proposed, flips(candidates, stored.policy, proposed.policy, marks))

    async def adopt(self, change: Change) -> Screening:
        """Put the rules of a change in force, as the next version.

        Raises:
            Conflict: The screening was changed meanwhile.
        """
        await self.store.revise(change.screening, self._clock())
        return await self.store.load(change.screening.id)

    async def _version(self, screening: Screening) -> BankVersion:
        return await self._versions.get(screening.bank.name, screening.bank.version)


def _some(candidates: Iterator[FileCandidate]) -> Iterator[list[FileCandidate]]:
    some: list[FileCandidate] = []
    answers = 0
    for candidate in candidates:
        some.append(candidate)
        answers += len(candidate.answers)
        if answers >= ANSWERS_AT_A_TIME:
            yield some
            some, answers = [], 0
    if some:
        yield some
