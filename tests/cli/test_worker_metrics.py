"""A worker's figures, over HTTP, for whoever may read the server's."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.access.scopes import Scope
from app.bootstrap import Services
from app.cli.ports import listen
from app.cli.worker_metrics import metrics_served
from app.interviews.models import Mode
from tests.journeys.house import open_house
from tests.telemetry.reading import value


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[tuple[httpx2.AsyncClient, Services]]:
    """A client of a worker's address, and what the worker works with."""
    async with open_house(tmp_path) as house:
        bound = listen("127.0.0.1", 0)
        async with (
            metrics_served(house.services, bound),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", trust_env=False) as client,
        ):
            yield client, house.services


async def test_the_operator_and_a_key_with_the_scope_read_a_workers_figures(
    worker: tuple[httpx2.AsyncClient, Services],
) -> None:
    client, services = worker
    new = await services.keys.create("Prometheus", frozenset({Scope.METRICS_READ}))
    for token in (services.operator_token, new.secret):
        told = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert told.status_code == 200
        assert value(told.text, "viva_reachable", service="database") == 1
        assert "viva_llm_requests" in told.text


async def test_nobody_else_reads_them_and_there_is_nothing_else_to_read(
    worker: tuple[httpx2.AsyncClient, Services],
) -> None:
    client, services = worker
    other = await services.keys.create("Another", frozenset({Scope.BANKS_READ}))
    operator = {"Authorization": f"Bearer {services.operator_token}"}

    interview, link = await services.interviews.open(bank="aws_data_engineer", mode=Mode.PRACTICE)
    await services.interviews.revoke_link(interview.id)

    assert (await client.get("/metrics")).status_code == 401
    assert (await client.get("/metrics", headers={"Authorization": f"Bearer {link}"})).status_code == 401
    lacking = await client.get("/metrics", headers={"Authorization": f"Bearer {other.secret}"})
    assert (lacking.status_code, "metrics:read" in lacking.text) == (403, True)
    assert (await client.get("/api/v1/interviews", headers=operator)).status_code == 404
    assert (await client.post("/metrics", headers=operator)).status_code == 404
