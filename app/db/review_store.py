"""What people decide, in SQL. Each method is one short transaction."""

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
    insert,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.db import tables
from app.db.database import Database
from app.db.exemplar_texts import exemplar_row
from app.db.interview_store import add_grade, later, load_interview
from app.db.rows import grade_value
from app.errors import AlreadyReceived, Conflict, NotFound
from app.grading.exemplars import Exemplar
from app.grading.outcome import Graded, Outcome
from app.interviews.models import GradeRecord, Mode, RequestKind, State
from app.interviews.store import Place
from app.review.models import Case, Decision, DecisionKind, Queue, Waiting
from rubric.criteria import Verdict


class SqlReviewStore:
    """`ReviewStore` on SQLite or PostgreSQL; the database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(
        self, *, bank: str | None, audit_only: bool, limit: int, offset: int = 0, after: Place | None = None
    ) -> Queue:
        grade, answer, interview = tables.grades, tables.answers, tables.interviews
        wanted = [_is_waiting(), grade.c.audit_sample if audit_only else None, _of_bank(bank)]
        source = grade.join(answer, answer.c.id == grade.c.answer_id).join(
            interview, interview.c.id == answer.c.interview_id
        )
        where = and_(*(one for one in wanted if one is not None))
        lines = (
            select(
                grade,
                answer.c.question_id,
                answer.c.interview_id,
                interview.c.label,
                interview.c.bank_name,
                interview.c.bank_version,
                _contest().label("contest"),
            )
            .select_from(source)
            .where(where, later(grade.c.created_at, grade.c.id, after))
            .order_by(grade.c.created_at, grade.c.id)
            .limit(limit + 1)
            .offset(offset)
        )
        count = select(func.count()).select_from(source).where(where)

        def look(connection: Connection) -> Queue:
            total = connection.execute(count).scalar_one()
            found = connection.execute(lines).all()
            return Queue(lines=tuple(_waiting(row) for row in found[:limit]), total=total, goes_on=len(found) > limit)

        return await self._database.read(look)

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
    return Case(
        grade=grade_value(row),
        interview=interview,
        answer=next(found for found in interview.answers if found.id == row.answer_id),
        newest_id=_newest(connection, row.answer_id) or grade_id,
        decisions=_decisions(connection, tables.review_decisions.c.answer_id == row.answer_id),
    )


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
    connection.execute(delete(tables.exemplars).where(tables.exemplars.c.answer_id == decision.answer_id))
    if exemplars:
        connection.execute(insert(tables.exemplars), [exemplar_row(one) for one in exemplars])


def _is_waiting() -> ColumnElement[bool]:
    grade, newer = tables.grades, tables.grades.alias()
    return and_(
        grade.c.status == "graded",
        tables.interviews.c.state != State.WITHDRAWN,
        tables.interviews.c.mode != Mode.PRACTICE,
        ~exists().where(newer.c.answer_id == grade.c.answer_id, newer.c.serial > grade.c.serial),
        # From the few that are doubted, drawn or contested: most grades are none of it, and are looked at no further.
        grade.c.id.in_(union(_undecided(), _contested())),
    )


def _undecided() -> Select[Any]:
    """Grades that a person must look at, or that were drawn."""
    grade = tables.grades.alias()
    decided = exists().where(tables.review_decisions.c.new_grade_id == grade.c.id)
    return select(grade.c.id).where(or_(grade.c.needs_review, grade.c.audit_sample), ~decided)


def _contested() -> Select[Any]:
    """Grades, old ones too, of answers that are contested."""
    grade, answer = tables.grades.alias(), tables.answers.alias()
    return select(grade.c.id).join_from(grade, answer).join(tables.requests, _contests(answer))


def _contests(answer: FromClause) -> ColumnElement[bool]:
    request = tables.requests
    return and_(
        request.c.interview_id == answer.c.interview_id,
        request.c.question_id == answer.c.question_id,
        request.c.kind == RequestKind.CONTEST,
        request.c.settled_at.is_(None),
    )


def _contest() -> ScalarSelect[Any]:
    """What the candidate says against the grade, where it is contested."""
    said = select(tables.requests.c.text).where(_contests(tables.answers))
    return said.order_by(tables.requests.c.at).limit(1).correlate(tables.answers).scalar_subquery()


def _of_bank(bank: str | None) -> ColumnElement[bool] | None:
    return None if bank is None else tables.interviews.c.bank_name == bank


def _newest(connection: Connection, answer_id: str) -> str | None:
    grade = tables.grades
    query = select(grade.c.id).where(grade.c.answer_id == answer_id).order_by(grade.c.serial.desc()).limit(1)
    return (connection.execute(query)).scalar_one_or_none()


def _decisions(connection: Connection, where: ColumnElement[bool]) -> tuple[Decision, ...]:
    made, grade = tables.review_decisions, tables.grades
    # By the grade each made: its serial is the order in which they were taken.
    query = select(made).join(grade, grade.c.id == made.c.new_grade_id).where(where).order_by(made.c.at, grade.c.serial)
    return tuple(_decision_value(row) for row in connection.execute(query))


def _waiting(row: Row[Any]) -> Waiting:
    outcome = grade_value(row).outcome
    blind = row.audit_sample
    return Waiting(
        grade_id=row.id,
        interview_id="" if blind else row.interview_id,
        label="" if blind else row.label,
        bank=row.bank_name,
        bank_version=row.bank_version,
        question_id=row.question_id,
        graded_at=row.created_at,
        is_blind=blind,
        reasons=(*_contested_because(row.contest), *_reasons(outcome)) if not blind else (),
    )


def _contested_because(said: str | None) -> tuple[str, ...]:
    return () if said is None else (f"The candidate contests it: “{said}”",)


def _reasons(outcome: Outcome) -> tuple[str, ...]:
    return outcome.review_reasons if isinstance(outcome, Graded) else ()


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
