"""Jobs in this process, kept in a table beside the interviews: no server, nothing lost by a restart.

A job is a row until its handler has finished, so `kill -9` in the middle only means that it runs again; handlers are
idempotent. A job that is not finished is tried again after a pause that doubles from 15 seconds to 15 minutes.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    and_,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from app.db.database import Database
from app.interviews.models import JobRequest
from app.jobs.port import Handler

FIRST_PAUSE_S = 15
LONGEST_PAUSE_S = 900
MOST_DOUBLINGS = 10
LOOK_EVERY_S = 1.0

metadata = MetaData()
jobs = Table(
    "jobs",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("ids", String(1000), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=False), nullable=False),
    Index("ix_jobs_due_at", "due_at"),
)

_log = structlog.get_logger(__name__)


def prepare(engine: Engine) -> None:
    """Make the table if it is not there."""
    with engine.begin() as connection:
        metadata.create_all(connection)


def enqueue(connection: Connection, job: JobRequest) -> None:
    """Write a job in the caller's transaction; a key that is there already stays one job, due now."""
    dialect = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    now = _now()
    row = {"key": job.key, "kind": job.kind, "ids": "\n".join(job.ids), "attempts": 0, "due_at": now}
    connection.execute(dialect(jobs).values(row).on_conflict_do_update(index_elements=["key"], set_={"due_at": now}))


class InProcessJobs:
    """`Jobs` on one database, run by this process alone.

    Args:
        database: With the jobs table.
        concurrency: Jobs at a time.
        now: Naive UTC now.
    """

    def __init__(self, database: Database, *, concurrency: int, now: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._concurrency = concurrency
        self._now = now or _now
        self._news = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}

    async def start(self, handlers: Mapping[str, Handler]) -> None:
        self._loop = asyncio.create_task(self._run(handlers))

    def wake(self) -> None:
        self._news.set()

    async def open_count(self) -> int:
        count = select(func.count()).select_from(jobs)
        return int(await self._database.read(lambda connection: connection.execute(count).scalar_one()))

    async def stop(self) -> None:
        tasks = [task for task in (self._loop, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, handlers: Mapping[str, Handler]) -> None:
        while True:
            self._news.clear()
            try:
                await self._take_due(handlers)
            except SQLAlchemyError:
                # The database is away, busy or just being put back: later work waits for it instead of ending for good.
                _log.exception("jobs could not be looked up")
                await asyncio.sleep(LOOK_EVERY_S)
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the news.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

    async def _take_due(self, handlers: Mapping[str, Handler]) -> None:
        free = self._concurrency - len(self._running)
        if free <= 0:
            return
        for job in await self._due(free, tuple(handlers)):
            task = asyncio.create_task(self._do(job, handlers[job.kind]))
            self._running[job.key] = task
            task.add_done_callback(partial(self._done, job.key))

    def _done(self, key: str, task: asyncio.Task[None]) -> None:
        del self._running[key]
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            # What came of it could not be written; the job is still due, and is looked at again with the next look.
            _log.error("job could not be closed", key=key, error=type(error).__name__)
            return
        self._news.set()

    async def _due(self, limit: int, kinds: tuple[str, ...]) -> Sequence[Row[str, str, str, datetime]]:
        query = (
            select(jobs.c.key, jobs.c.kind, jobs.c.ids, jobs.c.due_at)
            .where(jobs.c.due_at <= self._now(), jobs.c.kind.in_(kinds), jobs.c.key.not_in(tuple(self._running)))
            .order_by(jobs.c.due_at)
            .limit(limit)
        )
        return await self._database.read(lambda connection: connection.execute(query).all())

    async def _do(self, job: Row[str, str, str, datetime], handler: Handler) -> None:
        try:
            finished = await handler(tuple(job.ids.split("\n")))
        except Exception:  # noqa: BLE001 (a bug in one job must not end the others: it is logged and tried again)
            _log.exception("job failed", key=job.key)
            finished = False
        # One that was enqueued again meanwhile has another time, and runs again.
        same = and_(jobs.c.key == job.key, jobs.c.due_at == job.due_at)

        def close(connection: Connection) -> None:
            if finished:
                connection.execute(delete(jobs).where(same))
                return
            attempts = connection.execute(select(jobs.c.attempts).where(same)).scalar()
            pause = min(FIRST_PAUSE_S * 2 ** min(attempts or 0, MOST_DOUBLINGS), LONGEST_PAUSE_S)
            again = self._now() + timedelta(seconds=pause)
            connection.execute(update(jobs).where(same).values(attempts=jobs.c.attempts + 1, due_at=again))

        await self._database.write(close)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
