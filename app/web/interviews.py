"""The operator's interviews: the list, the report with its parts and files, and deletion."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.principal import OperatorOnly
from app.errors import NotFound
from app.interviews.models import Step
from app.reports.export import as_csv, as_json
from app.reports.report import Report, build_report
from app.web.report_view import question_view, question_views
from app.web.services import Desk
from app.web.talk import talk
from app.web.templating import LARGEST_FORM, page

router = APIRouter(prefix="/interviews", include_in_schema=False, max_body_size=LARGEST_FORM)


@router.get("")
async def list_page(
    request: Request, desk: Desk, _: OperatorOnly, deleted: Annotated[bool, Query()] = False
) -> Response:
    """Every interview, newest first."""
    notice = "The interview was deleted; a note of when and why stays." if deleted else ""
    return page(request, "interviews.html", rows=await desk.interviews.summaries(), notice=notice)


@router.get("/{interview_id}")
async def report_page(request: Request, desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """The report."""
    report, step = await _report(desk, interview_id)
    views = question_views(report, step.interview)
    link = await desk.interviews.link(interview_id)
    return page(
        request,
        "report.html",
        link=link,
        link_opens=link.opens(desk.clock()),
        talk=talk(step.interview),
        report=report,
        interview_id=interview_id,
        answered=[view for view in views if view.parts],
        others=[view for view in views if not view.parts],
        seen=_state_of(report),
    )


@router.get("/{interview_id}/summary")
async def summary(
    request: Request, desk: Desk, _: OperatorOnly, interview_id: str, seen: Annotated[str, Query()] = ""
) -> Response:
    """The summary once something changed since it was seen; nothing before."""
    report, _step = await _report(desk, interview_id)
    state = _state_of(report)
    if state == seen and not report.is_settled:
        return Response(status_code=204)
    return page(request, "_summary.html", report=report, interview_id=interview_id, seen=state)


@router.get("/{interview_id}/questions/{question_id}")
async def question(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    interview_id: str,
    question_id: str,
    seen: Annotated[str, Query()] = "",
) -> Response:
    """One question of the report once it has a newer grade than was seen; nothing before."""
    report, step = await _report(desk, interview_id)
    found = next((question for question in report.questions if question.id == question_id), None)
    if found is None:
        raise NotFound("The interview has no such question.")
    view = question_view(found, step.interview)
    if view.is_open and found.grade_id == seen:
        return Response(status_code=204)
    return page(request, "question.html", q=view, interview_id=interview_id)


@router.get("/{interview_id}/report.json")
async def report_json(desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """The report as a JSON file."""
    report, _step = await _report(desk, interview_id)
    return _file(as_json(report), "application/json", f"report-{interview_id}.json")


@router.get("/{interview_id}/report.csv")
async def report_csv(desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """The report as a CSV file, with the mark that makes spreadsheets read UTF-8."""
    report, _step = await _report(desk, interview_id)
    return _file("\ufeff" + as_csv(report), "text/csv; charset=utf-8", f"report-{interview_id}.csv")


@router.post("/{interview_id}/withdraw-link")
async def withdraw_link(desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """Let the candidate's link open nothing from now on."""
    await desk.interviews.revoke_link(interview_id)
    return RedirectResponse(f"/interviews/{interview_id}#link", 303)


@router.get("/{interview_id}/delete")
async def delete_page(request: Request, desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """The question whether to delete."""
    return await _delete_page(request, desk, interview_id)


@router.post("/{interview_id}/delete")
async def delete(
    request: Request, desk: Desk, _: OperatorOnly, interview_id: str, reason: Annotated[str, Form()] = ""
) -> Response:
    """Delete an interview with all that came of it."""
    if not reason.strip():
        return await _delete_page(request, desk, interview_id, error="Say why, in a few words.")
    await desk.interviews.delete(interview_id, reason.strip()[:200])
    return RedirectResponse("/interviews?deleted=true", 303)


async def _delete_page(request: Request, desk: Desk, interview_id: str, error: str = "") -> Response:
    report, _step = await _report(desk, interview_id)
    return page(
        request,
        "delete.html",
        422 if error else 200,
        interview_id=interview_id,
        label=report.label,
        title=report.bank_title,
        answered=report.answered,
        error=error,
    )


async def _report(desk: Desk, interview_id: str) -> tuple[Report, Step]:
    step = await desk.interviews.step(interview_id)
    grades = await desk.interviews.grades(interview_id)
    decisions = await desk.reviews.decisions(interview_id)
    return build_report(step.interview, step.script, grades, now=desk.clock(), decisions=decisions), step


def _state_of(report: Report) -> str:
    """Changes when a grade, a critique or the interview's state did."""
    graded = sum(bool(question.grade_id) for question in report.questions)
    failed = report.critiques_failed
    return f"{report.state.value}.{report.answered}.{graded}.{report.critiqued}.{failed}.{report.decided}"


def _file(content: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content.encode(), media_type=media_type, headers=headers)
