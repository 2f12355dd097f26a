"""`viva bank audit`: a gate before a bank is published."""

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from app.cli.bank_audit import NO_MODEL
from app.cli.commands import application
from app.errors import InvalidInput, NotFound
from app.screening.schemas import schema
from rubric.errors import BankFormatError
from tests.stub_llm import StubLLM
from vectorstore.ownership import Ownership

BANK = """\
name: night
sections:
- title: Ward
  questions:
  - id: first
    text: What do you do first?
    criteria: [Wash the hands., Read the notes.]
  - id: then
    text: What do you do then?
    criteria: [Greet the patient.]
"""


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors come from the stub's endpoint, whose grades all ask for a person: nothing counts without one."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    file = tmp_path / "night.yaml"
    file.write_text(BANK)
    return file


def viva(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application(), ["bank", *map(str, arguments)])


def test_a_file_is_audited_before_it_is_imported(bank: Path, tmp_path: Path) -> None:
    result = viva("audit", bank, "--json")
    told = json.loads(result.stdout)
    jsonschema.validate(told, schema("audit"))
    assert (told["bank"], told["version"], len(told["questions"])) == ("night", None, 2)
    assert result.exit_code == (0 if told["passes"] else 1)
    assert not (tmp_path / "data").exists()


def test_an_imported_bank_is_audited_by_name_beside_the_owner_of_the_vector_store(bank: Path, tmp_path: Path) -> None:
    assert viva("import", bank).exit_code == 0
    with Ownership.acquire(tmp_path / "data" / "chroma", owner="viva serve"):
        result = viva("audit", "night", "--question", "then")
    assert result.exit_code in {0, 1}, result.output
    assert "night version 1: " in result.stdout
    assert "checks on 1 questions" in result.stdout


def test_a_bank_that_can_be_gamed_says_how_and_leaves_with_1(tmp_path: Path) -> None:
    file = tmp_path / "open.yaml"
    file.write_text(BANK + "  - id: open\n    text: Anything else?\n    criteria: []\n")
    result = viva("audit", file)
    assert result.exit_code == 1
    assert "BROKEN  Anything else?: no criteria" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (["nobody"], NotFound, "nobody"),
        (["night.txt.yaml"], NotFound, "night.txt.yaml"),
        (["FILE", "--question", "nine"], NotFound, "no question 'nine'"),
        (["FILE", "--llm"], InvalidInput, NO_MODEL),
    ],
)
def test_what_is_not_there_is_named(bank: Path, arguments: list[str], error: type[Exception], says: str) -> None:
    refused = viva("audit", *(bank if argument == "FILE" else argument for argument in arguments))
    assert isinstance(refused.exception, error)
    assert says in str(refused.exception)


def test_a_file_that_is_no_bank_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("sections: 7\n")
    assert isinstance(viva("audit", file).exception, BankFormatError)


def test_the_chat_model_is_asked_only_when_told_to(
    bank: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    told = json.loads(viva("audit", bank, "--question", "then", "--json").stdout)
    assert set(told["bases"]) == {"semantic"}
    told = json.loads(viva("audit", bank, "--question", "then", "--json", "--llm").stdout)
    assert told["bases"]["semantic+critique"] > 20
