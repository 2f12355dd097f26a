import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.access.gate import CONTENT_SECURITY_POLICY, Gate
from app.config import Settings

OWN = "http://127.0.0.1:8000"


def gated(settings: Settings) -> TestClient:
    app = FastAPI()

    @app.get("/page")
    def page() -> str:
        return "page"

    @app.post("/change")
    def change() -> str:
        return "changed"

    app.add_middleware(Gate, settings=settings)
    return TestClient(app, base_url=OWN)


@pytest.fixture
def client() -> TestClient:
    return gated(Settings(public_url="https://viva.example.org"))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "viva.example.org", "LOCALHOST"])
def test_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/page", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[", "192.168.0.7"]
)
def test_a_name_that_was_pointed_here_is_turned_away(client: TestClient, host: str) -> None:
    answer = client.get("/page", headers={"Host": host})

    assert answer.status_code == 421
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("public_url", ["https://viva.example.org", None])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "null"},
        {"Origin": "http://[bad"},
        {"Origin": "garbage"},
        {"Origin": "file://"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": OWN},
        {},
    ],
)
def test_another_sites_page_changes_nothing_with_the_operators_cookie(
    headers: dict[str, str], public_url: str | None
) -> None:
    client = gated(Settings(public_url=public_url))

    assert client.post("/change", headers={"Cookie": "viva_operator=x", **headers}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": OWN},
        {"Origin": "https://viva.example.org"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_an_own_page_changes_things(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/change", headers={"Cookie": "viva_operator=x", **headers}).status_code == 200


def test_a_command_line_without_a_cookie_needs_no_origin(client: TestClient) -> None:
    assert client.post("/change").status_code == 200


def test_every_answer_carries_the_careful_headers(client: TestClient) -> None:
    for path in ("/page", "/no-such-page"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("headers", "status"), [({"Origin": "https://evil.example"}, 403), ({"Host": "evil.example"}, 421)]
)
def test_the_interface_says_a_refusal_as_a_problem(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/v1/interviews", headers=headers)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]
