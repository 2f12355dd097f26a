"""Invitations in SQL. Each method is one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from app.db import tables
from app.db.database import Database
from app.db.interview_store import IDS_AT_A_TIME, batched
from app.db.rows import entry_row, interview_row
from app.db.screening_store import erased, last_number, load_screening
from app.errors import Conflict, NotFound
from app.interviews.models import State
from app.screening.invitations import MAIL_EVERY, Invitation, NewLink, Outcome, Wanted
from app.screening.screening import ScreeningState


@dataclass(frozen=True, slots=True)
class _There:
    """A candidate who is there already."""

    state: State
    is_invited: bool
    is_revoked: bool


class SqlInvitationStore:
    """`InvitationStore` on SQLite or PostgreSQL; its database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(
        self, screening_id: str, wanted: Sequence[Wanted], at: datetime, *, renew: bool, readmit: bool
    ) -> Sequence[Outcome]:
        def invite(connection: Connection) -> Sequence[Outcome]:
            screening = load_screening(connection, screening_id, for_update=True)
            if screening.state is not ScreeningState.ACTIVE:
                raise Conflict(f"The screening {screening_id} is {screening.state}; only an active one invites people.")
            ids = [one.interview.id for one in wanted]
            there, gone = _there(connection, ids), erased(connection, ids)
            number, rows, outcomes = last_number(connection, screening_id), _Rows(), list[Outcome]()
            for one in wanted:
                known = there.get(one.interview.id)
                outcome = _outcome(known, one.interview.id in gone, renew=renew, readmit=readmit)
                if outcome is Outcome.INVITED:
                    number += 1
                    rows.add(one, screening_id, number, at)
                elif outcome is Outcome.RENEWED:
                    _renew(connection, one)
                outcomes.append(outcome)
            rows.write(connection)
            return outcomes

        return await self._database.write(invite)

    async def some(self, screening_id: str, *, limit: int | None = None, after: int = 0) -> Sequence[Invitation]:
        query = _invitations().where(
            tables.candidates.c.screening_id == screening_id, tables.candidates.c.number > after
        )

        def find(connection: Connection) -> Sequence[Invitation]:
            load_screening(connection, screening_id)
            found = connection.execute(query.order_by(tables.candidates.c.number).limit(limit))
            return [_invitation(row) for row in found]

        return await self._database.read(find)

    async def offer(self, interview_id: str, link: NewLink) -> NewLink | None:
        row = tables.invitations
        mine = row.c.interview_id == interview_id

        def offer(connection: Connection) -> NewLink | None:
            query = select(row.c.offered_sha256, row.c.offered_expires_at).where(mine).with_for_update()
            found = connection.execute(query).one_or_none()
            connection.execute(update(row).where(mine).values(_offered(link)))
            return None if found is None or found[0] is None else NewLink(sha256=found[0], expires_at=found[1])

        return await self._database.write(offer)

    async def take_back(self, interview_id: str, link: NewLink, before: NewLink | None) -> None:
        row = tables.invitations
        mine = and_(row.c.interview_id == interview_id, row.c.offered_sha256 == link.sha256)
        await self._database.write(
            lambda connection: connection.execute(update(row).where(mine).values(_offered(before)))
        )

    async def claim_letter(self, interview_id: str, at: datetime) -> bool:
        row = tables.invitations
        is_due = or_(row.c.mailed_at.is_(None), row.c.mailed_at <= at - MAIL_EVERY)
        claimed = update(row).where(row.c.interview_id == interview_id, is_due).values(mailed_at=at)
        return await self._database.write(lambda connection: connection.execute(claimed).rowcount) == 1

    async def unclaim_letter(self, interview_id: str, claimed_at: datetime, before: datetime | None) -> None:
        row = tables.invitations
        mine = and_(row.c.interview_id == interview_id, row.c.mailed_at == claimed_at)
        undone = update(row).where(mine).values(mailed_at=before)
        await self._database.write(lambda connection: connection.execute(undone))

    async def revoke(self, screening_id: str, key: str, at: datetime) -> None:
        row, invitation, interview = tables.candidates, tables.invitations, tables.interviews
        theirs = select(row.c.interview_id).join(invitation, invitation.c.interview_id == row.c.interview_id)
        theirs = theirs.where(row.c.screening_id == screening_id, row.c.key == key)

        def revoke(connection: Connection) -> None:
            load_screening(connection, screening_id)
            id_ = connection.execute(theirs).scalar_one_or_none()
            if id_ is None:
                raise NotFound(
                    f"Nobody of the key {key!r} was invited to {screening_id}; viva screen invitations {screening_id} "
                    "shows who was."
                )
            closed = func.coalesce(interview.c.link_revoked_at, at)
            connection.execute(update(interview).where(interview.c.id == id_).values(link_revoked_at=closed))
            connection.execute(update(invitation).where(invitation.c.interview_id == id_).values(_offered(None)))

        await self._database.write(revoke)


class _Rows:
    """New rows of a transaction, gathered so that each table is written once."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, one: Wanted, screening_id: str, number: int, at: datetime) -> None:
        """Somebody new."""
        id_ = one.interview.id
        link = {"link_sha256": one.link.sha256, "link_expires_at": one.link.expires_at}
        self._put("interviews", {**interview_row(one.interview), "id": id_, **link})
        self._put("candidates", {"interview_id": id_, "screening_id": screening_id, "number": number, "key": one.key})
        self._put("invitations", {"interview_id": id_, "address": one.address, "invited_at": at})
        for entry in one.interview.transcript:
            self._put("entries", entry_row(id_, entry))

    def write(self, connection: Connection) -> None:
        """Store them."""
        for name in ("interviews", "candidates", "invitations", "entries"):
            if rows := self._rows.get(name):
                connection.execute(insert(tables.metadata.tables[name]), rows)

    def _put(self, table: str, row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)


def _outcome(known: _There | None, is_erased: bool, *, renew: bool, readmit: bool) -> Outcome:
    if known is None:
        return Outcome.ERASED if is_erased else Outcome.INVITED
    if not known.is_invited:
        return Outcome.ANSWERED
    if known.state in {State.FINISHED, State.WITHDRAWN}:
        return Outcome.OVER
    if known.is_revoked:
        return Outcome.RENEWED if readmit else Outcome.REVOKED
    return Outcome.RENEWED if renew else Outcome.KNOWN


def _there(connection: Connection, ids: Collection[str]) -> Mapping[str, _There]:
    interview, invitation = tables.interviews, tables.invitations
    query = select(
        interview.c.id, interview.c.state, interview.c.link_revoked_at, invitation.c.interview_id.label("invited")
    ).outerjoin(invitation, invitation.c.interview_id == interview.c.id)
    found: dict[str, _There] = {}
    for some in batched(ids, IDS_AT_A_TIME):
        for row in connection.execute(query.where(interview.c.id.in_(some))):
            found[row.id] = _There(State(row.state), row.invited is not None, row.link_revoked_at is not None)
    return found


def _renew(connection: Connection, one: Wanted) -> None:
    """Another link instead of what there was; and their address, where one is given."""
    interview, invitation = tables.interviews, tables.invitations
    link = {"link_sha256": one.link.sha256, "link_expires_at": one.link.expires_at, "link_revoked_at": None}
    connection.execute(update(interview).where(interview.c.id == one.interview.id).values(link))
    address = {"address": one.address} if one.address else {}
    mine = invitation.c.interview_id == one.interview.id
    connection.execute(update(invitation).where(mine).values({**_offered(None), **address}))


def _offered(link: NewLink | None) -> dict[str, Any]:
    return {"offered_sha256": link.sha256 if link else None, "offered_expires_at": link.expires_at if link else None}


def _invitations() -> Select[Any]:
    row, interview, invitation, entry = tables.candidates, tables.interviews, tables.invitations, tables.entries
    active = select(func.max(entry.c.at)).where(entry.c.interview_id == interview.c.id, entry.c.by_candidate)
    return (
        select(
            row.c.number,
            row.c.key,
            invitation,
            interview.c.label,
            interview.c.state,
            interview.c.interface,
            interview.c.link_expires_at,
            interview.c.link_revoked_at,
            active.scalar_subquery().label("active_at"),
        )
        .join(invitation, invitation.c.interview_id == row.c.interview_id)
        .join(interview, interview.c.id == row.c.interview_id)
    )


def _invitation(row: Row[Any]) -> Invitation:
    is_offered = row.offered_sha256 is not None
    return Invitation(
        number=row.number,
        key=row.key,
        name=row.label,
        interview_id=row.interview_id,
        interview_state=State(row.state),
        language=row.interface,
        address=row.address,
        invited_at=row.invited_at,
        opened_at=row.opened_at,
        expires_at=row.offered_expires_at if is_offered else row.link_expires_at,
        revoked_at=row.link_revoked_at,
        mailed_at=row.mailed_at,
        active_at=row.active_at,
    )
