"""Every route of the application, asked for by nobody, a candidate, another candidate and the operator.

The table says who may; whoever it does not name is turned away. A route that is missing from it fails the test, so
that no route can be added without deciding who it is for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.access.cookie import COOKIE
from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM

NOBODY, CANDIDATE, OTHER, OPERATOR = EVERYBODY = ("nobody", "candidate", "other candidate", "operator")
Who = frozenset[str]
ALL: Who = frozenset(EVERYBODY)
OPERATORS: Who = frozenset({OPERATOR})
LINK_HOLDER: Who = frozenset({CANDIDATE})
PARTIES: Who = frozenset({CANDIDATE, OPERATOR})
SIGNED: Who = frozenset({CANDIDATE, OTHER, OPERATOR})
NO_ONE: Who = frozenset()
"""Of an assessment; in practice the candidate may."""

TABLE: dict[tuple[str, str], Who] = {
    ("GET", "/healthz"): ALL,
    ("GET", "/readyz"): ALL,
    ("GET", "/static/{name:path}"): ALL,
    ("GET", "/sign-in"): ALL,
    ("POST", "/sign-in"): ALL,
    ("POST", "/sign-out"): ALL,
    ("GET", "/"): OPERATORS,
    ("GET", "/banks"): OPERATORS,
    ("GET", "/banks/{name}"): OPERATORS,
    ("GET", "/docs"): OPERATORS,
    ("GET", "/openapi.json"): OPERATORS,
    ("GET", "/api/v1/openapi.json"): OPERATORS,
    ("GET", "/interviews"): OPERATORS,
    ("POST", "/interviews"): OPERATORS,
    ("GET", "/interviews/{interview_id}"): OPERATORS,
    ("GET", "/interviews/{interview_id}/summary"): OPERATORS,
    ("GET", "/interviews/{interview_id}/link"): OPERATORS,
    ("GET", "/interviews/{interview_id}/questions/{question_id}"): OPERATORS,
    ("GET", "/interviews/{interview_id}/report.json"): OPERATORS,
    ("GET", "/interviews/{interview_id}/report.csv"): OPERATORS,
    ("GET", "/interviews/{interview_id}/delete"): OPERATORS,
    ("POST", "/interviews/{interview_id}/delete"): OPERATORS,
    ("POST", "/interviews/{interview_id}/withdraw-link"): OPERATORS,
    ("GET", "/reviews"): OPERATORS,
    ("GET", "/reviews/{grade_id}"): OPERATORS,
    ("POST", "/reviews/{grade_id}"): OPERATORS,
    ("GET", "/requests"): OPERATORS,
    ("POST", "/requests/{request_id}"): OPERATORS,
    ("POST", "/requests/{interview_id}/time"): OPERATORS,
    ("GET", "/i/{link}"): LINK_HOLDER,
    ("GET", "/i/{link}/stage"): LINK_HOLDER,
    ("POST", "/i/{link}/messages"): LINK_HOLDER,
    ("POST", "/i/{link}/commands"): LINK_HOLDER,
    ("POST", "/i/{link}/draft"): LINK_HOLDER,
    ("PUT", "/i/{link}/draft"): LINK_HOLDER,
    ("GET", "/i/{link}/transcript.txt"): LINK_HOLDER,
    ("GET", "/i/{link}/marks/{question_id}"): NO_ONE,
    ("GET", "/i/{link}/events"): LINK_HOLDER,
    ("POST", "/i/{link}/language"): LINK_HOLDER,
    ("POST", "/i/{link}/contest"): LINK_HOLDER,
    ("POST", "/i/{link}/erasure"): LINK_HOLDER,
    ("GET", "/api/v1/me"): SIGNED,
    ("GET", "/api/v1/health"): OPERATORS,
    ("GET", "/api/v1/schemas"): OPERATORS,
    ("GET", "/api/v1/schemas/{name}"): OPERATORS,
    ("GET", "/api/v1/banks"): OPERATORS,
    ("POST", "/api/v1/banks"): OPERATORS,
    ("GET", "/api/v1/banks/search"): OPERATORS,
    ("POST", "/api/v1/banks/reindex"): OPERATORS,
    ("GET", "/api/v1/banks/{name}"): OPERATORS,
    ("POST", "/api/v1/grade"): OPERATORS,
    ("POST", "/api/v1/grade-pending"): OPERATORS,
    ("GET", "/api/v1/reviews"): OPERATORS,
    ("GET", "/api/v1/reviews/{grade_id}"): OPERATORS,
    ("POST", "/api/v1/reviews/{grade_id}/decisions"): OPERATORS,
    ("GET", "/api/v1/interviews"): OPERATORS,
    ("POST", "/api/v1/interviews"): OPERATORS,
    ("GET", "/api/v1/interviews/{interview_id}"): PARTIES,
    ("GET", "/api/v1/interviews/{interview_id}/step"): PARTIES,
    ("POST", "/api/v1/interviews/{interview_id}/messages"): LINK_HOLDER,
    ("GET", "/api/v1/interviews/{interview_id}/draft"): LINK_HOLDER,
    ("PUT", "/api/v1/interviews/{interview_id}/draft"): LINK_HOLDER,
    ("GET", "/api/v1/interviews/{interview_id}/grades"): OPERATORS,
    ("GET", "/api/v1/interviews/{interview_id}/report"): OPERATORS,
    ("DELETE", "/api/v1/interviews/{interview_id}"): OPERATORS,
    ("PUT", "/api/v1/interviews/{interview_id}/language"): LINK_HOLDER,
    ("POST", "/api/v1/interviews/{interview_id}/contest"): LINK_HOLDER,
    ("POST", "/api/v1/interviews/{interview_id}/erasure"): LINK_HOLDER,
    ("PUT", "/api/v1/interviews/{interview_id}/accommodation"): OPERATORS,
    ("DELETE", "/api/v1/interviews/{interview_id}/link"): OPERATORS,
    ("GET", "/api/v1/requests"): OPERATORS,
    ("POST", "/api/v1/requests/{request_id}/settle"): OPERATORS,
}
BODIES = {
    ("POST", "/api/v1/interviews/{interview_id}/messages"): {"id": "delivery-1", "command": "consent"},
    ("PUT", "/api/v1/interviews/{interview_id}/draft"): {"text": "half a thought"},
    ("PUT", "/api/v1/interviews/{interview_id}/language"): {"language": "de"},
    ("POST", "/api/v1/interviews/{interview_id}/contest"): {"question_id": "q", "reason": "It was there."},
}
"""Where who may is decided after the body was read."""
FORMS = {("POST", "/i/{link}/contest"): {"question_id": "q", "reason": "It was there."}}
"""The same of pages."""
TURNED_AWAY = {401, 403, 404}


@dataclass(frozen=True)
class Opened:
    """An interview and its link token."""

    id: str
    link: str


@dataclass
class Server:
    """The application with the operator's way in."""

    client: TestClient
    token: str

    def open(self) -> Opened:
        bearer = {"Authorization": f"Bearer {self.token}"}
        sections = ["AWS Services"]
        asked = {"bank": "aws_data_engineer", "mode": "assessment", "sections": sections}
        body = self.client.post("/api/v1/interviews", json=asked, headers=bearer).json()
        return Opened(body["id"], body["token"])

    def end(self, opened: Opened) -> None:
        """Withdraw from it, so that no stream of it goes on."""
        mine = {"Authorization": f"Bearer {opened.link}"}
        path = f"/api/v1/interviews/{opened.id}/messages"
        assert self.client.post(path, json={"id": "the-end", "command": "withdraw"}, headers=mine).status_code == 200

    def grade_id(self) -> str:
        """Of an answer in another interview."""
        opened = self.open()
        mine = {"Authorization": f"Bearer {opened.link}"}
        for place, what in enumerate(({"command": "consent"}, {"text": "S3."}, {"text": "Nothing more."})):
            path = f"/api/v1/interviews/{opened.id}"
            self.client.post(f"{path}/messages", json={"id": f"m{place}", **what}, headers=mine)
            while self.client.get(f"{path}/step", headers=mine).json()["waiting"]:
                pass
        bearer = {"Authorization": f"Bearer {self.token}"}
        grades = self.client.get(f"/api/v1/interviews/{opened.id}/grades", headers=bearer).json()
        return str(next(iter(grades.values()))["grade_id"])

    def question_id(self) -> str:
        bearer = {"Authorization": f"Bearer {self.token}"}
        bank = self.client.get("/api/v1/banks/aws_data_engineer", headers=bearer).json()
        return str(bank["sections"][0]["questions"][0]["id"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[Server]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield Server(client, operator_token(settings).value)


def endpoints(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of every route; one without methods, such as a mount, stands as "ANY"."""
    found: set[tuple[str, str]] = set()
    for route in iter_route_contexts(app.routes):
        methods = set(route.methods or {"ANY"}) - {"HEAD"}
        found |= {(method, str(route.path)) for method in methods}
    return found


def test_the_table_names_every_route_and_no_other() -> None:
    assert endpoints(create_app(Settings())) == set(TABLE)


def test_a_route_added_to_the_application_is_seen() -> None:
    app = create_app(Settings())
    app.mount("/mounted", FastAPI())
    app.add_api_route("/added", lambda: None, methods=["PATCH"])

    assert endpoints(app) - set(TABLE) == {("ANY", "/mounted"), ("PATCH", "/added")}


@pytest.mark.parametrize(("method", "path"), list(TABLE), ids=[" ".join(key) for key in TABLE])
def test_a_route_turns_away_whoever_the_table_does_not_name(server: Server, method: str, path: str) -> None:
    mine, others = server.open(), server.open()
    if path.endswith("/events"):
        server.end(mine)
    grade_id = server.grade_id() if "{grade_id}" in path else ""
    let_in = set()
    if path.endswith("/events"):
        # The stream of an interview that is over ends by itself.
        candidate = {"Authorization": f"Bearer {mine.link}"}
        withdrawal = {"id": "end", "command": "withdraw"}
        server.client.post(f"/api/v1/interviews/{mine.id}/messages", json=withdrawal, headers=candidate)
    for who in (NOBODY, OTHER, CANDIDATE, OPERATOR):
        # Only the candidate knows the link; whoever else asks for it has to guess.
        link = mine.link if who == CANDIDATE else "a-guess-that-is-as-long-as-a-real-link-is-yes"
        address = path.replace("{name:path}", "viva.css").format(
            interview_id=mine.id,
            link=link,
            question_id=server.question_id(),
            grade_id=grade_id,
            request_id=f"{mine.id}.r1",
            name="grade-input" if "/schemas/" in path else "aws_data_engineer",
        )
        token = {OTHER: others.link, CANDIDATE: mine.link, OPERATOR: server.token}.get(who)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = server.client.request(
            method, address, headers=headers, json=BODIES.get((method, path)), data=FORMS.get((method, path))
        )
        sent_to_sign_in = answer.status_code == 303 and answer.headers["location"] == "/sign-in"
        wrong_token = path == "/sign-in" and method == "POST"
        signs_out = path == "/sign-out"
        if wrong_token or signs_out or not (answer.status_code in TURNED_AWAY or sent_to_sign_in):
            let_in.add(who)
        assert answer.status_code != 500

    assert let_in == TABLE[method, path]


def test_the_operators_cookie_opens_no_candidates_page(server: Server) -> None:
    signed_in = server.client.get(f"/sign-in?token={server.token}")
    cookie = {"Cookie": f"{COOKIE}={signed_in.cookies[COOKIE]}"}
    server.client.cookies.clear()

    assert server.client.get("/interviews", headers=cookie).status_code == 200
    assert server.client.get("/i/a-guess", headers=cookie).status_code == 404


def test_a_candidates_link_is_no_sign_in(server: Server) -> None:
    link = server.open().link

    assert server.client.get(f"/sign-in?token={link}").status_code == 403
    assert server.client.get("/interviews", headers={"Cookie": f"{COOKIE}={link}"}).status_code == 303


def test_a_deleted_interviews_link_opens_nothing(server: Server) -> None:
    opened = server.open()
    bearer = {"Authorization": f"Bearer {server.token}"}
    server.client.delete(f"/api/v1/interviews/{opened.id}", params={"reason": "asked for"}, headers=bearer)

    assert server.client.get(f"/i/{opened.link}").status_code == 404
    mine = {"Authorization": f"Bearer {opened.link}"}
    assert server.client.get(f"/api/v1/interviews/{opened.id}", headers=mine).status_code == 401
