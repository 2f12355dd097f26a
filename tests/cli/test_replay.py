"""`viva replay`: grades of a file and of an interview, computed again."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.bootstrap import build_services, open_records
from app.cli.commands import application
from app.cli.settings import read_settings
from app.errors import InvalidInput, NotFound
from app.grading.outcome import Graded
from app.interviews.models import Command, Message, Mode
from rubric.criteria import Verdict
from tests.stub_llm import StubLLM
from vectorstore.ownership import Ownership

ANSWER = "Wash your hands, then look at the chart. Nothing else is urgent."


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors and critiques come from the stub."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")


def viva(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application(), [*map(str, arguments)])


def imported(folder: Path, *, criterion: str = "Wash hands") -> None:
    bank = folder / "night.yaml"
    bank.write_text(
        "sections:\n- title: Ward\n  questions:\n  - id: q1\n    text: What first?\n"
        f"    criteria:\n    - {{id: a, text: {criterion}}}\n    - {{id: b, text: Look at the chart}}\n"
        "- title: Kitchen\n  questions:\n  - id: q2\n    text: What is for lunch?\n    criteria: [A soup of lentils]\n"
    )
    result = viva("bank", "import", bank)
    assert result.exit_code == 0, result.output


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Rows (inline, of a bank, stopped, malformed) and their grades."""
    imported(tmp_path)
    rows = [
        {"id": 1, "question": "What first?", "criteria": ["Wash hands", "Look at the chart"], "answer": ANSWER},
        {"id": 2, "bank": "night", "question_id": "q1", "answer": ANSWER},
        {"id": 3, "bank": "night", "question_id": "q1", "answer": "I don't know"},
        {"id": 4, "bank": "night"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    viva("grade", "--input", tmp_path / "rows.jsonl", "--output", tmp_path / "grades.jsonl")
    return tmp_path / "rows.jsonl", tmp_path / "grades.jsonl"


def records(grades: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in grades.read_text().splitlines()]


def test_grades_of_a_file_are_equal_beside_the_owner_of_the_store(files: tuple[Path, Path], tmp_path: Path) -> None:
    rows, grades = files
    with Ownership.acquire(tmp_path / "data" / "chroma", owner="viva serve"):
        for record in records(grades)[:3]:
            result = viva("replay", record["grade_id"], "--grades", grades, "--input", rows)
            assert (result.exit_code, result.output.partition(".")[0]) == (0, f"{record['grade_id']}: equal")


def test_a_grade_that_was_changed_is_told_as_text_and_as_json(files: tuple[Path, Path]) -> None:
    rows, grades = files
    first, *rest = records(grades)
    first["criteria"][0]["verdict"] = "contradicted"
    grades.write_text("".join(json.dumps(record) + "\n" for record in (first, *rest)))
    result = viva("replay", first["grade_id"], "--grades", grades, "--input", rows)
    assert result.exit_code == 1
    assert 'criterion c1: verdict was "contradicted", now' in result.output
    told = json.loads(viva("replay", first["grade_id"], "--grades", grades, "--input", rows, "--json").output)
    assert (told["equal"], told["differences"][0]["where"]) == (False, "criterion c1: verdict")


def test_a_newer_bank_is_said_and_the_grade_replays_with_its_own(files: tuple[Path, Path], tmp_path: Path) -> None:
    rows, grades = files
    imported(tmp_path, criterion="Wash both hands twice")
    record = records(grades)[1]
    result = viva("replay", record["grade_id"], "--grades", grades, "--input", rows)
    assert result.exit_code == 0, result.output
    assert "The bank night has a newer version than the 1 that was graded with." in result.output


def test_what_has_no_grade_says_why(files: tuple[Path, Path]) -> None:
    rows, grades = files
    record = records(grades)[3]
    refused = viva("replay", record["grade_id"], "--grades", grades, "--input", rows)
    assert isinstance(refused.exception, InvalidInput)
    assert "line 4" in str(refused.exception)


def test_what_is_not_there_is_not_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    rows, grades = files
    record = records(grades)[0]
    other = tmp_path / "other.jsonl"
    other.write_text("{}\n")
    for missing in (
        viva("replay", "gr-none"),
        viva("replay", "none", "--grades", grades, "--input", rows),
        viva("replay", record["grade_id"], "--grades", grades, "--input", other),
    ):
        assert isinstance(missing.exception, NotFound)
    assert isinstance(viva("replay", record["grade_id"], "--grades", grades).exception, InvalidInput)
    for no_grades in (rows, tmp_path, tmp_path / "nowhere"):
        refused = viva("replay", "x", "--grades", no_grades, "--input", rows)
        assert isinstance(refused.exception, InvalidInput)


async def interviewed() -> str:
    """Hold an interview of one answer and give the id of its grade."""
    async with build_services(read_settings(), owner="test") as services:
        await services.indexer.look()
        interview, _ = await services.interviews.open(bank="night", mode=Mode.ASSESSMENT, limit=1)
        for place, (text, command) in enumerate([("", Command.CONSENT), (ANSWER, None), ("", Command.SKIP)]):
            if (await services.interviews.step(interview.id)).interview.is_over:
                break
            await services.interviews.submit(
                Message(
                    id=f"m{place}",
                    interview_id=interview.id,
                    channel="api",
                    at=services.clock(),
                    text=text,
                    command=command,
                )
            )
        await services.interviews.complete_pending()
        return (await services.interviews.grades(interview.id))["q1"].id


def test_a_grade_of_an_interview_is_equal(tmp_path: Path) -> None:
    imported(tmp_path)
    grade_id = asyncio.run(interviewed())
    with Ownership.acquire(tmp_path / "data" / "chroma", owner="viva serve"):
        result = viva("replay", grade_id)
    assert result.exit_code == 0, result.output
    assert f"{grade_id}: equal" in result.output


async def changed(grade_id: str) -> str:
    """Store the grade once more with a verdict that nothing kept with it gives, and give its id."""
    async with open_records(read_settings()) as records:
        grade = await records.interviews.grade(grade_id)
        assert grade is not None
        assert isinstance(grade.outcome, Graded)
        first, *rest = grade.outcome.criteria
        outcome = replace(grade.outcome, criteria=(replace(first, verdict=Verdict.CONTRADICTED), *rest))
        assert await records.interviews.record_grade(replace(grade, id="gr-changed", outcome=outcome))
    return "gr-changed"


def test_what_differs_in_the_audit_sample_is_counted_and_shown_once_a_person_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIVA_AUDIT_SHARE", "1")
    imported(tmp_path)
    grade_id = asyncio.run(changed(asyncio.run(interviewed())))
    blind = viva("replay", grade_id)
    assert blind.exit_code == 1
    assert blind.output.startswith(f"{grade_id}: differs, in 1 value. ")
    assert "once a person has decided" in blind.output
    as_json = viva("replay", grade_id, "--json")
    told = json.loads(as_json.output)
    assert (as_json.exit_code, told["equal"], told["blind"], told["differing"]) == (1, False, True, 1)
    assert told["differences"] is None
    for said in (blind.output, as_json.output):
        assert not [word for word in ("covered", "contradicted", "criterion", "verdict") if word in said]
    decided = viva("review", "decide", grade_id, "--override", "1=missing", "--override", "2=covered", "--who", "Ada")
    assert decided.exit_code == 0, decided.output
    shown = viva("replay", grade_id)
    assert shown.exit_code == 1
    assert 'criterion a: verdict was "contradicted", now "covered"' in shown.output
    assert json.loads(viva("replay", grade_id, "--json").output)["blind"] is False


def test_an_equal_grade_of_the_audit_sample_is_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_AUDIT_SHARE", "1")
    imported(tmp_path)
    result = viva("replay", asyncio.run(interviewed()))
    assert (result.exit_code, "equal" in result.output) == (0, True), result.output
