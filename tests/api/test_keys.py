"""API keys over the API: what each may do, how often, and that rotation leaves no gap."""

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.api.conftest import BANK, Opened, bearer
from tests.stub_llm import StubLLM

Keys = Callable[..., dict[str, str]]


@pytest.fixture
def key(client: TestClient, operator: dict[str, str]) -> Keys:
    """Makes a key with these scopes; gives the headers of who has it."""

    def make(*scopes: str) -> dict[str, str]:
        made = client.post("/api/v1/keys", json={"name": "A program", "scopes": scopes}, headers=operator)
        assert made.status_code == 201, made.text
        return bearer(made.json()["secret"])

    return make


def test_a_key_does_what_its_scopes_allow_and_is_told_which_one_it_lacks(client: TestClient, key: Keys) -> None:
    reader = key("banks:read")
    assert client.get("/api/v1/banks/lake", headers=reader).status_code == 200
    refused = client.post("/api/v1/interviews", json={"bank": "lake"}, headers=reader)
    assert (refused.status_code, refused.json()["type"]) == (403, "/api/v1/problems/not-permitted")
    assert "lacks the scope interviews:write" in refused.json()["detail"]
    me = client.get("/api/v1/me", headers=reader).json()
    assert (me["role"], me["scopes"]) == ("key", ["banks:read"])


def test_a_key_reads_an_interview_as_the_team_does_and_never_answers_in_it(
    client: TestClient, key: Keys, opened: Callable[..., Opened]
) -> None:
    interview = opened()
    path, program = f"/api/v1/interviews/{interview.id}", key("interviews:read", "interviews:write")
    assert client.get(path, headers=program).json()["state"] == "asking"
    answered = client.post(f"{path}/messages", json={"id": "m", "text": "Mine."}, headers=program)
    assert answered.status_code == 403
    assert client.get(f"{path}/report", headers=program).status_code == 403


def test_a_key_opens_no_page(client: TestClient, key: Keys) -> None:
    assert client.get("/interviews", headers=key("interviews:read"), follow_redirects=False).status_code == 403


def test_a_key_makes_no_key_that_may_do_more(client: TestClient, key: Keys) -> None:
    maker = key("keys:write", "banks:read")
    body = {"name": "Another", "scopes": ["banks:read"]}
    assert client.post("/api/v1/keys", json=body, headers=maker).status_code == 201
    more = client.post("/api/v1/keys", json={"name": "More", "scopes": ["banks:write"]}, headers=maker)
    assert (more.status_code, "banks:write" in more.json()["detail"]) == (403, True)


def test_a_rotated_key_has_two_secrets_for_a_while_and_a_revoked_one_none(
    client: TestClient, operator: dict[str, str]
) -> None:
    made = client.post("/api/v1/keys", json={"name": "Rotated", "scopes": ["banks:read"]}, headers=operator).json()
    path = f"/api/v1/keys/{made['key']['id']}"
    rotated = client.post(f"{path}/rotate", json={"overlap_hours": 1}, headers=operator).json()
    both = [bearer(made["secret"]), bearer(rotated["secret"])]
    assert [client.get("/api/v1/me", headers=one).json()["key_id"] for one in both] == [made["key"]["id"]] * 2
    listed = client.get("/api/v1/keys", headers=operator)
    (mine,) = [one for one in listed.json()["keys"] if one["id"] == made["key"]["id"]]
    assert mine["last_used_at"] is not None
    assert rotated["secret"] not in listed.text
    assert client.delete(path, headers=operator).status_code == 204
    assert [client.get("/api/v1/me", headers=one).status_code for one in both] == [401, 401]


@pytest.fixture
def slow(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[tuple[TestClient, str]]:
    """A server whose keys may ask three times an hour, and the operator's token."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        api_rate="3/hour",
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client, operator_token(settings).value


def test_a_key_that_asks_too_often_is_told_when_to_come_again(slow: tuple[TestClient, str]) -> None:
    client, token = slow
    body = {"name": "Wild", "scopes": ["banks:read"]}
    wild, calm = (
        bearer(client.post("/api/v1/keys", json=body, headers=bearer(token)).json()["secret"]) for _ in range(2)
    )
    left = [client.get("/api/v1/banks", headers=wild).headers["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    spent = client.get("/api/v1/interviews", headers=wild)
    assert (spent.status_code, spent.json()["type"]) == (429, "/api/v1/problems/too-many-requests")
    assert 0 < int(spent.headers["Retry-After"]) <= 3600
    assert spent.headers["RateLimit-Policy"] == '"key";q=3;w=3600'
    assert client.get("/api/v1/banks", headers=calm).status_code == 200
    for _ in range(4):  # the operator and candidates are not counted
        answer = client.get("/api/v1/banks", headers=bearer(token))
        assert (answer.status_code, "RateLimit" in answer.headers) == (200, False)


def test_guesses_are_slowed_down_by_address_and_nobody_else_is(slow: tuple[TestClient, str]) -> None:
    client, token = slow
    client.post("/api/v1/banks", files={"file": ("lake.yaml", BANK)}, headers=bearer(token))
    opened = client.post("/api/v1/interviews", json={"bank": "lake"}, headers=bearer(token)).json()
    statuses = {client.get("/api/v1/me", headers=bearer("a-guess")).status_code for _ in range(301)}
    assert statuses == {401, 429}
    path = f"/api/v1/interviews/{opened['id']}"
    assert client.get(path, headers=bearer(opened["token"])).status_code == 200
    assert client.get("/api/v1/me", headers=bearer(token)).status_code == 200
