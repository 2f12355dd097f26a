"""Interviews over the API: the operator opens, lists, reads and deletes them; the candidate takes part in one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.access.principal import (
    Candidate,
    GradesParty,
    InterviewParty,
    ReadsGrades,
    ReadsInterviews,
    Talker,
    WritesInterviews,
)
from app.api.examples import example, shown
from app.api.pages import LINKED, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.schemas import (
    AccommodationSchema,
    ContestSchema,
    DraftSchema,
    InterviewSchema,
    LanguageSchema,
    MessageSchema,
    OpenedSchema,
    OpenSchema,
    StepSchema,
    SummariesSchema,
    SummarySchema,
    TypedSchema,
)
from app.api.wire import Line, ServicesHere
from app.bootstrap import Services
from app.errors import NotPermitted
from app.grading.record import practice_record, to_record
from app.interviews.models import Message, Mode
from app.interviews.store import Place
from app.reports.export import as_csv, as_record
from app.reports.report import Report, build_report

router = APIRouter(prefix="/interviews", tags=["interviews"], route_class=PlatformRoute)


_FOUND = problems("not-found")
_CHANGED = problems("not-found", "conflict", "out-of-turn", "already-received")
_REPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report, as asked for.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "description": "In the shape of the schema report."},
                "example": example("report"),
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "interview,candidate,number,question_id,…\niv-0123456789abcdef,Candidate 7,1,q-storage,…\n",
            },
        },
    }
}


@router.post(
    "", status_code=201, dependencies=[Once], responses=problems("not-found", "still-being-done", "key-reused")
)
async def open_interview(
    body: OpenSchema, _: WritesInterviews, services: ServicesHere, request: Request
) -> OpenedSchema:
    """Open an interview; its link goes to the candidate."""
    interview, token = await services.interviews.open(
        bank=body.bank, mode=body.mode, sections=body.sections, limit=body.limit, label=body.label
    )
    step = await services.interviews.step(interview.id)
    base = (services.settings.public_url or str(request.base_url)).rstrip("/")
    return OpenedSchema(
        id=interview.id,
        token=token,
        link=f"{base}/i/{token}",
        step=StepSchema.of(step.since_last_delivery(), to_candidate=True),
    )


@router.get("", responses=LINKED)
async def list_interviews(
    _: ReadsInterviews,
    services: ServicesHere,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SummariesSchema:
    """Interviews, newest first."""
    (after,) = places_of(cursor, 1)
    found = await services.interviews.summaries(limit=limit + 1, after=after)
    shown = found[:limit]
    following = cursor_of([Place(shown[-1].created_at, shown[-1].id)]) if len(found) > limit else None
    link_next(request, response, following)
    return SummariesSchema(interviews=[SummarySchema.of(summary) for summary in shown], next=following)


@router.get("/{interview_id}", responses=_FOUND)
async def show_interview(interview_id: str, who: InterviewParty, services: ServicesHere) -> InterviewSchema:
    """What was said so far, the answers as they stand and, at the end, the receipt."""
    return InterviewSchema.of(await services.interviews.step(interview_id), to_candidate=isinstance(who, Candidate))


@router.get("/{interview_id}/step", responses=_FOUND)
async def show_step(interview_id: str, who: InterviewParty, services: ServicesHere) -> StepSchema:
    """Where the interview stands now, with what Viva said since the candidate's last message."""
    step = (await services.interviews.step(interview_id)).since_last_delivery()
    return StepSchema.of(step, to_candidate=isinstance(who, Candidate))


@router.post("/{interview_id}/messages", responses=_CHANGED)
async def send_message(interview_id: str, body: MessageSchema, _: Talker, services: ServicesHere) -> StepSchema:
    """Send a reply or a command, as the candidate."""
    message = Message(
        id=body.id,
        interview_id=interview_id,
        channel=body.channel,
        at=services.clock(),
        text=body.text or "",
        command=body.command,
        seen=body.seen,
        more=body.more,
        revises=body.revises,
    )
    return StepSchema.of(await services.interviews.submit(message), to_candidate=True)


@router.put("/{interview_id}/language", status_code=204, responses=_CHANGED)
async def choose_language(interview_id: str, body: LanguageSchema, _: Talker, services: ServicesHere) -> None:
    """Say everything that is not the bank's in this language from now on, as the candidate wants it."""
    await services.wishes.choose_language(interview_id, body.language)


@router.post("/{interview_id}/contest", status_code=204, responses=_CHANGED)
async def contest(interview_id: str, body: ContestSchema, _: Talker, services: ServicesHere) -> None:
    """Ask a person to look at an answer again, as the candidate of a submitted assessment; the same again is harmless."""
    await services.wishes.contest(interview_id, question_id=body.question_id, criterion_id="", reason=body.reason)


@router.post("/{interview_id}/erasure", status_code=204, responses=_CHANGED)
async def ask_erasure(interview_id: str, _: Talker, services: ServicesHere) -> None:
    """Ask the team to erase an assessment that is over, as its candidate; the same again is harmless."""
    await services.wishes.ask_erasure(interview_id)


@router.put("/{interview_id}/accommodation", status_code=204, responses=_CHANGED)
async def accommodate(
    interview_id: str, body: AccommodationSchema, _: WritesInterviews, services: ServicesHere
) -> None:
    """Give a candidate more time, no limit, or plainer questions; it stands in no report. What is left out stays."""
    await services.wishes.accommodate(interview_id, body.extra_time, plain_wording=body.plain_wording)


@router.delete("/{interview_id}/link", status_code=204, responses=_CHANGED)
async def withdraw_link(interview_id: str, _: WritesInterviews, services: ServicesHere) -> None:
    """Let the candidate's link open nothing from now on; what was said and graded stays."""
    await services.interviews.revoke_link(interview_id)


@router.get("/{interview_id}/draft", responses=_CHANGED)
async def show_draft(interview_id: str, _: Talker, services: ServicesHere) -> DraftSchema:
    """What the candidate typed and has not sent."""
    draft = await services.interviews.draft(interview_id)
    return DraftSchema(text=draft.text if draft else "", saved_at=draft.saved_at if draft else None)


@router.put("/{interview_id}/draft", responses=_CHANGED)
async def save_draft(interview_id: str, body: TypedSchema, _: Talker, services: ServicesHere) -> DraftSchema:
    """Keep what the candidate has typed so far."""
    saved_at: datetime = await services.interviews.save_draft(interview_id, body.text, seen=body.seen)
    draft = await services.interviews.draft(interview_id)
    return DraftSchema(text=draft.text if draft else "", saved_at=saved_at)


@router.get("/{interview_id}/grades", responses=shown({"q-storage": example("grade")}) | _FOUND)
async def show_grades(interview_id: str, who: GradesParty, services: ServicesHere) -> dict[str, dict[str, Any]]:
    """The newest grade of each answer by question id, in the shape of the schema grade-output.

    A candidate sees them in practice only, where nothing counts, and without their provenance.
    """
    step = await services.interviews.step(interview_id)
    if isinstance(who, Candidate) and step.interview.mode is not Mode.PRACTICE:
        raise NotPermitted("Marks are shown to candidates in practice interviews only.")
    grades = await services.interviews.grades(interview_id)
    records = {
        question_id: to_record(grade.outcome, grade_id=grade.id, row_id=question_id)
        for question_id, grade in grades.items()
    }
    if isinstance(who, Candidate):
        return {question_id: practice_record(record) for question_id, record in records.items()}
    return records


@router.get("/{interview_id}/report", response_model=None, responses=_REPORTED | _FOUND)
async def show_report(
    interview_id: str,
    _: ReadsGrades,
    services: ServicesHere,
    as_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """The report, in the shape of the schema report, or a row a criterion as CSV."""
    report = await _report(services, interview_id)
    if as_format == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{report.interview_id}.csv"'}
        return Response(as_csv(report), media_type="text/csv; charset=utf-8", headers=headers)
    return JSONResponse(as_record(report))


@router.delete("/{interview_id}", status_code=204, responses=_CHANGED)
async def delete_interview(interview_id: str, _: WritesInterviews, services: ServicesHere, reason: Line = "") -> None:
    """Remove an interview with everything that came of it; only its id, the time and the reason stay."""
    await services.interviews.delete(interview_id, reason)


async def _report(services: Services, interview_id: str) -> Report:
    step = await services.interviews.step(interview_id)
    grades = await services.interviews.grades(interview_id)
    decisions = await services.reviews.decisions(interview_id)
    return build_report(step.interview, step.script, grades, now=services.clock(), decisions=decisions)
