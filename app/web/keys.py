"""The operator's API keys: who has one, what it may do, when it was last used; made, rotated and revoked with plain forms."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.keys import LONGEST_NAME, MOST_DAYS, NewKey
from app.access.principal import OperatorOnly
from app.access.scopes import Scope, scopes_of
from app.errors import AppError, Conflict, InvalidInput
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page

SECRET_COOKIE = "viva_key"  # noqa: S105 (a name)
SHOWN_S = 600
"""Seconds for which a reload shows a new secret again."""
OVERLAPS = (24, 1, 0, 168)
"""Hours for which an old secret can go on working."""
router = APIRouter(prefix="/keys", include_in_schema=False, max_body_size=LARGEST_FORM)


@router.get("")
async def list_page(
    request: Request, desk: Desk, _: OperatorOnly, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Every key, newest first, and a form for another."""
    return await _list_page(request, desk, notice="The key opens nothing any more." if done == "revoked" else "")


@router.post("")
async def create(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    name: Annotated[str, Form()] = "",
    scope: Annotated[list[str] | None, Form()] = None,
    expires_days: Annotated[str, Form()] = "",
) -> Response:
    """Make a key and lead to its secret; what cannot be used comes back with everything that was chosen."""
    try:
        new = await desk.keys.create(name, scopes_of(scope or ()), expires_days=_days(expires_days))
    except InvalidInput as error:
        return await _list_page(request, desk, error=error, name=name, ticked=scope or (), expires_days=expires_days)
    return _to_secret(request, new)


@router.post("/{key_id}/rotate")
async def rotate(
    request: Request, desk: Desk, _: OperatorOnly, key_id: str, overlap_hours: Annotated[str, Form()] = ""
) -> Response:
    """Give a key a new secret and lead to it."""
    if overlap_hours not in set(map(str, OVERLAPS)):
        return await _list_page(request, desk, error=InvalidInput("Choose one of the times in the list."))
    try:
        new = await desk.keys.rotate(key_id, overlap_hours=int(overlap_hours))
    except Conflict as error:
        return await _list_page(request, desk, error=error)
    return _to_secret(request, new)


@router.post("/{key_id}/revoke")
async def revoke(desk: Desk, _: OperatorOnly, key_id: str) -> Response:
    """Let a key open nothing from now on."""
    await desk.keys.revoke(key_id)
    return RedirectResponse("/keys?done=revoked", 303)


@router.get("/{key_id}/secret")
async def secret_page(request: Request, desk: Desk, _: OperatorOnly, key_id: str) -> Response:
    """The secret of a key that was just made or rotated; later, that it is not kept."""
    secret = request.cookies.get(SECRET_COOKIE, "")
    key = await desk.keys.belongs(secret, key_id)
    return page(request, "key.html", key=key, secret=secret if key is not None else "")


def _to_secret(request: Request, new: NewKey) -> Response:
    shown_at = f"/keys/{new.key.id}/secret"
    response = RedirectResponse(shown_at, 303)
    # As with a candidate's link: the browser carries it to the page that shows it, and forgets it soon.
    response.set_cookie(
        SECRET_COOKIE,
        new.secret,
        max_age=SHOWN_S,
        path=shown_at,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def _list_page(
    request: Request,
    desk: Desk,
    *,
    notice: str = "",
    error: AppError | None = None,
    name: str = "",
    ticked: Sequence[str] = (),
    expires_days: str = "365",
) -> Response:
    return page(
        request,
        "keys.html",
        422 if error else 200,
        keys=await desk.keys.all(),
        now=desk.clock(),
        scopes=list(Scope),
        overlaps=OVERLAPS,
        longest_name=LONGEST_NAME,
        most_days=MOST_DAYS,
        notice=notice,
        # The sentence names the field first, as programs want it.
        error=str(error).partition(": ")[2] or str(error) if error else "",
        called=name,
        ticked=ticked,
        expires_days=expires_days,
    )


def _days(given: str) -> int | None:
    if not given.strip():
        return None
    try:
        return int(given)
    except ValueError:
        raise InvalidInput(f"expires_days: give a number of days from 1 to {MOST_DAYS}, or none.") from None
