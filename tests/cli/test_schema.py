"""`viva schema`: the published shapes, for people and their tools."""

import json

import pytest
from typer.testing import CliRunner

from app.cli.commands import application
from app.errors import NotFound
from app.screening.schemas import names, schema


@pytest.mark.parametrize("name", names())
def test_schema_is_printed_by_its_name(name: str) -> None:
    printed = CliRunner().invoke(application(), ["schema", name])
    assert json.loads(printed.stdout) == schema(name)


def test_names_are_listed_and_an_unknown_one_is_told_them() -> None:
    assert CliRunner().invoke(application(), ["schema"]).stdout.split() == list(names())
    unknown = CliRunner().invoke(application(), ["schema", "grades"])
    assert isinstance(unknown.exception, NotFound)
    assert "grade-output" in str(unknown.exception)
