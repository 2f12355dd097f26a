"""The use cases of invitations: an interview and a link for each of many people, reminders, and who stands where."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.access.tokens import link_digest, new_link
from app.errors import Conflict, InvalidInput
from app.interviews import engine
from app.interviews.models import Interview, Mode, Script, State
from app.interviews.service import Versions
from app.locale.catalogue import known
from app.mail.letter import Letter
from app.mail.smtp import NotSent, Sender
from app.screening import letters
from app.screening.candidates import interview_id
from app.screening.invitations import OPEN_STATES, Invitation, InvitationStore, NewLink, Outcome, Wanted
from app.screening.people import Person
from app.screening.screening import Screening, ScreeningState
from app.screening.store import ScreeningStore

PEOPLE_AT_A_TIME = 100
"""Of one transaction: live interviews write between them."""
MOST_DAYS = 3650
AT_IT = timedelta(hours=1)
"""Whoever sent something within that time is not reminded of it."""
HAS_LINK = frozenset({Outcome.INVITED, Outcome.RENEWED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What became of one person.

    Attributes:
        url: The new link, told once, as only its digest is kept; empty where there is no new one.
        expires_at: Of the new link; None where it never does, or there is none.
        letter: What they can be written; None where there is no new link.
    """

    person: Person
    interview_id: str
    outcome: Outcome
    url: str = field(default="", repr=False)
    expires_at: datetime | None = None
    letter: Letter | None = None


class Delivery(StrEnum):
    """What became of a letter."""

    SENT = "sent"
    NO_ADDRESS = "no_address"
    TODAY = "today"
    """Something was sent less than a day before."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A letter's fate, and why it failed."""

    delivery: Delivery
    why: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether the mail server took it."""
        return self.delivery is Delivery.SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Somebody with another link, and the letter that brings it."""

    invitation: Invitation
    url: str = field(repr=False)
    expires_at: datetime | None
    letter: Letter


class Inviting:
    """Invitations for whoever reaches them.

    Args:
        store: Where they are kept.
        screenings: What people are invited to.
        versions: The banks.
        clock: Aware UTC now.
        link_lasts: How long a link opens its interview; None is for ever.
        people_url: Where people reach the server, without a closing slash.
        keeps_addresses: Whether e-mail addresses are kept: only where letters can be sent.
    """

    def __init__(
        self,
        store: InvitationStore,
        screenings: ScreeningStore,
        versions: Versions,
        *,
        clock: Callable[[], datetime],
        link_lasts: timedelta | None,
        people_url: str,
        keeps_addresses: bool,
    ) -> None:
        self.store = store
        self.keeps_addresses = keeps_addresses
        self._screenings = screenings
        self._versions = versions
        self._clock = clock
        self._link_lasts = link_lasts
        self._people_url = people_url

    async def invite(
        self,
        screening_id: str,
        people: Sequence[Person],
        *,
        expires_days: int | None = None,
        renew: bool = False,
        readmit: bool = False,
        people_url: str | None = None,
    ) -> AsyncIterator[Sequence[Invited]]:
        """Give each person an interview and a link; whoever has one keeps it, unless it is to be renewed.

        Gives some people at a time, once they are stored.

        Args:
            screening_id: Of an active screening.
            people: Each once.
            expires_days: Days for which the links open; as the settings say where None. The deadline ends them, too.
            renew: Whether those who were invited and are not done get another link, in place of the one they have.
            readmit: Whether those whose link was withdrawn do.
            people_url: Where people reach the server, if that is told otherwise than by the settings.

        Raises:
            NotFound: There is no such screening.
            Conflict: It takes no answers: a draft, closed, or past its deadline.
            InvalidInput: The days can't be used.
        """
        screening, script = await self._open(screening_id)
        base = people_url or self._people_url
        for start in range(0, len(people), PEOPLE_AT_A_TIME):
            some = people[start : start + PEOPLE_AT_A_TIME]
            at = self._clock()
            expires_at = self._expiry(screening, at, expires_days)
            tokens = [new_link() for _ in some]
            wanted = [
                Wanted(
                    key=person.key,
                    interview=_interview(screening, script, person, at),
                    address=person.email if self.keeps_addresses else "",
                    link=NewLink(sha256=link_digest(token), expires_at=expires_at),
                )
                for person, token in zip(some, tokens, strict=True)
            ]
            outcomes = await self.store.invite(screening_id, wanted, at, renew=renew, readmit=readmit)
            yield [
                _invited(person, one.interview, outcome, f"{base}/i/{token}", expires_at, script)
                for person, one, outcome, token in zip(some, wanted, outcomes, tokens, strict=True)
            ]

    async def mail(self, invited: Invited, sender: Sender) -> Delivered:
        """Send somebody the link they were just given, once a day at most; where that fails, the link stays good."""
        if invited.letter is None or not invited.letter.to:
            return Delivered(Delivery.NO_ADDRESS)
        at = self._clock()
        if not await self.store.claim_letter(invited.interview_id, at):
            return Delivered(Delivery.TODAY)
        try:
            await sender.send(invited.letter)
        except NotSent as error:
            await self.store.unclaim_letter(invited.interview_id, at, None)
            return Delivered(Delivery.FAILED, str(error))
        return Delivered(Delivery.SENT)

    async def open_invitations(self, screening_id: str) -> Sequence[Invitation]:
        """Who can be reminded: has not handed in, is not at it now, and may still come.

        Raises:
            NotFound: There is no such screening.
            Conflict: It takes no answers.
        """
        await self._open(screening_id)
        at = self._clock()
        return [
            one
            for one in await self.store.some(screening_id)
            if one.state(at) in OPEN_STATES and (one.active_at is None or at - one.active_at >= AT_IT)
        ]

    async def remind(
        self,
        screening_id: str,
        invitations: Sequence[Invitation],
        *,
        expires_days: int | None = None,
        addresses: Callable[[Invitation], str] = lambda one: one.address,
    ) -> AsyncIterator[Reminder]:
        """Another link for each of them, with a letter to be sent by other means.

        The link they have stays good until the other one is followed; of those that were offered, the newest is good.

        Raises:
            NotFound: There is no such screening.
            Conflict: It takes no answers.
            InvalidInput: The days can't be used.
        """
        screening, script = await self._open(screening_id)
        for invitation in invitations:
            reminder, link = self._reminder(screening, script, invitation, addresses(invitation), expires_days)
            await self.store.offer(invitation.interview_id, link)
            yield reminder

    async def mail_reminders(
        self,
        screening_id: str,
        invitations: Sequence[Invitation],
        sender: Sender,
        *,
        expires_days: int | None = None,
    ) -> AsyncIterator[tuple[Invitation, Delivered]]:
        """Send each of them another link, once a day at most; whom that fails for is as if nothing had been tried.

        Raises:
            NotFound: There is no such screening.
            Conflict: It takes no answers.
            InvalidInput: The days can't be used.
        """
        screening, script = await self._open(screening_id)
        for invitation in invitations:
            at = self._clock()
            if not invitation.address:
                yield invitation, Delivered(Delivery.NO_ADDRESS)
                continue
            if not await self.store.claim_letter(invitation.interview_id, at):
                yield invitation, Delivered(Delivery.TODAY)
                continue
            reminder, link = self._reminder(screening, script, invitation, invitation.address, expires_days)
            before = await self.store.offer(invitation.interview_id, link)
            try:
                await sender.send(reminder.letter)
            except NotSent as error:
                await self.store.take_back(invitation.interview_id, link, before)
                await self.store.unclaim_letter(invitation.interview_id, at, invitation.mailed_at)
                yield invitation, Delivered(Delivery.FAILED, str(error))
            else:
                yield invitation, Delivered(Delivery.SENT)

    async def revoke(self, screening_id: str, key: str) -> None:
        """Let no link of theirs open anything from now on; raises NotFound."""
        await self.store.revoke(screening_id, key, self._clock())

    async def _open(self, screening_id: str) -> tuple[Screening, Script]:
        screening = await self._screenings.load(screening_id)
        if screening.state is ScreeningState.DRAFT:
            raise Conflict(f"The screening {screening.id} is a draft; activate it, so that its rules are fixed first.")
        if not screening.takes_answers(self._clock()):
            raise Conflict(f"The screening {screening.id} takes no more answers, so nobody can be invited to it.")
        bank = (await self._versions.get(screening.bank.name, screening.bank.version)).bank
        sheet = await self._versions.information(screening.bank.name)
        return screening, Script(bank, screening.policy.questions, screening.language, sheet)

    def _expiry(self, screening: Screening, at: datetime, days: int | None) -> datetime | None:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InvalidInput(f"Links open for 1 to {MOST_DAYS} days, not {days}.")
        lasts = self._link_lasts if days is None else timedelta(days=days)
        ends = [end for end in (screening.deadline, at + lasts if lasts else None) if end is not None]
        return min(ends, default=None)

    def _reminder(
        self, screening: Screening, script: Script, invitation: Invitation, to: str, expires_days: int | None
    ) -> tuple[Reminder, NewLink]:
        token, expires_at = new_link(), self._expiry(screening, self._clock(), expires_days)
        url = f"{self._people_url}/i/{token}"
        letter = letters.reminder(
            name=invitation.name,
            to=to,
            language=invitation.language,
            title=_title(script),
            url=url,
            expires_at=expires_at,
        )
        reminder = Reminder(invitation=invitation, url=url, expires_at=expires_at, letter=letter)
        return reminder, NewLink(sha256=link_digest(token), expires_at=expires_at)


def _interview(screening: Screening, script: Script, person: Person, at: datetime) -> Interview:
    """The interview that is theirs if they are new, its disclosure said."""
    language = known(person.language or screening.language)
    interview = Interview(
        id=interview_id(screening.id, person.key),
        bank=screening.bank,
        mode=Mode.ASSESSMENT,
        language=screening.language,
        plan=screening.policy.questions,
        state=State.CONSENT,
        created_at=at,
        label=person.name,
        interface=language,
        extra_time=person.extra_time,
    )
    return engine.disclose(interview, script)


def _invited(
    person: Person, interview: Interview, outcome: Outcome, url: str, expires_at: datetime | None, script: Script
) -> Invited:
    told = Invited(person=person, interview_id=interview.id, outcome=outcome)
    if outcome not in HAS_LINK:
        return told
    letter = letters.invitation(
        name=person.name,
        to=person.email,
        language=interview.interface,
        title=_title(script),
        url=url,
        expires_at=expires_at,
    )
    return replace(told, url=url, expires_at=expires_at, letter=letter)


def _title(script: Script) -> str:
    return script.bank.title or script.bank.name
