"""What a candidate can still do once the interview is over: ask for a second look, or for erasure."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.access.principal import Asking, LinkHolder
from app.errors import InvalidInput, OutOfTurn
from app.locale.catalogue import translated
from app.web.chat import shown, view_of
from app.web.languages import languages_of
from app.web.services import Desk
from app.web.templating import LARGEST_FORM

router = APIRouter(prefix="/i/{link}", include_in_schema=False, max_body_size=LARGEST_FORM)


@router.post("/contest")
async def contest(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    asking: Asking,
    link: str,
    question_id: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Ask for a second look at one answer; criteria are nothing that a candidate could name."""
    said = reason.replace("\r\n", "\n")
    try:
        await desk.wishes.contest(who.interview_id, question_id=question_id, criterion_id="", reason=said)
    except (InvalidInput, OutOfTurn) as error:
        step = await desk.interviews.step(who.interview_id)
        told = translated(error.sentence, languages_of(step.interview).page, **error.values)
        view = await view_of(desk, link, step, draft=said, error=told, contesting=question_id)
        return shown(request, desk, asking, view, 422 if isinstance(error, InvalidInput) else 409)
    return RedirectResponse(f"/i/{link}#requests", 303)


@router.post("/erasure")
async def ask_erasure(desk: Desk, who: LinkHolder, link: str) -> Response:
    """Ask the team to erase the interview."""
    await desk.wishes.ask_erasure(who.interview_id)
    return RedirectResponse(f"/i/{link}#requests", 303)
