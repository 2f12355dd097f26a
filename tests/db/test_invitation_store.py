"""Invitations on SQLite and PostgreSQL: nobody is invited twice, one link opens an interview, and nothing outlives it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from app.access.tokens import link_digest
from app.db import tables
from app.db.database import Database
from app.db.interview_store import SqlInterviewStore
from app.db.invitation_store import SqlInvitationStore
from app.db.screening_store import SqlScreeningStore
from app.errors import Conflict, LinkClosed, NotFound
from app.interviews.models import Command, Kind, Message, State
from app.interviews.service import InterviewService
from app.jobs.enqueueing import enqueue
from app.mail.letter import Letter
from app.mail.smtp import NotSent
from app.screening.candidates import Taken, interview_id
from app.screening.invitations import InvitationState, Outcome
from app.screening.inviting import Delivery, Invited, Inviting
from app.screening.people import Person
from app.screening.ranking import ranking
from app.screening.screening import ScreeningState
from tests.interviews.fakes import START, Clock, OneBank, PhraseTurns, QuotingReader
from tests.screening.values import BANK, QUESTIONS, a_policy, a_screening, people

DAY = timedelta(days=1)
ADA = Person(key="p1", name="Ada", email="ada@example.org", language="de", extra_time=150)
BEN = Person(key="p2", name="Ben", email="ben@example.org")
CY = Person(key="p3", name="Cy")


class Now(Clock):
    """A clock that is put forward."""

    def __call__(self) -> datetime:
        return self.now


class Postbox:
    """Takes letters, but for the addresses it is told to refuse."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refused: set[str] = set()

    async def send(self, letter: Letter) -> None:
        if letter.to in self.refused:
            raise NotSent("The mail server refused the address: 550 no such mailbox")
        self.letters.append(letter)

    def link_to(self, address: str) -> str:
        """The link in the newest letter there."""
        text = next(letter.text for letter in reversed(self.letters) if letter.to == address)
        return next(line for line in text.splitlines() if "/i/" in line).rpartition("/i/")[2]


class House:
    """One screening with its stores and services."""

    def __init__(self, database: Database, *, keeps_addresses: bool = True) -> None:
        self.database = database
        self.clock = Now()
        self.screenings = SqlScreeningStore(database, enqueue=enqueue)
        self.interviews = SqlInterviewStore(database, enqueue=enqueue)
        self.inviting = Inviting(
            SqlInvitationStore(database),
            self.screenings,
            OneBank(BANK),
            clock=self.clock,
            link_lasts=30 * DAY,
            people_url="https://viva.example.org",
            keeps_addresses=keeps_addresses,
        )
        self.service = InterviewService(
            self.interviews,
            OneBank(BANK),
            QuotingReader(),
            PhraseTurns(),
            clock=self.clock,
            max_answer_chars=6000,
            patience_s=1,
            quiet_s=90,
        )

    async def invite(self, *whom: Person, renew: bool = False, readmit: bool = False) -> list[Invited]:
        invited = self.inviting.invite("sc-1", whom, renew=renew, readmit=readmit)
        return [one async for some in invited for one in some]

    async def follow(self, link: str) -> str:
        return await self.interviews.find(link_digest(link), at=self.clock.now)

    async def states(self) -> dict[str, InvitationState]:
        return {one.key: one.state(self.clock.now) for one in await self.inviting.store.some("sc-1")}

    async def hold(self, id_: str, *said: str | Command) -> None:
        """Say that in an interview, one after the other."""
        for what in said:
            command = what if isinstance(what, Command) else None
            number = len((await self.interviews.load(id_)).transcript)
            await self.service.submit(
                Message(
                    id=f"m{number}",
                    interview_id=id_,
                    channel="web",
                    at=self.clock.now,
                    text="" if isinstance(what, Command) else what,
                    command=command,
                )
            )

    async def remind(self, postbox: Postbox) -> dict[str, Delivery]:
        waiting = await self.inviting.open_invitations("sc-1")
        told = self.inviting.mail_reminders("sc-1", waiting, postbox)
        return {one.key: delivered.delivery async for one, delivered in told}

    async def completed(self) -> Sequence[str]:
        return await self.screenings.tell_completed(self.clock.now)


@pytest.fixture
async def house(database: Database) -> House:
    house = House(database)
    await house.screenings.create(replace(a_screening(), deadline=START + 60 * DAY))
    return house


def token(invited: Invited) -> str:
    start, _, end = invited.url.rpartition("/i/")
    assert start == "https://viva.example.org"
    return end


async def test_each_person_gets_an_interview_of_their_own_and_stands_in_the_ranking(house: House) -> None:
    ada, ben = await house.invite(ADA, BEN)
    assert [one.outcome for one in (ada, ben)] == [Outcome.INVITED, Outcome.INVITED]
    assert ada.expires_at == START + 30 * DAY
    found = await house.interviews.load(await house.follow(token(ada)))
    assert (found.id, found.label, found.plan, found.state) == (ada.interview_id, "Ada", QUESTIONS, State.CONSENT)
    assert (found.interface, found.language, found.extra_time) == ("de", "en", 150)
    assert found.transcript[0].kind is Kind.DISCLOSURE
    assert found.transcript[0].text.startswith("Guten Tag")
    candidates = await house.screenings.candidates("sc-1")
    assert [(one.number, one.key, one.name) for one in candidates] == [(1, "p1", "Ada"), (2, "p2", "Ben")]
    assert [one.completeness for one in ranking(a_policy(), candidates)] == [0, 0]


async def test_inviting_again_tells_who_has_a_link_and_invites_who_is_new(house: House) -> None:
    (ada,) = await house.invite(ADA)
    again, cy = await house.invite(ADA, CY)
    assert (again.outcome, again.url, again.letter) == (Outcome.KNOWN, "", None)
    assert cy.outcome is Outcome.INVITED
    assert await house.follow(token(ada)) == ada.interview_id
    assert list(await house.states()) == ["p1", "p3"]


async def test_a_renewed_link_opens_and_the_one_before_opens_nothing(house: House) -> None:
    (before,) = await house.invite(ADA)
    (after,) = await house.invite(ADA, renew=True)
    assert (after.outcome, after.interview_id) == (Outcome.RENEWED, before.interview_id)
    assert await house.follow(token(after)) == before.interview_id
    with pytest.raises(NotFound):
        await house.follow(token(before))


async def test_a_link_that_was_withdrawn_stays_so_until_its_owner_is_readmitted(house: House) -> None:
    (ada,) = await house.invite(ADA)
    await house.inviting.revoke("sc-1", "p1")
    with pytest.raises(LinkClosed):
        await house.follow(token(ada))
    assert (await house.states())["p1"] is InvitationState.REVOKED
    (kept,) = await house.invite(ADA, renew=True)
    assert (kept.outcome, kept.url) == (Outcome.REVOKED, "")
    (back,) = await house.invite(ADA, readmit=True)
    assert await house.follow(token(back)) == ada.interview_id
    with pytest.raises(NotFound, match="Nobody of the key 'p9'"):
        await house.inviting.revoke("sc-1", "p9")


async def test_states_follow_what_people_do(house: House) -> None:
    ada, ben = await house.invite(ADA, BEN)
    assert await house.states() == {"p1": InvitationState.INVITED, "p2": InvitationState.INVITED}
    await house.follow(token(ada))
    assert (await house.states())["p1"] is InvitationState.OPENED
    await house.hold(ada.interview_id, Command.CONSENT)
    assert (await house.states())["p1"] is InvitationState.IN_PROGRESS
    await house.hold(ada.interview_id, Command.STOP, Command.STOP, Command.SUBMIT)
    await house.hold(ben.interview_id, Command.WITHDRAW)
    assert await house.states() == {"p1": InvitationState.COMPLETED, "p2": InvitationState.WITHDRAWN}
    assert [one.outcome for one in await house.invite(ADA, BEN, renew=True)] == [Outcome.OVER, Outcome.OVER]


async def test_a_link_ends_with_its_days_or_the_deadline_whichever_is_first(house: House) -> None:
    (ada,) = await house.invite(ADA)
    house.clock.now = START + 31 * DAY
    assert (await house.states())["p1"] is InvitationState.EXPIRED
    with pytest.raises(LinkClosed):
        await house.follow(token(ada))
    house.clock.now = START + 59 * DAY
    (cy,) = await house.invite(CY)
    assert cy.expires_at == START + 60 * DAY
    house.clock.now = START + 61 * DAY
    with pytest.raises(Conflict, match="takes no more answers"):
        await house.invite(BEN)


async def test_a_file_and_an_invitation_do_not_mix(house: House, database: Database) -> None:
    await house.invite(ADA)
    taken = await house.screenings.take(
        a_screening(), BANK, people(("p1", "store", "In a file."), ("p2", "store", "In a file.")), START
    )
    assert taken == Taken(candidates=2, new=1, closed=1)
    (ben,) = await house.invite(BEN)
    assert (ben.outcome, ben.url) == (Outcome.ANSWERED, "")


async def test_closing_shuts_out_who_has_not_begun_and_lets_the_others_end(house: House) -> None:
    ada, ben = await house.invite(ADA, BEN)
    await house.hold(ada.interview_id, Command.CONSENT)
    await house.screenings.move("sc-1", ScreeningState.CLOSED, START)
    assert await house.follow(token(ada)) == ada.interview_id
    with pytest.raises(LinkClosed):
        await house.follow(token(ben))
    with pytest.raises(Conflict, match="takes no more answers"):
        await house.invite(CY)


async def test_whoever_is_deleted_is_gone_with_their_address_and_not_invited_again(
    house: House, database: Database
) -> None:
    (ada,) = await house.invite(ADA)
    await house.interviews.delete(ada.interview_id, reason="on request", at=START)
    row = await database.row(select(func.count()).select_from(tables.invitations))
    assert row is not None
    assert row[0] == 0
    (again,) = await house.invite(ADA)
    assert (again.outcome, again.url) == (Outcome.ERASED, "")


async def test_addresses_are_kept_only_where_letters_can_be_sent(database: Database) -> None:
    house = House(database, keeps_addresses=False)
    await house.screenings.create(a_screening())
    (ada,) = await house.invite(ADA)
    assert ada.letter is not None
    assert ada.letter.to == ADA.email
    (kept,) = await house.inviting.store.some("sc-1")
    assert kept.address == ""


async def test_a_reminders_link_takes_the_place_of_the_earlier_one_once_it_is_followed(house: House) -> None:
    (ada,) = await house.invite(ADA)
    postbox = Postbox()
    assert await house.remind(postbox) == {"p1": Delivery.SENT}
    assert postbox.letters[0].subject == "Ihr Interview wartet: lake"
    assert await house.follow(token(ada)) == ada.interview_id
    assert await house.follow(postbox.link_to(ADA.email)) == ada.interview_id
    assert await house.follow(postbox.link_to(ADA.email)) == ada.interview_id
    with pytest.raises(NotFound):
        await house.follow(token(ada))


async def test_a_reminder_is_sent_once_a_day_and_says_for_how_long_its_link_is_good(house: House) -> None:
    await house.invite(ADA, CY)
    postbox = Postbox()
    assert await house.remind(postbox) == {"p1": Delivery.SENT, "p3": Delivery.NO_ADDRESS}
    house.clock.now += DAY / 2
    assert (await house.remind(postbox))["p1"] is Delivery.TODAY
    house.clock.now += DAY / 2
    assert (await house.remind(postbox))["p1"] is Delivery.SENT
    assert len(postbox.letters) == 2
    assert (await house.inviting.store.some("sc-1"))[0].expires_at == house.clock.now + 30 * DAY


async def test_a_letter_that_fails_leaves_everything_as_it_was(house: House) -> None:
    (ada,) = await house.invite(ADA)
    postbox = Postbox()
    await house.remind(postbox)
    offered = postbox.link_to(ADA.email)
    house.clock.now += DAY
    before = await house.inviting.store.some("sc-1")
    postbox.refused.add(ADA.email)
    assert await house.remind(postbox) == {"p1": Delivery.FAILED}
    assert await house.inviting.store.some("sc-1") == before
    postbox.refused.clear()
    assert await house.follow(token(ada)) == await house.follow(offered)
    assert (await house.remind(postbox))["p1"] is Delivery.SENT


async def test_nobody_is_reminded_who_is_done_shut_out_or_at_it_now(house: House) -> None:
    ada, ben, _ = await house.invite(ADA, BEN, replace(CY, email="cy@example.org"))
    await house.hold(ada.interview_id, Command.CONSENT)
    await house.hold(ben.interview_id, Command.WITHDRAW)
    await house.inviting.revoke("sc-1", "p3")
    assert await house.remind(Postbox()) == {}
    house.clock.now += 2 * timedelta(hours=1)
    assert await house.remind(Postbox()) == {"p1": Delivery.SENT}


async def test_a_letter_with_an_invitation_is_sent_once_a_day_too(house: House) -> None:
    postbox = Postbox()
    ada, cy = await house.invite(ADA, CY)
    told = [(await house.inviting.mail(one, postbox)).delivery for one in (ada, cy)]
    assert told == [Delivery.SENT, Delivery.NO_ADDRESS]
    assert postbox.link_to(ADA.email) == token(ada)
    assert await house.remind(postbox) == {"p1": Delivery.TODAY, "p3": Delivery.NO_ADDRESS}


async def webhook(database: Database) -> None:
    """Somebody wants to know of completed screenings."""
    row = {"id": "wh-1", "url": "https://example.org", "events": ["screening.completed"], "secret": "s"}
    await database.write(
        lambda connection: connection.execute(insert(tables.webhooks).values({**row, "created_at": START}))
    )


async def bodies(database: Database) -> list[str]:
    return [row.body for row in await database.rows(select(tables.webhook_deliveries))]


async def test_completion_is_told_once_when_the_last_is_done_and_graded(house: House, database: Database) -> None:
    await webhook(database)
    assert await house.completed() == []  # nobody is in it yet
    ada, _ben = await house.invite(ADA, BEN)
    await house.screenings.take(a_screening(), BANK, people(("p3", "store", "In a bucket.")), START)
    await house.hold(ada.interview_id, Command.CONSENT, "object storage", "Nothing more.")
    assert await house.completed() == []
    await house.hold(ada.interview_id, Command.STOP, Command.STOP, Command.SUBMIT)
    await house.inviting.revoke("sc-1", "p2")
    assert await house.completed() == []  # the answer of the file has no grade yet
    await house.service.complete_grade(f"{interview_id('sc-1', 'p3')}.store")
    for answer in (await house.interviews.load(ada.interview_id)).answers:
        await house.service.complete_grade(answer.id)
    assert await house.completed() == ["sc-1"]
    assert await house.completed() == []
    (body,) = await bodies(database)
    assert '"data":{"candidates":"3","screening_id":"sc-1","version":"1"}' in body


async def test_whoever_never_comes_is_awaited_until_their_link_ends(house: House, database: Database) -> None:
    await webhook(database)
    await house.invite(ADA)
    assert await house.completed() == []
    house.clock.now += 29 * DAY
    await house.remind(Postbox())
    house.clock.now += 2 * DAY
    assert await house.completed() == []  # the reminder's link opens it still
    house.clock.now += 29 * DAY
    assert await house.completed() == ["sc-1"]


async def test_other_rules_are_completed_anew_and_a_draft_never_is(house: House, database: Database) -> None:
    await webhook(database)
    await house.screenings.take(a_screening(), BANK, people(("p3", "store", "In a bucket.")), START)
    await house.service.complete_grade(f"{interview_id('sc-1', 'p3')}.store")
    assert await house.completed() == ["sc-1"]
    await house.screenings.revise(replace(a_screening(), version=2), START)
    assert await house.completed() == ["sc-1"]
    await database.write(
        lambda connection: connection.execute(update(tables.screenings).values(state="draft", told_version=None))
    )
    assert await house.completed() == []
    assert len(await bodies(database)) == 2
