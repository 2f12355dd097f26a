"""`viva schema`: the published shapes, for people and their tools."""

import json

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.cli.schema import OPENAPI, schema_command
from app.errors import NotFound
from app.screening.schemas import names, schema

DOCUMENT = {"openapi": "3.1.0", "paths": {}}


def viva(*arguments: str) -> Result:
    commands = application()
    commands.command(name="schema")(schema_command(lambda: DOCUMENT))
    return CliRunner().invoke(commands, ["schema", *arguments])


@pytest.mark.parametrize("name", names())
def test_schema_is_printed_by_its_name(name: str) -> None:
    assert json.loads(viva(name).stdout) == schema(name)


def test_the_document_of_the_api_is_printed_like_a_schema() -> None:
    assert json.loads(viva(OPENAPI).stdout) == DOCUMENT


def test_names_are_listed_and_an_unknown_one_is_told_them() -> None:
    assert viva().stdout.split() == [*names(), OPENAPI]
    unknown = viva("grades")
    assert isinstance(unknown.exception, NotFound)
    assert "grade-output" in str(unknown.exception)
