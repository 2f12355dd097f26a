"""`viva evaluate`: labelled answers in, what the grader is worth out."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.cli.evaluate import NO_MODEL
from app.errors import InvalidInput
from app.screening.schemas import schema
from tests.stub_llm import StubLLM

CRITERIA = ["Failed tasks are retried", "People are alerted"]
ANSWER = "The scheduler retries a failed task three times, and an alert goes to the team on call."


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors come from the stub's endpoint: these tests are about files and figures, not about the model."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")


def marked(name: str, *credits_: float, answer: str = ANSWER, question: str = "How do you handle failures?") -> Any:  # noqa: ANN401 - a JSON object
    return {
        "bank": "operations",
        "question": question,
        "answer_id": name,
        "style": "strong",
        "answer": answer,
        "criteria": CRITERIA,
        "criteria_credit": credits_,
        "overall": sum(credits_) / 2,
        "evidence": {},
        "flags": [],
    }


ROWS = [
    marked("a", 1, 1),
    marked("b", 0.5, 0, answer="We look at the log."),
    marked("c", 0, 0, answer=""),
    marked("d", 1, 0, answer="Retries.", question="What happens after a failure?"),
]


def write(path: Path, *rows: Any) -> Path:  # noqa: ANN401 - rows, also bad ones
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def viva(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application(), [*map(str, arguments)])


def test_the_figures_are_printed_and_the_json_has_the_published_shape(tmp_path: Path) -> None:
    labelled = write(tmp_path / "marked.jsonl", *ROWS)
    result = viva("evaluate", labelled, "--no-llm", "--output", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert "4 of 4 answers to 2 questions are graded." in result.stdout
    assert "Quadratic weighted kappa" in result.stdout
    told = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    jsonschema.validate(told, schema("evaluation"))
    assert told["source"]["bases"] == {"semantic": 4}
    assert (tmp_path / "report" / "evaluation.html").read_text().startswith("<!doctype html>")


def test_a_page_has_its_json_beside_it(tmp_path: Path) -> None:
    labelled = write(tmp_path / "marked.jsonl", *ROWS)
    assert viva("evaluate", labelled, "--no-llm", "--output", tmp_path / "new" / "mine.html").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["mine.html", "mine.json"]


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    labelled = write(tmp_path / "marked.jsonl", *ROWS)
    assert viva("evaluate", labelled, "--no-llm", "--json").stdout_bytes == (
        viva("evaluate", labelled, "--no-llm", "--json").stdout_bytes
    )


def test_existing_grades_are_taken_by_id_and_what_has_none_enters_no_figure(tmp_path: Path) -> None:
    rows = [{"id": row["answer_id"], **{k: row[k] for k in ("question", "criteria", "answer")}} for row in ROWS]
    graded = viva("grade", "--input", write(tmp_path / "rows.jsonl", *rows[:3]), "--output", tmp_path / "g", "--no-llm")
    assert graded.exit_code == 0
    anew = json.loads(viva("evaluate", write(tmp_path / "three.jsonl", *ROWS[:3]), "--no-llm", "--json").stdout)
    labelled = write(tmp_path / "marked.jsonl", *ROWS)
    taken = json.loads(viva("evaluate", labelled, "--grades", tmp_path / "g", "--json").stdout)
    assert (taken["source"]["grades"], taken["source"]["ungraded"]) == ("g", 1)
    assert taken["figures"] == anew["figures"]


def test_grades_of_other_criteria_are_refused(tmp_path: Path) -> None:
    row = {"id": "a", "question": ROWS[0]["question"], "criteria": list(reversed(CRITERIA)), "answer": ANSWER}
    viva("grade", "--input", write(tmp_path / "rows.jsonl", row), "--output", tmp_path / "g", "--no-llm")
    refused = viva("evaluate", write(tmp_path / "marked.jsonl", ROWS[0]), "--grades", tmp_path / "g")
    assert isinstance(refused.exception, InvalidInput)
    assert "g, line 1: this grade is of other criteria" in str(refused.exception)


def test_answers_with_references_are_measured_by_the_best_reached_one(tmp_path: Path) -> None:
    whole = {"question": "Why does it rain?", "references": ["Water condenses.", "Clouds are full."]}
    labelled = write(
        tmp_path / "school.jsonl",
        {**whole, "answer": "Water condenses.", "correct": True},
        {**whole, "answer": "It is sad.", "correct": False},
        {**whole, "answer": "Clouds are full.", "score": 1},
    )
    told = json.loads(viva("evaluate", labelled, "--no-llm", "--json").stdout)
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert (figures["auc"]["count"], figures["rmse"]["count"]) == (3, 1)
    jsonschema.validate(told, schema("evaluation"))


def test_critiques_are_measured_where_a_model_is_configured_and_said_missing_where_not(
    tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelled = write(tmp_path / "marked.jsonl", *ROWS)
    assert NO_MODEL in viva("evaluate", labelled).stderr
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    told = json.loads(viva("evaluate", labelled, "--json").stdout)
    assert told["source"]["bases"] == {"semantic": 1, "semantic+critique": 3}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1: not a labelled answer"),
        ("[]", "no JSON object"),
        (json.dumps({**ROWS[0], "criteria_credit": [1]}), "1 criteria_credit for 2 criteria"),
        (json.dumps({**ROWS[0], "criteria_credit": [1, 0.3]}), "takes 0, 0.5 and 1 only"),
        (json.dumps({"question": "Why?", "references": ["So."], "answer": "So."}), 'add "correct"'),
        (json.dumps({"question": "Why?", "answer": "So."}), 'field "references" is missing'),
    ],
)
def test_a_bad_line_is_named_with_its_remedy(tmp_path: Path, line: str, says: str) -> None:
    refused = viva("evaluate", write(tmp_path / "marked.jsonl", line), "--no-llm")
    assert isinstance(refused.exception, InvalidInput)
    assert "marked.jsonl, line 1" in str(refused.exception)
    assert says in str(refused.exception)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    refused = viva("evaluate", tmp_path / "none.jsonl")
    assert isinstance(refused.exception, InvalidInput)
    assert "cannot be read" in str(refused.exception)
