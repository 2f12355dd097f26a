"""The operator's cover sheet: choose what is asked, then begin here or make a link."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.principal import Asking, Operator, OperatorOnly
from app.errors import InvalidInput, NotFound
from app.interviews.models import Mode
from app.web import words
from app.web.banks import BankLine, bank_lines
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page

LINK_COOKIE = "viva_link"
LINK_SHOWN_S = 600
"""Seconds for which a reload shows a new link again."""
router = APIRouter(include_in_schema=False, max_body_size=LARGEST_FORM)


@router.get("/")
async def cover_sheet(
    request: Request,
    desk: Desk,
    who: Asking,
    bank: Annotated[str, Query()] = "",
    mode: Annotated[str, Query()] = "",
    label: Annotated[str, Query()] = "",
) -> Response:
    """The cover sheet; whoever is not signed in is sent to sign in."""
    if not isinstance(who, Operator):
        return RedirectResponse("/sign-in", 303)
    return await _cover(request, desk, bank=bank, mode=mode, label=label)


@router.post("/interviews")
async def open_interview(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    bank: Annotated[str, Form()] = "",
    mode: Annotated[str, Form()] = Mode.ASSESSMENT,
    scope: Annotated[str, Form()] = "all",
    section: Annotated[list[str] | None, Form()] = None,
    limit: Annotated[str, Form()] = "",
    label: Annotated[str, Form()] = "",
    then: Annotated[str, Form()] = "link",
) -> Response:
    """Open an interview; what cannot be used comes back on the same sheet with everything that was chosen."""
    some = scope == "some"
    try:
        interview, link = await desk.interviews.open(
            bank=bank,
            mode=_mode(mode),
            sections=tuple(section or ()) if some else (),
            limit=_limit(limit) if some else None,
            label=label.strip(),
        )
    except (InvalidInput, NotFound) as error:
        return await _cover(
            request,
            desk,
            bank=bank,
            mode=mode,
            label=label,
            scope=scope,
            ticked=section or (),
            limit=limit,
            error=str(error),
        )
    if then == "begin":
        return RedirectResponse(f"/i/{link}", 303)
    shown_at = f"/interviews/{interview.id}/link"
    response = RedirectResponse(shown_at, 303)
    # The server keeps no link: the operator's browser carries it to the page that shows it, and forgets it soon.
    response.set_cookie(
        LINK_COOKIE,
        link,
        max_age=LINK_SHOWN_S,
        path=shown_at,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.get("/interviews/{interview_id}/link")
async def link_page(request: Request, desk: Desk, _: OperatorOnly, interview_id: str) -> Response:
    """The link of an interview that was just made; later, that it is not kept."""
    step = await desk.interviews.step(interview_id)
    link = request.cookies.get(LINK_COOKIE, "")
    base = desk.settings.public_url.rstrip("/") if desk.settings.public_url else str(request.base_url).rstrip("/")
    return page(
        request,
        "link.html",
        url=f"{base}/i/{link}" if await _opens(desk, link, interview_id) else "",
        label=step.interview.label,
        title=words.bank_title(step.script.bank),
        total=len(step.interview.plan),
        interview_id=interview_id,
        expires_at=(await desk.interviews.link(interview_id)).expires_at,
    )


async def _opens(desk: Desk, link: str, interview_id: str) -> bool:
    try:
        return (await desk.interviews.find(link)).id == interview_id
    except NotFound:
        return False


async def _cover(
    request: Request,
    desk: Desk,
    *,
    bank: str = "",
    mode: str = "",
    label: str = "",
    scope: str = "all",
    ticked: Sequence[str] = (),
    limit: str = "",
    error: str = "",
) -> Response:
    banks = await bank_lines(desk)
    if not banks:
        return page(request, "banks.html", banks=())
    chosen: BankLine = next((line for line in banks if line.name == bank), banks[0])
    return page(
        request,
        "start.html",
        422 if error else 200,
        banks=banks,
        chosen=chosen,
        mode=mode,
        label=label,
        scope=scope,
        ticked=ticked,
        limit=limit,
        error=error,
        llm=desk.settings.llm_model,
    )


def _mode(value: str) -> Mode:
    try:
        return Mode(value)
    except ValueError as error:
        raise InvalidInput(f"The mode is “assessment” or “practice”, not “{value}”.") from error


def _limit(value: str) -> int | None:
    if not value.strip():
        return None
    if not value.strip().isascii() or not value.strip().isdecimal() or len(value.strip()) > 6:
        raise InvalidInput(f"The number of questions is a whole number from 1, not “{value[:20]}”.")
    return int(value)
