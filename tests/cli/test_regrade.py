"""`viva regrade`: what a change of bank, prompt, model or head changes, before anything is stored."""

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
from app.errors import Conflict, InvalidInput, NotFound
from app.grading.outcome import DECISION
from app.interviews.models import Command, GradeRecord, Message, Mode
from tests import stub_llm as stubs
from tests.stub_llm import StubLLM
from vectorstore.ownership import Ownership

ANSWER = "Wash your hands, then look at the chart. Nothing else is urgent."


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors and critiques come from the stub; nothing is in the audit sample."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_LLM_MODEL", "stub")
    monkeypatch.setenv("VIVA_AUDIT_SHARE", "0")


def viva(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(application(), [*map(str, arguments)], input=typed)


def imported(
    folder: Path, *criteria: str, bands: str = "[{name: fair, minimum: 40}, {name: good, minimum: 90}]"
) -> None:
    """A bank of one question with these criteria (`id: text`)."""
    bank = folder / "night.yaml"
    lines = "".join(f"    - {{id: {id_}, text: {text}}}\n" for id_, text in (line.split(": ") for line in criteria))
    bank.write_text(
        f"bands: {bands}\nsections:\n- title: Ward\n  questions:\n  - id: q1\n    text: What first?\n    criteria:\n{lines}"
    )
    result = viva("bank", "import", bank)
    assert result.exit_code == 0, result.output


async def _interviewed(answer: str = ANSWER) -> str:
    async with build_services(read_settings(), owner="test") as services:
        await services.indexer.look()
        interview, _ = await services.interviews.open(bank="night", mode=Mode.ASSESSMENT)
        for place, (text, command) in enumerate([("", Command.CONSENT), (answer, None), ("", Command.SKIP)]):
            if not (await services.interviews.step(interview.id)).interview.is_over:
                sent = {"id": f"m{place}", "interview_id": interview.id, "channel": "api", "at": services.clock()}
                await services.interviews.submit(Message(**sent, text=text, command=command))  # type: ignore[arg-type]
        await services.interviews.complete_pending()
        return (await services.interviews.grades(interview.id))["q1"].id


@pytest.fixture
def grade_id(tmp_path: Path) -> str:
    """An interview with one graded answer."""
    imported(tmp_path, "a: Wash hands", "b: Look at the chart")
    return asyncio.run(_interviewed())


async def _newest(grade_id: str) -> GradeRecord:
    async with open_records(read_settings()) as records:
        old = await records.interviews.grade(grade_id)
        assert old is not None
        newest = await records.interviews.newest_grade(old.answer_id)
        assert newest is not None
        return newest


def newest(grade_id: str) -> GradeRecord:
    return asyncio.run(_newest(grade_id))


def dry_run(*options: str) -> dict[str, Any]:
    result = viva("regrade", "--dry-run", "--json", *options)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_where_nothing_changed_nothing_changes_and_no_model_is_asked(
    grade_id: str, stub_llm: StubLLM, tmp_path: Path
) -> None:
    asked = len(stub_llm.chats)
    with Ownership.acquire(tmp_path / "data" / "chroma", owner="viva serve"):
        told = dry_run()
    assert (told["totals"]["compared"], told["totals"]["changed"], told["changes"]) == (1, 0, [])
    assert len(stub_llm.chats) == asked
    assert newest(grade_id).id == grade_id


def test_another_model_is_asked_and_what_it_changes_is_listed_before_it_is_stored(
    grade_id: str, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def harsh(asked: Any) -> dict[str, Any]:  # noqa: ANN401
        reply = stubs.by_overlap(asked)
        for item in reply["criteria"]:
            item |= {"verdict": "missing", "quote": "", "reason": "It is not enough."}
        return reply

    monkeypatch.setenv("VIVA_LLM_MODEL", "a-harsher-one")
    stub_llm.judge = harsh
    told = dry_run()
    [change] = told["changes"]
    assert (change["grade_id"], change["question_id"], change["score"][1]) == (grade_id, "q1", 0.0)
    assert {(one["id"], *one["verdict"]) for one in change["criteria"]} == {
        ("a", "covered", "missing"),
        ("b", "covered", "missing"),
    }
    assert change["band"] == ["good", None]
    assert told["interviews"][0]["score"] == [1.0, 0.0]
    assert newest(grade_id).id == grade_id
    assert dry_run("--no-llm")["totals"]["changed"] == 0
    refused = viva("regrade", typed="n\n")
    assert refused.exit_code == 1
    assert "Nothing was stored." in refused.stderr
    assert newest(grade_id).id == grade_id
    stored = viva("regrade", "--yes")
    assert stored.exit_code == 0, stored.output
    assert "covered → missing  Wash hands" in stored.stdout
    assert "score 1.0 → 0.0, band good → none" in stored.stdout
    assert newest(grade_id).id != grade_id
    for kept in (grade_id, newest(grade_id).id):
        assert viva("replay", kept).exit_code == 0


def test_of_a_newer_bank_the_same_criteria_are_compared_and_the_others_named(grade_id: str, tmp_path: Path) -> None:
    imported(tmp_path, "a: Wash hands", "c: Call the surgeon", bands="[{name: fine, minimum: 10}]")
    told = dry_run("--bank", "night")
    [change] = told["changes"]
    assert (change["added"], change["removed"]) == (["Call the surgeon"], ["Look at the chart"])
    assert told["totals"]["verdicts"] == 1
    assert change["band"] == ["good", "fine"]
    assert viva("regrade", "--yes").exit_code == 0
    after = newest(grade_id)
    assert (after.bank.version if after.bank else None) == 2
    replayed = viva("replay", after.id)
    assert replayed.exit_code == 0, replayed.output
    assert viva("grade-pending").exit_code == 0
    assert newest(grade_id).id == after.id


def test_a_regraded_answer_whose_critique_failed_is_completed_with_the_newer_bank(
    grade_id: str, tmp_path: Path, stub_llm: StubLLM
) -> None:
    imported(tmp_path, "a: Wash hands", "b: Look at the chart", "c: Call the surgeon")
    stub_llm.always = stubs.refusal()
    assert viva("regrade", "--yes").exit_code == 0
    stub_llm.always = None
    assert viva("grade-pending").exit_code == 0
    outcome = newest(grade_id).outcome
    assert (outcome.provenance["bank_version"], getattr(outcome, "basis", "")) == (2, "semantic+critique")


def test_what_a_person_decided_stands(grade_id: str, tmp_path: Path) -> None:
    async def decide() -> None:
        async with open_records(read_settings()) as records:
            old = await records.interviews.grade(grade_id)
            assert old is not None
            outcome = replace(old.outcome, provenance={**old.outcome.provenance, DECISION: {"id": "d1"}})
            assert await records.interviews.record_grade(replace(old, id="gr-person", outcome=outcome))

    asyncio.run(decide())
    imported(tmp_path, "a: Wash hands", "c: Call the surgeon")
    told = dry_run()
    assert told["totals"]["compared"] == 0
    assert [(one["grade_id"], one["why"]) for one in told["skipped"]] == [("gr-person", "a person decided it")]


def corrected(tmp_path: Path) -> None:
    """Keep a person's correction of an answer like the one in `ANSWER`."""
    other = "Look at the chart and, before anything else, wash your hands."
    found = asyncio.run(_interviewed(other))
    decided = viva("review", "decide", found, "--override", "2=missing", "--reason", "Say which chart.", "--who", "Ada")
    assert decided.exit_code == 0, decided.output


def test_another_model_is_shown_what_people_corrected_beside_the_owner_of_the_store(
    grade_id: str, stub_llm: StubLLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected(tmp_path)
    monkeypatch.setenv("VIVA_LLM_MODEL", "another-one")
    folders = [tmp_path / "data" / name for name in ("chroma", "exemplars")]
    with Ownership.acquire(folders[0], owner="viva serve"), Ownership.acquire(folders[1], owner="viva serve"):
        assert viva("regrade", "--yes").exit_code == 0
    assert "Say which chart." in json.dumps(stub_llm.chats[-1].asked["graded_examples"])
    critique = newest(grade_id).outcome.provenance
    assert len(critique["exemplars"]) == 1
    assert "exemplars_missed" not in critique
    monkeypatch.setenv("VIVA_EXEMPLARS", "off")
    monkeypatch.setenv("VIVA_LLM_MODEL", "a-third-one")
    assert viva("regrade", "--yes").exit_code == 0
    assert newest(grade_id).outcome.provenance["exemplars"] == []


def test_a_question_that_is_gone_keeps_its_grade(grade_id: str, tmp_path: Path) -> None:
    bank = tmp_path / "night.yaml"
    bank.write_text("sections:\n- title: Ward\n  questions:\n  - {id: q9, text: What last?, criteria: [Sleep]}\n")
    assert viva("bank", "import", bank).exit_code == 0
    told = dry_run()
    assert "version 2 of the bank night does not have the question" in told["skipped"][0]["why"]
    assert told["skipped"][0]["grade_id"] == grade_id


def test_what_is_in_the_audit_sample_is_counted_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_AUDIT_SHARE", "1")
    imported(tmp_path, "a: Wash hands", "b: Look at the chart")
    asyncio.run(_interviewed())
    imported(tmp_path, "a: Wash hands", "c: Call the surgeon")
    told = dry_run()
    assert (told["totals"]["changed"], told["totals"]["blind"]) == (1, 1)
    assert (told["changes"], told["interviews"]) == ([], [])
    assert "in the audit sample and not shown" in viva("regrade", "--dry-run").stdout


def test_a_file_of_grades_is_made_again_into_another_file(tmp_path: Path) -> None:
    imported(tmp_path, "a: Wash hands", "b: Look at the chart")
    rows = tmp_path / "rows.jsonl"
    lines = [
        {"id": 1, "bank": "night", "question_id": "q1", "answer": ANSWER},
        {"id": 2, "question": "What first?", "criteria": ["Wash hands"], "answer": ANSWER},
        {"id": 3, "bank": "night"},
    ]
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    grades, output = tmp_path / "grades.jsonl", tmp_path / "new.jsonl"
    viva("grade", "--input", rows, "--output", grades)
    before = grades.read_bytes()
    imported(tmp_path, "a: Wash hands", "c: Call the surgeon")
    files = ("--grades", grades, "--input", rows)
    told = json.loads(viva("regrade", "--dry-run", "--json", *files).stdout)
    assert [(change["id"], change["added"]) for change in told["changes"]] == [(1, ["Call the surgeon"])]
    assert told["skipped"][0]["why"].startswith("it has no grade yet")
    assert isinstance(viva("regrade", *files).exception, InvalidInput)
    result = viva("regrade", "--yes", *files, "--output", output)
    assert result.exit_code == 0, result.output
    new = [json.loads(line) for line in output.read_text().splitlines()]
    assert [grade["id"] for grade in new] == [1, 2, 3]
    assert [line["id"] for line in new[0]["criteria"]] == ["a", "c"]
    assert grades.read_bytes() == before
    assert viva("replay", new[0]["grade_id"], "--grades", output, "--input", rows).exit_code == 0
    assert isinstance(viva("regrade", "--yes", *files, "--output", output).exception, Conflict)


def test_options_that_make_no_sense_together_are_a_sentence(tmp_path: Path) -> None:
    assert isinstance(viva("regrade", "--bank", "none", "--dry-run").exception, NotFound)
    for options in (
        ["--grades", "x"],
        ["--output", "x"],
        ["--grades", "x", "--input", "y", "--bank", "z", "--dry-run"],
        ["--grades", "x", "--input", "y"],
    ):
        assert isinstance(viva("regrade", *options).exception, InvalidInput)
