"""How the API says no: problem documents (RFC 9457), whatever went wrong on the way to an answer.

Every error with a sentence for people (`app.errors.told`) becomes one; a bug stays a traceback and a bare 500.
"""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from app.errors import told
from app.grading.normalise import clean

MEDIA_TYPE = "application/problem+json"
MAX_BODY_BYTES = 4_000_000
"""The largest request that is read: any bank, or a batch of long answers, is far smaller."""


class ProblemSchema(BaseModel):
    """Why a request was not done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "Not Found", "status": 404, "detail": "There is no interview iv-1."}],
        }
    )

    title: str
    status: int
    detail: str


def problem(status: int, detail: str) -> JSONResponse:
    """A problem document; the type is the status itself (about:blank)."""
    title = HTTPStatus(status).phrase
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    content = {"title": title, "status": status, "detail": clean(detail).text}
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> JSONResponse | None:
    """The problem document of an error; None for one that is a bug."""
    if isinstance(error, RequestValidationError):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(_fault(one) for one in error.errors()))
    if isinstance(error, HTTPException):
        return problem(error.status_code, str(error.detail))
    telling = told(error)
    return None if telling is None else problem(telling.http_status, telling.sentence)


class ProblemRoute(APIRoute):
    """A route that reads bodies of a bounded size and tells every failure as a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with both around it."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handler(Request(request.scope, _bounded(request.receive)))
            except Exception as error:  # what has no sentence for people is raised again
                response = problem_of(error)
                if response is None:
                    raise
                return response

        return guarded


def _bounded(receive: Receive) -> Receive:
    """The request's messages, until they bring more than a body may hold."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY_BYTES:
            limit = f"A request may bring {MAX_BODY_BYTES:,} bytes; send less at a time."
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit)
        return message

    return bounded


def _fault(error: dict[str, Any]) -> str:
    """Where and what, without the value: it may be a candidate's text."""
    place = ".".join(str(part) for part in error["loc"] if part != "body") or "body"
    return f"{place}: {error['msg']}"
