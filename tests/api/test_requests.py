"""What candidates want of people, over the API: asked for, seen by the team, settled; nothing told to those who grade."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import STRONG, Opened
from tests.api.test_interviews import send

Open = Callable[..., Opened]
NEED = "I have dyslexia and need more time for this, please."


def shown(client: TestClient, interview: Opened, who: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/v1/interviews/{interview.id}", headers=who).json()
    return body


def waiting(client: TestClient, operator: dict[str, str], interview: Opened) -> list[dict[str, object]]:
    found = client.get("/api/v1/requests", headers=operator).json()["requests"]
    return [request for request in found if request["interview_id"] == interview.id]


@pytest.fixture
def submitted(client: TestClient, opened: Open) -> Opened:
    """An assessment that was handed in."""
    interview = opened(label="Grace")
    for place in range(8):
        step = send(client, interview, f"m{place}", text=f"{STRONG} That is number {place}.")
        if step["state"] == "reviewing":
            break
    assert send(client, interview, "submit", command="submit")["state"] == "finished"
    return interview


def test_a_question_about_the_job_waits_for_the_team_until_somebody_settled_it(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened(label="Grace")
    send(client, interview, "m1", text="What is the salary for this position?")
    (asked,) = waiting(client, operator, interview)
    assert (asked["kind"], asked["label"], asked["text"]) == (
        "job_question",
        "Grace",
        "What is the salary for this position?",
    )
    settle = f"/api/v1/requests/{asked['id']}/settle"
    assert client.post(settle, json={"who": " "}, headers=operator).status_code == 422
    assert client.post(settle, json={"who": "Ada", "note": "By mail."}, headers=operator).status_code == 204
    assert client.post(settle, json={"who": "Ada"}, headers=operator).status_code == 404
    assert waiting(client, operator, interview) == []
    (mine,) = shown(client, interview, interview.bearer)["requests"]
    assert mine["kind"] == "job_question"
    assert mine["settled_at"]
    report = client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator).json()
    assert report["job_questions"] == ["What is the salary for this position?"]


def test_a_wish_for_more_time_is_seen_on_the_list_of_requests_and_nowhere_else(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened()
    said = send(client, interview, "m1", text=NEED)
    (asked,) = waiting(client, operator, interview)
    assert (asked["kind"], asked["text"], asked["extra_time"]) == ("accommodation", NEED, 0)
    path = f"/api/v1/interviews/{interview.id}"
    assert client.put(f"{path}/accommodation", json={"extra_time": 50}, headers=operator).status_code == 422
    assert client.put(f"{path}/accommodation", json={"extra_time": 150}, headers=operator).status_code == 204
    plainer = {"plain_wording": True}
    assert client.put(f"{path}/accommodation", json=plainer, headers=operator).status_code == 204
    assert client.put(f"{path}/accommodation", json={}, headers=operator).status_code == 422
    assert client.put(f"{path}/accommodation", json={"extra_time": None}, headers=operator).status_code == 422
    (granted,) = waiting(client, operator, interview)
    assert (granted["extra_time"], granted["plain_wording"]) == (150, True)
    for place in ("", "/step", "/report", "/report?format=csv", "/grades"):
        text = client.get(f"{path}{place}", headers=operator).text
        assert "dyslexia" not in text
        assert "accommodation" not in text
        assert "plain" not in text
        assert "passed it on" not in text
        assert "150" not in text
    mine = json.dumps(shown(client, interview, interview.bearer))
    assert "dyslexia" in mine
    assert json.dumps(said["said"][0]["text"])[1:30] in mine  # type: ignore[index]  # JSON


def test_what_is_private_is_withheld_from_everybody_but_the_candidate(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened()
    send(client, interview, "m1", text="I am pregnant and my religion is private to me, just so you know.")
    path = f"/api/v1/interviews/{interview.id}"
    told = client.get(path, headers=operator).text
    for place in ("/report", "/report?format=csv"):
        told += client.get(f"{path}{place}", headers=operator).text
    assert "pregnant" not in told
    assert "[withheld: personal]" in told
    assert "pregnant" in json.dumps(shown(client, interview, interview.bearer))


def test_an_answer_is_contested_and_erasure_asked_for_once_it_was_handed_in(
    client: TestClient, opened: Open, operator: dict[str, str], submitted: Opened
) -> None:
    path = f"/api/v1/interviews/{submitted.id}"
    reason = {"question_id": "q1", "reason": "I named object storage."}
    for _ in range(2):
        assert client.post(f"{path}/contest", json=reason, headers=submitted.bearer).status_code == 204
        assert client.post(f"{path}/erasure", headers=submitted.bearer).status_code == 204
    assert [asked["kind"] for asked in waiting(client, operator, submitted)] == ["contest", "erase"]
    queue = client.get("/api/v1/reviews", params={"limit": 200}, headers=operator).json()["reviews"]
    (line,) = [line for line in queue if line["interview_id"] == submitted.id and line["question_id"] == "q1"]
    assert any("I named object storage." in reason for reason in line["reasons"])
    unknown = client.post(f"{path}/contest", json={"question_id": "q9", "reason": "x"}, headers=submitted.bearer)
    assert unknown.status_code == 404
    early = opened()
    refused = client.post(f"/api/v1/interviews/{early.id}/contest", json=reason, headers=early.bearer)
    assert refused.status_code == 409


def test_an_answer_comes_in_several_messages_and_is_changed_before_it_is_handed_in(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened()
    half = send(client, interview, "m1", text="Land raw files in object storage.", more=True)
    assert (half["collecting"], half["question_id"]) == (True, "q1")
    assert send(client, interview, "m2", text="And partition them by date.")["collecting"] is False
    assert send(client, interview, "m2a", command="skip")["question_id"] == "q2"  # the follow-up is left
    changed = send(client, interview, "m3", text="Land raw files in object storage, by hour.", revises="q1")
    assert changed["question_id"] == "q2"
    (first,) = shown(client, interview, interview.bearer)["answers"]
    assert (first["question_id"], first["text"], first["revision"]) == (
        "q1",
        "Land raw files in object storage, by hour.",
        1,
    )
    report = client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator).json()
    (earlier,) = report["questions"][0]["earlier"]
    assert earlier["text"] == "Land raw files in object storage.\n\nAnd partition them by date."


@pytest.mark.parametrize(
    "what",
    [
        {"command": "skip", "more": True},
        {"command": "skip", "revises": "q1"},
        {"text": "x", "more": True, "revises": "q"},
    ],
)
def test_a_message_that_contradicts_itself_is_refused(
    client: TestClient, opened: Open, what: dict[str, object]
) -> None:
    interview = opened()
    sent = client.post(
        f"/api/v1/interviews/{interview.id}/messages", json={"id": "m", **what}, headers=interview.bearer
    )
    assert sent.status_code == 422


def test_a_limited_question_says_until_when_to_its_candidate_alone(
    client: TestClient, operator: dict[str, str]
) -> None:
    bank = (
        "title: Quick\nsections:\n- title: One\n  questions:\n"
        "  - {id: q1, text: How fast?, time_limit_s: 300, criteria: [Very fast]}\n"
    )
    client.post("/api/v1/banks", files={"file": ("quick.yaml", bank)}, headers=operator)
    body = client.post("/api/v1/interviews", json={"bank": "quick"}, headers=operator).json()
    mine = {"Authorization": f"Bearer {body['token']}"}
    path = f"/api/v1/interviews/{body['id']}"
    step = client.post(f"{path}/messages", json={"id": "c", "command": "consent"}, headers=mine).json()
    at = next(said["at"] for said in step["said"] if said["kind"] == "question")
    left = datetime.fromisoformat(step["deadline"]) - datetime.fromisoformat(at)
    assert left.total_seconds() == 300
    assert client.get(f"{path}/step", headers=operator).json()["deadline"] is None
    assert (
        client.post(f"{path}/messages", json={"id": "p", "command": "pause"}, headers=mine).json()["deadline"] is None
    )


def test_a_withdrawn_link_lets_nobody_in_and_the_interview_stays(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened()
    assert client.delete(f"/api/v1/interviews/{interview.id}/link", headers=operator).status_code == 204
    assert client.get(f"/api/v1/interviews/{interview.id}", headers=interview.bearer).status_code == 410
    assert client.get(f"/api/v1/interviews/{interview.id}", headers=operator).status_code == 200
    assert client.delete("/api/v1/interviews/iv-none/link", headers=operator).status_code == 404


def test_viva_speaks_the_language_that_the_candidate_chose(client: TestClient, opened: Open) -> None:
    interview = opened()
    path = f"/api/v1/interviews/{interview.id}"
    assert client.put(f"{path}/language", json={"language": "tlh"}, headers=interview.bearer).status_code == 422
    assert client.put(f"{path}/language", json={"language": "de"}, headers=interview.bearer).status_code == 204
    step = send(client, interview, "m1", command="pause")
    assert step["interface"] == "de"
    assert "Paused" not in json.dumps(step["said"])


def test_an_interview_that_a_person_grades_is_on_the_list_and_has_no_score(
    client: TestClient, opened: Open, operator: dict[str, str]
) -> None:
    interview = opened()
    send(client, interview, "m1", command="decline")
    send(client, interview, "m2", command="skip")
    send(client, interview, "m3", command="skip")
    assert [asked["kind"] for asked in waiting(client, operator, interview)] == ["human_grading"]
    report = client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator).json()
    assert report["overall"]["score"] is None
    assert report["questions"][0]["ending"] == "skipped"
