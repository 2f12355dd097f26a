"""The queue of what waits for a person, kept as a table of its own: a page of it costs the same however much waits.

Whatever may change whether an answer waits (a grade, a decision, a contest, its settling) ends with `requeue` in the
same transaction, under the lock on the interview that all of these take. What belongs to an answer that is deleted, or
to grades that are forgotten when a candidate withdraws, goes by its foreign keys.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    and_,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.db import tables
from app.errors import Conflict, NotFound
from app.interviews.models import Mode, RequestKind, State
from app.interviews.store import Place
from app.review.models import MOST_COUNTED, Choices, Queue, Sought, Waiting
from app.review.reasons import weightiest

MOST_CHOICES = 200


def requeue(connection: Connection, answer_id: str) -> None:
    """Put an answer into the queue, or take it out, as its newest grade is."""
    queue, grade = tables.review_queue, _newest(connection, answer_id)
    if grade is None or not _waits(grade):
        connection.execute(delete(queue).where(queue.c.answer_id == answer_id))
        return
    told = {
        "grade_id": grade.id,
        "graded_at": grade.created_at,
        "bank_name": grade.bank_name,
        "screening_id": grade.screening_id,
        "reason": _reason(connection, grade),
    }
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = upsert(queue).values(answer_id=answer_id, assignee="", **told)
    # Who has taken it on, stays.
    connection.execute(row.on_conflict_do_update(index_elements=["answer_id"], set_=told))


def requeue_question(connection: Connection, interview_id: str, question_id: str) -> None:
    """The same for the answer to a question of an interview, if there is one."""
    answer = tables.answers
    mine = and_(answer.c.interview_id == interview_id, answer.c.question_id == question_id)
    for answer_id in connection.execute(select(answer.c.id).where(mine)).scalars().all():
        requeue(connection, answer_id)


def waiting(connection: Connection, sought: Sought, *, limit: int, after: Place | None) -> Queue:
    """A stretch of the queue, longest waiting first."""
    queue, grade, answer, interview = tables.review_queue, tables.grades, tables.answers, tables.interviews
    where = _of(sought)
    order = (queue.c.graded_at, queue.c.grade_id)
    some = select(queue).where(*where).order_by(*order).limit(limit + 1)
    if after is not None:
        # A comparison of rows, which an index answers from that place on.
        some = some.where(tuple_(*order) > tuple_(after.at, after.id, types=[tables.Moment(), queue.c.grade_id.type]))
    page = some.subquery()
    lines = (
        select(
            page,
            grade.c.audit_sample,
            grade.c.outcome,
            answer.c.question_id,
            answer.c.interview_id,
            interview.c.label,
            interview.c.bank_version,
            _contest().label("contest"),
        )
        .join_from(page, grade, grade.c.id == page.c.grade_id)
        .join(answer, answer.c.id == page.c.answer_id)
        .join(interview, interview.c.id == answer.c.interview_id)
        .order_by(page.c.graded_at, page.c.grade_id)
    )
    counted = select(queue.c.answer_id).where(*where).limit(MOST_COUNTED + 1).subquery()
    total = connection.execute(select(func.count()).select_from(counted)).scalar_one()
    found = connection.execute(lines).all()
    return Queue(
        lines=tuple(_waiting(row) for row in found[:limit]),
        total=min(total, MOST_COUNTED),
        is_more=total > MOST_COUNTED,
        goes_on=len(found) > limit,
    )


def choices(connection: Connection) -> Choices:
    """What at least one waiting case has; of each the first `MOST_CHOICES`."""
    queue, screening = tables.review_queue, tables.screenings
    screenings = _different(connection, queue.c.screening_id)
    named = select(screening.c.id, screening.c.name).where(screening.c.id.in_(screenings)).order_by(screening.c.name)
    return Choices(
        banks=tuple(_different(connection, queue.c.bank_name)),
        screenings={row.id: row.name for row in connection.execute(named)},
        assignees=tuple(name for name in _different(connection, queue.c.assignee) if name),
    )


def place_of(connection: Connection, answer_id: str) -> Row[Any] | None:
    """The answer's row in the queue; None where it does not wait."""
    queue = tables.review_queue
    return connection.execute(select(queue).where(queue.c.answer_id == answer_id)).one_or_none()


def assign(connection: Connection, grade_id: str, assignee: str) -> None:
    """Note who takes a waiting case on; raises NotFound or Conflict."""
    queue, grade = tables.review_queue, tables.grades
    if connection.execute(update(queue).where(queue.c.grade_id == grade_id).values(assignee=assignee)).rowcount:
        return
    if connection.execute(select(grade.c.id).where(grade.c.id == grade_id)).first() is None:
        raise NotFound(f"There is no grade {grade_id}; its interview may have been deleted or withdrawn.")
    raise Conflict("The answer waits no more, or by a newer grade; look at the queue again.")


def contests(answer: FromClause) -> ColumnElement[bool]:
    """Whether a request contests an answer and is open."""
    request = tables.requests
    return and_(
        request.c.interview_id == answer.c.interview_id,
        request.c.question_id == answer.c.question_id,
        request.c.kind == RequestKind.CONTEST,
        request.c.settled_at.is_(None),
    )


def _newest(connection: Connection, answer_id: str) -> Row[Any] | None:
    grade, answer, interview, candidate = tables.grades, tables.answers, tables.interviews, tables.candidates
    made = tables.review_decisions
    query = (
        select(
            grade.c.id,
            grade.c.created_at,
            grade.c.status,
            grade.c.needs_review,
            grade.c.audit_sample,
            interview.c.state,
            interview.c.mode,
            interview.c.bank_name,
            candidate.c.screening_id,
            exists().where(made.c.new_grade_id == grade.c.id).label("decided"),
            exists().where(contests(answer)).correlate(answer).label("contested"),
        )
        .join_from(grade, answer, answer.c.id == grade.c.answer_id)
        .join(interview, interview.c.id == answer.c.interview_id)
        .outerjoin(candidate, candidate.c.interview_id == interview.c.id)
        .where(grade.c.answer_id == answer_id)
        .order_by(grade.c.serial.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _waits(grade: Row[Any]) -> bool:
    if grade.status != "graded" or grade.state == State.WITHDRAWN or grade.mode == Mode.PRACTICE:
        return False
    return bool(grade.contested or ((grade.needs_review or grade.audit_sample) and not grade.decided))


def _reason(connection: Connection, grade: Row[Any]) -> str:
    # Read only of what waits: most grades do not, and what they rest on is long.
    outcome = connection.execute(select(tables.grades.c.outcome).where(tables.grades.c.id == grade.id)).scalar_one()
    return weightiest(_sentences(outcome), audited=grade.audit_sample, contested=grade.contested).value


def _of(sought: Sought) -> list[ColumnElement[bool]]:
    queue = tables.review_queue
    wanted = {
        queue.c.bank_name: sought.bank,
        queue.c.screening_id: sought.screening,
        queue.c.assignee: sought.assignee,
        queue.c.reason: sought.reason,
    }
    return [column == value for column, value in wanted.items() if value is not None]


def _different(connection: Connection, column: ColumnElement[str]) -> Sequence[str]:
    """The values of an indexed column, each found from the one before: the rows between are not read."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    larger = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(select(larger).where(found.c.value.is_not(None)))
    query = select(found.c.value).where(found.c.value.is_not(None)).limit(MOST_CHOICES)
    return connection.execute(query).scalars().all()


def _contest() -> ScalarSelect[Any]:
    """What the candidate says against the grade, where it is contested."""
    said: Select[Any] = select(tables.requests.c.text).where(contests(tables.answers))
    return said.order_by(tables.requests.c.at).limit(1).correlate(tables.answers).scalar_subquery()


def _waiting(row: Row[Any]) -> Waiting:
    blind = row.audit_sample
    contest = () if row.contest is None else (f"The candidate contests it: “{row.contest}”",)
    return Waiting(
        grade_id=row.grade_id,
        interview_id="" if blind else row.interview_id,
        label="" if blind else row.label,
        bank=row.bank_name,
        bank_version=row.bank_version,
        question_id=row.question_id,
        graded_at=row.graded_at,
        is_blind=blind,
        reasons=() if blind else (*contest, *_sentences(row.outcome)),
        assignee=row.assignee,
    )


def _sentences(outcome: str) -> Sequence[str]:
    """Why a grade asks for a person; nothing else of it is made a value of, as that takes long."""
    told: Sequence[str] = json.loads(outcome)["review_reasons"]
    return told
