"""`viva requests`: what waits for people, listed and settled with the database alone."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.bootstrap import open_records
from app.cli.commands import application
from app.config import Settings
from app.errors import InvalidInput, NotFound
from app.interviews.models import Command
from tests.api.conftest import BANK
from tests.interviews.scripts import Talk


def viva(*arguments: str) -> Result:
    return CliRunner().invoke(application(), ["requests", *arguments])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def asked(settings: Settings) -> str:
    """The id of the interview in which a candidate asked for a person."""

    async def run() -> str:
        async with open_records(settings) as records:
            await records.banks.import_bank(BANK.encode(), source="lake.yaml")
            talk = Talk(store=records.interviews)
            await talk.begin()
            await talk.do(Command.PERSON)
            return talk.id

    return asyncio.run(run())


def test_what_waits_is_listed_and_settled(asked: str) -> None:
    listed = viva("list")
    assert f"{asked}.r1" in listed.stdout
    assert " person " in listed.stdout
    (request,) = json.loads(viva("list", "--json").stdout)["requests"]
    assert (request["interview_id"], request["request"]["kind"]) == (asked, "person")
    assert viva("settle", f"{asked}.r1", "--who", "Ada", "--note", "Called back.").exit_code == 0
    assert viva("list").stdout == "Nothing waits for a person.\n"
    assert isinstance(viva("settle", f"{asked}.r1", "--who", "Ada").exception, NotFound)


def test_nobody_settles_without_a_name(asked: str) -> None:
    assert isinstance(viva("settle", f"{asked}.r1", "--who", " ").exception, InvalidInput)
