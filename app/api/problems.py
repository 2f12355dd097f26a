"""How the API says no: problem documents (RFC 9457), whatever went wrong on the way to an answer.

Every error with a sentence for people (`app.errors.told`) becomes one; a bug stays a traceback and a bare 500.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from app.api.problem_kinds import KINDS, ProblemKind, kind_of, kind_of_status
from app.errors import TooManyRequests
from app.grading.normalise import clean

MEDIA_TYPE = "application/problem+json"
SCHEMA_NAME = "ProblemSchema"
ANYWHERE = (
    "unreadable",
    "not-signed-in",
    "not-permitted",
    "foreign-page",
    "link-closed",
    "too-large",
    "foreign-host",
    "malformed",
    "unusable",
    "too-many-requests",
    "model-failed",
    "not-ready",
)
"""What every operation may answer instead."""
_BODY = "body"
_PLACES = frozenset({"query", "path", "header", "cookie"})


class FaultSchema(BaseModel):
    """One place of a request that has another shape than expected."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"in": "body", "pointer": "#/rows/0/id", "detail": "Field required"}]}
    )

    in_: Literal["body", "query", "path", "header", "cookie"] = Field(alias="in")
    pointer: str = Field(description="JSON Pointer into the body, or `#/` and the name of the parameter.")
    detail: str


class ProblemSchema(BaseModel):
    """Why a request was not done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/v1/problems/malformed",
                    "title": "The request has another shape",
                    "status": 422,
                    "detail": "limit: Input should be greater than or equal to 1",
                    "errors": [
                        {
                            "in": "query",
                            "pointer": "#/limit",
                            "detail": "Input should be greater than or equal to 1",
                        }
                    ],
                },
                {
                    "type": "/api/v1/problems/not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no interview iv-1; it may have been deleted.",
                },
            ],
        }
    )

    type: str = Field(description="Address of the kind of problem, relative to the server; programs go by it.")
    title: str
    status: int
    detail: str
    errors: list[FaultSchema] | None = Field(None, description="Where the shape does not fit; of kind malformed only.")


def problem(
    kind: ProblemKind,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    faults: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """A problem document of that kind."""
    told = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": clean(detail).text}
    content = told if faults is None else {**told, "errors": faults}
    challenge = {"WWW-Authenticate": "Bearer"} if kind.status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(content, kind.status, {**challenge, **(headers or {})}, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> JSONResponse | None:
    """The problem document of an error; None for one that is a bug."""
    if isinstance(error, RequestValidationError):
        found = [(_place(one), str(one["msg"])) for one in error.errors()]
        faults = [{"in": where, "pointer": _pointer(path), "detail": clean(said).text} for (where, path), said in found]
        told = "; ".join(f"{'.'.join(path) or _BODY}: {said}" for (_, path), said in found)
        return problem(KINDS["malformed"], told, faults=faults)
    if isinstance(error, HTTPException):
        kind = kind_of_status(error.status_code)
        if kind is None:
            title = HTTPStatus(error.status_code).phrase
            content = {"type": "about:blank", "title": title, "status": error.status_code, "detail": str(error.detail)}
            return JSONResponse(content, error.status_code, error.headers, media_type=MEDIA_TYPE)
        return problem(kind, str(error.detail), headers=error.headers)
    kind = kind_of(error)
    headers = error.headers if isinstance(error, TooManyRequests) else None
    return None if kind is None else problem(kind, str(error), headers=headers)


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer instead, as FastAPI's `responses`: the named kinds, by status.

    The kinds that are told anywhere stand with them where they share a status: an operation's own responses take the
    place of everybody's.
    """
    statuses = {KINDS[name].status for name in names}
    told = dict.fromkeys((*names, *(name for name in ANYWHERE if KINDS[name].status in statuses)))
    by_status: dict[int, list[ProblemKind]] = {}
    for name in told:
        by_status.setdefault(KINDS[name].status, []).append(KINDS[name])
    return {
        status: {
            "description": "; ".join(f"{kind.title} (`{kind.name}`)" for kind in kinds) + ".",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{SCHEMA_NAME}"},
                    "examples": {kind.name: {"value": _example(kind)} for kind in kinds},
                }
            },
        }
        for status, kinds in sorted(by_status.items())
    }


def _example(kind: ProblemKind) -> dict[str, Any]:
    told = {"type": kind.type, "title": kind.title, "status": kind.status, "detail": kind.remedy}
    if kind.name != "malformed":
        return told
    fault = {"in": "query", "pointer": "#/limit", "detail": "Input should be greater than or equal to 1"}
    return {**told, "detail": f"limit: {fault['detail']}", "errors": [fault]}


def _place(error: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Where an error is, without the value: it may be a candidate's text."""
    if error["type"] == "json_invalid":  # its location counts characters
        return _BODY, ()
    where, *path = (str(part) for part in error["loc"]) if error["loc"] else (_BODY,)
    return (where, tuple(path)) if where in {_BODY, *_PLACES} else (_BODY, (where, *path))


def _pointer(path: tuple[str, ...]) -> str:
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
