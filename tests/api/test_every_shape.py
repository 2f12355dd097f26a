"""Requests of every shape that the OpenAPI document allows, and of many that it does not: answers are as documented."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn

from app.config import Settings
from app.main import create_app
from tests.api.conftest import BANK, bearer
from tests.stub_llm import StubLLM

TOKEN = "a-token-for-tests-only"
AS_DOCUMENTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
    "missing_required_header",
)
EXAMPLES = ("--phases", "examples,fuzzing", "--max-examples", "1")
MANY = ("--phases", "examples,coverage,fuzzing", "--max-examples", "150")
CANDIDATES = ("--include-path-regex", r"^/api/v1/(interviews/\{|me$|problems)", "--exclude-method", "DELETE")


@dataclass(frozen=True)
class House:
    """A served Viva, and an interview in it.

    Attributes:
        folder: Where whoever asks may leave files.
    """

    address: str
    folder: Path

    def open(self) -> tuple[str, str]:
        """An interview that is under way: its id and its link token."""
        with httpx2.Client(base_url=f"{self.address}/api/v1") as client:
            opened = client.post("/interviews", json={"bank": "lake"}, headers=bearer(TOKEN)).json()
            consent = {"id": "consent", "command": "consent"}
            path = f"/interviews/{opened['id']}/messages"
            assert client.post(path, json=consent, headers=bearer(opened["token"])).status_code == 200
        return opened["id"], opened["token"]

    def ask_everything(self, *options: str, interview_id: str, token: str) -> None:
        """Ask about this interview in every shape; what is not as documented is told with the request that shows it."""
        config = self.folder / "schemathesis.toml"
        config.write_text(f"[parameters]\ninterview_id = {json.dumps(interview_id)}\n", encoding="utf-8")
        document = self.folder / "openapi.json"
        document.write_text(json.dumps(create_app(Settings()).openapi()), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(document)),
            *("--url", self.address, "--header", f"Authorization: Bearer {token}", "--checks", ",".join(AS_DOCUMENTED)),
            *("--request-timeout", "60", "--generation-deterministic", "--no-color", *options),
        ]
        found = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=600, check=False)
        assert found.returncode == 0, found.stdout + found.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, _stub_server: StubLLM) -> Iterator[House]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        embeddings_base_url=_stub_server.base_url,
        embedding_model="stub-embedder",
        operator_token=TOKEN,
    )
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    made = House(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("asked"))
    with httpx2.Client(base_url=made.address) as client:
        file = {"file": ("lake.yaml", BANK)}
        assert client.post("/api/v1/banks", files=file, headers=bearer(TOKEN)).status_code == 201
    yield made
    server.should_exit = True
    thread.join()


def test_the_operator_gets_documented_answers(house: House) -> None:
    interview_id, _ = house.open()
    house.ask_everything(*EXAMPLES, interview_id=interview_id, token=TOKEN)


@pytest.mark.slow
def test_the_operator_gets_documented_answers_to_many_requests(house: House) -> None:
    interview_id, _ = house.open()
    house.ask_everything(*MANY, "--exclude-method", "DELETE", interview_id=interview_id, token=TOKEN)


@pytest.mark.slow
def test_a_candidate_gets_documented_answers_to_many_requests(house: House) -> None:
    interview_id, link = house.open()
    house.ask_everything(*MANY, *CANDIDATES, interview_id=interview_id, token=link)
