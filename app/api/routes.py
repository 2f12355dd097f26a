"""The JSON API, put together and joined to the application."""

from http import HTTPStatus
from importlib.metadata import version

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.api import (
    about,
    banks,
    grading,
    interviews,
    invitations,
    keys,
    metrics,
    requests,
    reviews,
    screenings,
    webhooks,
)
from app.api.document import document
from app.api.problems import ANYWHERE, problem_of, problems

PREFIX = "/api/v1"
VERSION = version("viva")
router = APIRouter(prefix=PREFIX, responses=problems(*ANYWHERE))
for room in (banks, interviews, requests, reviews, screenings, invitations, grading, keys, webhooks, about):
    router.include_router(room.router)


def install(app: FastAPI) -> None:
    """Join the API to the application."""
    app.include_router(router)
    app.include_router(metrics.router)
    app.add_exception_handler(HTTPException, _no_such_route)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]


async def _no_such_route(request: Request, error: Exception) -> Response:
    """Of an address or a method that no route has: a problem below the API's prefix, the usual answer elsewhere."""
    if not isinstance(error, HTTPException):
        raise error
    if not request.url.path.startswith(PREFIX):
        return await http_exception_handler(request, error)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods(request))
        error = HTTPException(error.status_code, f"This address takes {allowed}.", {"Allow": allowed})
    return problem_of(error) or await http_exception_handler(request, error)


def _methods(request: Request) -> list[str]:
    """What the address takes, by all of its routes: each of them knows its own methods alone."""
    path = request.url.path
    routes = [one for one in iter_route_contexts(request.app.routes) if compile_path(str(one.path))[0].match(path)]
    return sorted({method for route in routes for method in route.methods or ()})
