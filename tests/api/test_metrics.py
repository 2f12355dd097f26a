"""What Prometheus reads, and who may."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import STRONG, Opened, bearer
from tests.telemetry.reading import value

Open = Callable[..., Opened]
Figures = Callable[..., float]


@pytest.fixture
def figure(client: TestClient, operator: dict[str, str]) -> Figures:
    """One figure as it stands now."""

    def now(name: str, **labels: str) -> float:
        told = client.get("/metrics", headers=operator)
        assert told.headers["content-type"].startswith("text/plain; version=")
        return value(told.text, name, **labels)

    return now


def test_a_key_with_the_scope_for_it_reads_the_figures_and_nothing_else(
    client: TestClient, operator: dict[str, str]
) -> None:
    made = client.post("/api/v1/keys", json={"name": "Prometheus", "scopes": ["metrics:read"]}, headers=operator)
    key = bearer(made.json()["secret"])

    assert client.get("/metrics", headers=key).status_code == 200
    assert client.get("/api/v1/interviews", headers=key).status_code == 403


def test_whoever_may_not_read_the_figures_is_told_what_to_send(
    client: TestClient, operator: dict[str, str], opened: Open
) -> None:
    made = client.post("/api/v1/keys", json={"name": "Another", "scopes": ["banks:read"]}, headers=operator)
    nobody = client.get("/metrics", follow_redirects=False)

    assert nobody.status_code == 401
    assert "bearer token" in nobody.json()["detail"]
    lacking = client.get("/metrics", headers=bearer(made.json()["secret"]))
    assert (lacking.status_code, "metrics:read" in lacking.json()["detail"]) == (403, True)
    assert client.get("/metrics", headers=opened().bearer).status_code == 403


def test_turns_are_counted_by_mode_and_by_what_they_were(client: TestClient, opened: Open, figure: Figures) -> None:
    interview = opened("practice")
    kinds = {"reply": {"text": STRONG}, "repeat": {"command": "repeat"}}
    before = {kind: figure("viva_turns_total", mode="practice", kind=kind, outcome="taken") for kind in kinds}
    timed = figure("viva_turn_seconds_count", mode="practice", kind="reply")
    for kind, what in kinds.items():
        client.post(
            f"/api/v1/interviews/{interview.id}/messages", json={"id": kind, **what}, headers=interview.bearer
        ).raise_for_status()

    for kind, earlier in before.items():
        assert figure("viva_turns_total", mode="practice", kind=kind, outcome="taken") == earlier + 1
    assert figure("viva_turn_seconds_count", mode="practice", kind="reply") == timed + 1


def test_a_turn_that_was_refused_is_counted_as_such(client: TestClient, opened: Open, figure: Figures) -> None:
    interview = opened()
    before = figure("viva_turns_total", mode="assessment", kind="consent", outcome="refused")
    again = client.post(
        f"/api/v1/interviews/{interview.id}/messages",
        json={"id": "again", "command": "consent"},
        headers=interview.bearer,
    )

    assert again.status_code == 409
    assert figure("viva_turns_total", mode="assessment", kind="consent", outcome="refused") == before + 1


def test_a_graded_answer_is_a_reading_and_one_that_says_nothing_is_told_apart(
    client: TestClient, operator: dict[str, str], figure: Figures
) -> None:
    before = {outcome: figure("viva_readings_total", outcome=outcome) for outcome in ("read", "stopped")}
    for place, answer in enumerate((STRONG, "I don't know")):
        row = {"id": f"r{place}", "question": "How?", "criteria": ["Partition them by date"], "answer": answer}
        client.post("/api/v1/grade", json={"rows": [row]}, headers=operator).raise_for_status()

    for outcome, earlier in before.items():
        assert figure("viva_readings_total", outcome=outcome) == earlier + 1


def test_the_figures_say_what_can_be_reached(figure: Figures) -> None:
    assert figure("viva_reachable", service="database") == 1
    assert figure("viva_reachable", service="vector_store") == 1
    assert figure("viva_embedder", model="stub-embedder", state="ready") == 1
