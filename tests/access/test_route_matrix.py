"""Every route of the application, asked for by nobody, a candidate, another candidate, the operator and every API key.

The table says who may; whoever it does not name is turned away. A route that is missing from it fails the test, so
that no route can be added without deciding who it is for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from app.access.cookie import COOKIE
from app.access.scopes import Scope
from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM

NOBODY, CANDIDATE, OTHER, OPERATOR, SIGNED_IN = PEOPLE = (
    "nobody",
    "candidate",
    "other candidate",
    "operator",
    "operator by cookie",
)
Who = frozenset[str]


def key(scope: Scope) -> str:
    """The role of an API key that has this scope alone."""
    return f"key {scope}"


KEYS: Who = frozenset(map(key, Scope))
EVERYBODY: Who = frozenset(PEOPLE) | KEYS
OPERATORS: Who = frozenset({OPERATOR, SIGNED_IN})
TEAM: Who = OPERATORS | KEYS
LINK_HOLDER: Who = frozenset({CANDIDATE})
SIGNED: Who = TEAM | {CANDIDATE, OTHER}
NO_ONE: Who = frozenset()
"""Of an assessment; in practice the candidate may."""


def keys(scope: Scope) -> Who:
    """The operator, and keys with that scope."""
    return OPERATORS | {key(scope)}


TABLE: dict[tuple[str, str], Who] = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/metrics"): keys(Scope.METRICS_READ),
    ("GET", "/static/{name:path}"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/"): OPERATORS,
    ("GET", "/banks"): OPERATORS,
    ("GET", "/banks/{name}"): OPERATORS,
    ("GET", "/docs"): OPERATORS,
    ("GET", "/keys"): OPERATORS,
    ("POST", "/keys"): OPERATORS,
    ("GET", "/keys/{key_id}/secret"): OPERATORS,
    ("POST", "/keys/{key_id}/rotate"): OPERATORS,
    ("POST", "/keys/{key_id}/revoke"): OPERATORS,
    ("GET", "/openapi.json"): TEAM,
    ("GET", "/api/v1/openapi.json"): TEAM,
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
    ("GET", "/screenings"): OPERATORS,
    ("POST", "/screenings"): OPERATORS,
    ("GET", "/screenings/new"): OPERATORS,
    ("GET", "/screenings/{screening_id}"): OPERATORS,
    ("GET", "/screenings/{screening_id}/progress"): OPERATORS,
    ("GET", "/screenings/{screening_id}/file"): OPERATORS,
    ("POST", "/screenings/{screening_id}/file"): OPERATORS,
    ("POST", "/screenings/{screening_id}/columns"): OPERATORS,
    ("POST", "/screenings/{screening_id}/take"): OPERATORS,
    ("POST", "/screenings/{screening_id}/discard"): OPERATORS,
    ("POST", "/screenings/{screening_id}/decisions"): OPERATORS,
    ("GET", "/screenings/{screening_id}/grid"): OPERATORS,
    ("GET", "/screenings/{screening_id}/rules"): OPERATORS,
    ("POST", "/screenings/{screening_id}/rules/preview"): OPERATORS,
    ("POST", "/screenings/{screening_id}/rules"): OPERATORS,
    ("POST", "/screenings/{screening_id}/close"): OPERATORS,
    ("GET", "/screenings/{screening_id}/delete"): OPERATORS,
    ("POST", "/screenings/{screening_id}/delete"): OPERATORS,
    ("GET", "/reviews"): OPERATORS,
    ("GET", "/reviews/{grade_id}"): OPERATORS,
    ("POST", "/reviews"): OPERATORS,
    ("POST", "/reviews/{grade_id}"): OPERATORS,
    ("POST", "/reviews/{grade_id}/comments"): OPERATORS,
    ("POST", "/reviews/{grade_id}/assignee"): OPERATORS,
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
    ("GET", "/api/v1/health"): TEAM,
    ("GET", "/api/v1/schemas"): TEAM,
    ("GET", "/api/v1/schemas/{name}"): TEAM,
    ("GET", "/api/v1/banks"): keys(Scope.BANKS_READ),
    ("POST", "/api/v1/banks"): keys(Scope.BANKS_WRITE),
    ("GET", "/api/v1/banks/search"): keys(Scope.BANKS_READ),
    ("POST", "/api/v1/banks/reindex"): keys(Scope.BANKS_WRITE),
    ("GET", "/api/v1/banks/{name}"): keys(Scope.BANKS_READ),
    ("POST", "/api/v1/grade"): keys(Scope.GRADES_WRITE),
    ("POST", "/api/v1/grade-pending"): keys(Scope.GRADES_WRITE),
    ("GET", "/api/v1/reviews"): keys(Scope.REVIEWS_READ),
    ("GET", "/api/v1/reviews/{grade_id}"): keys(Scope.REVIEWS_READ),
    ("POST", "/api/v1/reviews/bulk"): keys(Scope.REVIEWS_WRITE),
    ("POST", "/api/v1/reviews/{grade_id}/decisions"): keys(Scope.REVIEWS_WRITE),
    ("POST", "/api/v1/reviews/{grade_id}/comments"): keys(Scope.REVIEWS_WRITE),
    ("PUT", "/api/v1/reviews/{grade_id}/assignee"): keys(Scope.REVIEWS_WRITE),
    ("GET", "/api/v1/interviews"): keys(Scope.INTERVIEWS_READ),
    ("POST", "/api/v1/interviews"): keys(Scope.INTERVIEWS_WRITE),
    ("GET", "/api/v1/interviews/{interview_id}"): LINK_HOLDER | keys(Scope.INTERVIEWS_READ),
    ("GET", "/api/v1/interviews/{interview_id}/step"): LINK_HOLDER | keys(Scope.INTERVIEWS_READ),
    ("POST", "/api/v1/interviews/{interview_id}/messages"): LINK_HOLDER,
    ("GET", "/api/v1/interviews/{interview_id}/draft"): LINK_HOLDER,
    ("PUT", "/api/v1/interviews/{interview_id}/draft"): LINK_HOLDER,
    ("GET", "/api/v1/interviews/{interview_id}/grades"): keys(Scope.GRADES_READ),
    ("GET", "/api/v1/interviews/{interview_id}/report"): keys(Scope.GRADES_READ),
    ("DELETE", "/api/v1/interviews/{interview_id}"): keys(Scope.INTERVIEWS_WRITE),
    ("PUT", "/api/v1/interviews/{interview_id}/language"): LINK_HOLDER,
    ("POST", "/api/v1/interviews/{interview_id}/contest"): LINK_HOLDER,
    ("POST", "/api/v1/interviews/{interview_id}/erasure"): LINK_HOLDER,
    ("PUT", "/api/v1/interviews/{interview_id}/accommodation"): keys(Scope.INTERVIEWS_WRITE),
    ("DELETE", "/api/v1/interviews/{interview_id}/link"): keys(Scope.INTERVIEWS_WRITE),
    ("GET", "/api/v1/requests"): keys(Scope.REVIEWS_READ),
    ("POST", "/api/v1/requests/{request_id}/settle"): keys(Scope.REVIEWS_WRITE),
    ("GET", "/api/v1/keys"): keys(Scope.KEYS_WRITE),
    ("POST", "/api/v1/keys"): keys(Scope.KEYS_WRITE),
    ("POST", "/api/v1/keys/{key_id}/rotate"): keys(Scope.KEYS_WRITE),
    ("DELETE", "/api/v1/keys/{key_id}"): keys(Scope.KEYS_WRITE),
    ("GET", "/api/v1/webhooks"): keys(Scope.WEBHOOKS_WRITE),
    ("POST", "/api/v1/webhooks"): keys(Scope.WEBHOOKS_WRITE),
    ("POST", "/api/v1/webhooks/{webhook_id}/rotate"): keys(Scope.WEBHOOKS_WRITE),
    ("DELETE", "/api/v1/webhooks/{webhook_id}"): keys(Scope.WEBHOOKS_WRITE),
    ("GET", "/api/v1/webhooks/{webhook_id}/deliveries"): keys(Scope.WEBHOOKS_WRITE),
    ("POST", "/api/v1/webhooks/deliveries/{delivery_id}/replay"): keys(Scope.WEBHOOKS_WRITE),
    ("GET", "/api/v1/screenings"): keys(Scope.SCREENINGS_READ),
    ("POST", "/api/v1/screenings"): keys(Scope.SCREENINGS_WRITE),
    ("GET", "/api/v1/screenings/{screening_id}"): keys(Scope.SCREENINGS_READ),
    ("POST", "/api/v1/screenings/{screening_id}/activate"): keys(Scope.SCREENINGS_WRITE),
    ("POST", "/api/v1/screenings/{screening_id}/close"): keys(Scope.SCREENINGS_WRITE),
    ("POST", "/api/v1/screenings/{screening_id}/answers"): keys(Scope.SCREENINGS_WRITE),
    ("GET", "/api/v1/screenings/{screening_id}/progress"): keys(Scope.SCREENINGS_READ),
    ("GET", "/api/v1/screenings/{screening_id}/results"): keys(Scope.SCREENINGS_READ),
    ("PUT", "/api/v1/screenings/{screening_id}/policy"): keys(Scope.SCREENINGS_WRITE),
    ("POST", "/api/v1/screenings/{screening_id}/invitations"): keys(Scope.SCREENINGS_WRITE),
    ("GET", "/api/v1/screenings/{screening_id}/invitations"): keys(Scope.SCREENINGS_READ),
    ("DELETE", "/api/v1/screenings/{screening_id}"): keys(Scope.SCREENINGS_WRITE),
    ("GET", "/api/v1/problems"): EVERYBODY,
    ("GET", "/api/v1/problems/{name}"): EVERYBODY,
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
        # What is left of it is a job, which begins in its own time.
        while not (grades := self.client.get(f"/api/v1/interviews/{opened.id}/grades", headers=bearer).json()):
            pass
        return str(next(iter(grades.values()))["grade_id"])

    def key_id(self) -> str:
        """Of a key that may only what a key with the scope for keys may."""
        body = {"name": "to be changed", "scopes": [Scope.KEYS_WRITE]}
        bearer = {"Authorization": f"Bearer {self.token}"}
        return str(self.client.post("/api/v1/keys", json=body, headers=bearer).json()["key"]["id"])

    def screening_id(self) -> str:
        """Of a draft."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        wanted = {"name": "Autumn", "bank": "aws_data_engineer"}
        return str(self.client.post("/api/v1/screenings", json=wanted, headers=bearer).json()["id"])

    def webhook_id(self) -> str:
        """Of a webhook that nobody listens to."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        wanted = {"url": "http://127.0.0.1:1/", "events": ["grade.completed"]}
        return str(self.client.post("/api/v1/webhooks", json=wanted, headers=bearer).json()["webhook"]["id"])

    def delivery_id(self) -> str:
        """Of what was sent there."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        path = f"/api/v1/webhooks/{self.webhook_id()}/deliveries"
        self.grade_id()
        return str(self.client.get(path, headers=bearer).json()["deliveries"][0]["id"])

    @cached_property
    def team(self) -> Mapping[str, Mapping[str, str]]:
        """The headers of everybody who is no candidate, by role."""
        bearer = {"Authorization": f"Bearer {self.token}"}
        cookie = self.client.get(f"/sign-in?token={self.token}").cookies[COOKIE]
        self.client.cookies.clear()
        roles = {
            NOBODY: {},
            OPERATOR: bearer,
            SIGNED_IN: {"Cookie": f"{COOKIE}={cookie}", "Origin": "http://127.0.0.1"},
        }
        for scope in Scope:
            made = self.client.post("/api/v1/keys", json={"name": scope, "scopes": [scope]}, headers=bearer).json()
            roles[key(scope)] = {"Authorization": f"Bearer {made['secret']}"}
        return roles

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
        webhook_hosts="127.0.0.1",
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


@pytest.mark.parametrize(("method", "path"), list(TABLE), ids=[" ".join(at) for at in TABLE])
def test_a_route_turns_away_whoever_the_table_does_not_name(server: Server, method: str, path: str) -> None:
    mine, others = server.open(), server.open()
    if path.endswith("/events"):
        server.end(mine)  # the stream of an interview that is over ends by itself
    parts = {
        "question_id": server.question_id() if "{question_id}" in path else "",
        "grade_id": server.grade_id() if "{grade_id}" in path else "",
        "key_id": server.key_id() if "{key_id}" in path else "",
        "webhook_id": "wh-another",
        "screening_id": "sc-another",
        "delivery_id": server.delivery_id() if "{delivery_id}" in path else "",
        "name": {"schemas": "grade-input", "problems": "not-found"}.get(path.split("/")[-2], "aws_data_engineer"),
    }
    let_in = set()
    for who in (NOBODY, OTHER, CANDIDATE, *sorted(KEYS), SIGNED_IN, OPERATOR):
        # What one of the team removes, the next does not find: each of them who is expected to gets another.
        if "{webhook_id}" in path and who in TABLE[method, path]:
            parts["webhook_id"] = server.webhook_id()
        if "{screening_id}" in path and who in TABLE[method, path]:
            parts["screening_id"] = server.screening_id()
        about = server.open() if who in TABLE[method, path] & TEAM and "{interview_id}" in path else mine
        # Only the candidate knows the link; whoever else asks for it has to guess.
        link = mine.link if who == CANDIDATE else "a-guess-that-is-as-long-as-a-real-link-is-yes"
        address = path.replace("{name:path}", "viva.css").format(
            interview_id=about.id, link=link, request_id=f"{about.id}.r1", **parts
        )
        token = {OTHER: others.link, CANDIDATE: mine.link}.get(who)
        headers = {"Authorization": f"Bearer {token}"} if token else server.team[who]
        answer = server.client.request(
            method, address, headers=headers, json=BODIES.get((method, path)), data=FORMS.get((method, path))
        )
        server.client.cookies.clear()
        sent_to_sign_in = answer.status_code == 303 and answer.headers["location"] == "/sign-in"
        wrong_token = path == "/sign-in" and method == "POST"
        signs_out = path == "/sign-out"
        if wrong_token or signs_out or not (answer.status_code in TURNED_AWAY or sent_to_sign_in):
            let_in.add(who)
        assert answer.status_code < 500

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
