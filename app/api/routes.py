"""The JSON API, put together and joined to the application."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from app.api import about, banks, grading, interviews, keys, requests, reviews
from app.api.problems import ANYWHERE, SCHEMA_NAME, ProblemSchema, problem_of, problems

PREFIX = "/api/v1"
VERSION = version("viva")
router = APIRouter(prefix=PREFIX, responses=problems(*ANYWHERE))
for room in (banks, interviews, requests, reviews, grading, keys, about):
    router.include_router(room.router)


def install(app: FastAPI) -> None:
    """Join the API to the application."""
    app.include_router(router)
    app.add_exception_handler(HTTPException, _no_such_route)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        shape = ProblemSchema.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(shape.pop("$defs"))
        schemas[SCHEMA_NAME] = shape
        app.openapi_schema = made
    return app.openapi_schema


async def _no_such_route(request: Request, error: Exception) -> Response:
    """Of an address that no route has: a problem document below the API's prefix, the usual answer elsewhere."""
    if not isinstance(error, HTTPException):
        raise error
    told = problem_of(error) if request.url.path.startswith(PREFIX) else None
    return told or await http_exception_handler(request, error)
