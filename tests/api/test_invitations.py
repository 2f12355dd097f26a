"""Invitations over the API: people in, their links out, and who stands where."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import bearer
from tests.api.test_screenings import made

ADA = {"candidate": "p1", "name": "Ada", "language": "de", "extra_time": 150}
BEN = {"candidate": "p2"}


@pytest.fixture
def program(client: TestClient, operator: dict[str, str]) -> dict[str, str]:
    """The headers of a program that screens."""
    wanted = {"name": "Invites", "scopes": ["screenings:read", "screenings:write"]}
    return bearer(client.post("/api/v1/keys", json=wanted, headers=operator).json()["secret"])


@pytest.fixture
def path(client: TestClient, program: dict[str, str]) -> str:
    """Of an active screening."""
    path = made(client, program)
    assert client.post(f"{path}/activate", headers=program).status_code == 200
    return f"{path}/invitations"


def invited(
    client: TestClient, program: dict[str, str], path: str, *people: object, **more: object
) -> list[dict[str, Any]]:
    answer = client.post(path, json={"people": people, **more}, headers=program)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["people"])


def test_people_get_links_that_open_their_interviews(client: TestClient, program: dict[str, str], path: str) -> None:
    ada, ben = invited(client, program, path, ADA, BEN, expires_days=7)
    assert (ada["outcome"], ben["outcome"]) == ("invited", "invited")
    token = bearer(ada["link"].rpartition("/i/")[2])
    step = client.get(f"/api/v1/interviews/{ada['interview_id']}/step", headers=token)
    assert step.status_code == 200, step.text
    assert client.get(f"/api/v1/interviews/{ben['interview_id']}/step", headers=token).status_code in {403, 404}
    listed = client.get(path, headers=program).json()
    assert [(one["candidate"], one["name"], one["state"]) for one in listed["invitations"]] == [
        ("p1", "Ada", "opened"),
        ("p2", "p2", "invited"),
    ]
    assert "link" not in listed["invitations"][0]


def test_the_same_request_again_invites_nobody_twice(client: TestClient, program: dict[str, str], path: str) -> None:
    invited(client, program, path, ADA)
    (again,) = invited(client, program, path, ADA)
    assert (again["outcome"], again["link"]) == ("known", None)
    (renewed,) = invited(client, program, path, ADA, renew=True)
    assert renewed["outcome"] == "renewed"
    repeat = {**program, "Idempotency-Key": f"invite {path}"}
    body = {"people": [BEN]}
    first, second = (client.post(path, json=body, headers=repeat).json() for _ in range(2))
    assert first == second
    assert first["people"][0]["link"]


def test_a_withdrawn_link_is_told(
    client: TestClient, program: dict[str, str], path: str, operator: dict[str, str]
) -> None:
    (ada,) = invited(client, program, path, ADA)
    assert client.delete(f"/api/v1/interviews/{ada['interview_id']}/link", headers=operator).status_code == 204
    assert client.get(path, headers=program).json()["invitations"][0]["state"] == "revoked"
    (kept,) = invited(client, program, path, ADA, renew=True)
    assert kept["outcome"] == "revoked"


def test_a_list_comes_a_page_at_a_time(client: TestClient, program: dict[str, str], path: str) -> None:
    invited(client, program, path, *({"candidate": f"p{number}"} for number in range(5)))
    seen: list[str] = []
    where: str | None = f"{path}?limit=2"
    while where:
        page = client.get(where, headers=program)
        seen += [one["candidate"] for one in page.json()["invitations"]]
        where = page.links["next"]["url"] if "next" in page.links else None
    assert seen == [f"p{number}" for number in range(5)]
    assert client.get(f"{path}?cursor=nonsense", headers=program).status_code == 422


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"candidate": "p1", "email": "a@b.org\nBcc: x@y.org"}, "email"),
        ({"candidate": "p1", "language": "xx"}, "language"),
        ({"candidate": "p1", "extra_time": 50}, "extra_time"),
        ({"candidate": "  "}, "candidate"),
    ],
)
def test_what_cannot_be_used_is_named_and_nobody_is_invited(
    client: TestClient, program: dict[str, str], path: str, person: dict[str, Any], field: str
) -> None:
    answer = client.post(path, json={"people": [BEN, person]}, headers=program)
    assert answer.status_code == 422
    assert f"people[1].{field}: " in answer.json()["detail"]
    assert client.get(path, headers=program).json()["invitations"] == []


def test_nobody_is_invited_to_a_draft_or_to_nothing(client: TestClient, program: dict[str, str]) -> None:
    draft = made(client, program)
    body = {"people": [BEN]}
    assert client.post(f"{draft}/invitations", json=body, headers=program).status_code == 409
    assert client.post("/api/v1/screenings/sc-none/invitations", json=body, headers=program).status_code == 404
    assert client.get("/api/v1/screenings/sc-none/invitations", headers=program).status_code == 404
    twice = client.post(f"{draft}/invitations", json={"people": [BEN, BEN]}, headers=program)
    assert twice.status_code == 422
