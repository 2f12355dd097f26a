"""What of interviews and grades is announced to webhooks, in the transaction in which it happens."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from app.db import tables
from app.db.webhook_store import Enqueue, announce
from app.grading.outcome import Graded
from app.interviews.models import Entry, GradeRecord, Interview, Kind, Mode, State
from app.webhooks.events import EventKind


def tell_interview(connection: Connection, interview: Interview, fresh: Sequence[Entry], enqueue: Enqueue) -> None:
    """Announce an interview that was completed with these entries."""
    if interview.state is not State.FINISHED or not any(entry.kind is Kind.CLOSING for entry in fresh):
        return

    def about() -> Mapping[EventKind, Mapping[str, str]]:
        return {EventKind.INTERVIEW_COMPLETED: {"interview_id": interview.id, "bank": interview.bank.name}}

    announce(connection, interview.id, interview.finished_at or fresh[-1].at, about, enqueue)


def tell_grade(connection: Connection, grade: GradeRecord, enqueue: Enqueue) -> None:
    """Announce a machine's grade for which nothing more is awaited, and that a person should look at it."""
    outcome = grade.outcome
    if not isinstance(outcome, Graded) or (outcome.critique is not None and outcome.critique.status == "pending"):
        return

    def about() -> Mapping[EventKind, Mapping[str, str]]:
        answer, interview = tables.answers, tables.interviews
        query = select(answer.c.interview_id, answer.c.question_id, interview.c.mode).join(interview)
        found = connection.execute(query.where(answer.c.id == grade.answer_id)).one()
        ids = {"grade_id": grade.id, "interview_id": found.interview_id, "question_id": found.question_id}
        told: dict[EventKind, Mapping[str, str]] = {EventKind.GRADE_COMPLETED: ids}
        if found.mode != Mode.PRACTICE and (outcome.needs_review or grade.audit_sample):
            # By the grade alone: whose it is, is not told to who judges blind.
            told[EventKind.REVIEW_NEEDED] = {"review_id": grade.id}
        return told

    announce(connection, grade.id, grade.created_at, about, enqueue)
