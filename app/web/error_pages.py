"""What is shown when something is not there, not allowed, or went wrong: one clear sentence and a way on."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.access.gate import HEADERS, SAFE_METHODS
from app.errors import AppError, told
from app.locale.catalogue import ENGLISH, best_language, translated
from app.web.languages import Languages
from app.web.templating import is_fragment, page
from rubric.errors import RubricError
from vectorstore.errors import VectorStoreError

API = "/api/"
HEADINGS = {
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not at this point",
    410: "No longer open",
    413: "Too much at once",
    422: "That could not be used",
    503: "Not ready",
}
BACK = "Back to the interview"
FIRST_PAGE = "To the first page"
_WRONG = "Something went wrong"
_BUG = "Viva made a mistake here. What you sent before is kept; go back and try again."
_SENTENCES = {
    404: "There is no such page. The address may be incomplete, or what it led to was deleted.",
    405: "This address takes no such request.",
    422: "Something in the address or the form could not be read. Go back and try again.",
}
Handler = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Tell errors of the pages as pages; those of the API stay with the handlers that are there already."""
    for kind in (AppError, RubricError, VectorStoreError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _handler(cast("Handler | None", app.exception_handlers.get(kind))))


def error_page(request: Request, status: int, sentence: str) -> Response:
    """An error in the design of the pages, with what can be done next.

    Args:
        request: The one that failed.
        status: Of the answer.
        sentence: Safe to show, in the page's language.
    """
    back, back_words = _way_on(request, status)
    language = _language(request)
    response = page(
        request,
        "error.html",
        status,
        code=status,
        languages=Languages(page=language),
        heading=translated(HEADINGS.get(status, _WRONG), language),
        sentence=sentence,
        back=back,
        back_words=translated(back_words, language),
        home=back,
    )
    # A mistake is answered outside of the gate, which adds these to everything else.
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _handler(api: Handler | None) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(API):
            return await api(request, error) if api is not None else _plainly(error)
        status, sentence = _telling(error, _language(request))
        if status == 401 and request.method in SAFE_METHODS and not is_fragment(request):
            return RedirectResponse("/sign-in", 303)
        return error_page(request, status, sentence)

    return handle


def _plainly(error: Exception) -> Response:
    status, sentence = _telling(error, ENGLISH)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    return JSONResponse(problem, status, headers=HEADERS, media_type="application/problem+json")


def _telling(error: Exception, language: str) -> tuple[int, str]:
    telling = told(error)
    if isinstance(error, AppError) and telling is not None:
        return telling.http_status, translated(error.sentence, language, **error.values)
    if telling is not None:
        return telling.http_status, telling.sentence
    if isinstance(error, RequestValidationError):
        return 422, translated(_SENTENCES[422], language)
    if isinstance(error, HTTPException):
        return error.status_code, translated(_SENTENCES.get(error.status_code, str(error.detail)), language)
    return 500, translated(_BUG, language)


def _way_on(request: Request, status: int) -> tuple[str, str]:
    parts = request.url.path.split("/")
    if parts[1] == "i" and len(parts) > 2:
        # A candidate whose link opens nothing has nowhere to go on to here: the other pages are the operator's.
        return (f"/i/{parts[2]}", "" if status in {404, 410} else BACK)
    if status == 401:
        return "/sign-in", "Sign in"
    return "/", FIRST_PAGE


def _language(request: Request) -> str:
    """Of the browser on a candidate's address, whose interview may be unknown; the operator's pages are in English."""
    is_candidates = request.url.path.startswith("/i/")
    return best_language(request.headers.get("accept-language", "")) if is_candidates else ENGLISH
