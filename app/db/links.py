"""Which interview a candidate's link opens: its own link, or one that was offered with a reminder."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.db.tables import interviews, invitations
from app.interviews.store import Link


@dataclass(frozen=True, slots=True)
class FoundLink:
    """An interview by its link.

    Attributes:
        is_offered: Whether it is a link that has yet to take the place of the one before.
        is_first: Whether nobody has followed a link of this invitation before.
    """

    interview_id: str
    link: Link
    is_offered: bool
    is_first: bool


def found_by_link(connection: Connection, sha256: str) -> FoundLink | None:
    """The interview of that link's digest; None where there is none."""
    row, invitation = interviews, invitations
    joined = row.outerjoin(invitation, invitation.c.interview_id == row.c.id)
    shown = (row.c.id, row.c.link_revoked_at, invitation.c.interview_id.label("invited"), invitation.c.opened_at)
    own = select(*shown, row.c.link_expires_at.label("expires_at")).select_from(joined)
    found = connection.execute(own.where(row.c.link_sha256 == sha256)).one_or_none()
    is_offered = found is None
    if found is None:
        offered = select(*shown, invitation.c.offered_expires_at.label("expires_at")).select_from(joined)
        found = connection.execute(offered.where(invitation.c.offered_sha256 == sha256)).one_or_none()
    if found is None:
        return None
    is_first = found.invited is not None and found.opened_at is None
    return FoundLink(found.id, Link(found.expires_at, found.link_revoked_at), is_offered, is_first)


def note_followed(connection: Connection, interview_id: str, sha256: str, at: datetime) -> None:
    """Note that a link of an invitation was followed; one that was offered takes the place of the one before."""
    row, invitation = interviews, invitations
    mine = invitation.c.interview_id == interview_id
    expires_at = select(invitation.c.offered_expires_at).where(mine).scalar_subquery()
    is_still_offered = select(invitation.c.interview_id).where(mine, invitation.c.offered_sha256 == sha256)
    connection.execute(
        update(row).where(row.c.id.in_(is_still_offered)).values(link_sha256=sha256, link_expires_at=expires_at)
    )
    connection.execute(
        update(invitation)
        .where(mine, invitation.c.offered_sha256 == sha256)
        .values(offered_sha256=None, offered_expires_at=None)
    )
    connection.execute(update(invitation).where(mine, invitation.c.opened_at.is_(None)).values(opened_at=at))
