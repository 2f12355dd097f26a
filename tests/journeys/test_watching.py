"""A whole interview, watched: logs, figures and traces say what was done and how long it took, and nothing of what was said."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.api.conftest import BANK
from tests.journeys.collector import Collector, Traced, collecting
from tests.journeys.served import TOKEN, Served, viva_serve
from tests.stub_llm import MODEL, StubLLM, refusal, serving
from tests.telemetry.reading import value

MARKER = "xylophone-marmalade"
"""Nobody but the candidate says it."""
REPLIES = {
    "q1": f"We land raw files in object storage and partition them by date, as in {MARKER}.",
    "q2": f"Every file is encrypted at rest with keys of {MARKER}.",
}


@dataclass(frozen=True)
class Watched:
    """What was left of an interview once the server had stopped.

    Attributes:
        replies: How many there were.
        figures: As Prometheus read them at the end.
    """

    interview_id: str
    link_token: str
    replies: int
    server: Served
    collector: Collector
    figures: str

    @property
    def log(self) -> list[Mapping[str, Any]]:
        """The lines that are JSON."""
        return [json.loads(line) for line in self.server.said if line.startswith("{")]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """An interview held over the API and looked at on its page, one critique refused; then the server is stopped."""
    with serving(StubLLM()) as stub, collecting() as collector:
        stub.script(refusal())
        settings = {
            "VIVA_EMBEDDINGS_BASE_URL": stub.base_url,
            "VIVA_EMBEDDING_MODEL": "stub-embedder",
            "VIVA_LLM_BASE_URL": stub.base_url,
            "VIVA_LLM_MODEL": MODEL,
            "VIVA_LLM_PRICE_INPUT": "1000",
            "VIVA_LLM_PRICE_CURRENCY": "USD",
            "VIVA_LOG_LEVEL": "debug",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OMP_NUM_THREADS": "1",
        }
        with viva_serve(tmp_path_factory.mktemp("watched"), settings) as server:
            server.wait_until_warm()
            with server.client() as operator:
                operator.post("/banks", files={"file": ("lake.yaml", BANK)}).raise_for_status()
                opened = operator.post("/interviews", json={"bank": "lake"}).json()
                replies = hold(server, opened)
                while len(operator.get(f"/interviews/{opened['id']}/grades").json()) < len(REPLIES) or _open(operator):
                    time.sleep(0.05)
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            figures = httpx2.get(f"{server.address}/metrics", headers=bearer).text
            assert server.stop() == 0
        yield Watched(opened["id"], opened["token"], replies, server, collector, figures)


def hold(server: Served, opened: Mapping[str, Any]) -> int:
    """Answer what is asked, follow-ups too, and hand in; gives how many replies that took."""
    path = f"/interviews/{opened['id']}"
    with server.client(opened["token"]) as candidate:

        def send(delivery: str, **what: str) -> dict[str, Any]:
            step: dict[str, Any] = candidate.post(f"{path}/messages", json={"id": delivery, **what}).json()
            while step["waiting"]:
                step = candidate.get(f"{path}/step").json()
            return step

        step = send("consent", command="consent")
        sent = 0
        while step["state"] == "asking":
            sent += 1
            step = send(f"reply-{sent}", text=f"{REPLIES[step['question_id']]} That is my reply {sent}.")
        assert send("submit", command="submit")["is_over"]
    assert httpx2.get(f"{server.address}/i/{opened['token']}").status_code == 200
    return sent


def _open(operator: httpx2.Client) -> int:
    return int(operator.get("/health").json()["open_jobs"])


def test_nothing_that_a_candidate_said_stands_in_logs_figures_or_traces(watched: Watched) -> None:
    for told in ("".join(watched.server.said), watched.figures, watched.collector.raw.decode("latin-1")):
        assert told
        assert MARKER not in told
        assert watched.link_token not in told
        assert TOKEN not in told


def test_every_turn_is_one_line_of_log_with_ids_and_its_time(watched: Watched) -> None:
    turns = [line for line in watched.log if line["event"] == "turn"]

    assert [line["kind"] for line in turns] == ["consent", *["reply"] * watched.replies, "submit"]
    for line in turns:
        assert (line["interview"], line["mode"], line["channel"]) == (watched.interview_id, "assessment", "api")
        assert line["duration_ms"] > 0


def test_every_job_and_every_failure_of_the_model_is_one_line_of_log(watched: Watched) -> None:
    jobs = [line for line in watched.log if line["event"] == "job"]
    failures = [line for line in watched.log if line["event"] == "no usable reply from the chat model"]

    assert {line["kind"] for line in jobs} == {"grade"}
    assert {line["outcome"] for line in jobs} == {"done"}
    assert [(line["kind"], line["model"], line["requests"]) for line in failures] == [("LLMRefused", MODEL, 1)]


def test_the_figures_count_what_was_done_and_what_it_cost(watched: Watched) -> None:
    def figure(name: str, **labels: str) -> float:
        return value(watched.figures, name, **labels)

    assert figure("viva_turns_total", mode="assessment", kind="reply", outcome="taken") == watched.replies
    assert figure("viva_readings_total", outcome="read") == watched.replies
    assert figure("viva_jobs_run_total", kind="grade", outcome="done") == len(REPLIES)
    assert figure("viva_llm_cost_total", model=MODEL, currency="USD") > 0
    assert figure("viva_jobs", queue="live", state="waiting") == 0


def test_a_trace_shows_a_turn_with_its_reading_and_its_transactions(watched: Watched) -> None:
    collector = watched.collector
    turns = [span for span in collector.named("turn") if span.attributes["viva.kind"] == "reply"]
    below = {span.name for turn in turns for span in collector.spans if span.parent == turn.id}
    requests = {span.id: span for span in collector.spans if "http.route" in span.attributes}

    assert len(turns) == watched.replies
    assert {"transaction", "reading"} <= below
    assert {requests[turn.parent].attributes["http.route"] for turn in turns} == {
        "/api/v1/interviews/{interview_id}/messages"
    }
    assert {span.attributes["viva.interview"] for span in turns} == {watched.interview_id}


def test_a_trace_shows_a_job_with_its_requests_to_the_model(watched: Watched) -> None:
    spans = {span.id: span for span in watched.collector.spans}
    requests = watched.collector.named("chat request")

    def above(span: Traced) -> set[str]:
        parent = spans.get(span.parent)
        return set() if parent is None else {parent.name} | above(parent)

    assert len(requests) >= len(REPLIES)
    assert {span.attributes["viva.outcome"] for span in requests} == {"answered"}
    assert all("job" in above(span) for span in requests)
