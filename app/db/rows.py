"""Between rows and values: nothing is decided here."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from app.grading.grader import BankRef
from app.grading.outcome import Graded, Reading, Ungraded
from app.interviews.models import (
    Answer,
    Ending,
    Entry,
    GradeRecord,
    Interview,
    Kind,
    Mode,
    Part,
    Request,
    RequestKind,
    State,
)
from app.interviews.store import InterviewSummary, UngradedAnswer
from app.interviews.turn_class import TurnClass

_GRADED = TypeAdapter(Graded)
_UNGRADED = TypeAdapter(Ungraded)
_READING = TypeAdapter(Reading)


def interview_row(interview: Interview) -> dict[str, Any]:
    """What of an interview may change, its id apart."""
    return {
        "bank_name": interview.bank.name,
        "bank_version": interview.bank.version,
        "bank_sha256": interview.bank.sha256,
        "mode": interview.mode.value,
        "language": interview.language,
        "label": interview.label,
        "automated": interview.automated,
        "state": interview.state.value,
        "plan": list(interview.plan),
        "queue": list(interview.queue),
        "current": interview.current,
        "pending": interview.pending,
        "stop_asked": interview.stop_asked,
        "skip_asked": interview.skip_asked,
        "clarified": interview.clarified,
        "returned": list(interview.returned),
        "hand_over": interview.hand_over,
        "interface": interview.interface,
        "boundaries": interview.boundaries,
        "extra_time": interview.extra_time,
        "plain_wording": interview.plain_wording,
        "paused_at": interview.paused_at,
        "version": interview.version,
        "created_at": interview.created_at,
        "consented_at": interview.consented_at,
        "finished_at": interview.finished_at,
    }


def interview_value(
    row: Row[Any], *, answers: tuple[Answer, ...], transcript: tuple[Entry, ...], requests: tuple[Request, ...]
) -> Interview:
    """The interview of a row."""
    return Interview(
        id=row.id,
        bank=BankRef(row.bank_name, row.bank_version, row.bank_sha256),
        mode=Mode(row.mode),
        language=row.language,
        plan=tuple(row.plan),
        state=State(row.state),
        created_at=row.created_at,
        automated=row.automated,
        label=row.label,
        queue=tuple(row.queue),
        current=row.current,
        pending=row.pending,
        stop_asked=row.stop_asked,
        skip_asked=row.skip_asked,
        clarified=row.clarified,
        returned=tuple(row.returned),
        hand_over=row.hand_over,
        interface=row.interface,
        boundaries=row.boundaries,
        extra_time=row.extra_time,
        plain_wording=row.plain_wording,
        paused_at=row.paused_at,
        requests=requests,
        consented_at=row.consented_at,
        finished_at=row.finished_at,
        version=row.version,
        answers=answers,
        transcript=transcript,
    )


def entry_row(interview_id: str, entry: Entry) -> dict[str, Any]:
    """A line of the transcript; what Viva says came by no delivery."""
    return {
        "interview_id": interview_id,
        "seq": entry.seq,
        "by_candidate": entry.by_candidate,
        "kind": entry.kind.value,
        "text": entry.text,
        "at": entry.at,
        "question_id": entry.question_id,
        "number": entry.number,
        "channel": entry.channel or None,
        "message_id": entry.message_id or None,
        "replaced": entry.replaced,
        "turn": entry.turn.value if entry.turn else None,
        "masked": entry.masked,
    }


def entry_value(row: Row[Any]) -> Entry:
    """The line of a row."""
    return Entry(
        seq=row.seq,
        by_candidate=row.by_candidate,
        kind=Kind(row.kind),
        text=row.text,
        at=row.at,
        question_id=row.question_id,
        number=row.number,
        message_id=row.message_id or "",
        channel=row.channel or "",
        replaced=row.replaced,
        turn=TurnClass(row.turn) if row.turn else None,
        masked=row.masked,
    )


def request_row(interview_id: str, request: Request) -> dict[str, Any]:
    """Something for people to settle."""
    return {
        "id": request.id,
        "interview_id": interview_id,
        "kind": request.kind.value,
        "text": request.text,
        "at": request.at,
        "question_id": request.question_id,
        "criterion_id": request.criterion_id,
        "settled_at": request.settled_at,
        "settled_by": request.settled_by,
        "note": request.note,
    }


def request_value(row: Row[Any]) -> Request:
    """The request of a row."""
    return Request(
        id=row.id,
        kind=RequestKind(row.kind),
        text=row.text,
        at=row.at,
        question_id=row.question_id,
        criterion_id=row.criterion_id,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        note=row.note,
    )


def answer_value(row: Row[Any], parts: tuple[Part, ...]) -> Answer:
    """The answer of a row."""
    return Answer(
        id=row.id,
        question_id=row.question_id,
        parts=parts,
        ending=Ending(row.ending) if row.ending else None,
        revision=row.revision,
        followed_up=row.followed_up,
        related_offered=row.related_offered,
        put_again=row.put_again,
        collecting=row.collecting,
        paused_s=row.paused_s,
        warned=row.warned,
        opened_at=row.opened_at,
        final_at=row.final_at,
    )


def answer_row(interview_id: str, answer: Answer) -> dict[str, Any]:
    """An answer without its parts."""
    return {
        "id": answer.id,
        "interview_id": interview_id,
        "question_id": answer.question_id,
        "ending": answer.ending.value if answer.ending else None,
        "revision": answer.revision,
        "followed_up": answer.followed_up,
        "related_offered": answer.related_offered,
        "put_again": answer.put_again,
        "collecting": answer.collecting,
        "paused_s": answer.paused_s,
        "warned": answer.warned,
        "opened_at": answer.opened_at,
        "final_at": answer.final_at,
    }


def part_row(answer_id: str, part: Part) -> dict[str, Any]:
    """One part."""
    return {
        "answer_id": answer_id,
        "number": part.number,
        "revision": part.revision,
        "text": part.text,
        "replaced": part.replaced,
    }


def grade_row(grade: GradeRecord, *, serial: int) -> dict[str, Any]:
    """A grade; `serial` counts the grades of its answer from 1."""
    outcome = grade.outcome
    row = {
        "id": grade.id,
        "answer_id": grade.answer_id,
        "answer_revision": grade.answer_revision,
        "serial": serial,
        "created_at": grade.created_at,
        "needs_review": False,
        "critique": None,
        "status": "ungraded",
        "reading": None if grade.reading is None else _READING.dump_json(grade.reading).decode(),
        "audit_sample": grade.audit_sample,
    }
    if isinstance(outcome, Ungraded):
        return {**row, "outcome": _UNGRADED.dump_json(outcome).decode()}
    return {
        **row,
        "needs_review": outcome.needs_review,
        "critique": outcome.critique.status if outcome.critique else None,
        "status": "graded",
        "outcome": _GRADED.dump_json(outcome).decode(),
    }


def grade_value(row: Row[Any]) -> GradeRecord:
    """The grade of a row."""
    outcome = (_GRADED if row.status == "graded" else _UNGRADED).validate_json(row.outcome)
    return GradeRecord(
        id=row.id,
        answer_id=row.answer_id,
        answer_revision=row.answer_revision,
        created_at=row.created_at,
        outcome=outcome,
        reading=None if row.reading is None else _READING.validate_json(row.reading),
        audit_sample=row.audit_sample,
    )


def ungraded_value(row: Row[Any]) -> UngradedAnswer:
    """The answer of a grade's row, with why it has no mark."""
    outcome = grade_value(row).outcome
    return UngradedAnswer(
        grade_id=row.id,
        interview_id=row.interview_id,
        label=row.label,
        bank=row.bank_name,
        question_id=row.question_id,
        at=row.created_at,
        reason=outcome.reason if isinstance(outcome, Ungraded) else "",
    )


def summary_value(row: Row[Any]) -> InterviewSummary:
    """The line of a row."""
    return InterviewSummary(
        id=row.id,
        label=row.label,
        bank=row.bank_name,
        bank_version=row.bank_version,
        mode=Mode(row.mode),
        state=State(row.state),
        automated=row.automated,
        hand_over=row.hand_over,
        created_at=row.created_at,
        finished_at=row.finished_at,
        answered=row.answered,
        total=len(row.plan),
        needs_review=row.review,
    )
