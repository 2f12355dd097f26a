"""`viva grade --runs`: which verdicts a model does not repeat."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from tests import stub_llm as stubs
from tests.stub_llm import StubLLM

CRITERIA = ["Failed tasks are retried", "People are alerted"]
STEADY = "Failed tasks are retried by the scheduler."
WAVERING = "Failed tasks are retried, and people are alerted, or so I was told."


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything comes from the stub."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", stubs.MODEL)


def graded(folder: Path, *options: str | Path) -> Result:
    rows = [
        {"id": "steady", "bank": "ops", "style": "strong", "answer": STEADY},
        {"id": "wavering", "bank": "ops", "style": "vague", "answer": WAVERING},
        {"id": "stopped", "bank": "ops", "style": "vague", "answer": ""},
    ]
    lines = [json.dumps({"question": "How do you handle failures?", "criteria": CRITERIA, **row}) for row in rows]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")
    arguments = ["grade", "--input", folder / "rows.jsonl", "--output", folder / "grades.jsonl", *options]
    return CliRunner().invoke(application(), [str(argument) for argument in arguments])


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "grades.jsonl").read_text().splitlines()]


def test_rows_that_flip_are_named_and_the_first_run_is_the_grade(tmp_path: Path, stub_llm: StubLLM) -> None:
    turns = itertools.count()

    def moody(asked: Mapping[str, Any]) -> dict[str, Any]:
        reply = stubs.by_overlap(asked)
        if asked["answer"] == WAVERING and next(turns) % 2:
            for item in reply["criteria"]:
                if item["verdict"] != "missing":
                    item |= {"verdict": "missing", "quote": "", "reason": "It is only hearsay."}
        return reply

    stub_llm.judge = moody
    result = graded(tmp_path, "--runs", "4", "--runs-report", tmp_path / "report.json")
    assert result.exit_code == 0, result.output
    assert len(stub_llm.chats) == 2 * 4
    assert "4 runs of 2 rows that were judged: 2 of 4 criteria changed their verdict, in 1 row;" in result.stderr
    assert "8 requests to the chat model" in result.stderr
    assert "  wavering, c1: covered, missing, covered, missing" in result.stderr
    steady, wavering, stopped = records(tmp_path)
    assert [line["verdict"] for line in wavering["criteria"]] == ["covered", "covered"]
    told = wavering["provenance"]["measured"]["runs"]
    assert (told["runs"], told["judged"], set(told["flips"])) == (4, 4, {"c1", "c2"})
    assert steady["provenance"]["measured"]["runs"]["flips"] == {}
    assert "runs" not in stopped["provenance"]["measured"]
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["rows"], report["rows_flipped"], report["criteria"], report["criteria_flipped"]) == (2, 1, 4, 2)
    assert (report["pairs"], report["pairs_flipped"], report["pairwise_flip_rate"]) == (24, 8, 0.3333)
    assert report["by_style"]["strong"]["criteria_flipped"] == 0
    assert report["by_style"]["vague"]["criteria_flipped"] == 2
    assert report["by_bank"]["ops"]["rows"] == 2
    assert [flip["id"] for flip in report["flips"]] == ["wavering"]


def test_a_steady_model_flips_nothing_and_a_run_that_failed_is_counted(tmp_path: Path, stub_llm: StubLLM) -> None:
    stub_llm.script(stubs.refusal())
    result = graded(tmp_path, "--runs", "2")
    assert result.exit_code == 0, result.output
    assert "Critiques that could not be used: 1 of 4; the local reading stood in their place." in result.stderr
