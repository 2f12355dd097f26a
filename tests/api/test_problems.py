"""Every refusal is a problem document whose type leads to what it means."""

import pytest
from starlette.testclient import TestClient

from app.api.problem_kinds import KINDS, kind_of
from app.api.problems import MEDIA_TYPE
from app.errors import AppError, told


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/interviews/iv-none", 404, "not-found"),
        ("GET", "/nowhere", 404, "not-found"),
        ("PATCH", "/interviews", 405, "method-not-allowed"),
        ("GET", "/interviews?limit=0", 422, "malformed"),
        ("POST", "/banks", 422, "malformed"),
    ],
)
def test_a_refusal_has_a_type_that_leads_to_what_it_means(
    client: TestClient, operator: dict[str, str], method: str, path: str, status: int, kind: str
) -> None:
    refused = client.request(method, f"/api/v1{path}", headers=operator)
    body = refused.json()
    assert (refused.status_code, refused.headers["Content-Type"]) == (status, MEDIA_TYPE)
    assert (body["type"], body["status"]) == (f"/api/v1/problems/{kind}", status)
    meaning = client.get(body["type"])
    assert meaning.json()["title"] == body["title"]
    assert meaning.json()["remedy"]


def test_a_request_of_another_shape_is_told_place_by_place(client: TestClient, operator: dict[str, str]) -> None:
    body = {"rows": "none", "more/than~that": 1}
    refused = client.post("/api/v1/grade?x=1", json=body, headers=operator).json()
    assert refused["errors"] == [{"in": "body", "pointer": "#/rows", "detail": "Input should be a valid list"}]
    deep = client.post("/api/v1/keys", json={"name": "a", "scopes": ["banks:read", "x/~"]}, headers=operator).json()
    assert [one["pointer"] for one in deep["errors"]] == ["#/scopes/1"]
    broken = client.post("/api/v1/grade", content=b"{", headers={**operator, "Content-Type": "application/json"}).json()
    assert [one["pointer"] for one in broken["errors"]] == ["#"]


def test_the_kinds_are_listed_for_everybody_and_an_unknown_one_is_not_found(client: TestClient) -> None:
    listed = client.get("/api/v1/problems").json()
    assert [one["type"] for one in listed] == [kind.type for kind in KINDS.values()]
    assert client.get("/api/v1/problems/none").status_code == 404


def test_nobody_is_asked_for_a_bearer(client: TestClient) -> None:
    refused = client.get("/api/v1/interviews")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_what_the_gate_turns_away_has_a_known_type(client: TestClient) -> None:
    foreign = client.get("/api/v1/banks", headers={"Host": "elsewhere.example"})
    page = client.post("/api/v1/banks", headers={"Origin": "https://elsewhere.example"})
    for refused, kind in ((foreign, "foreign-host"), (page, "foreign-page")):
        assert refused.json()["type"] == KINDS[kind].type
        assert (refused.json()["title"], refused.status_code) == (KINDS[kind].title, KINDS[kind].status)


def test_every_error_with_a_sentence_has_a_kind_of_its_status() -> None:
    errors = [AppError]
    for error in errors:
        errors += error.__subclasses__()
    for error in errors[1:]:
        telling = told(error("x"))
        kind = kind_of(error("x"))
        assert telling is not None
        assert kind is not None
        assert kind.status == telling.http_status
