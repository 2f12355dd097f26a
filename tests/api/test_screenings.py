"""Screenings over the API: from rules and a file of answers to a ranking, by a program with a key."""

import json
from typing import Any

import jsonschema
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.screening.schemas import schema
from tests.api.conftest import STRONG, bearer

ANSWERS = f"""candidate,name,question,answer
p1,Ada,q1,"{STRONG}"
p1,Ada,q2,Encrypt it at rest.
p2,=Ben,q1,I would ask somebody.
p3,Cy,q1,
"""


@pytest.fixture
def program(client: TestClient, operator: dict[str, str]) -> dict[str, str]:
    """The headers of a program that screens."""
    wanted = {"name": "Screens", "scopes": ["screenings:read", "screenings:write"]}
    return bearer(client.post("/api/v1/keys", json=wanted, headers=operator).json()["secret"])


def made(client: TestClient, program: dict[str, str], **more: object) -> str:
    body = {"name": "Autumn", "bank": "lake", **more}
    answer = client.post("/api/v1/screenings", json=body, headers=program)
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "draft"
    return f"/api/v1/screenings/{answer.json()['id']}"


def sent(client: TestClient, program: dict[str, str], path: str, answers: str = ANSWERS, **more: str) -> Response:
    file = {"file": ("answers.csv", answers)}
    return client.post(f"{path}/answers", files=file, data=more, headers=program)


def test_a_file_of_answers_becomes_a_ranking_and_the_same_again_changes_nothing(
    client: TestClient, program: dict[str, str]
) -> None:
    path = made(client, program, policy={"cuts": {"advance_from": 60}})
    assert client.post(f"{path}/activate", headers=program).json()["state"] == "active"
    looked = sent(client, program, path, preview_only="true").json()
    assert (looked["answers"], looked["candidates"], looked["taken"]) == (3, 2, None)
    assert [(one["row"], one["column"]) for one in looked["problems"]] == [(5, "answer")]
    assert sent(client, program, path).json()["taken"] == {"new": 3, "changed": 0, "same": 0, "erased": 0, "closed": 0}
    assert sent(client, program, path).json()["taken"]["same"] == 3
    assert client.get(f"{path}/progress", headers=program).json()["answers"] == 3
    results = client.get(f"{path}/results", headers=program)
    records = [json.loads(line) for line in results.text.splitlines()]
    for record in records:
        jsonschema.Draft202012Validator(schema("screening-results")).validate(record)
    assert {
        record["candidate"]["key"] if isinstance(record["candidate"], dict) else record["candidate"]
        for record in records
    }
    sheet = client.get(f"{path}/results?format=csv", headers=program)
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert ",=Ben" not in sheet.text
    assert client.get(f"{path}/results?format=xlsx", headers=program).content[:2] == b"PK"


def test_a_draft_takes_no_answers_and_a_closed_one_no_more(client: TestClient, program: dict[str, str]) -> None:
    path = made(client, program)
    early = sent(client, program, path)
    assert (early.status_code, early.json()["type"]) == (409, "/api/v1/problems/conflict")
    client.post(f"{path}/activate", headers=program)
    client.post(f"{path}/close", headers=program)
    assert sent(client, program, path).status_code == 409


def test_other_rules_are_looked_at_before_they_are_put_in_force(client: TestClient, program: dict[str, str]) -> None:
    path = made(client, program)
    client.post(f"{path}/activate", headers=program)
    sent(client, program, path)
    rules = {"questions": ["q1"]}
    looked = client.put(f"{path}/policy", json=rules, headers=program).json()
    assert (looked["adopted"], looked["candidates"]) == (False, 2)
    assert client.get(path, headers=program).json()["version"] == 1
    adopted = client.put(f"{path}/policy?preview_only=false", json=rules, headers=program).json()
    assert adopted["adopted"]
    assert client.get(path, headers=program).json()["version"] == 2


def test_a_screening_is_listed_and_removed_with_its_candidates(
    client: TestClient, program: dict[str, str], operator: dict[str, str]
) -> None:
    path = made(client, program, name="To be removed")
    client.post(f"{path}/activate", headers=program)
    sent(client, program, path)
    listed = client.get("/api/v1/screenings", headers=program).json()["screenings"]
    assert "To be removed" in [one["name"] for one in listed]
    assert client.delete(path, headers=program).status_code == 204
    assert client.get(path, headers=program).status_code == 404
    assert client.get(f"{path}/results", headers=program).status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "x", "bank": "none"}, "none"),
        ({"name": " ", "bank": "lake"}, "name"),
        ({"name": "x", "bank": "lake", "policy": {"questions": ["q9"]}}, "q9"),
        ({"name": "x", "bank": "lake", "policy": {"cut": 5}}, "cut"),
        ({"name": "x", "bank": "lake", "deadline": "2026-01-05T09:00:00"}, "timezone"),
    ],
)
def test_what_cannot_be_a_screening_is_told(
    client: TestClient, program: dict[str, str], body: dict[str, Any], told: str
) -> None:
    refused = client.post("/api/v1/screenings", json=body, headers=program)
    assert refused.status_code in {404, 422}
    assert told in refused.json()["detail"]


def test_a_file_of_no_known_kind_is_refused(client: TestClient, program: dict[str, str]) -> None:
    path = made(client, program)
    client.post(f"{path}/activate", headers=program)
    refused = client.post(f"{path}/answers", files={"file": ("answers.exe", b"x")}, headers=program)
    assert (refused.status_code, ".csv" in refused.json()["detail"]) == (422, True)
