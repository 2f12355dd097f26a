"""The same request sent twice with one idempotency key makes one thing."""

import threading
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import BANK, STRONG, Opened, bearer


def count(client: TestClient, operator: dict[str, str], label: str) -> int:
    listed = client.get("/api/v1/interviews", params={"limit": 200}, headers=operator).json()["interviews"]
    return sum(one["label"] == label for one in listed)


def test_an_interview_is_opened_once_and_the_answer_is_the_same_link_and_all(
    client: TestClient, operator: dict[str, str]
) -> None:
    body = {"bank": "lake", "label": "Once only"}
    headers = {**operator, "Idempotency-Key": "open-1"}
    first = client.post("/api/v1/interviews", json=body, headers=headers)
    again = client.post("/api/v1/interviews", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert count(client, operator, "Once only") == 1
    another = client.post("/api/v1/interviews", json={**body, "limit": 1}, headers=headers)
    assert (another.status_code, another.json()["type"]) == (422, "/api/v1/problems/key-reused")


def test_what_was_refused_can_be_sent_again_with_the_same_key(client: TestClient, operator: dict[str, str]) -> None:
    headers = {**operator, "Idempotency-Key": "open-2"}
    assert client.post("/api/v1/interviews", json={"bank": "none"}, headers=headers).status_code == 404
    assert client.post("/api/v1/interviews", json={"bank": 5}, headers=headers).status_code == 422
    assert client.post("/api/v1/interviews", json={"bank": "lake"}, headers=headers).status_code == 201


def test_a_bank_and_grades_are_made_once(client: TestClient, operator: dict[str, str]) -> None:
    headers = {**operator, "Idempotency-Key": "bank-1"}
    file = {"file": ("lake.yaml", BANK)}
    # Each sends its form with a boundary of its own.
    first, again = (client.post("/api/v1/banks", files=file, headers=headers) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    rows = {"rows": [{"id": "a", "bank": "lake", "question_id": "q1", "answer": STRONG}]}
    headers = {**operator, "Idempotency-Key": "grade-1"}
    graded, kept = (client.post("/api/v1/grade", json=rows, headers=headers) for _ in range(2))
    assert kept.json() == graded.json()


def test_keys_of_different_callers_do_not_meet(client: TestClient, operator: dict[str, str]) -> None:
    wanted = {"name": "A program", "scopes": ["interviews:write"]}
    secrets = [client.post("/api/v1/keys", json=wanted, headers=operator).json()["secret"] for _ in range(2)]
    opened = {
        client.post(
            "/api/v1/interviews", json={"bank": "lake"}, headers={**bearer(secret), "Idempotency-Key": "same"}
        ).json()["id"]
        for secret in secrets
    }
    assert len(opened) == 2


def test_a_candidates_turn_goes_by_its_own_id(client: TestClient, opened: Callable[..., Opened]) -> None:
    interview = opened()
    headers = {**interview.bearer, "Idempotency-Key": "x"}
    path = f"/api/v1/interviews/{interview.id}/messages"
    texts = [client.post(path, json={"id": id_, "command": "repeat"}, headers=headers).status_code for id_ in "ab"]
    assert texts == [200, 200]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there"])
def test_a_key_that_is_none_is_refused(client: TestClient, operator: dict[str, str], key: str) -> None:
    refused = client.post("/api/v1/interviews", json={"bank": "lake"}, headers={**operator, "Idempotency-Key": key})
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]


def test_of_twins_at_once_one_is_done_and_the_others_are_told_so(client: TestClient, operator: dict[str, str]) -> None:
    headers = {**operator, "Idempotency-Key": "twins"}
    statuses = []
    together = threading.Barrier(6)

    def ask() -> None:
        together.wait()
        answer = client.post("/api/v1/interviews", json={"bank": "lake", "label": "Twins"}, headers=headers)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert count(client, operator, "Twins") == 1
