"""The JSON API, put together and joined to the application."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException

from app.api import about, banks, grading, interviews, requests, reviews
from app.api.problems import ProblemSchema, problem_of

PREFIX = "/api/v1"
VERSION = version("viva")

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemSchema, "description": "A problem document (RFC 9457), application/problem+json."}
}

router = APIRouter(prefix=PREFIX, responses=_PROBLEMS)
for room in (banks, interviews, requests, reviews, grading, about):
    router.include_router(room.router)


def install(app: FastAPI) -> None:
    """Join the API to the application."""
    app.include_router(router)
    app.add_exception_handler(HTTPException, _no_such_route)


async def _no_such_route(request: Request, error: Exception) -> Response:
    """Of an address that no route has: a problem document below the API's prefix, the usual answer elsewhere."""
    if not isinstance(error, HTTPException):
        raise error
    told = problem_of(error) if request.url.path.startswith(PREFIX) else None
    return told or await http_exception_handler(request, error)
