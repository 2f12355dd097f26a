"""The review queue over the API: listed, shown, decided; blind where it must be."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.grading.record import grade_schema
from app.main import create_app
from tests.api.conftest import BANK, STRONG, Opened, bearer
from tests.stub_llm import StubLLM

WORDS_OF_A_GRADE = ("semantic", "probability", "score", "credit", "covered", "missing", "flags", "review_reasons")


def answered(client: TestClient, interview: Opened) -> None:
    """Reply to the first question and, where it is asked, to its follow-up."""
    path = f"/api/v1/interviews/{interview.id}"
    for place, text in enumerate((STRONG, "Nothing more comes to my mind about this.")):
        sent = {"id": f"m{place}", "text": text}
        assert client.post(f"{path}/messages", json=sent, headers=interview.bearer).status_code == 200
        while client.get(f"{path}/step", headers=interview.bearer).json()["waiting"]:
            pass


def grade_of(client: TestClient, operator: dict[str, str], interview: Opened) -> dict[str, Any]:
    grades = client.get(f"/api/v1/interviews/{interview.id}/grades", headers=operator).json()
    return dict(grades["q1"])


@pytest.fixture
def waiting(client: TestClient, operator: dict[str, str], opened: Callable[..., Opened]) -> Opened:
    """An interview whose first answer waits: the stub's embedder is none the head was fitted to."""
    interview = opened()
    answered(client, interview)
    assert grade_of(client, operator, interview)["needs_review"]
    return interview


def test_what_needs_review_is_listed_with_its_reasons_and_leads_to_its_answer(
    client: TestClient, operator: dict[str, str], waiting: Opened
) -> None:
    body = client.get("/api/v1/reviews", params={"bank": "lake", "limit": 200}, headers=operator).json()
    (line,) = [line for line in body["reviews"] if line["interview_id"] == waiting.id and line["question_id"] == "q1"]
    assert body["total"] >= 1
    assert line["reasons"]
    shown = client.get(f"/api/v1/reviews/{line['id']}", headers=operator).json()
    assert (shown["open"], shown["blind"]) == (True, False)
    assert shown["parts"][0] == {"asked": "How would you store raw data?", "text": STRONG}
    jsonschema.Draft202012Validator(grade_schema()).validate(shown["grade"])
    assert client.get("/api/v1/reviews", params={"bank": "none"}, headers=operator).json() == {
        "total": 0,
        "more": False,
        "reviews": [],
        "next": None,
    }


def test_an_override_is_recorded_once_and_counts(client: TestClient, operator: dict[str, str], waiting: Opened) -> None:
    grade = grade_of(client, operator, waiting)
    path = f"/api/v1/reviews/{grade['grade_id']}/decisions"
    criterion = grade["criteria"][0]
    verdicts = {criterion["id"]: "missing"}
    body = {"id": f"d-{waiting.id}", "kind": "override", "who": "Ada", "reason": "Only named.", "verdicts": verdicts}
    first = client.post(path, json=body, headers=operator)
    again = client.post(path, json=body, headers=operator)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    decided = first.json()
    line = decided["grade"]["criteria"][0]
    assert (line["source"], line["verdict"], line["machine"]["verdict"]) == ("person", "missing", criterion["verdict"])
    assert decided["decision"]["review_reasons"] == grade["review_reasons"]
    assert grade_of(client, operator, waiting)["grade_id"] == decided["id"]
    late = client.post(path, json={**body, "id": "another"}, headers=operator)
    assert late.status_code == 409
    assert "Ada decided about this answer meanwhile" in late.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "override", "who": "Ada", "verdicts": {"c": "missing"}}, "no criterion 'c'"),
        ({"kind": "override", "who": "Ada"}, "names at least one criterion"),
        ({"kind": "confirm", "who": ""}, "who: say who decides"),
        ({"kind": "maybe", "who": "Ada"}, "kind"),
        ({"kind": "override", "who": "Ada", "verdicts": {"c": "splendid"}}, "verdicts"),
    ],
)
def test_a_decision_that_does_not_fit_is_a_problem_that_names_it(
    client: TestClient, operator: dict[str, str], waiting: Opened, body: dict[str, Any], told: str
) -> None:
    grade_id = grade_of(client, operator, waiting)["grade_id"]
    answer = client.post(f"/api/v1/reviews/{grade_id}/decisions", json={"id": "x", **body}, headers=operator)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert told in answer.json()["detail"]


def test_a_grade_that_is_not_there_is_a_problem(client: TestClient, operator: dict[str, str]) -> None:
    assert client.get("/api/v1/reviews/gr-none", headers=operator).status_code == 404
    assert client.get("/api/v1/reviews", params={"limit": 0}, headers=operator).status_code == 422


def test_a_case_is_assigned_commented_on_and_found_by_who_has_taken_it_on(
    client: TestClient, operator: dict[str, str], waiting: Opened
) -> None:
    path = f"/api/v1/reviews/{grade_of(client, operator, waiting)['grade_id']}"
    name = f"Ada of {waiting.id}"
    assert client.put(f"{path}/assignee", json={"assignee": name}, headers=operator).json()["assignee"] == name
    mine = client.get("/api/v1/reviews", params={"assignee": name}, headers=operator).json()
    assert [(line["interview_id"], line["assignee"]) for line in mine["reviews"]] == [(waiting.id, name)]
    said = {"id": f"rc-{waiting.id}", "who": "Ada", "text": "Is that enough?"}
    first = client.post(f"{path}/comments", json=said, headers=operator)
    again = client.post(f"{path}/comments", json=said, headers=operator)
    assert (first.status_code, again.json()) == (201, first.json())
    shown = client.get(path, headers=operator).json()
    assert (shown["comments"], shown["waits"]) == ([first.json()], True)
    for part in ("", "/step", "/grades"):
        assert (
            "Is that enough?" not in client.get(f"/api/v1/interviews/{waiting.id}{part}", headers=waiting.bearer).text
        )
    given_back = client.put(f"{path}/assignee", json={"assignee": None}, headers=operator)
    assert given_back.json()["assignee"] is None
    nobodys = client.get("/api/v1/reviews", params={"assignee": "", "limit": 200}, headers=operator).json()
    assert waiting.id in {line["interview_id"] for line in nobodys["reviews"]}


def test_several_are_dismissed_at_once_in_the_name_of_the_key_and_each_says_what_became_of_it(
    client: TestClient, operator: dict[str, str], waiting: Opened
) -> None:
    wanted = {"name": "Sorting program", "scopes": ["reviews:read", "reviews:write"]}
    key = client.post("/api/v1/keys", json=wanted, headers=operator).json()
    mine = bearer(key["secret"])
    grade_id = grade_of(client, operator, waiting)["grade_id"]
    body = {"id": waiting.id, "kind": "dismiss", "reviews": [grade_id, "gr-none"], "reason": "The position is filled."}
    done = client.post("/api/v1/reviews/bulk", json=body, headers=mine).json()
    assert (done["done"], done["refused"]) == (1, 1)
    settled, refused = done["reviews"]
    assert (settled["id"], settled["refused"], refused["new_grade_id"]) == (grade_id, None, None)
    assert "no grade gr-none" in refused["refused"]
    shown = client.get(f"/api/v1/reviews/{settled['new_grade_id']}", headers=mine).json()
    assert (shown["decision"]["kind"], shown["decision"]["who"], shown["waits"]) == (
        "dismiss",
        "Sorting program",
        False,
    )
    again = client.post("/api/v1/reviews/bulk", json=body, headers=mine).json()
    assert again == done
    nobodys = client.post("/api/v1/reviews/bulk", json={**body, "id": "x"}, headers=operator)
    assert (nobodys.status_code, "who: say who decides" in nobodys.json()["detail"]) == (422, True)


def test_the_queue_goes_on_at_its_cursor_and_is_narrowed_by_reason(
    client: TestClient, operator: dict[str, str], waiting: Opened
) -> None:
    asked: dict[str, Any] = {"reason": "reading", "limit": 1}
    ids: list[str] = []
    while True:
        body = client.get("/api/v1/reviews", params=asked, headers=operator).json()
        ids += [line["id"] for line in body["reviews"]]
        if body["next"] is None:
            break
        asked["cursor"] = body["next"]
    assert len(ids) == len(set(ids)) == body["total"]
    assert grade_of(client, operator, waiting)["grade_id"] in ids
    assert client.get("/api/v1/reviews", params={"reason": "boredom"}, headers=operator).status_code == 422


def test_a_candidate_who_practises_sees_a_decided_mark_and_nothing_of_the_queue(
    client: TestClient, operator: dict[str, str], waiting: Opened
) -> None:
    grade = grade_of(client, operator, waiting)
    body = {"id": f"c-{waiting.id}", "kind": "confirm", "who": "Ada"}
    path = f"/api/v1/reviews/{grade['grade_id']}"
    assert client.post(f"{path}/decisions", json=body, headers=waiting.bearer).status_code == 403
    assert client.post(f"{path}/decisions", json=body, headers=operator).status_code == 201
    mine = client.get(f"/api/v1/interviews/{waiting.id}/grades", headers=waiting.bearer)
    assert "Ada" not in mine.text
    assert "audit_sample" not in mine.text
    assert client.get(path, headers=waiting.bearer).status_code == 403


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[tuple[TestClient, str]]:
    """A server where every answer is drawn for the audit."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("audited"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        audit_share=1.0,
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        token = operator_token(settings).value
        client.post("/api/v1/banks", files={"file": ("lake.yaml", BANK)}, headers=bearer(token))
        yield client, token


def test_what_is_drawn_for_the_audit_shows_nothing_of_the_machine_before_it_is_decided(
    audited: tuple[TestClient, str],
) -> None:
    client, token = audited
    operator = bearer(token)
    wanted = {"bank": "lake", "label": "Grace"}
    body = client.post("/api/v1/interviews", json=wanted, headers=operator).json()
    interview = Opened(body["id"], body["token"], bearer(body["token"]))
    path = f"/api/v1/interviews/{interview.id}/messages"
    client.post(path, json={"id": "consent", "command": "consent"}, headers=interview.bearer)
    answered(client, interview)
    queue = client.get("/api/v1/reviews", params={"audit": True}, headers=operator).json()
    (line,) = queue["reviews"]
    assert (line["blind"], line["reasons"], line["interview_id"], line["label"]) == (True, [], None, None)
    shown = client.get(f"/api/v1/reviews/{line['id']}", headers=operator).json()
    assert shown.pop("grade") is None
    assert not [word for word in WORDS_OF_A_GRADE if word in json.dumps(shown)]
    assert "Grace" not in json.dumps(shown)

    decide = f"/api/v1/reviews/{line['id']}/decisions"
    confirmed = client.post(decide, json={"id": "d1", "kind": "confirm", "who": "Ada"}, headers=operator)
    assert confirmed.status_code == 422
    verdicts = {criterion["id"]: "partial" for criterion in shown["criteria"]}
    decided = client.post(
        decide, json={"id": "d1", "kind": "override", "who": "Ada", "verdicts": verdicts}, headers=operator
    ).json()
    assert decided["decision"]["blind"]
    assert all(line["machine"] for line in decided["grade"]["criteria"])
    for who in (operator, interview.bearer):
        seen = client.get(f"/api/v1/interviews/{interview.id}/grades", headers=who).text
        assert "audit_sample" not in seen
