"""Decisions of people about candidates, in SQL: written beside each other, the newest counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, select

from app.db import tables
from app.db.interview_store import IDS_AT_A_TIME, batched
from app.errors import NotFound
from app.screening.decisions import CandidateDecision
from app.screening.ranking import Proposal


def add_decisions(connection: Connection, screening_id: str, decisions: Sequence[CandidateDecision]) -> int:
    """Add those that are not there yet, by their ids; gives how many these were.

    Raises:
        NotFound: Somebody is not in the screening any more.
    """
    new = 0
    for some in batched([one.interview_id for one in decisions], IDS_AT_A_TIME):
        new += _add(connection, screening_id, [one for one in decisions if one.interview_id in set(some)])
    return new


def newest_decisions(connection: Connection, screening_id: str) -> Mapping[str, CandidateDecision]:
    """The decision that counts, by interview id."""
    row, newer, candidate = tables.candidate_decisions, tables.candidate_decisions.alias(), tables.candidates
    query = (
        select(row)
        .join(candidate, candidate.c.interview_id == row.c.interview_id)
        .where(
            candidate.c.screening_id == screening_id,
            ~exists().where(newer.c.interview_id == row.c.interview_id, newer.c.serial > row.c.serial),
        )
    )
    return {found.interview_id: _value(found) for found in connection.execute(query)}


def decisions_about(connection: Connection, interview_id: str) -> Sequence[CandidateDecision]:
    """Everything that was decided about a candidate, oldest first."""
    row = tables.candidate_decisions
    query = select(row).where(row.c.interview_id == interview_id).order_by(row.c.serial)
    return [_value(found) for found in connection.execute(query)]


def _add(connection: Connection, screening_id: str, decisions: Sequence[CandidateDecision]) -> int:
    row, candidate = tables.candidate_decisions, tables.candidates
    ids = [one.interview_id for one in decisions]
    mine = select(candidate.c.interview_id).where(
        candidate.c.screening_id == screening_id, candidate.c.interview_id.in_(ids)
    )
    if len(connection.execute(mine).all()) != len(ids):
        raise NotFound("Somebody was removed from the screening meanwhile; nothing was decided, look again.")
    last = select(row.c.interview_id, func.max(row.c.serial).label("serial")).where(row.c.interview_id.in_(ids))
    serials = {found.interview_id: found.serial for found in connection.execute(last.group_by(row.c.interview_id))}
    known = select(row.c.interview_id).where(
        row.c.interview_id.in_(ids), row.c.decision_id.in_({one.id for one in decisions})
    )
    done = set(connection.execute(known).scalars())
    fresh = [_row(one, serials.get(one.interview_id, 0) + 1) for one in decisions if one.interview_id not in done]
    if fresh:
        connection.execute(insert(row), fresh)
    return len(fresh)


def _row(decision: CandidateDecision, serial: int) -> dict[str, Any]:
    return {
        "interview_id": decision.interview_id,
        "serial": serial,
        "decision_id": decision.id,
        "kind": decision.kind.value,
        "proposal": decision.proposal.value,
        "screening_version": decision.screening_version,
        "who": decision.who,
        "reason": decision.reason,
        "at": decision.at,
    }


def _value(row: Row[Any]) -> CandidateDecision:
    return CandidateDecision(
        id=row.decision_id,
        interview_id=row.interview_id,
        kind=Proposal(row.kind),
        proposal=Proposal(row.proposal),
        screening_version=row.screening_version,
        who=row.who,
        reason=row.reason,
        at=row.at,
    )
