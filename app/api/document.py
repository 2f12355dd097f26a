"""The OpenAPI document: FastAPI's, with the shape of problems, and with the nulls of examples that it leaves out."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problems import SCHEMA_NAME, ProblemSchema

_PREFIX = "#/components/schemas/"
Node = dict[str, Any]


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the application, made at its first use."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        shape = ProblemSchema.model_json_schema(ref_template=_PREFIX + "{model}")
        schemas.update(shape.pop("$defs"))
        schemas[SCHEMA_NAME] = shape
        for schema, examples in _examples(made):
            for example in examples:
                _fill(example, schema, schemas)
        app.openapi_schema = made
    return app.openapi_schema


def _examples(made: Node) -> Iterator[tuple[Node, list[Any]]]:
    """Every shape with its examples."""
    for schema in made["components"]["schemas"].values():
        yield schema, schema.get("examples", [])
    for operation in (operation for methods in made["paths"].values() for operation in methods.values()):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media in body.get("content", {}).values():
                if "example" in media:
                    yield media.get("schema", {}), [media["example"]]


def _fill(example: object, schema: Mapping[str, Any], schemas: Mapping[str, Node]) -> None:
    """Put null back where the shape asks for a value and allows none."""
    schema = schemas[schema["$ref"].removeprefix(_PREFIX)] if "$ref" in schema else schema
    if isinstance(example, list):
        for item in example:
            _fill(item, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name, value in schema.get("properties", {}).items():
            ways = value.get("anyOf", [value])
            if name in example:
                for way in ways:
                    _fill(example[name], way, schemas)
            elif name in schema.get("required", ()) and {"type": "null"} in ways:
                example[name] = None
