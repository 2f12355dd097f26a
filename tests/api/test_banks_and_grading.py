"""Banks, grading and what the API says of itself: the operator's."""

import jsonschema
import pytest
from starlette.testclient import TestClient

from app.api.problems import MEDIA_TYPE
from app.screening.schemas import names, schema
from tests.api.conftest import STRONG

OPERATORS = [
    ("GET", "/banks"),
    ("POST", "/banks"),
    ("GET", "/banks/search?q=x"),
    ("POST", "/banks/reindex"),
    ("GET", "/banks/lake"),
    ("GET", "/interviews"),
    ("POST", "/interviews"),
    ("POST", "/grade"),
    ("POST", "/grade-pending"),
    ("GET", "/health"),
    ("GET", "/schemas"),
    ("GET", "/schemas/bank"),
]


@pytest.mark.parametrize(("method", "path"), OPERATORS)
def test_operators_routes_are_for_the_operator_alone(client: TestClient, method: str, path: str) -> None:
    refused = client.request(method, f"/api/v1{path}")
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, MEDIA_TYPE)
    assert client.request(method, f"/api/v1{path}", headers={"Authorization": "Bearer guess"}).status_code == 401


def test_banks_are_listed_and_shown_with_their_criteria(client: TestClient, operator: dict[str, str]) -> None:
    listed = client.get("/api/v1/banks", headers=operator).json()
    assert {"aws_data_engineer", "lake"} <= {bank["name"] for bank in listed}
    shown = client.get("/api/v1/banks/lake", headers=operator).json()
    assert shown["sections"][0]["questions"][0]["criteria"][0]["text"] == "Land raw files in object storage"
    assert client.get("/api/v1/banks/none", headers=operator).status_code == 404
    assert client.get("/api/v1/banks/lake?version=9", headers=operator).status_code == 404


def test_imported_bank_is_a_version_once(client: TestClient, operator: dict[str, str]) -> None:
    file = {"file": ("ward.txt", "1. Ward\n    What first?\n        - Wash hands\n")}
    first = client.post("/api/v1/banks", files=file, headers=operator).json()
    again = client.post("/api/v1/banks", files=file, headers=operator).json()
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert (again["bank"]["version"], again["bank"]["criteria"]) == (1, 1)


def test_bad_bank_is_refused_with_its_line(client: TestClient, operator: dict[str, str]) -> None:
    bad = client.post("/api/v1/banks", files={"file": ("bad.yaml", "sections:\n- titel: x\n")}, headers=operator)
    assert bad.status_code == 422
    assert "bad.yaml, line 2" in bad.json()["detail"]


def test_search_finds_the_nearest_criteria_after_reindexing(client: TestClient, operator: dict[str, str]) -> None:
    assert client.post("/api/v1/banks/reindex", headers=operator).json()["passages"] > 150
    hits = client.get("/api/v1/banks/search?q=Encrypt it at rest&limit=3", headers=operator).json()
    assert (hits[0]["bank"], hits[0]["text"]) == ("lake", "Encrypt it at rest")
    assert len(hits) == 3


def test_answers_are_graded_in_order_and_a_bad_row_spoils_none(client: TestClient, operator: dict[str, str]) -> None:
    rows = [
        {"id": "a", "bank": "lake", "question_id": "q1", "answer": STRONG},
        {"id": "b", "answer": "x"},
        {"id": 3, "question": "Why?", "criteria": ["Because"], "answer": ""},
    ]
    grades = client.post("/api/v1/grade", json={"rows": rows}, headers=operator).json()["grades"]
    assert [(grade["id"], grade["status"]) for grade in grades] == [("a", "graded"), ("b", "ungraded"), (3, "graded")]
    assert "line 2: no rubric" in grades[1]["reason"]
    for grade in grades:
        jsonschema.validate(grade, schema("grade-output"))


def test_too_many_answers_at_once_are_refused(client: TestClient, operator: dict[str, str]) -> None:
    rows = [{"id": n, "question": "Why?", "criteria": ["Because"], "answer": ""} for n in range(33)]
    assert client.post("/api/v1/grade", json={"rows": rows}, headers=operator).status_code == 422


def test_nothing_open_is_nothing_to_complete(client: TestClient, operator: dict[str, str]) -> None:
    assert client.post("/api/v1/grade-pending", headers=operator).json()["open"] == 0


def test_api_tells_who_is_asking_and_how_it_is(client: TestClient, operator: dict[str, str]) -> None:
    me = client.get("/api/v1/me", headers=operator).json()
    assert (me["role"], me["interview_id"], me["key_id"]) == ("operator", None, None)
    assert client.get("/api/v1/me").status_code == 401
    health = client.get("/api/v1/health", headers=operator).json()
    assert (health["waiting_for"], health["llm_model"]) == (None, None)


def test_schemas_are_published(client: TestClient, operator: dict[str, str]) -> None:
    assert client.get("/api/v1/schemas", headers=operator).json() == list(names())
    assert client.get("/api/v1/schemas/grade-input", headers=operator).json() == schema("grade-input")
    assert client.get("/api/v1/schemas/none", headers=operator).status_code == 404


def test_unknown_address_of_the_api_is_a_problem_document(client: TestClient, operator: dict[str, str]) -> None:
    unknown = client.get("/api/v1/nowhere", headers=operator)
    assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, MEDIA_TYPE)
