"""Later work: written with what made it necessary, done until it is finished, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import Connection, update

from app.db.database import Database
from app.errors import Conflict, InvalidInput, NotFound
from app.interviews.models import JobRequest, Queue
from app.jobs import durable
from app.jobs.durable import DurableJobs, pause_s
from app.jobs.enqueueing import enqueue
from app.jobs.port import Job, Jobs, JobState
from app.jobs.records import tables_of

Start = Callable[..., Awaitable[DurableJobs]]


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
            raise RuntimeError("a bug in a handler that quotes what a candidate wrote")
        return self.finishes


def quick(database: Database, **given: float | str) -> DurableJobs:
    """Jobs that wait for nothing long."""
    chosen = {
        "version": "1",
        "concurrency": 4,
        "look_every_s": 0.02,
        "first_pause_s": 0.01,
        "beat_s": 0.1,
        **given,
    }
    return DurableJobs(database, **chosen)  # type: ignore[arg-type] # by name


@pytest.fixture
async def start(database: Database) -> AsyncIterator[Start]:
    """Starts jobs with these handlers; they are stopped in the end."""
    started: list[DurableJobs] = []

    async def begin(handlers: dict[str, Worker], **given: float | str) -> DurableJobs:
        jobs = quick(database, **given)
        started.append(jobs)
        await jobs.start(handlers)
        return jobs

    yield begin
    for jobs in started:
        await jobs.stop()


async def put(database: Database, *requests: JobRequest) -> None:
    def work(connection: Connection) -> None:
        for request in requests:
            enqueue(connection, request)

    await database.write(work)


def a_job(name: str = "a", queue: Queue = Queue.LIVE, partition: str = "") -> JobRequest:
    return JobRequest("grade", f"grade:{name}", (name, "x"), queue, partition)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; the test's own limit is a generous one."""
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.01)


async def stands(jobs: Jobs, key: str, state: JobState) -> Job:
    """The job, once it is in that state."""

    async def is_so() -> bool:
        return (await jobs.get(key)).state is state

    await until(is_so)
    return await jobs.get(key)


async def has_done(worker: Worker, times: int) -> None:
    async def enough() -> bool:
        return len(worker.done) >= times

    await until(enough)


async def test_work_is_done_once_and_can_be_looked_up_afterwards(database: Database, start: Start) -> None:
    worker = Worker()
    jobs = await start({"grade": worker})
    await put(database, a_job("a"), a_job("b"))
    done = await stands(jobs, "grade:a", JobState.DONE)
    await stands(jobs, "grade:b", JobState.DONE)
    assert sorted(worker.done) == [("a", "x"), ("b", "x")]
    assert (done.kind, done.ids, done.queue, done.tries, done.trouble) == ("grade", ("a", "x"), Queue.LIVE, 0, "")
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.asked_at <= done.started_at <= done.finished_at


async def test_work_of_a_transaction_that_is_rolled_back_is_never_done(database: Database, start: Start) -> None:
    worker = Worker()
    jobs = await start({"grade": worker})

    def undone(connection: Connection) -> None:
        enqueue(connection, a_job("undone"))
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(undone)
    await put(database, a_job("kept"))
    await stands(jobs, "grade:kept", JobState.DONE)
    assert worker.done == [("kept", "x")]
    with pytest.raises(NotFound):
        await jobs.get("grade:undone")


async def test_one_key_is_one_job_while_it_waits(database: Database, start: Start) -> None:
    worker = Worker()
    await put(database, a_job(), a_job())
    await put(database, a_job())
    assert await quick(database).open_count() == 1
    jobs = await start({"grade": worker})
    await stands(jobs, "grade:a", JobState.DONE)
    assert worker.done == [("a", "x")]


async def test_a_job_asked_for_again_while_it_runs_runs_once_more_afterwards(database: Database, start: Start) -> None:
    worker = Worker()
    worker.may_end.clear()
    await put(database, a_job())
    jobs = await start({"grade": worker})
    await worker.begun.wait()
    await put(database, a_job())
    await put(database, a_job())

    async def is_taken_again() -> bool:
        return (await jobs.get("grade:a")).state is JobState.RUNNING

    await until(is_taken_again)
    worker.may_end.set()
    await stands(jobs, "grade:a", JobState.DONE)
    assert worker.done == [("a", "x")] * 2
    assert worker.most_at_once == 1


async def test_a_job_asked_for_again_after_its_end_runs_anew(database: Database, start: Start) -> None:
    worker = Worker()
    await put(database, a_job())
    jobs = await start({"grade": worker})
    first = await stands(jobs, "grade:a", JobState.DONE)
    await put(database, a_job())
    await has_done(worker, 2)
    again = await stands(jobs, "grade:a", JobState.DONE)
    assert again.asked_at > first.asked_at


async def test_unfinished_work_is_tried_again_after_a_pause_and_holds_up_nothing_meanwhile(
    database: Database, start: Start
) -> None:
    worker, other = Worker(), Worker()
    worker.finishes = False
    jobs = await start({"grade": worker, "other": other}, concurrency=1, first_pause_s=60)
    await put(database, a_job())
    await has_done(worker, 1)
    waiting = await stands(jobs, "grade:a", JobState.WAITING)
    assert (waiting.tries, waiting.trouble) == (1, "")
    assert waiting.due_at is not None
    await put(database, JobRequest("other", "other:1", ("1",)))
    await stands(jobs, "other:1", JobState.DONE)
    assert len(worker.done) == 1
    worker.finishes = True
    await put(database, a_job())
    await stands(jobs, "grade:a", JobState.DONE)
    assert len(worker.done) == 2


@pytest.mark.slow
async def test_what_is_due_again_is_done_again(database: Database, start: Start) -> None:
    worker = Worker()
    worker.finishes = False
    jobs = await start({"grade": worker})
    await put(database, a_job())
    await has_done(worker, 2)
    worker.finishes = True
    await stands(jobs, "grade:a", JobState.DONE)


def test_pauses_about_double_from_fifteen_seconds_to_a_quarter_of_an_hour_and_differ() -> None:
    shortest = [min(pause_s(tries) for _ in range(200)) for tries in range(1, 12)]
    longest = [max(pause_s(tries) for _ in range(200)) for tries in range(1, 12)]
    assert 15 <= shortest[0] <= longest[0] <= 18
    assert all(0.8 * 15 * 2**n <= shortest[n] < longest[n] <= 1.2 * 15 * 2**n for n in range(1, 6))
    assert longest[-1] == 900
    assert pause_s(100_000) <= 900


async def test_a_bug_in_one_job_does_not_end_the_others_and_its_words_are_kept_nowhere(
    database: Database, start: Start, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = Worker(), Worker()
    bad.raises = True
    await put(database, JobRequest("bad", "bad:1", ("1",)), a_job("a"), JobRequest("bad", "bad:2", ("2",)), a_job("b"))
    jobs = await start({"grade": good, "bad": bad}, concurrency=1, first_pause_s=60)
    await has_done(good, 2)
    await has_done(bad, 2)
    waiting = await stands(jobs, "bad:1", JobState.WAITING)
    assert (waiting.tries, waiting.trouble) == (1, "RuntimeError")
    bad.raises = False
    await jobs.retry("bad:1")
    await stands(jobs, "bad:1", JobState.DONE)
    assert "quotes" not in caplog.text


@pytest.mark.slow
async def test_a_job_whose_handler_always_raises_has_failed_in_the_end_and_can_be_retried(
    database: Database, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "MOST_ERRORS", 2)
    bad = Worker()
    bad.raises = True
    jobs = await start({"grade": bad})
    await put(database, a_job())
    failed = await stands(jobs, "grade:a", JobState.FAILED)
    assert (failed.tries, failed.trouble) == (2, "RuntimeError")
    assert [depth.failed for depth in await jobs.depths()] == [1, 0, 0]
    bad.raises = False
    await jobs.retry("grade:a")
    done = await stands(jobs, "grade:a", JobState.DONE)
    assert (done.tries, done.trouble) == (0, "")


async def test_what_is_under_way_when_the_server_stops_is_taken_up_by_the_next(
    database: Database, start: Start
) -> None:
    worker = Worker()
    worker.may_end.clear()
    await put(database, a_job("a"), a_job("b"), a_job("c"))
    before = await start({"grade": worker}, concurrency=2)
    await worker.begun.wait()
    await before.stop()
    assert worker.done == []
    assert [(await before.get(f"grade:{name}")).state for name in "abc"] == [JobState.WAITING] * 3
    worker.may_end.set()
    after = await start({"grade": worker}, concurrency=2)
    for name in "abc":
        await stands(after, f"grade:{name}", JobState.DONE)
    assert sorted(worker.done) == [("a", "x"), ("b", "x"), ("c", "x")]


@pytest.mark.slow
async def test_what_is_under_way_may_end_within_the_grace_of_a_stop(database: Database, start: Start) -> None:
    worker = Worker()
    worker.may_end.clear()
    jobs = await start({"grade": worker})
    await put(database, a_job("a"))
    await worker.begun.wait()
    asyncio.get_running_loop().call_later(0.1, worker.may_end.set)
    await jobs.stop(grace_s=20)
    assert worker.done == [("a", "x")]
    assert (await jobs.get("grade:a")).state is JobState.DONE


async def test_stopping_what_never_started_is_no_error(database: Database) -> None:
    await quick(database).stop()


@pytest.mark.slow
async def test_a_process_runs_jobs_once_only(database: Database, start: Start) -> None:
    await start({"grade": Worker()})
    with pytest.raises(RuntimeError, match="already run by this process"):
        await quick(database).start({"grade": Worker()})


async def test_no_more_jobs_run_at_once_than_is_allowed(database: Database, start: Start) -> None:
    worker = Worker()
    worker.may_end.clear()
    await put(database, *(a_job(str(number)) for number in range(10)))
    jobs = await start({"grade": worker}, concurrency=3)

    async def full() -> bool:
        return worker.at_once == 3

    await until(full)
    worker.may_end.set()
    for number in range(10):
        await stands(jobs, f"grade:{number}", JobState.DONE)
    assert worker.most_at_once == 3
    assert len(worker.done) == 10


async def test_a_full_batch_queue_leaves_the_slots_of_live_interviews_free(database: Database, start: Start) -> None:
    worker, live = Worker(), Worker()
    worker.may_end.clear()
    requests = [JobRequest("bulk", f"bulk:{number}", (str(number),), Queue.BATCH, "s1") for number in range(50)]
    await put(database, *requests)
    jobs = await start({"bulk": worker, "grade": live}, concurrency=2)
    await worker.begun.wait()
    await put(database, a_job())
    await stands(jobs, "grade:a", JobState.DONE)
    assert worker.done == []

    async def full() -> bool:
        return worker.at_once == 2

    await until(full)
    live_depth, batch, _ = await jobs.depths()
    assert (live_depth.waiting, live_depth.running, live_depth.oldest_s) == (0, 0, None)
    assert (batch.waiting, batch.running) == (48, 2)
    assert batch.oldest_s is not None


async def test_a_small_batch_gets_its_turn_beside_one_that_came_before_it(database: Database, start: Start) -> None:
    worker = Worker()
    many = [JobRequest("bulk", f"bulk:s1:{number}", ("s1",), Queue.BATCH, "s1") for number in range(120)]
    few = [JobRequest("bulk", f"bulk:s2:{number}", ("s2",), Queue.BATCH, "s2") for number in range(3)]
    await put(database, *many, *few)
    await start({"bulk": worker}, concurrency=2)

    async def small_is_done() -> bool:
        return worker.done.count(("s2",)) == 3

    await until(small_is_done)
    assert worker.done.count(("s1",)) < 120


@pytest.mark.slow
async def test_no_more_jobs_begin_in_a_minute_than_the_endpoint_allows(database: Database, start: Start) -> None:
    worker, other = Worker(), Worker()
    requests = [JobRequest("bulk", f"bulk:{number}", ("bulk",), Queue.BATCH) for number in range(3)]
    await put(database, *requests, a_job("a"), a_job("b"))
    # One a minute for interviews, one in twenty seconds for what was handed over in bulk.
    jobs = await start({"bulk": worker, "grade": worker, "other": other}, requests_per_minute=4, look_every_s=0.05)
    await has_done(worker, 2)
    await put(database, JobRequest("other", "other:1", (), Queue.WORK))
    await stands(jobs, "other:1", JobState.DONE)
    assert [depth.waiting for depth in await jobs.depths()] == [1, 2, 0]


async def test_a_job_of_a_kind_nobody_knows_waits_for_who_does(database: Database, start: Start) -> None:
    worker = Worker()
    await put(database, JobRequest("later", "later:1", ("1",)), a_job())
    jobs = await start({"grade": worker})
    await stands(jobs, "grade:a", JobState.DONE)
    await jobs.stop()
    assert (await jobs.get("later:1")).state is JobState.WAITING
    after = await start({"later": worker})
    await stands(after, "later:1", JobState.DONE)
    assert worker.done == [("a", "x"), ("1",)]


async def test_a_waiting_job_that_is_cancelled_is_not_done_and_can_be_had_back(
    database: Database, start: Start
) -> None:
    worker = Worker()
    await put(database, a_job("a", Queue.BATCH, "s1"), a_job("b"))
    waiting = quick(database)
    await waiting.cancel("grade:a")
    jobs = await start({"grade": worker})
    await stands(jobs, "grade:b", JobState.DONE)
    cancelled = await jobs.get("grade:a")
    assert (cancelled.state, cancelled.queue, cancelled.partition) == (JobState.CANCELLED, Queue.BATCH, "s1")
    assert worker.done == [("b", "x")]
    with pytest.raises(Conflict, match="is cancelled already"):
        await jobs.cancel("grade:a")
    await jobs.retry("grade:a")
    await stands(jobs, "grade:a", JobState.DONE)
    with pytest.raises(Conflict, match="is done; only one that failed, was cancelled or waits"):
        await jobs.retry("grade:a")


async def test_a_running_job_that_is_cancelled_stops(database: Database, start: Start) -> None:
    worker = Worker()
    worker.may_end.clear()
    jobs = await start({"grade": worker})
    await put(database, a_job())
    await worker.begun.wait()
    await jobs.cancel("grade:a")

    async def stopped() -> bool:
        return worker.at_once == 0

    await until(stopped)
    assert worker.done == []
    assert (await jobs.get("grade:a")).state is JobState.CANCELLED


async def test_jobs_are_listed_newest_first_by_kind_and_state_a_page_at_a_time(database: Database) -> None:
    jobs = quick(database)
    for number in range(5):
        await put(database, a_job(str(number)))
    await put(database, JobRequest("other", "other:1", ("1",)))
    await jobs.cancel("grade:3")
    first = await jobs.find(kind="grade", limit=2)
    assert [job.key for job in first.jobs] == ["grade:4", "grade:3"]
    second = await jobs.find(kind="grade", limit=2, after=first.following)
    third = await jobs.find(kind="grade", limit=2, after=second.following)
    assert [job.key for job in (*second.jobs, *third.jobs)] == ["grade:2", "grade:1", "grade:0"]
    assert third.following is None
    assert [job.key for job in (await jobs.find(state=JobState.CANCELLED)).jobs] == ["grade:3"]
    assert len((await jobs.find()).jobs) == 6
    with pytest.raises(InvalidInput, match="from no page"):
        await jobs.find(after="elsewhere")


async def test_commands_about_a_job_that_is_not_there_say_so(database: Database) -> None:
    jobs = quick(database)
    for command in (jobs.get, jobs.retry, jobs.cancel):
        with pytest.raises(NotFound, match="There is no job grade:none"):
            await command("grade:none")


async def test_jobs_of_a_process_that_fell_silent_are_taken_over(database: Database, start: Start) -> None:
    worker = Worker()
    await put(database, a_job(), a_job("b", Queue.BATCH, "s1"))

    def taken_by_a_dead_one(connection: Connection) -> None:
        status = tables_of(connection).status
        held = {"status": "PENDING", "executor_id": "gone", "application_name": "viva", "application_version": "0"}
        connection.execute(update(status).values(**held, recovery_attempts=1, owner_xid="theirs"))

    await database.write(taken_by_a_dead_one)
    jobs = await start({"grade": worker})
    await stands(jobs, "grade:a", JobState.DONE)
    assert (await stands(jobs, "grade:b", JobState.DONE)).queue is Queue.BATCH


async def test_a_job_of_which_process_after_process_dies_has_failed(database: Database, start: Start) -> None:
    worker = Worker()
    await put(database, a_job(), a_job("sound"))

    def taken_too_often(connection: Connection) -> None:
        status = tables_of(connection).status
        deaths = {"recovery_attempts": durable.MOST_DEATHS + 1}
        connection.execute(update(status).where(status.c.workflow_uuid == "grade:a").values(**deaths))

    await database.write(taken_too_often)
    jobs = await start({"grade": worker})
    await stands(jobs, "grade:sound", JobState.DONE)
    failed = await stands(jobs, "grade:a", JobState.FAILED)
    assert failed.trouble == "its process died each time"
    assert worker.done == [("sound", "x")]
    await jobs.retry("grade:a")
    await stands(jobs, "grade:a", JobState.DONE)


@pytest.mark.slow
async def test_a_job_handed_to_a_process_that_never_began_it_is_handed_out_again(
    database: Database, start: Start
) -> None:
    worker = Worker()
    jobs = await start({"grade": worker})
    await put(database, a_job("first"))
    mine = (await stands(jobs, "grade:first", JobState.DONE)).worker

    def taken_and_forgotten(connection: Connection) -> None:
        enqueue(connection, a_job())
        status = tables_of(connection).status
        held = {"status": "PENDING", "executor_id": mine, "owner_xid": "mine"}
        connection.execute(update(status).where(status.c.workflow_uuid == "grade:a").values(**held))

    await database.write(taken_and_forgotten)
    await stands(jobs, "grade:a", JobState.DONE)


async def test_another_version_takes_what_an_older_one_left(database: Database, start: Start) -> None:
    worker = Worker()
    worker.finishes = False
    old = await start({"grade": worker}, version="1", first_pause_s=60)
    await put(database, a_job())
    await has_done(worker, 1)
    await stands(old, "grade:a", JobState.WAITING)
    await old.stop()
    worker.finishes = True
    new = await start({"grade": worker}, version="2")
    await put(database, a_job(), a_job("b"))
    await stands(new, "grade:a", JobState.DONE)
    await stands(new, "grade:b", JobState.DONE)


@pytest.mark.slow
async def test_an_older_version_takes_over_when_no_process_of_the_newer_one_is_left(
    database: Database, start: Start
) -> None:
    worker = Worker()
    for version in ("1", "2"):
        jobs = await start({"grade": worker}, version=version)
        await jobs.stop()
    back = await start({"grade": worker}, version="1")
    await put(database, a_job())
    await stands(back, "grade:a", JobState.DONE)


@pytest.mark.slow
async def test_finished_jobs_are_cleared_away_after_some_days_and_open_ones_never(
    database: Database, start: Start
) -> None:
    worker = Worker()
    before = await start({"grade": worker}, keep_days=0.00001)
    await put(database, a_job("a"), JobRequest("later", "later:1", ("1",)))
    await stands(before, "grade:a", JobState.DONE)
    await before.stop()

    def another_day(connection: Connection) -> None:
        jobs = tables_of(connection)
        connection.execute(jobs.status.delete().where(jobs.status.c.name == durable.RETENTION))

    await database.write(another_day)
    await asyncio.sleep(0.9)
    after = await start({"grade": worker}, keep_days=0.00001)

    async def cleared() -> bool:
        return [job.key for job in (await after.find()).jobs if job.kind != durable.RETENTION] == ["later:1"]

    await until(cleared)


@pytest.mark.slow
async def test_a_database_that_lost_the_queues_to_an_older_backup_gets_them_back(
    database: Database, start: Start
) -> None:
    worker = Worker()
    jobs = await start({"grade": worker})
    await database.write(lambda connection: connection.execute(tables_of(connection).queues.delete()))
    await put(database, a_job())
    await stands(jobs, "grade:a", JobState.DONE)
