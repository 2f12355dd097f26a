"""`viva grade`: rows in, grades out, and a stopped run that goes on."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.cli.grade import NO_MODEL
from app.errors import Conflict, InvalidInput
from app.screening.schemas import schema
from tests import stub_llm as stubs
from tests.stub_llm import StubLLM
from vectorstore.errors import StoreInUse
from vectorstore.ownership import Ownership

ANSWER = "The scheduler retries a failed task three times, and an alert goes to the team on call."


def inline(row_id: str | int, answer: str = ANSWER) -> dict[str, Any]:
    criteria = ["Failed tasks are retried", "People are alerted", "Runs are idempotent"]
    return {"id": row_id, "question": "How do you handle failures?", "criteria": criteria, "answer": answer}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors come from the stub's endpoint: these tests are about rows and files, not about the model."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def viva(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(application(), ["grade", *map(str, arguments)], input=stdin)


def grade(rows: Path, grades: Path, *options: str) -> Result:
    return viva("--input", rows, "--output", grades, *options)


def without_ids(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for record in records:
        del record["grade_id"]
        record["provenance"].pop("measured", None)
    return records


def test_every_row_gets_a_grade_of_the_published_shape_in_order(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", inline("b"), inline(2), inline("a", ""))
    result = grade(rows, tmp_path / "grades.jsonl", "--no-llm")
    assert result.exit_code == 0, result.output
    records = read(tmp_path / "grades.jsonl")
    assert [(record["id"], record["status"]) for record in records] == [("b", "graded"), (2, "graded"), ("a", "graded")]
    assert (records[2]["score"], records[2]["reason"]) == (0, "blank")
    assert len({record["grade_id"] for record in records}) == 3
    for record in records:
        jsonschema.validate(record, schema("grade-output"))


def test_malformed_row_is_ungraded_and_the_exit_code_says_so(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", inline("a"), '{"id": "b"', inline("c"))
    result = grade(rows, tmp_path / "grades.jsonl", "--no-llm")
    assert result.exit_code == 1
    records = read(tmp_path / "grades.jsonl")
    assert [record["status"] for record in records] == ["graded", "ungraded", "graded"]
    assert "line 2" in records[1]["reason"]


def test_rows_of_a_bank_are_graded_by_its_questions(tmp_path: Path) -> None:
    bank = tmp_path / "night.yaml"
    bank.write_text(
        "sections:\n- title: Ward\n  questions:\n  - id: q1\n    text: What first?\n    criteria: [Wash hands]\n"
    )
    imported = CliRunner().invoke(application(), ["bank", "import", str(bank)])
    assert imported.exit_code == 0, imported.output
    rows = write(
        tmp_path / "rows.jsonl",
        {"id": 1, "bank": "night", "question_id": "q1", "answer": "Wash hands."},
        {"id": 2, "bank": "night", "question_id": "q9", "answer": "Wash hands."},
        inline(3),
    )
    assert grade(rows, tmp_path / "grades.jsonl", "--no-llm").exit_code == 1
    records = read(tmp_path / "grades.jsonl")
    assert records[0]["criteria"][0]["text"] == "Wash hands"
    assert records[0]["provenance"]["bank"] == "night"
    assert "no question 'q9'" in records[1]["reason"]
    assert records[2]["status"] == "graded"


def test_bank_rows_beside_the_owner_of_the_store_are_refused_and_inline_rows_are_not(tmp_path: Path) -> None:
    by_bank = write(tmp_path / "bank.jsonl", {"id": 1, "bank": "b", "question_id": "q1", "answer": "x"})
    own = write(tmp_path / "own.jsonl", inline(1))
    with Ownership.acquire(tmp_path / "data" / "chroma", owner="viva serve"):
        refused = grade(by_bank, tmp_path / "one.jsonl", "--no-llm")
        assert isinstance(refused.exception, StoreInUse)
        assert "in use by viva serve" in str(refused.exception)
        assert not (tmp_path / "one.jsonl").exists()
        assert "Grading" not in refused.output
        assert grade(own, tmp_path / "two.jsonl", "--no-llm").exit_code == 0


def test_without_a_model_that_is_said_once(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", inline("a"), inline("b"))
    assert grade(rows, tmp_path / "1.jsonl").stderr.count(NO_MODEL) == 1
    assert NO_MODEL not in grade(rows, tmp_path / "2.jsonl", "--no-llm").stderr


def test_one_request_goes_out_for_each_answer_with_content_and_none_with_no_llm(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    answers = [ANSWER, "", "...", f"{ANSWER} Daily."]
    rows = write(tmp_path / "rows.jsonl", *(inline(n, answer) for n, answer in enumerate(answers)))
    assert grade(rows, tmp_path / "without.jsonl", "--no-llm").exit_code == 0
    assert len(stub_llm.chats) == 0
    assert grade(rows, tmp_path / "with.jsonl").exit_code == 0
    assert len(stub_llm.chats) == 2
    assert [(r["critique"] or {}).get("status") for r in read(tmp_path / "with.jsonl")] == ["done", None, None, "done"]


def test_the_end_tells_what_the_chat_model_took_and_a_repeat_takes_nothing(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_LLM_PRICE_INPUT", "1000")
    monkeypatch.setenv("VIVA_LLM_PRICE_CURRENCY", "EUR")
    stub_llm.script(stubs.server_error(), None, None)
    rows = write(tmp_path / "rows.jsonl", inline(1), inline(2, f"{ANSWER} Daily."))
    first = grade(rows, tmp_path / "1.jsonl").stderr
    again = grade(rows, tmp_path / "2.jsonl").stderr
    tokens = sum(record["provenance"]["measured"]["critique"]["input_tokens"] for record in read(tmp_path / "1.jsonl"))
    assert f"3 requests to the chat model (1 repeated), {tokens:,} tokens sent" in first
    assert f"{tokens / 1000:.2f} EUR" in first
    assert "No request to the chat model: every critique was kept from before." in again
    assert len(stub_llm.chats) == 3
    first_run, repeat = (without_ids(read(tmp_path / f"{run}.jsonl")) for run in (1, 2))
    for record in (*first_run, *repeat):
        record["provenance"].pop("measured", None)
    assert repeat == first_run


def test_with_the_cache_off_every_run_asks(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_LLM_CACHE", "off")
    rows = write(tmp_path / "rows.jsonl", inline(1))
    for run in ("1", "2"):
        grade(rows, tmp_path / f"{run}.jsonl")
    assert len(stub_llm.chats) == 2
    assert not (tmp_path / "data" / "replies.sqlite3").exists()


def test_same_file_gives_the_same_grades_but_for_their_ids(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", *(inline(n, f"{ANSWER} {n}") for n in range(40)))
    grade(rows, tmp_path / "1.jsonl", "--no-llm")
    grade(rows, tmp_path / "2.jsonl", "--no-llm")
    assert without_ids(read(tmp_path / "1.jsonl")) == without_ids(read(tmp_path / "2.jsonl"))


def test_finished_output_is_left_as_it_is(tmp_path: Path) -> None:
    rows, grades = write(tmp_path / "rows.jsonl", inline("a"), "nonsense"), tmp_path / "grades.jsonl"
    grade(rows, grades, "--no-llm")
    before = grades.read_bytes()
    again = grade(rows, grades, "--no-llm")
    assert (again.exit_code, grades.read_bytes()) == (1, before)
    assert "2 of 2 rows are in" in again.stderr
    assert "already, 1 of them ungraded" in again.stderr
    assert "(--restart grades all rows anew)" in again.stderr
    assert "Nothing was left to grade." in again.stderr


def test_a_run_says_what_became_of_its_own_rows(tmp_path: Path) -> None:
    rows, grades = write(tmp_path / "rows.jsonl", inline("a"), "nonsense"), tmp_path / "grades.jsonl"
    said = grade(rows, grades, "--no-llm").stderr
    waiting = sum(record.get("needs_review", False) for record in read(grades)[:1])
    assert f"Graded: 1, of which {waiting} for a person to review." in said
    assert "Could not be graded: 1; the output says why." in said
    write(rows, inline("a"), "nonsense", inline("b"))
    said = grade(rows, grades, "--no-llm").stderr
    assert "Graded: 1, of which" in said
    assert "Could not be graded" not in said
    assert "The input has no rows." in grade(write(tmp_path / "none.jsonl"), tmp_path / "none", "--no-llm").stderr


def test_torn_output_goes_on_where_it_was(tmp_path: Path) -> None:
    rows, grades = write(tmp_path / "rows.jsonl", *(inline(n) for n in range(5))), tmp_path / "grades.jsonl"
    grade(rows, grades, "--no-llm")
    whole = grades.read_bytes().splitlines(keepends=True)
    grades.write_bytes(b"".join(whole[:3]) + whole[3][:50])
    assert grade(rows, grades, "--no-llm").exit_code == 0
    after = grades.read_bytes().splitlines(keepends=True)
    assert after[:3] == whole[:3]
    assert [record["id"] for record in read(grades)] == list(range(5))


def test_output_of_another_input_is_refused_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    grades = tmp_path / "grades.jsonl"
    grade(write(tmp_path / "one.jsonl", inline("a")), grades, "--no-llm")
    before = grades.read_bytes()
    other = write(tmp_path / "two.jsonl", inline("a", "Another answer altogether."))
    refused = grade(other, grades, "--no-llm")
    assert isinstance(refused.exception, Conflict)
    assert "belongs to another input" in str(refused.exception)
    assert grades.read_bytes() == before
    assert grade(other, grades, "--no-llm", "--restart").exit_code == 0
    assert grades.read_bytes() != before


def test_output_is_never_the_input(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", inline("a"))
    refused = grade(rows, rows, "--restart")
    assert isinstance(refused.exception, InvalidInput)
    assert read(rows) == [inline("a")]


def test_missing_input_is_one_sentence(tmp_path: Path) -> None:
    refused = grade(tmp_path / "none.jsonl", tmp_path / "grades.jsonl", "--no-llm")
    assert isinstance(refused.exception, InvalidInput)
    assert "none.jsonl cannot be read" in str(refused.exception)
    assert not (tmp_path / "grades.jsonl").exists()


def test_id_that_stands_twice_is_said_and_both_rows_are_graded(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.jsonl", inline("a"), inline("a", "Something else entirely."))
    result = grade(rows, tmp_path / "grades.jsonl", "--no-llm")
    assert "1 id(s) stand in more than one row (a)" in result.stderr
    assert len(read(tmp_path / "grades.jsonl")) == 2


def test_rows_come_from_standard_input_and_grades_go_to_standard_output() -> None:
    stdin = (json.dumps(inline("a")) + "\n").encode()
    result = viva("--input", "-", "--output", "-", "--no-llm", stdin=stdin)
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in io.StringIO(result.stdout)] == ["a"]


def test_interrupted_run_says_how_far_it_came_and_goes_on_without_grading_again(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_LLM_CONCURRENCY", "1")
    stub_llm.latency_s = 0.1
    rows, grades = write(tmp_path / "rows.jsonl", *(inline(n) for n in range(60))), tmp_path / "grades.jsonl"
    command = [sys.executable, "-c", "from app.main import viva; viva()", "grade", "--input", str(rows)]
    command += ["--output", str(grades)]
    process = subprocess.Popen(command, env=os.environ, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (grades.exists() and grades.read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    done = read(grades)
    assert 3 <= len(done) < 60
    assert f"Stopped: {len(done)} of 60 rows are in the output. Run the same command again" in said
    stub_llm.latency_s = 0.0
    assert grade(rows, grades).exit_code == 0
    assert read(grades)[: len(done)] == done
    assert [record["id"] for record in read(grades)] == list(range(60))
