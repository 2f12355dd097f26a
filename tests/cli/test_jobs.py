"""`viva jobs` and `viva worker`: later work seen and steered, beside a server or without one."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.bootstrap import open_records
from app.cli.commands import application
from app.cli.settings import read_settings
from app.errors import Conflict, InvalidInput, NotFound
from app.interviews.models import JobRequest, Queue
from app.jobs.enqueueing import enqueue


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("VIVA_DATABASE_URL", raising=False)
    wanted(
        JobRequest("grade", "grade:a:0", ("a",)),
        JobRequest("grade", "grade:b:0", ("b",), Queue.BATCH, "s1"),
        JobRequest("export", "export:1", ("1",), Queue.WORK),
    )


def wanted(*requests: JobRequest) -> None:
    async def put() -> None:
        async with open_records(read_settings()) as records:
            for request in requests:
                await records.database.write(lambda connection, request=request: enqueue(connection, request))  # type: ignore[misc]

    asyncio.run(put())


def viva(*arguments: str) -> str:
    """What it prints."""
    result = CliRunner().invoke(application(), arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_tells_the_queues_and_then_the_jobs() -> None:
    lines = viva("jobs", "list").splitlines()
    assert [line.split(" (")[0].split(",")[0] for line in lines[:3]] == [
        "live   1 waiting",
        "batch  1 waiting",
        "work   1 waiting",
    ]
    assert "the oldest for" in lines[0]
    # A database file tells times by the second.
    assert sorted(line.split()[3] for line in lines[4:]) == ["export:1", "grade:a:0", "grade:b:0"]
    assert all(line.split()[2] == "waiting" for line in lines[4:])


def test_list_as_json_is_the_same_and_goes_on_where_it_ended() -> None:
    first = json.loads(viva("jobs", "list", "--json", "--kind", "grade", "--limit", "1"))
    assert [queue["waiting"] for queue in first["queues"]] == [1, 1, 1]
    (job,) = first["jobs"]
    assert (job["key"], job["ids"], job["queue"], job["partition"]) == ("grade:b:0", ["b"], "batch", "s1")
    assert datetime.fromisoformat(job["asked_at"]).tzinfo is not None
    rest = json.loads(viva("jobs", "list", "--json", "--kind", "grade", "--after", first["following"]))
    assert [job["key"] for job in rest["jobs"]] == ["grade:a:0"]
    assert rest["following"] is None


def test_a_job_is_cancelled_shown_and_had_back() -> None:
    assert viva("jobs", "cancel", "grade:a:0") == "grade:a:0 is cancelled.\n"
    assert "cancelled" in viva("jobs", "show", "grade:a:0")
    assert viva("jobs", "list", "--state", "cancelled").splitlines()[-1].endswith("cancelled  grade:a:0")
    assert viva("jobs", "retry", "grade:a:0") == "grade:a:0 is due now.\n"
    assert json.loads(viva("jobs", "show", "grade:a:0", "--json"))["state"] == "waiting"


def test_what_cannot_be_done_is_said_in_a_sentence() -> None:
    viva("jobs", "cancel", "grade:a:0")
    with pytest.raises(Conflict, match="is cancelled already"):
        viva("jobs", "cancel", "grade:a:0")
    with pytest.raises(NotFound, match="There is no job nothing"):
        viva("jobs", "show", "nothing")
    with pytest.raises(InvalidInput, match="waiting, running, done, failed, cancelled"):
        viva("jobs", "list", "--state", "lost")


def test_a_worker_beside_what_belongs_to_one_process_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match=r"a PostgreSQL database .* and a Chroma server"):
        viva("worker")
    monkeypatch.setenv("VIVA_CHROMA_URL", "http://127.0.0.1:1")
    with pytest.raises(InvalidInput, match=r"needs a PostgreSQL database \(VIVA_DATABASE_URL\), since"):
        viva("worker")
