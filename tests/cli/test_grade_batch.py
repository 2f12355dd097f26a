"""`viva grade --batch-out` and `--batch-in`: a screening through files of requests and responses."""

import hashlib
import json
import random
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.errors import Conflict, InvalidInput
from tests import stub_llm as stubs
from tests.stub_llm import StubLLM

ANSWERS = [
    "The scheduler retries a failed task three times, and an alert goes to the team on call.",
    "Failed tasks are retried; the runs are idempotent, so that is safe.",
    "People are alerted. SECRET-MARKER <b>of mine</b>",
    "I don't know",
    "",
]
Line = dict[str, Any]


def a_row(row_id: str, answer: str, criteria: int = 3) -> Line:
    texts = ["Failed tasks are retried", "People are alerted", "Runs are idempotent"]
    texts += [f"Point number {place} is made" for place in range(criteria - 3)]
    return {"id": row_id, "question": "How do you handle failures?", "criteria": texts, "answer": answer}


ROWS: list[Line | str] = [
    *(a_row(f"r{place}", answer) for place, answer in enumerate(ANSWERS)),
    a_row("many", ANSWERS[0], criteria=20),
    "nonsense",
]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors come from the stub; a model is named, and where it is nobody says until it is asked."""
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_EMBEDDINGS_BASE_URL", stub_llm.base_url)
    monkeypatch.setenv("VIVA_EMBEDDING_MODEL", "stub-embedder")
    monkeypatch.setenv("VIVA_LLM_MODEL", stubs.MODEL)
    monkeypatch.setenv("VIVA_LLM_BASE_URL", "http://127.0.0.1:9")


def viva(*arguments: str | Path) -> Result:
    return CliRunner().invoke(application(), ["grade", *map(str, arguments)])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in ROWS))
    return path


def read(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, lines: list[Line | str]) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def written(rows: Path) -> list[Line]:
    """The requests of the rows."""
    requests = rows.with_name("requests.jsonl")
    result = viva("--input", rows, "--batch-out", requests)
    assert result.exit_code == 1, result.output  # one row is nonsense
    return read(requests)


def answered(requests: list[Line], stub_llm: StubLLM) -> list[Line]:
    """What a batch makes of requests: each body sent as it stands, the responses in any order."""
    lines = []
    for place, asked in enumerate(requests):
        sent = urllib.request.Request(
            f"{stub_llm.base_url}/chat/completions",
            json.dumps(asked["body"]).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer none"},
        )
        with urllib.request.urlopen(sent) as reply:
            body = json.loads(reply.read())
        response = {"status_code": 200, "request_id": f"req_{place}", "body": body}
        lines.append({"id": f"batch_{place}", "custom_id": asked["custom_id"], "response": response, "error": None})
    random.Random(7).shuffle(lines)
    return lines


def graded(rows: Path, *responses: Path, name: str = "grades.jsonl") -> dict[str, Line]:
    """The grades from these responses, by row id."""
    given = [option for path in responses for option in ("--batch-in", path)]
    result = viva("--input", rows, "--output", rows.with_name(name), *given)
    assert result.exit_code == 1, result.output
    return {grade["id"]: grade for grade in read(rows.with_name(name))}


def without_ids(grade: Line) -> Line:
    provenance = {key: value for key, value in grade["provenance"].items() if key != "measured"}
    return {**grade, "grade_id": "", "provenance": provenance}


def test_requests_are_those_of_a_live_run_and_none_goes_out_for_stopped_rows(
    rows: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = written(rows)
    assert stub_llm.chats == []
    assert {(asked["method"], asked["url"]) for asked in requests} == {("POST", "/v1/chat/completions")}
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    viva("--input", rows, "--output", rows.with_name("live.jsonl"))
    live = sorted(json.dumps(chat.body, sort_keys=True) for chat in stub_llm.chats)
    assert sorted(json.dumps(asked["body"], sort_keys=True) for asked in requests) == live
    assert len(requests) == 3 + 3  # three answers with content, and one in three parts of eight criteria at most


def test_ids_are_unique_name_the_row_by_its_hash_and_hold_no_text(rows: Path) -> None:
    requests = written(rows)
    ids = [asked["custom_id"] for asked in requests]
    assert len(set(ids)) == len(ids)
    assert all(len(id_) <= 64 for id_ in ids)
    assert not [id_ for id_ in ids if any(word in id_.lower() for word in ("secret", "marker", "r0", "many"))]
    grades = graded(rows, write(rows.with_name("none.jsonl"), []))
    by_row = {grade["provenance"]["input_sha256"][:16] for grade in grades.values() if grade["critique"]}
    assert {id_.split("-")[1] for id_ in ids} == by_row


def test_grades_from_responses_in_any_order_are_those_of_a_live_run(
    rows: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    responses = write(rows.with_name("responses.jsonl"), list(answered(written(rows), stub_llm)))
    recorded = graded(rows, responses)
    assert recorded == {**graded(rows, responses, name="again.jsonl"), **recorded}
    monkeypatch.setenv("VIVA_LLM_BASE_URL", stub_llm.base_url)
    viva("--input", rows, "--output", rows.with_name("live.jsonl"))
    live = {grade["id"]: grade for grade in read(rows.with_name("live.jsonl"))}
    assert {id_: without_ids(grade) for id_, grade in recorded.items()} == {
        id_: without_ids(grade) for id_, grade in live.items()
    }
    assert [recorded[id_]["critique"] for id_ in ("r3", "r4")] == [None, None]
    assert {recorded[id_]["critique"]["status"] for id_ in ("r0", "r1", "r2", "many")} == {"done"}


def _with(response: Line, **changes: object) -> Line:
    message = response["response"]["body"]["choices"][0]
    content = {key: value for key, value in changes.items() if key in {"content", "refusal"}}
    message = {**message, "message": {**message["message"], **content}}
    message |= {key: value for key, value in changes.items() if key == "finish_reason"}
    body = {**response["response"]["body"], "choices": [message]}
    return {**response, "response": {**response["response"], "body": body}}


FAULTS: dict[str, tuple[Callable[[Line], list[Line | str]], str]] = {
    "missing": (lambda _: [], "the files of responses hold none to this row"),
    "malformed": (lambda line: [json.dumps(line)[:-9]], "the files of responses hold none to this row"),
    "expired": (
        lambda line: [{**line, "response": None, "error": {"code": "batch_expired", "message": "SECRET-MARKER"}}],
        "the batch has no answer to the request (batch_expired)",
    ),
    "hostile error": (
        lambda line: [{**line, "response": None, "error": {"code": "<script>\n", "message": "x"}}],
        "the batch has no answer to the request (no reason given)",
    ),
    "no response": (lambda line: [{**line, "response": None}], "the recorded line holds no response"),
    "status 500": (
        lambda line: [{**line, "response": {"status_code": 500, "body": {"error": {"message": "x"}}}}],
        "the chat model's endpoint failed at the request (status 500)",
    ),
    "error under 200": (
        lambda line: [{**line, "response": {"status_code": 200, "body": {"error": {"message": "x"}}}}],
        "the chat model's endpoint reported an error under status 200",
    ),
    "no completion": (
        lambda line: [{**line, "response": {"status_code": 200, "body": ["x"]}}],
        "the recorded response is no chat completion",
    ),
    "refusal": (lambda line: [_with(line, content=None, refusal="No.")], "the chat model declined to judge the answer"),
    "cut off": (lambda line: [_with(line, finish_reason="length")], "the chat model's reply was cut off"),
    "prose": (lambda line: [_with(line, content="All fine!")], "the reply holds no JSON object"),
    "another object": (
        lambda line: [_with(line, content='{"score": 10}')],
        "the reply is another JSON object than the one asked for",
    ),
}


def test_a_response_that_cannot_be_used_fails_the_critique_and_is_never_a_silent_number(
    tmp_path: Path, stub_llm: StubLLM
) -> None:
    rows = write(
        tmp_path / "rows.jsonl", [*(a_row(fault, ANSWERS[0]) for fault in FAULTS), a_row("well", ANSWERS[0]), "x"]
    )
    lines = answered(written(rows), stub_llm)
    fault_of = {hashlib.sha256(line.encode()).hexdigest()[:16]: json.loads(line)["id"] for line in _lines(rows)[:-1]}
    spoilt: list[Line | str] = []
    for line in lines:
        fault = fault_of[line["custom_id"].split("-")[1]]
        spoilt += FAULTS[fault][0](line) if fault in FAULTS else [line]
    grades = graded(rows, write(tmp_path / "responses.jsonl", spoilt))
    assert grades["well"]["critique"]["status"] == "done"
    for fault, (_, reason) in FAULTS.items():
        grade = grades[fault]
        assert (grade["critique"]["status"], grade["critique"]["reason"]) == ("failed", reason), fault
        assert grade["basis"] == f"semantic, critique failed: {reason}"
        assert grade["needs_review"]
        assert {line["source"] for line in grade["criteria"]} == {"semantic"}


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_decoy_that_was_marked_voids_a_recorded_critique_too(rows: Path, stub_llm: StubLLM) -> None:
    stub_llm.judge = stubs.say_yes
    grades = graded(rows, write(rows.with_name("responses.jsonl"), list(answered(written(rows), stub_llm))))
    assert {grades[id_]["critique"]["status"] for id_ in ("r0", "r1", "r2", "many")} == {"void"}


def test_one_part_of_a_long_rubric_that_is_missing_fails_the_whole_critique(rows: Path, stub_llm: StubLLM) -> None:
    requests = written(rows)
    row = [asked["custom_id"].split("-")[1] for asked in requests]
    part = next(place for place, one in enumerate(row) if row.count(one) > 1)
    lines = answered(requests[:part] + requests[part + 1 :], stub_llm)
    many = graded(rows, write(rows.with_name("responses.jsonl"), list(lines)))["many"]
    assert many["critique"]["status"] == "failed"
    assert "no response to this request" in many["critique"]["reason"]


def test_responses_to_another_version_of_the_request_are_refused_by_name(
    rows: Path, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    responses = write(rows.with_name("responses.jsonl"), list(answered(written(rows), stub_llm)))
    monkeypatch.setenv("VIVA_LLM_MODEL", "another-model")
    grade = graded(rows, responses)["r0"]
    assert "another version of the request (the model, the prompt" in grade["critique"]["reason"]
    assert grade["needs_review"]


def test_responses_may_come_in_several_files_and_the_first_that_succeeded_counts(rows: Path, stub_llm: StubLLM) -> None:
    lines = answered(written(rows), stub_llm)
    expired = [{**line, "response": None, "error": {"code": "batch_expired"}} for line in lines]
    first = write(rows.with_name("first.jsonl"), [*expired[:3], *lines[3:], "{torn", {"custom_id": "somebody-else"}])
    second = write(rows.with_name("second.jsonl"), list(lines[:3]))
    result = viva("--input", rows, "--output", rows.with_name("out.jsonl"), "--batch-in", first, "--batch-in", second)
    assert "6 responses to Viva's requests in 2 file(s)." in result.stderr
    assert "1 line(s) are no JSON object and were passed over (first.jsonl, line 7)." in result.stderr
    assert "1 response(s) have a custom_id that Viva did not make" in result.stderr
    assert {grade["critique"]["status"] for grade in read(rows.with_name("out.jsonl")) if grade["critique"]} == {"done"}


def test_requests_are_counted_and_overwrite_nothing_unasked(rows: Path) -> None:
    requests = rows.with_name("requests.jsonl")
    said = viva("--input", rows, "--batch-out", requests).stderr
    assert f"6 requests for 4 rows are in {requests}; 2 rows need none, 1 could not be read." in said
    before = requests.read_bytes()
    refused = viva("--input", rows, "--batch-out", requests)
    assert isinstance(refused.exception, Conflict)
    assert viva("--input", rows, "--batch-out", requests, "--restart").exit_code == 1
    assert requests.read_bytes() == before
    assert [path.name for path in rows.parent.glob("*.partial")] == []


@pytest.mark.parametrize(
    "options",
    [
        ["--batch-out", "x.jsonl", "--batch-in", "y.jsonl"],
        ["--batch-out", "x.jsonl", "--output", "y.jsonl"],
        ["--batch-out", "x.jsonl", "--no-llm"],
        ["--batch-in", "y.jsonl", "--output", "z.jsonl", "--no-llm"],
        ["--batch-in", "nowhere.jsonl", "--output", "z.jsonl"],
        ["--batch-out", "no/where/x.jsonl"],
        ["--runs", "3", "--batch-in", "y.jsonl", "--output", "z.jsonl"],
        ["--runs", "3", "--no-llm", "--output", "z.jsonl"],
        ["--runs-report", "report.json", "--output", "z.jsonl"],
        [],
    ],
    ids=" ".join,
)
def test_options_that_contradict_each_other_are_a_sentence(rows: Path, options: list[str]) -> None:
    refused = viva("--input", rows, *(str(rows.parent / o) if o.endswith(("jsonl", "json")) else o for o in options))
    assert isinstance(refused.exception, InvalidInput)
    assert not rows.with_name("z.jsonl").exists()
    assert not rows.with_name("x.jsonl").exists()
