"""Runs of jobs are counted by how they ended, and each is a line of log."""

import pytest
from structlog.testing import capture_logs

from app.telemetry.job_runs import watched
from tests.telemetry.reading import counted


def count(outcome: str) -> float:
    return counted("viva_jobs_run_total", kind="tried-out", outcome=outcome)


async def run(result: bool | Exception) -> bool:
    async def handler(_: tuple[str, ...]) -> bool:
        if isinstance(result, Exception):
            raise result
        return result

    return await watched("tried-out", handler)(("an-1",))


async def test_a_run_is_told_with_its_ids_and_whether_it_is_done() -> None:
    before = count("done"), count("unfinished")
    with capture_logs() as logged:
        assert await run(True)
        assert not await run(False)

    assert (count("done"), count("unfinished")) == (before[0] + 1, before[1] + 1)
    assert [(entry["event"], entry["ids"], entry["outcome"]) for entry in logged] == [
        ("job", ["an-1"], "done"),
        ("job", ["an-1"], "unfinished"),
    ]
    assert all(entry["duration_ms"] >= 0 for entry in logged)


async def test_a_run_that_breaks_is_counted_and_the_error_goes_on() -> None:
    before = count("failed")
    with capture_logs() as logged, pytest.raises(ValueError, match="what a candidate said"):
        await run(ValueError("what a candidate said"))

    assert count("failed") == before + 1
    assert "what a candidate said" not in str(logged)
