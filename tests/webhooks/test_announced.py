"""What happens is told to whoever wants to know, signed, and can be sent again; over the API and a real connection.

Here and not beside the tests of the API: a process runs the jobs of one server at a time, and theirs goes on.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.api.conftest import BANK, STRONG, bearer
from tests.stub_llm import StubLLM
from tests.webhooks.receiver import Received, Receiver, receiving

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        webhook_hosts="127.0.0.1",
        audit_share=0,
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        client.headers.update(bearer(operator_token(settings).value))
        assert client.post("/api/v1/banks", files={"file": ("lake.yaml", BANK)}).status_code == 201
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def added(client: TestClient, receiver: Receiver, *events: str) -> tuple[str, str]:
    """A webhook that leads to the receiver: its id and its secret."""
    made = client.post("/api/v1/webhooks", json={"url": f"{receiver.address}/viva", "events": events})
    assert made.status_code == 201, made.text
    return made.json()["webhook"]["id"], made.json()["secret"]


def completed(client: TestClient) -> str:
    """An interview that goes to its end."""
    opened = client.post("/api/v1/interviews", json={"bank": "lake", "limit": 1}).json()
    path = f"/api/v1/interviews/{opened['id']}/messages"
    said = ({"command": "consent"}, {"text": STRONG}, {"text": "Nothing more."}, {"command": "submit"})
    for number, what in enumerate(said):
        answer = client.post(path, json={"id": f"m{number}", **what}, headers=bearer(opened["token"]))
        assert answer.status_code == 200, answer.text
    return str(opened["id"])


def is_signed(message: Received, secret: str) -> bool:
    """As a receiver checks it."""
    head = message.headers
    content = f"{head['webhook-id']}.{head['webhook-timestamp']}.{message.body}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    return abs(time.time() - int(head["webhook-timestamp"])) < 300 and head["webhook-signature"] == wanted


def test_a_completed_interview_and_its_grades_are_told_signed_and_by_ids_alone(
    client: TestClient, receiver: Receiver
) -> None:
    webhook_id, secret = added(client, receiver, "interview.completed", "grade.completed", "review.needed")
    interview_id = completed(client)
    got = receiver.wait_for(3)
    told = {json.loads(one.body)["type"]: json.loads(one.body)["data"] for one in got}
    assert set(told) == {"interview.completed", "grade.completed", "review.needed"}
    assert told["interview.completed"]["interview_id"] == interview_id
    assert told["grade.completed"]["question_id"] == "q1"
    review = client.get(f"/api/v1/reviews/{told['review.needed']['review_id']}")
    assert review.json()["interview_id"] == interview_id
    assert all(is_signed(one, secret) for one in got)
    assert not [one for one in got if "object storage" in one.body]
    while {one["state"] for one in logged(client, webhook_id)} != {"delivered"}:
        pass
    assert client.delete(f"/api/v1/webhooks/{webhook_id}").status_code == 204


def logged(client: TestClient, webhook_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/webhooks/{webhook_id}/deliveries").json()["deliveries"]
    return found


def test_what_was_sent_can_be_sent_again_as_it_was(client: TestClient, receiver: Receiver) -> None:
    webhook_id, _ = added(client, receiver, "interview.completed")
    completed(client)
    (first,) = receiver.wait_for(1)
    while not (delivered := [one for one in logged(client, webhook_id) if one["state"] == "delivered"]):
        pass
    again = client.post(f"/api/v1/webhooks/deliveries/{delivered[0]['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (200, "waiting")
    second = receiver.wait_for(2)[1]
    assert (second.body, second.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])
    client.delete(f"/api/v1/webhooks/{webhook_id}")


def test_a_secret_is_shown_once_and_rotated(client: TestClient, receiver: Receiver) -> None:
    webhook_id, secret = added(client, receiver, "interview.completed")
    assert secret not in client.get("/api/v1/webhooks").text
    rotated = client.post(f"/api/v1/webhooks/{webhook_id}/rotate", json={"overlap_hours": 1})
    assert rotated.json()["secret"] != secret
    assert rotated.json()["webhook"]["previous_ends_at"] is not None
    client.delete(f"/api/v1/webhooks/{webhook_id}")


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://127.0.0.1/", "https://user@example.org/", "http://localhost:8000/"]
)
def test_an_address_that_cannot_be_a_webhooks_is_refused(client: TestClient, url: str) -> None:
    refused = client.post("/api/v1/webhooks", json={"url": url, "events": ["grade.completed"]})
    assert (refused.status_code, refused.json()["detail"].startswith("url: ")) == (422, True)
    unknown = client.post("/api/v1/webhooks", json={"url": "https://example.org/", "events": ["everything"]})
    assert unknown.json()["errors"][0]["pointer"] == "#/events/0"
