"""Later work: written with what made it necessary, done until it is finished, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.db.database import Database
from app.db.engine import make_engine
from app.interviews.models import JobRequest
from app.jobs import in_process
from app.jobs.in_process import InProcessJobs
from app.jobs.port import Jobs

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "LOOK_EVERY_S", 0.01)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(make_engine(Settings(data_dir=tmp_path, database_url=None)))
    in_process.prepare(made.engine)
    yield made
    await made.aclose()


class Worker:
    """Handlers that write down what they were given."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.finishes = True
        self.raises = False
        self.at_once = 0
        self.most_at_once = 0
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, ids: tuple[str, ...]) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        try:
            await self.may_end.wait()
        finally:
            self.at_once -= 1
        self.done.append(ids)
        if self.raises:
            raise RuntimeError("a bug in a handler")
        return self.finishes


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.now


async def put(database: Database, *requests: JobRequest) -> None:
    with database.engine.begin() as connection:
        for request in requests:
            in_process.enqueue(connection, request)


def a_job(name: str = "a") -> JobRequest:
    return JobRequest("grade", f"grade:{name}", (name, "x"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; the test's own limit is a generous one."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.005)


async def left(jobs: Jobs, count: int) -> None:
    async def so_many() -> bool:
        return await jobs.open_count() == count

    await until(so_many)


async def has_done(worker: Worker, times: int) -> None:
    async def enough() -> bool:
        return len(worker.done) >= times

    await until(enough)


async def test_work_is_done_once_and_then_gone(database: Database) -> None:
    worker = Worker()
    jobs = InProcessJobs(database, concurrency=2)
    await jobs.start({"grade": worker})
    await put(database, a_job("a"), a_job("b"))
    jobs.wake()
    await left(jobs, 0)
    await jobs.stop()
    assert sorted(worker.done) == [("a", "x"), ("b", "x")]


async def test_work_of_a_transaction_that_is_rolled_back_is_never_done(database: Database) -> None:
    worker = Worker()
    jobs = InProcessJobs(database, concurrency=2)
    await jobs.start({"grade": worker})
    with database.engine.connect() as connection:
        in_process.enqueue(connection, a_job("undone"))
        connection.rollback()
    await put(database, a_job("kept"))
    jobs.wake()
    await left(jobs, 0)
    await jobs.stop()
    assert worker.done == [("kept", "x")]


async def test_one_key_is_one_job(database: Database) -> None:
    worker = Worker()
    await put(database, a_job(), a_job())
    await put(database, a_job())
    jobs = InProcessJobs(database, concurrency=2)
    assert await jobs.open_count() == 1
    await jobs.start({"grade": worker})
    await left(jobs, 0)
    await jobs.stop()
    assert worker.done == [("a", "x")]


async def test_a_job_asked_for_again_while_it_runs_runs_again(database: Database) -> None:
    worker = Worker()
    worker.may_end.clear()
    jobs = InProcessJobs(database, concurrency=2)
    await put(database, a_job())
    await jobs.start({"grade": worker})
    await worker.begun.wait()
    await put(database, a_job())
    worker.may_end.set()
    await left(jobs, 0)
    await jobs.stop()
    assert worker.done == [("a", "x")] * 2
    assert worker.most_at_once == 1


async def test_unfinished_work_is_tried_again_after_a_pause_that_doubles_up_to_a_quarter_of_an_hour(
    database: Database,
) -> None:
    worker, clock = Worker(), Hands()
    worker.finishes = False
    jobs = InProcessJobs(database, concurrency=1, now=clock)
    await put(database, a_job())
    await jobs.start({"grade": worker})
    pauses = []
    for attempt in range(1, 9):
        await has_done(worker, attempt)

        async def written_down(attempt: int = attempt) -> bool:
            return (await the_job(database))[0] == attempt

        await until(written_down)
        _, due_at = await the_job(database)
        pauses.append((due_at - clock.now).total_seconds())
        clock.now = due_at - timedelta(seconds=1)
        jobs.wake()
        await asyncio.sleep(0.05)
        assert len(worker.done) == attempt
        clock.now = due_at
        jobs.wake()
    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900]
    worker.finishes = True
    clock.now += timedelta(hours=1)
    jobs.wake()
    await left(jobs, 0)
    await jobs.stop()


async def the_job(database: Database) -> tuple[int, datetime]:
    with database.engine.connect() as connection:
        row = connection.execute(select(in_process.jobs)).one()
    return row.attempts, row.due_at


async def test_even_after_years_of_trying_the_pause_can_be_counted(database: Database) -> None:
    worker, clock = Worker(), Hands()
    worker.finishes = False
    await put(database, a_job())
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET attempts = 100000"))
    jobs = InProcessJobs(database, concurrency=1, now=clock)
    await jobs.start({"grade": worker})

    async def written_down() -> bool:
        return (await the_job(database))[0] == 100001

    await until(written_down)
    await jobs.stop()
    assert (await the_job(database))[1] == clock.now + timedelta(minutes=15)


async def test_a_bug_in_one_job_does_not_end_the_others(database: Database) -> None:
    good, bad = Worker(), Worker()
    bad.raises = True
    jobs = InProcessJobs(database, concurrency=1)
    await put(database, JobRequest("bad", "bad:1", ("1",)), a_job("a"), JobRequest("bad", "bad:2", ("2",)), a_job("b"))
    await jobs.start({"grade": good, "bad": bad})
    await has_done(good, 2)
    await has_done(bad, 2)
    await left(jobs, 2)
    await jobs.stop()


async def test_what_is_under_way_when_the_server_stops_is_taken_up_by_the_next(database: Database) -> None:
    worker = Worker()
    worker.may_end.clear()
    before = InProcessJobs(database, concurrency=2)
    await put(database, a_job("a"), a_job("b"), a_job("c"))
    await before.start({"grade": worker})
    await worker.begun.wait()
    await before.stop()
    assert worker.done == []
    assert await before.open_count() == 3
    worker.may_end.set()
    after = InProcessJobs(database, concurrency=2)
    await after.start({"grade": worker})
    await left(after, 0)
    await after.stop()
    assert sorted(worker.done) == [("a", "x"), ("b", "x"), ("c", "x")]


async def test_stopping_what_never_started_is_no_error(database: Database) -> None:
    await InProcessJobs(database, concurrency=1).stop()


async def test_no_more_jobs_run_at_once_than_is_allowed(database: Database) -> None:
    worker = Worker()
    worker.may_end.clear()
    jobs = InProcessJobs(database, concurrency=3)
    await put(database, *(a_job(str(number)) for number in range(10)))
    await jobs.start({"grade": worker})

    async def full() -> bool:
        return worker.at_once == 3

    await until(full)
    jobs.wake()
    await asyncio.sleep(0.05)
    assert worker.at_once == 3
    worker.may_end.set()
    await left(jobs, 0)
    await jobs.stop()
    assert worker.most_at_once == 3
    assert len(worker.done) == 10


async def test_a_kind_nobody_handles_waits_for_who_does(database: Database) -> None:
    worker = Worker()
    jobs = InProcessJobs(database, concurrency=1)
    await put(database, JobRequest("later", "later:1", ("1",)), a_job())
    await jobs.start({"grade": worker})
    await left(jobs, 1)
    await jobs.stop()
    after = InProcessJobs(database, concurrency=1)
    await after.start({"later": worker})
    await left(after, 0)
    await after.stop()
    assert worker.done == [("a", "x"), ("1",)]


async def test_a_database_that_is_away_for_a_while_does_not_end_later_work_for_good(database: Database) -> None:
    worker = Worker()
    jobs = InProcessJobs(database, concurrency=1)
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE jobs RENAME TO away"))
    await jobs.start({"grade": worker})
    await asyncio.sleep(0.1)
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO jobs"))
    await put(database, a_job())
    await left(jobs, 0)
    await jobs.stop()
    assert worker.done == [("a", "x")]


async def test_a_job_whose_end_cannot_be_written_is_done_again_not_lost(database: Database) -> None:
    worker = Worker()
    worker.may_end.clear()
    jobs = InProcessJobs(database, concurrency=1)
    await put(database, a_job())
    await jobs.start({"grade": worker})
    await worker.begun.wait()
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE jobs RENAME TO away"))
    worker.may_end.set()
    await has_done(worker, 1)
    await asyncio.sleep(0.05)
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO jobs"))
    await left(jobs, 0)
    await jobs.stop()
    assert len(worker.done) >= 2
