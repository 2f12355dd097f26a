"""Signing in and out as the operator."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.cookie import sign_in, sign_out
from app.access.principal import Asking, Operator
from app.access.tokens import TOKEN_FILE, same_secret
from app.config import Settings
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page

router = APIRouter(include_in_schema=False, max_body_size=LARGEST_FORM)
_WRONG = "That is not the operator’s token of this server."


@router.get("/sign-in")
async def sign_in_page(
    request: Request, desk: Desk, who: Asking, token: Annotated[str | None, Query()] = None
) -> Response:
    """The form; with the token in the address, the sign-in itself, and the token leaves the address at once."""
    if token is not None:
        return _signed_in(request, desk, token)
    if isinstance(who, Operator):
        return RedirectResponse("/", 303)
    return page(request, "sign_in.html", error="", where=_where(desk.settings))


@router.post("/sign-in")
async def sign_in_by_form(request: Request, desk: Desk, token: Annotated[str, Form()] = "") -> Response:
    """Sign in with the token from the form."""
    return _signed_in(request, desk, token.strip())


@router.post("/sign-out")
async def sign_out_by_form(request: Request) -> Response:
    """Forget the sign-in of this browser; harmless when there is none."""
    response = RedirectResponse("/sign-in", 303)
    sign_out(response, request)
    return response


def _signed_in(request: Request, desk: Desk, token: str) -> Response:
    if not same_secret(token, desk.operator_token):
        return page(request, "sign_in.html", 403, error=_WRONG, where=_where(desk.settings))
    response = RedirectResponse("/", 303)
    sign_in(response, request, desk.operator_token, desk.clock())
    return response


def _where(settings: Settings) -> str:
    if settings.operator_token is not None:
        return "It is the one that VIVA_OPERATOR_TOKEN was set to when the server was started."
    return (
        f"The server showed it when it first started, and keeps it in the file {TOKEN_FILE} of its data folder "
        "(VIVA_DATA_DIR)."
    )
