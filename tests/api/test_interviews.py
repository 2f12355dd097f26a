"""An interview over the API: who may do what, and that nothing is told that must not be."""

import json
from collections.abc import Callable

import jsonschema
import pytest
from starlette.testclient import TestClient

from app.access.terminal_links import keep_link, kept_link
from app.api.platform_route import MAX_BODY_BYTES
from app.api.problems import MEDIA_TYPE
from app.config import Settings
from app.screening.schemas import schema
from tests.api.conftest import STRONG, Opened

Open = Callable[..., Opened]
CRITERIA = ("Land raw files in object storage", "Partition them by date", "Encrypt it at rest")


def send(client: TestClient, interview: Opened, delivery: str, **what: object) -> dict[str, object]:
    response = client.post(
        f"/api/v1/interviews/{interview.id}/messages", json={"id": delivery, **what}, headers=interview.bearer
    )
    assert response.status_code == 200, response.text
    body: dict[str, object] = response.json()
    return body


def test_interview_goes_from_the_disclosure_to_the_receipt(client: TestClient, operator: dict[str, str]) -> None:
    opened = client.post("/api/v1/interviews", json={"bank": "lake"}, headers=operator).json()
    assert "I am Viva, an AI interviewer" in opened["step"]["said"][0]["text"]
    assert opened["link"] == f"http://127.0.0.1/i/{opened['token']}"
    interview = Opened(opened["id"], opened["token"], {"Authorization": f"Bearer {opened['token']}"})
    step = send(client, interview, "m1", command="consent")
    assert step["standing"] == {"number": 1, "total": 2, "section": "Storage", "done": 0}
    assert step["question"] == "How would you store raw data?"
    send(client, interview, "m2", text="no idea about any of it, it depends on what people need")
    send(client, interview, "m3", text="Something else than expected, after all it depends.")
    send(client, interview, "m4", command="skip")
    looking_back = send(client, interview, "m5", command="skip")
    assert (looking_back["state"], looking_back["is_over"]) == ("reviewing", False)
    end = send(client, interview, "m6", command="submit")
    assert (end["state"], end["is_over"]) == ("finished", True)
    shown = client.get(f"/api/v1/interviews/{interview.id}", headers=interview.bearer).json()
    assert shown["receipt"]["total"] == 2
    replies = [entry["text"] for entry in shown["transcript"] if entry["kind"] == "reply"]
    assert replies[0].startswith("no idea")


def test_candidate_of_an_assessment_reads_no_criterion_and_no_mark_anywhere(client: TestClient, opened: Open) -> None:
    interview = opened()
    told = json.dumps([send(client, interview, "m1", text="It depends on what people need of it, I would say.")])
    for path in ("", "/step", "/draft"):
        told += client.get(f"/api/v1/interviews/{interview.id}{path}", headers=interview.bearer).text
    assert not [criterion for criterion in CRITERIA if criterion in told]
    assert "score" not in told
    for path in ("/grades", "/report"):
        assert client.get(f"/api/v1/interviews/{interview.id}{path}", headers=interview.bearer).status_code == 403


def test_candidate_of_a_practice_sees_the_ledger_without_its_provenance(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened("practice")
    send(client, interview, "m1", text=STRONG)
    send(client, interview, "m2", text=STRONG)
    grades = client.get(f"/api/v1/interviews/{interview.id}/grades", headers=interview.bearer).json()
    jsonschema.validate(grades["q1"], schema("grade-output"))
    assert [line["text"] for line in grades["q1"]["criteria"]] == list(CRITERIA[:2])
    assert grades["q1"]["provenance"] == {}
    whole = client.get(f"/api/v1/interviews/{interview.id}/grades", headers=operator).json()
    assert whole["q1"]["provenance"]["embedder"]


def test_same_delivery_again_changes_nothing(client: TestClient, opened: Open) -> None:
    interview = opened()
    first = send(client, interview, "m1", command="repeat")
    assert send(client, interview, "m1", command="repeat") == first
    transcript = client.get(f"/api/v1/interviews/{interview.id}", headers=interview.bearer).json()["transcript"]
    assert sum(entry["kind"] == "command" for entry in transcript) == 2


def test_unstorable_characters_are_replaced_one_for_one(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened(label="x\x00y")
    report = client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator).json()
    assert report["interview"]["candidate"] == "x\ufffdy"
    headers = {**interview.bearer, "Content-Type": "application/json"}
    hostile = rb'{"text":"a\u0000b\ud800c"}'
    assert client.put(f"/api/v1/interviews/{interview.id}/draft", content=hostile, headers=headers).status_code == 200
    draft = client.get(f"/api/v1/interviews/{interview.id}/draft", headers=interview.bearer).json()
    assert draft["text"] == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/step"),
        ("POST", "/messages"),
        ("GET", "/draft"),
        ("PUT", "/draft"),
        ("GET", "/grades"),
        ("GET", "/report"),
        ("DELETE", ""),
    ],
)
def test_nobody_is_asked_to_sign_in_and_another_candidate_learns_nothing(
    client: TestClient, opened: Open, method: str, path: str
) -> None:
    mine, other = opened(), opened()
    body = {"id": "m", "text": "x"} if method in {"POST", "PUT"} else None
    nobody = client.request(method, f"/api/v1/interviews/{mine.id}{path}", json=body)
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    foreign = client.request(method, f"/api/v1/interviews/{mine.id}{path}", json=body, headers=other.bearer)
    invented = client.request(method, f"/api/v1/interviews/iv-none{path}", json=body, headers=other.bearer)
    assert foreign.status_code in {403, 404}
    assert (foreign.status_code, foreign.json()) == (invented.status_code, invented.json())


def test_a_draft_of_an_interview_that_is_over_is_a_conflict(client: TestClient, opened: Open) -> None:
    interview = opened()
    path = f"/api/v1/interviews/{interview.id}/draft"
    assert client.put(path, json={"text": "half", "seen": 99}, headers=interview.bearer).json()["text"] == "half"
    send(client, interview, "m1", command="submit")
    assert client.get(path, headers=interview.bearer).json()["text"] == ""
    late = client.put(path, json={"text": "too late"}, headers=interview.bearer)
    assert (late.status_code, late.headers["Content-Type"]) == (409, MEDIA_TYPE)


def test_operator_answers_for_no_candidate(client: TestClient, opened: Open, operator: dict[str, str]) -> None:
    interview = opened()
    refused = client.post(
        f"/api/v1/interviews/{interview.id}/messages", json={"id": "m", "text": "x"}, headers=operator
    )
    assert refused.status_code == 403


def test_report_is_the_operators_as_json_and_csv(client: TestClient, opened: Open, operator: dict[str, str]) -> None:
    interview = opened(label="Candidate 7")
    report = client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator).json()
    assert report["interview"]["candidate"] == "Candidate 7"
    sheet = client.get(f"/api/v1/interviews/{interview.id}/report?format=csv", headers=operator)
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert sheet.text.startswith("interview,candidate")
    listed = client.get("/api/v1/interviews", headers=operator).json()
    assert interview.id in [one["id"] for one in listed["interviews"]]


def test_deleted_interview_is_gone_for_everybody(
    client: TestClient, opened: Open, operator: dict[str, str], settings: Settings
) -> None:
    interview = opened()
    keep_link(settings, interview.id, interview.token)
    assert client.delete(f"/api/v1/interviews/{interview.id}?reason=asked", headers=operator).status_code == 204
    assert kept_link(settings, interview.id) is None
    assert client.get(f"/api/v1/interviews/{interview.id}", headers=operator).status_code == 404
    assert client.get(f"/api/v1/interviews/{interview.id}", headers=interview.bearer).status_code == 401


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b'{"id": "m"}', 422, "send either text or command"),
        (b'{"id": "m", "text": "x", "command": "skip"}', 422, "send either text or command"),
        (b'{"id": "m", "command": "dance"}', 422, "command: "),
        (b'{"id": "", "text": "x"}', 422, "id: "),
        (b'{"id": "m", "text": 5}', 422, "text: "),
        (b'{"id": "m", "text": NaN}', 422, "text: "),
        (b"{", 422, "JSON"),
        (b"[" * 100_000, 400, "body"),
        (b'{"id": "m", "text": "' + b"x" * 6001 + b'"}', 422, "the limit is 6000"),
        (b'{"id": "m", "text": "' + b"x" * MAX_BODY_BYTES + b'"}', 413, "send less at a time"),
    ],
)
def test_unusable_message_is_a_problem_document_that_names_the_fault(
    client: TestClient, opened: Open, content: bytes, status: int, said: str
) -> None:
    interview = opened()
    headers = {**interview.bearer, "Content-Type": "application/json"}
    response = client.post(f"/api/v1/interviews/{interview.id}/messages", content=content, headers=headers)
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert said in response.json()["detail"]


def test_turn_that_is_not_possible_now_is_a_conflict(client: TestClient, operator: dict[str, str]) -> None:
    opened = client.post("/api/v1/interviews", json={"bank": "lake"}, headers=operator).json()
    early = client.post(
        f"/api/v1/interviews/{opened['id']}/messages",
        json={"id": "m", "text": "hello"},
        headers={"Authorization": f"Bearer {opened['token']}"},
    )
    assert (early.status_code, early.headers["Content-Type"]) == (409, MEDIA_TYPE)
