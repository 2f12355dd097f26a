"""What people decide, in SQL. Each method is one short transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.db import review_queue, tables
from app.db.database import Database
from app.db.exemplar_texts import exemplar_row
from app.db.interview_store import add_grade, load_interview
from app.db.review_queue import place_of, requeue
from app.db.rows import grade_value
from app.errors import AlreadyReceived, Conflict, NotFound
from app.grading.exemplars import Exemplar
from app.interviews.models import GradeRecord, RequestKind, State
from app.interviews.store import Place
from app.review.models import Case, Choices, Comment, Decision, DecisionKind, Queue, Sought
from rubric.criteria import Verdict


class SqlReviewStore:
    """`ReviewStore` on SQLite or PostgreSQL; the database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, sought: Sought, *, limit: int, after: Place | None = None) -> Queue:
        def look(connection: Connection) -> Queue:
            return review_queue.waiting(connection, sought, limit=limit, after=after)

        return await self._database.read(look)

    async def choices(self) -> Choices:
        return await self._database.read(review_queue.choices)

    async def assign(self, grade_id: str, assignee: str) -> None:
        await self._database.write(lambda connection: review_queue.assign(connection, grade_id, assignee))

    async def record_comment(self, comment: Comment) -> None:
        try:
            await self._database.write(lambda connection: _comment(connection, comment))
        except IntegrityError as error:
            raise AlreadyReceived("That comment was stored before; nothing was done twice.") from error

    async def case(self, grade_id: str) -> Case:
        return await self._database.read(lambda connection: _case(connection, grade_id))

    async def record_decision(self, decision: Decision, grade: GradeRecord, *, exemplars: Sequence[Exemplar]) -> None:
        try:
            await self._database.write(lambda connection: _record(connection, decision, grade, exemplars))
        except IntegrityError as error:
            raise AlreadyReceived("That decision was stored before; nothing was done twice.") from error

    async def decision(self, decision_id: str) -> Decision | None:
        mine = tables.review_decisions.c.id == decision_id
        found = await self._database.read(lambda connection: _decisions(connection, mine))
        return found[0] if found else None

    async def decisions(self, interview_id: str) -> Sequence[Decision]:
        mine = select(tables.answers.c.id).where(tables.answers.c.interview_id == interview_id)
        theirs = tables.review_decisions.c.answer_id.in_(mine)
        return await self._database.read(lambda connection: _decisions(connection, theirs))


def _case(connection: Connection, grade_id: str) -> Case:
    grade, answer = tables.grades, tables.answers
    query = select(grade, answer.c.interview_id).join(answer).where(grade.c.id == grade_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no grade {grade_id}; its interview may have been deleted or withdrawn.")
    interview = load_interview(connection, row.interview_id)
    place = place_of(connection, row.answer_id)
    return Case(
        grade=grade_value(row),
        interview=interview,
        answer=next(found for found in interview.answers if found.id == row.answer_id),
        newest_id=_newest(connection, row.answer_id) or grade_id,
        decisions=_decisions(connection, tables.review_decisions.c.answer_id == row.answer_id),
        comments=_comments(connection, row.answer_id),
        assignee="" if place is None else place.assignee,
        waits=place is not None and place.grade_id == grade_id,
    )


def _comments(connection: Connection, answer_id: str) -> tuple[Comment, ...]:
    row = tables.review_comments
    query = select(row).where(row.c.answer_id == answer_id).order_by(row.c.at, row.c.id)
    return tuple(
        Comment(id=found.id, answer_id=answer_id, who=found.who, text=found.text, at=found.at)
        for found in connection.execute(query)
    )


def _comment(connection: Connection, comment: Comment) -> None:
    answer, interview, row = tables.answers, tables.interviews, tables.review_comments
    query = select(interview.c.state).join(answer, answer.c.interview_id == interview.c.id)
    # The lock that a withdrawal takes, which deletes what was said of the answers.
    state = connection.execute(query.where(answer.c.id == comment.answer_id).with_for_update(of=interview)).scalar()
    if state is None or state == State.WITHDRAWN:
        raise NotFound("There is no such answer; its interview may have been deleted or withdrawn.")
    told = {"id": comment.id, "answer_id": comment.answer_id, "who": comment.who}
    connection.execute(insert(row).values(**told, text=comment.text, at=comment.at))


def _record(connection: Connection, decision: Decision, grade: GradeRecord, exemplars: Sequence[Exemplar]) -> None:
    answer, interview, made = tables.answers, tables.interviews, tables.review_decisions
    current = (
        select(answer.c.revision)
        .join(interview, interview.c.id == answer.c.interview_id)
        .where(answer.c.id == decision.answer_id, interview.c.state != State.WITHDRAWN)
        # The lock that machines' grades take, too: neither comes between the other's look and its writing.
        .with_for_update(of=interview)
    )
    revision = connection.execute(current).scalar_one_or_none()
    if connection.execute(select(made.c.id).where(made.c.id == decision.id)).first():
        raise AlreadyReceived("That decision was stored before; nothing was done twice.")
    if revision != decision.answer_revision or _newest(connection, decision.answer_id) != decision.grade_id:
        raise Conflict("The answer has a newer grade, so this one can't be decided about; look at it again.")
    add_grade(connection, grade)
    connection.execute(insert(made).values(_decision_row(decision)))
    _settle_contests(connection, decision)
    requeue(connection, decision.answer_id)
    connection.execute(delete(tables.exemplars).where(tables.exemplars.c.answer_id == decision.answer_id))
    if exemplars:
        connection.execute(insert(tables.exemplars), [exemplar_row(one) for one in exemplars])


def _newest(connection: Connection, answer_id: str) -> str | None:
    grade = tables.grades
    query = select(grade.c.id).where(grade.c.answer_id == answer_id).order_by(grade.c.serial.desc()).limit(1)
    return (connection.execute(query)).scalar_one_or_none()


def _decisions(connection: Connection, where: ColumnElement[bool]) -> tuple[Decision, ...]:
    made, grade = tables.review_decisions, tables.grades
    # By the grade each made: its serial is the order in which they were taken.
    query = select(made).join(grade, grade.c.id == made.c.new_grade_id).where(where).order_by(made.c.at, grade.c.serial)
    return tuple(_decision_value(row) for row in connection.execute(query))


def _settle_contests(connection: Connection, decision: Decision) -> None:
    request, answer = tables.requests, tables.answers
    of_answer = select(answer.c.interview_id, answer.c.question_id).where(answer.c.id == decision.answer_id)
    interview_id, question_id = (connection.execute(of_answer)).one()
    connection.execute(
        update(request)
        .where(
            request.c.interview_id == interview_id,
            request.c.question_id == question_id,
            request.c.kind == RequestKind.CONTEST,
            request.c.settled_at.is_(None),
        )
        .values(settled_at=decision.at, settled_by=decision.who, note=decision.reason)
    )


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "grade_id": decision.grade_id,
        "new_grade_id": decision.new_grade_id,
        "answer_id": decision.answer_id,
        "answer_revision": decision.answer_revision,
        "kind": decision.kind.value,
        "blind": decision.blind,
        "who": decision.who,
        "reason": decision.reason,
        "verdicts": {criterion_id: verdict.value for criterion_id, verdict in decision.verdicts.items()},
        "review_reasons": list(decision.review_reasons),
        "at": decision.at,
    }


def _decision_value(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        grade_id=row.grade_id,
        new_grade_id=row.new_grade_id,
        answer_id=row.answer_id,
        answer_revision=row.answer_revision,
        kind=DecisionKind(row.kind),
        blind=row.blind,
        who=row.who,
        reason=row.reason,
        verdicts={criterion_id: Verdict(verdict) for criterion_id, verdict in row.verdicts.items()},
        review_reasons=tuple(row.review_reasons),
        at=row.at,
    )
