"""Who was invited to a screening, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.interviews.models import Interview, State

MAIL_EVERY = timedelta(days=1)
"""Nobody is sent more than one letter in that time, nor less than the hours a mail takes to be read."""


class InvitationState(StrEnum):
    """Where somebody who was invited stands."""

    INVITED = "invited"
    OPENED = "opened"
    """The link was followed; a mail server that looks through letters may have done so, too."""
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    """Ended by the candidate: nothing is graded."""
    EXPIRED = "expired"
    REVOKED = "revoked"


OPEN_STATES = frozenset(
    {InvitationState.INVITED, InvitationState.OPENED, InvitationState.IN_PROGRESS, InvitationState.EXPIRED}
)
"""Of people who can still be reminded."""


class Outcome(StrEnum):
    """What inviting somebody did."""

    INVITED = "invited"
    RENEWED = "renewed"
    """There is a new link, and the earlier one opens nothing any more."""
    KNOWN = "known"
    """Was invited before; the link they have stays."""
    OVER = "over"
    """Completed the interview, or withdrew from it."""
    REVOKED = "revoked"
    """The link was withdrawn, and stays so."""
    ERASED = "erased"
    """Was deleted, and does not come back by a file being taken again."""
    ANSWERED = "answered"
    """Has answers from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """What is kept of a link; None expires never."""

    sha256: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Somebody to be invited, with the interview that is theirs if they are new."""

    key: str
    interview: Interview
    address: str = field(repr=False)
    link: NewLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who was invited.

    Attributes:
        number: Place among the screening's candidates.
        address: Empty where none is kept.
        language: Of Viva's own words to them.
        opened_at: When a link of theirs was first followed.
        expires_at: Of the newest link; None is never.
        mailed_at: When a letter to them was last sent from here.
        active_at: When they last sent something.
    """

    number: int
    key: str
    name: str
    interview_id: str
    interview_state: State
    language: str
    address: str = field(repr=False)
    invited_at: datetime
    opened_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    mailed_at: datetime | None
    active_at: datetime | None

    def state(self, at: datetime) -> InvitationState:
        """Where they stand at that time."""
        over = {State.FINISHED: InvitationState.COMPLETED, State.WITHDRAWN: InvitationState.WITHDRAWN}
        if self.interview_state in over:
            return over[self.interview_state]
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        if self.expires_at is not None and at >= self.expires_at:
            return InvitationState.EXPIRED
        if self.interview_state is not State.CONSENT:
            return InvitationState.IN_PROGRESS
        return InvitationState.INVITED if self.opened_at is None else InvitationState.OPENED


class InvitationStore(Protocol):
    """Keeps invitations; each goes with its interview."""

    async def invite(
        self, screening_id: str, wanted: Sequence[Wanted], at: datetime, *, renew: bool, readmit: bool
    ) -> Sequence[Outcome]:
        """Add who is new with their interviews, and give new links to who is to have them, all or nobody.

        Raises:
            NotFound: There is no such screening.
            Conflict: It is a draft, or closed.
        """
        ...

    async def some(self, screening_id: str, *, limit: int | None = None, after: int = 0) -> Sequence[Invitation]:
        """Invitations in the order people came: at most so many after that number; raises NotFound."""
        ...

    async def offer(self, interview_id: str, link: NewLink) -> NewLink | None:
        """Give somebody another link, which takes the place of the one they have once it is followed.

        Gives the link that was offered before and never followed, which opens nothing from now on.
        """
        ...

    async def take_back(self, interview_id: str, link: NewLink, before: NewLink | None) -> None:
        """Offer what was offered before a link that never reached them; harmless where it was followed meanwhile."""
        ...

    async def claim_letter(self, interview_id: str, at: datetime) -> bool:
        """Note that a letter is sent now; False where one was less than a day before, or nobody is there."""
        ...

    async def unclaim_letter(self, interview_id: str, claimed_at: datetime, before: datetime | None) -> None:
        """Note that the letter was not sent after all."""
        ...

    async def revoke(self, screening_id: str, key: str, at: datetime) -> None:
        """Let no link of theirs open anything; raises NotFound."""
        ...
