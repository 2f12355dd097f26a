"""The OpenAPI document: every operation says what it is for, shows what goes in and out, and what may go wrong."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest

from app.access.scopes import Scope
from app.api.examples import example
from app.api.problem_kinds import KINDS
from app.api.problems import MEDIA_TYPE
from app.config import Settings
from app.main import create_app
from app.screening.schemas import schema

Operation = Mapping[str, Any]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def examples(document: dict[str, Any], media: Mapping[str, Any]) -> list[Any]:
    """The examples of a body, or those of its shape."""
    if "example" in media:
        return [media["example"]]
    named = [one["value"] for one in media.get("examples", {}).values()]
    name = media["schema"].get("$ref", "").rpartition("/")[2]
    return named or document["components"]["schemas"].get(name, {}).get("examples", [])


def test_every_operation_has_a_summary_that_is_a_sentence(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"][0].isupper(), name
        assert " " in operation["summary"], name


def test_every_body_and_every_answer_has_an_example_of_its_shape(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for kind, media in [found for body in bodies for found in body.get("content", {}).items()]:
            shown = examples(document, media)
            assert shown, f"{name} has no example for {kind}"
            if "json" in kind:
                shape = {**media["schema"], "components": document["components"]}
                for one in shown:
                    jsonschema.Draft202012Validator(shape).validate(one)


@pytest.mark.parametrize(("name", "shape"), [("grade", "grade-output"), ("report", "report")])
def test_examples_have_the_published_shapes(name: str, shape: str) -> None:
    jsonschema.Draft202012Validator(schema(shape)).validate(example(name))


def test_every_operation_tells_what_may_go_wrong_and_nothing_else(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        wrong = {status: answer for status, answer in operation["responses"].items() if int(status) >= 400}
        assert {"401", "403", "422", "429", "503"} <= set(wrong), name
        assert "default" not in operation["responses"], name
        for status, answer in wrong.items():
            (media,) = answer["content"].items()
            assert media[0] == MEDIA_TYPE
            for kind in media[1]["examples"]:
                assert KINDS[kind].status == int(status), name


def test_every_operation_names_the_one_scope_it_needs_or_none(document: dict[str, Any]) -> None:
    needed = {
        name: [scope for way in one.get("security", []) for scope in way["bearer"]]
        for name, one in operations(document)
    }
    assert {name: scopes for name, scopes in needed.items() if len(scopes) > 1 or not set(scopes) <= set(Scope)} == {}
    assert needed["POST /api/v1/interviews"] == ["interviews:write"]
    assert needed["POST /api/v1/interviews/{interview_id}/messages"] == []


def test_what_makes_something_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    made = {name for name, operation in operations(document) if "201" in operation["responses"]}
    assert made
    for name, operation in operations(document):
        headers = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
        assert name not in made or "Idempotency-Key" in headers, name


def test_the_document_is_json(document: dict[str, Any]) -> None:
    assert json.loads(json.dumps(document))["openapi"].startswith("3.1")
