"""The operator's requests: what candidates ask people for, and answers that no machine could grade."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.principal import OperatorOnly
from app.errors import InvalidInput
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page

TIMES = (100, 125, 150, 200, 0)
"""Percent of every time limit that a candidate can be given with one choice; 0 is no limit."""
WORDINGS = {"no": False, "yes": True}
LONGEST_NAME = 100
LONGEST_NOTE = 400
router = APIRouter(prefix="/requests", include_in_schema=False, max_body_size=LARGEST_FORM)


@router.get("")
async def list_page(
    request: Request, desk: Desk, _: OperatorOnly, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """What waits for people, longest waiting first."""
    notices = {
        "settled": "Settled; the candidate sees that somebody dealt with it.",
        "time": "What the candidate is given is changed.",
    }
    return await _list_page(request, desk, notice=notices.get(done, ""))


@router.post("/{request_id}")
async def settle(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    request_id: str,
    who: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Note that a person dealt with a request; without a name the page comes back and says so."""
    try:
        await desk.wishes.settle(request_id, who=who[:LONGEST_NAME], note=note[:LONGEST_NOTE])
    except InvalidInput as error:
        return await _list_page(request, desk, error=str(error), at=request_id, note=note)
    return RedirectResponse("/requests?done=settled", 303)


@router.post("/{interview_id}/time")
async def give_time(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    interview_id: str,
    extra_time: Annotated[str, Form()] = "",
    plain_wording: Annotated[str, Form()] = "",
) -> Response:
    """Give a candidate more time, no limit at all, or plainer questions; what is left empty stays as it is."""
    if extra_time not in {"", *map(str, TIMES)}:
        return await _list_page(request, desk, error="Choose one of the times in the list.")
    if plain_wording not in {"", *WORDINGS}:
        return await _list_page(request, desk, error="Choose one of the wordings in the list.")
    await desk.wishes.accommodate(
        interview_id, int(extra_time) if extra_time else None, plain_wording=WORDINGS.get(plain_wording)
    )
    return RedirectResponse("/requests?done=time", 303)


async def _list_page(
    request: Request, desk: Desk, *, notice: str = "", error: str = "", at: str = "", note: str = ""
) -> Response:
    return page(
        request,
        "requests.html",
        422 if error else 200,
        waiting=await desk.wishes.requests(),
        ungraded=await desk.wishes.ungraded(),
        times=TIMES,
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
        notice=notice,
        error=error,
        at=at,
        note=note,
    )
