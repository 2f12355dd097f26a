"""The JSON Schemas people's editors read."""

import json

import jsonschema
import pytest
import yaml

from rubric.bank import Bank
from rubric.bank_file import load_bank, write_bank
from rubric.ids import with_ids
from rubric.published_schema import FOLDER, published
from tests.builders import SHIPPED_BANK, a_full_bank


def test_the_published_schemas_are_in_step_with_what_is_read() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert on_disk == published()


@pytest.mark.parametrize("bank", [a_full_bank(), with_ids(load_bank(SHIPPED_BANK), None)], ids=["full", "shipped"])
def test_what_is_exported_is_valid_by_the_published_schema(bank: Bank) -> None:
    schema = json.loads((FOLDER / "bank.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    content = yaml.safe_load(write_bank(bank, ".yaml"))
    jsonschema.Draft202012Validator(schema).validate(content)


def test_the_published_schema_refuses_what_reading_refuses() -> None:
    schema = json.loads((FOLDER / "bank.schema.json").read_text(encoding="utf-8"))
    question = {"text": "Why?", "criteria": ["So.", {"text": "And so.", "weight": 0}]}
    faulty = {"sections": [{"title": "Storage", "questions": [question]}]}
    assert not jsonschema.Draft202012Validator(schema).is_valid(faulty)
    question["criteria"] = ["So.", {"text": "And so.", "weight": 1}]
    assert jsonschema.Draft202012Validator(schema).is_valid(faulty)
