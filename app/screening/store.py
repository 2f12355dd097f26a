"""What a screening needs of a store: whole intentions, each its own transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from app.screening.candidates import FileCandidate, Taken
from app.screening.decisions import CandidateDecision
from app.screening.marks import CandidateState
from app.screening.screening import Progress, Screening, ScreeningState
from rubric.bank import Bank


class ScreeningStore(Protocol):
    """Keeps screenings and who belongs to them."""

    async def create(self, screening: Screening) -> None:
        """Store a new screening in its first version."""
        ...

    async def load(self, screening_id: str) -> Screening:
        """The screening in its newest version.

        Raises:
            NotFound: There is none of that id.
        """
        ...

    async def open_of_name(self, name: str) -> Screening | None:
        """The newest screening of that name that is not closed."""
        ...

    async def list(self) -> Sequence[Screening]:
        """Every screening in its newest version, newest first."""
        ...

    async def of_interview(self, interview_id: str) -> str | None:
        """The id of the screening that an interview belongs to."""
        ...

    async def interviews(self) -> frozenset[str]:
        """The ids of all interviews that belong to a screening."""
        ...

    async def revise(self, screening: Screening, at: datetime) -> None:
        """Store bank and policy: in the place of what was there in a draft, as the version that follows later on.

        Raises:
            Conflict: It was changed by somebody else meanwhile, or is closed.
        """
        ...

    async def move(self, screening_id: str, state: ScreeningState, at: datetime) -> Screening:
        """Activate or close it; what is there already stays as it is.

        Raises:
            NotFound: There is none of that id.
            Conflict: It was closed.
        """
        ...

    async def take(self, screening: Screening, bank: Bank, candidates: Sequence[FileCandidate], at: datetime) -> Taken:
        """Add candidates and answers with the jobs that grade them; what is there already is left alone.

        Raises:
            Conflict: The screening was closed meanwhile.
        """
        ...

    async def texts(self, screening_id: str) -> Mapping[str, Mapping[str, str]]:
        """The newest text of every answer there is, by candidate key and question id."""
        ...

    async def candidates(self, screening_id: str) -> Sequence[CandidateState]:
        """Everybody in the order they came, with what is known of each answer."""
        ...

    async def decide(self, screening_id: str, decisions: Sequence[CandidateDecision]) -> int:
        """Add decisions about its candidates that are not there yet, by their ids; gives how many these were.

        Raises:
            NotFound: Somebody is not in the screening any more; nothing was added.
        """
        ...

    async def decisions(self, screening_id: str) -> Mapping[str, CandidateDecision]:
        """The newest decision about each candidate, by interview id."""
        ...

    async def decisions_about(self, interview_id: str) -> Sequence[CandidateDecision]:
        """Everything that was decided about a candidate, oldest first."""
        ...

    async def progress(self, screening_id: str) -> Progress:
        """How far the grading is."""
        ...

    async def spending(
        self, screening_id: str, add: Callable[[dict[str, Any]], None], *, since: datetime | None
    ) -> datetime | None:
        """Hand on what each grade measured of its critique; gives the time of the newest of them.

        Args:
            screening_id: Whose grades.
            add: Takes each grade's "measured".
            since: Only grades after that time.
        """
        ...

    async def tell_completed(self, at: datetime) -> Sequence[str]:
        """Announce active screenings with nobody awaited and nothing ungraded, each version once; gives their ids."""
        ...

    async def overdue(self, at: datetime) -> Sequence[str]:
        """Ids of the screenings that ended longer ago than their candidates are kept, and still have some."""
        ...

    async def forget(self, screening_id: str, *, reason: str, at: datetime) -> int:
        """Remove all its candidates' interviews, each leaving a tombstone; gives their number. The screening stays.

        Raises:
            NotFound: There is none of that id.
        """
        ...

    async def delete(self, screening_id: str, *, reason: str, at: datetime) -> int:
        """Remove a screening with all its candidates' interviews, each leaving a tombstone; gives their number.

        Raises:
            NotFound: There is none of that id.
        """
        ...
