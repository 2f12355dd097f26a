"""Whether everybody of a screening is done and graded, and the telling of it, once for each version of its rules."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, exists, func, or_, select, update

from app.db import tables
from app.db.webhook_store import Enqueue, announce
from app.interviews.models import State
from app.screening.screening import ScreeningState
from app.webhooks.events import EventKind


def untold(connection: Connection) -> Sequence[str]:
    """Ids of active screenings with candidates whose completion was not told in their present version."""
    row, candidate = tables.screenings, tables.candidates
    query = select(row.c.id).where(
        row.c.state == ScreeningState.ACTIVE.value,
        or_(row.c.told_version.is_(None), row.c.told_version != row.c.version),
        exists().where(candidate.c.screening_id == row.c.id),
    )
    return list(connection.execute(query.order_by(row.c.id)).scalars())


def is_completed(connection: Connection, screening_id: str, at: datetime) -> bool:
    """Whether nobody is awaited any more and every answer that a machine grades has a grade that stands.

    Awaited is whoever has not handed in and has a link that opens. While something is open, that is mostly seen at once.
    """
    row, interview, invitation = tables.candidates, tables.interviews, tables.invitations
    mine = row.c.screening_id == screening_id
    is_over = interview.c.state.in_((State.FINISHED.value, State.WITHDRAWN.value))
    ends_at = case(
        (invitation.c.offered_sha256.is_not(None), invitation.c.offered_expires_at), else_=interview.c.link_expires_at
    )
    awaited = (
        select(row.c.interview_id)
        .join(interview, interview.c.id == row.c.interview_id)
        .join(invitation, invitation.c.interview_id == row.c.interview_id)
        .where(mine, ~is_over, interview.c.link_revoked_at.is_(None), or_(ends_at.is_(None), ends_at > at))
        .limit(1)
    )
    if connection.execute(awaited).first() is not None:
        return False
    answer, grade, newer, part = tables.answers, tables.grades, tables.grades.alias(), tables.parts
    later = exists().where(newer.c.answer_id == grade.c.answer_id, newer.c.serial > grade.c.serial)
    stands = exists().where(
        grade.c.answer_id == answer.c.id,
        grade.c.answer_revision == answer.c.revision,
        grade.c.status == "graded",
        or_(grade.c.critique.is_(None), grade.c.critique != "pending"),
        ~later,
    )
    ungraded = (
        select(answer.c.id)
        .join(row, row.c.interview_id == answer.c.interview_id)
        .join(interview, interview.c.id == answer.c.interview_id)
        .where(
            mine,
            answer.c.ending.is_not(None),
            interview.c.automated,
            interview.c.state != State.WITHDRAWN.value,
            exists().where(part.c.answer_id == answer.c.id),
            ~stands,
        )
        .limit(1)
    )
    return connection.execute(ungraded).first() is None


def tell_completed(connection: Connection, screening_id: str, at: datetime, enqueue: Enqueue) -> bool:
    """Announce it, unless another process was faster; whether this one did."""
    row, candidate = tables.screenings, tables.candidates
    is_untold = or_(row.c.told_version.is_(None), row.c.told_version != row.c.version)
    mine = and_(row.c.id == screening_id, row.c.state == ScreeningState.ACTIVE.value, is_untold)
    if connection.execute(update(row).where(mine).values(told_version=row.c.version)).rowcount != 1:
        return False
    version = connection.execute(select(row.c.version).where(row.c.id == screening_id)).scalar_one()

    def about() -> dict[EventKind, dict[str, str]]:
        people = select(func.count()).select_from(candidate).where(candidate.c.screening_id == screening_id)
        counted = connection.execute(people).scalar_one()
        told = {"screening_id": screening_id, "version": str(version), "candidates": str(counted)}
        return {EventKind.SCREENING_COMPLETED: told}

    announce(connection, f"{screening_id}:{version}", at, about, enqueue)
    return True
