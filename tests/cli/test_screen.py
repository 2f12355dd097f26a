"""`viva screen`: from a file of answers to a ranking, resumed where it was stopped."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.errors import Conflict, InvalidInput, NotFound
from app.screening.schemas import schema
from tests.stub_llm import StubLLM

BANK = """
sections:
- title: Lake
  questions:
  - {id: store, text: How do you store raw data?, criteria: [Keep it in object storage, Partition it by date]}
  - {id: guard, text: How do you guard it?, criteria: [Grant the least privilege]}
"""
FILE = """candidate,name,question,answer
p1,Ada,store,Keep it in object storage. Partition it by date.
p1,Ada,guard,Grant the least privilege.
p2,=Ben,store,I would ask somebody.
p2,=Ben,How do you guard it?,I don't know.
p3,Cy,store,
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bank imported and a file of answers, to be copied."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "lake.yaml").write_text(BANK)
    (folder / "autumn.csv").write_text(FILE)
    environment = {"VIVA_DATA_DIR": str(folder / "data")}
    result = CliRunner().invoke(application(), ["bank", "import", str(folder / "lake.yaml")], env=environment)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def screened(imported: Path, _stub_server: StubLLM, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the file screened."""
    folder = tmp_path_factory.mktemp("screened")
    shutil.copytree(imported, folder, dirs_exist_ok=True)
    environment = {
        "VIVA_DATA_DIR": str(folder / "data"),
        "VIVA_EMBEDDINGS_BASE_URL": _stub_server.base_url,
        "VIVA_EMBEDDING_MODEL": "stub-embedder",
    }
    arguments = ["screen", "run", str(folder / "autumn.csv"), "--bank", "lake", "--yes"]
    output = ["--output", str(folder / "autumn-results.csv")]
    result = CliRunner().invoke(application(), [*arguments, *output], env=environment)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(autouse=True)
def environment(imported: Path, tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors come from the stub's endpoint: these tests are about files and commands, not about the model."""
    shutil.copytree(imported, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def screening_id(screened: Path, tmp_path: Path) -> str:
    """The id of a screening that was run."""
    shutil.copytree(screened, tmp_path, dirs_exist_ok=True)
    return the_screening()


def viva(*arguments: str) -> Result:
    return CliRunner().invoke(application(), [*arguments])


def run(*options: str, file: str = "autumn.csv") -> Result:
    return viva("screen", "run", file, "--bank", "lake", "--yes", *options)


def the_screening() -> str:
    (found,) = json.loads(viva("screen", "list", "--json").stdout)
    return str(found["id"])


def test_a_file_becomes_a_ranking_and_a_file_of_results(tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "4 of 4 answers are graded" in result.stderr
    assert "row 6, column answer: empty" in result.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "autumn-results.csv").read_text("utf-8-sig"))))
    assert {row["candidate"] for row in rows} == {"p1", "p2"}
    assert {row["name"] for row in rows} == {"Ada", "'=Ben"}
    assert "A proposal decides nothing" in result.stdout


def test_the_same_command_again_grades_and_pays_nothing_twice(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    assert run().exit_code == 0
    asked = len(stub_llm.chats)
    assert asked == 3  # one says nothing
    again = run()
    assert again.exit_code == 0
    assert "4 of them there already" in again.stderr
    assert len(stub_llm.chats) == asked
    (tmp_path / "autumn.csv").write_text(f"{FILE}p3,Cy,guard,Grant the least privilege to all.\n")
    assert run().exit_code == 0
    assert len(stub_llm.chats) == asked + 1


def test_a_dry_run_prices_the_file_and_keeps_nothing(stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_LLM_PRICE_INPUT", "1000")
    monkeypatch.setenv("VIVA_LLM_PRICE_CURRENCY", "EUR")
    result = run("--dry-run")
    assert result.exit_code == 0
    assert "4 answers to grade, 1 of which say nothing. 3 requests to the chat model" in result.stderr
    assert "EUR" in result.stderr
    assert stub_llm.chats == []
    assert viva("screen", "list").stdout == "No screenings yet.\n"


def test_nothing_is_graded_unless_somebody_agrees() -> None:
    refused = CliRunner().invoke(application(), ["screen", "run", "autumn.csv", "--bank", "lake"], input="n\n")
    assert refused.exit_code == 1
    assert viva("screen", "list").stdout == "No screenings yet.\n"


def test_status_results_and_export_tell_the_same_afterwards(tmp_path: Path, screening_id: str) -> None:
    status = json.loads(viva("screen", "status", screening_id, "--json").stdout)
    assert status["progress"]["is_done"] is True
    assert status["state"] == "active"
    shown = json.loads(viva("screen", "results", screening_id, "--json").stdout)
    assert viva("screen", "export", screening_id, "--output", "out.jsonl").exit_code == 0
    exported = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert exported == shown
    for record in exported:
        jsonschema.validate(record, schema("screening-results"))
    assert viva("screen", "export", screening_id, "--output", "out.xlsx").exit_code == 0
    refused = viva("screen", "export", screening_id, "--output", "out.pdf")
    assert isinstance(refused.exception, InvalidInput)


def test_other_rules_under_the_same_name_are_refused_and_a_change_says_whom_it_flips(
    tmp_path: Path, screening_id: str
) -> None:
    (tmp_path / "policy.yaml").write_text("cuts: {decline_below: 100, advance_from: 100}\n")
    refused = run("--policy", "policy.yaml")
    assert isinstance(refused.exception, Conflict)
    assert "viva screen change" in str(refused.exception)
    changed = viva("screen", "change", screening_id, "--policy", "policy.yaml", "--yes")
    assert changed.exit_code == 0, changed.output
    assert "candidates would have another proposal" in changed.stdout
    assert "goes by version 2 of its rules" in changed.stdout
    assert json.loads(viva("screen", "status", screening_id, "--json").stdout)["version"] == 2


def test_a_closed_screening_makes_room_for_another_of_its_name_and_a_deleted_one_is_gone(screening_id: str) -> None:
    assert viva("screen", "close", screening_id).exit_code == 0
    assert run().exit_code == 0
    assert len(json.loads(viva("screen", "list", "--json").stdout)) == 2
    assert "Removed 2 candidates" in viva("screen", "delete", screening_id, "--yes").stdout
    assert isinstance(viva("screen", "status", screening_id).exception, NotFound)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--output", "results.pdf"), "csv, xlsx, jsonl, parquet"),
        (("--map", "candidate=ignore", "--map", "name=ignore"), "recognised as candidate"),
        (("--policy", "none.yaml"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_kept(options: tuple[str, ...], what: str) -> None:
    refused = run(*options)
    assert isinstance(refused.exception, InvalidInput)
    assert what in str(refused.exception)
    assert viva("screen", "list").stdout == "No screenings yet.\n"


def test_the_example_is_written_where_it_is_wanted_and_can_be_run(tmp_path: Path) -> None:
    assert viva("screen", "example", "demo").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == ["answers.csv", "policy.yaml"]
    result = viva(
        "screen", "run", "demo/answers.csv", "--bank", "aws_data_engineer", "--policy", "demo/policy.yaml", "--dry-run"
    )
    assert result.exit_code == 0, result.output
    assert "300 rows: 299 answers of 30 candidates to 10 questions" in result.stderr


def test_a_newer_bank_changes_nobodys_result_before_it_was_shown_whom_that_flips(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("cuts: {decline_below: 1, advance_from: 1}\n")
    run("--policy", "policy.yaml")
    id_ = the_screening()
    before = viva("screen", "results", id_, "--json").stdout
    (tmp_path / "lake.yaml").write_text(BANK.replace("Grant the least privilege", "Encrypt it at rest"))
    assert viva("bank", "import", "lake.yaml").exit_code == 0
    assert "0 grades made again" in viva("regrade", "--yes").stdout
    refused = CliRunner().invoke(application(), ["screen", "change", id_, "--regrade"], input="n\n")
    assert refused.exit_code == 1
    assert "4 answers graded again" in refused.stdout
    assert viva("screen", "results", id_, "--json").stdout == before
    changed = viva("screen", "change", id_, "--regrade", "--yes")
    assert changed.exit_code == 0, changed.output
    assert "version 2 of its rules and version 2 of the bank lake. 4 new grades are stored" in changed.stdout
    status = json.loads(viva("screen", "status", id_, "--json").stdout)
    assert (status["version"], status["bank"]["version"]) == (2, 2)
    assert run().exit_code == 0
    assert len(json.loads(viva("screen", "results", id_, "--json").stdout)) == 2


def test_a_change_of_nothing_is_refused(screening_id: str) -> None:
    assert isinstance(viva("screen", "change", screening_id).exception, InvalidInput)


def complete_grades(folder: Path) -> tuple[int, int]:
    """Complete grades, and answers that have one."""
    with closing(sqlite3.connect(folder / "data" / "viva.db")) as connection:
        query = "SELECT count(*), count(DISTINCT answer_id) FROM grades WHERE critique = 'done'"
        grades, answers = connection.execute(query).fetchone()
    return int(grades), int(answers)


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_with_every_answer_graded_once_and_asked_about_once(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_LLM_CONCURRENCY", "4")
    people = 40
    rows = [f"p{n},store,Keep it in object storage number {n}." for n in range(people)]
    (tmp_path / "autumn.csv").write_text("\n".join(["candidate,question,answer", *rows]) + "\n")
    stub_llm.latency_s = 0.3
    arguments = ["screen", "run", "autumn.csv", "--bank", "lake", "--yes"]
    command = [sys.executable, "-c", "from app.main import viva; viva()", *arguments]
    with subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 90
        while len(stub_llm.chats) < 8:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    asked_before = len(stub_llm.chats)
    done_before, _ = complete_grades(tmp_path)
    stub_llm.latency_s = 0.0
    again = run()
    assert again.exit_code == 0, again.output
    assert f"{people} of {people} answers are graded" in again.stderr
    asked = Counter(json.dumps(chat.body, sort_keys=True) for chat in stub_llm.chats if "number" in str(chat.body))
    # What had no grade yet when the run was killed is asked again, and nothing else.
    assert sum(asked.values()) - len(asked) <= asked_before - done_before
    assert complete_grades(tmp_path) == (people, people)


def test_answers_in_the_same_words_are_shown_to_people_and_change_nothing(tmp_path: Path) -> None:
    words = "Raw files land in one bucket and stay there untouched until a nightly job cleans them for all readers."
    (tmp_path / "autumn.csv").write_text(f"candidate,question,answer\np1,store,{words}\np2,store,{words} Yes.\n")
    assert run().exit_code == 0
    id_ = the_screening()
    shown = viva("screen", "alike", id_)
    assert "How do you store raw data?" in shown.stdout
    assert "p2" in shown.stdout
    told = json.loads(viva("screen", "alike", id_, "--json").stdout)
    (group,) = told["groups"]
    assert told["pairs"] == []
    assert [member["candidate"] for member in group["candidates"]] == ["p1", "p2"]
