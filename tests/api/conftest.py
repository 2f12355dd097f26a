"""The whole application behind a test client; vectors come from the stub's endpoint, so no model is loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from app.access.tokens import operator_token
from app.config import Settings
from app.main import create_app
from tests.stub_llm import StubLLM

BANK = """
title: Data lakes
sections:
- title: Storage
  questions:
  - id: q1
    text: How would you store raw data?
    criteria: [Land raw files in object storage, Partition them by date]
  - id: q2
    text: How do you protect it?
    criteria: [Encrypt it at rest]
"""
STRONG = "Land raw files in object storage, and partition them by date, so that a day can be read alone."


@dataclass(frozen=True)
class Opened:
    """An interview with its candidate's way of asking."""

    id: str
    token: str
    bearer: dict[str, str]


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        audit_share=0,
    )


@pytest.fixture(scope="package")
def client(settings: Settings) -> Iterator[TestClient]:
    """A client that shows nothing of itself."""
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        imported = client.post(
            "/api/v1/banks", files={"file": ("lake.yaml", BANK)}, headers=bearer(operator_token(settings).value)
        )
        assert imported.status_code == 201, imported.text
        yield client


@pytest.fixture(scope="package")
def operator(settings: Settings) -> dict[str, str]:
    """The operator's headers."""
    return bearer(operator_token(settings).value)


@pytest.fixture
def opened(client: TestClient, operator: dict[str, str]) -> Callable[..., Opened]:
    """Opens an interview and consents to it."""

    def open_interview(mode: str = "assessment", **more: object) -> Opened:
        body = client.post("/api/v1/interviews", json={"bank": "lake", "mode": mode, **more}, headers=operator).json()
        found = Opened(body["id"], body["token"], bearer(body["token"]))
        said = client.post(
            f"/api/v1/interviews/{found.id}/messages",
            json={"id": "consent", "command": "consent"},
            headers=found.bearer,
        )
        assert said.json()["state"] == "asking"
        return found

    return open_interview


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
