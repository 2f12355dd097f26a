"""The API's reference as a plain page, made from the OpenAPI document: nothing is loaded from elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from app.access.principal import AnyTeam, OperatorOnly
from app.web.templating import page

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `place` is path, query or header."""

    name: str
    place: str
    required: bool
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented answer; `body` is an example as JSON, or empty."""

    status: str
    description: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: str
    answers: tuple[Answer, ...]


@router.get("/docs")
async def reference_page(request: Request, _: OperatorOnly) -> Response:
    """The reference, by tag."""
    return page(request, "docs.html", groups=_groups(_document(request)))


@router.get("/openapi.json")
@router.get("/api/v1/openapi.json")
async def openapi_document(request: Request, _: AnyTeam) -> Response:
    """The OpenAPI document."""
    return JSONResponse(dict(_document(request)))


def _document(request: Request) -> Mapping[str, Any]:
    app: FastAPI = request.app
    return app.openapi()


def _groups(document: Mapping[str, Any]) -> list[tuple[str, list[Operation]]]:
    groups: dict[str, list[Operation]] = {}
    for path, methods in document.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                tag = (methods[method].get("tags") or ["Operations"])[0]
                groups.setdefault(str(tag).capitalize(), []).append(_operation(document, path, method, methods[method]))
    return list(groups.items())


def _operation(document: Mapping[str, Any], path: str, method: str, found: Mapping[str, Any]) -> Operation:
    return Operation(
        id=found.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=_rest(found),
        scopes=tuple(scope for way in found.get("security", ()) for scopes in way.values() for scope in scopes),
        parameters=tuple(_parameter(parameter) for parameter in found.get("parameters", ())),
        body=_example(document, found.get("requestBody", {})),
        answers=tuple(
            Answer(status, answer.get("description", ""), _example(document, answer))
            for status, answer in found.get("responses", {}).items()
        ),
    )


def _rest(found: Mapping[str, Any]) -> str:
    """What the description says beside the summary."""
    first, _, rest = str(found.get("description", "")).partition("\n\n")
    return rest if " ".join(first.split()).rstrip(".") == found.get("summary") else found.get("description", "")


def _parameter(found: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=found["name"],
        place=found["in"],
        required=bool(found.get("required")),
        kind=str(found.get("schema", {}).get("type", "")),
        description=found.get("description", ""),
    )


def _example(document: Mapping[str, Any], holder: Mapping[str, Any]) -> str:
    """The example of a body as JSON; where none is given, its schema."""
    for media in holder.get("content", {}).values():
        schema = _resolved(document, media.get("schema", {}))
        examples = [each.get("value") for each in media.get("examples", {}).values()] + list(schema.get("examples", ()))
        value = media.get("example", examples[0] if examples else schema)
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""
    return ""


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = document.get("components", {}).get("schemas", {}).get(name, schema) if name else schema
    return found
