"""Jobs in this process, kept in a table beside the interviews: no server, nothing lost by a restart.

A job is a row until its handler has finished, so `kill -9` in the middle only means that it runs again; handlers are
idempotent. A job that is not finished is tried again after a pause that doubles from 15 seconds to 15 minutes.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, String, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.interviews.models import JobRequest
from app.jobs.port import Handler

FIRST_PAUSE_S = 15
LONGEST_PAUSE_S = 900
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


async def prepare(engine: AsyncEngine) -> None:
    """Make the table if it is not there."""
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


async def enqueue(connection: AsyncConnection, job: JobRequest) -> None:
    """Write a job in the caller's transaction; a key that is there already stays one job, due now."""
    dialect = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    now = _now()
    row = {"key": job.key, "kind": job.kind, "ids": "\n".join(job.ids), "attempts": 0, "due_at": now}
    await connection.execute(
        dialect(jobs).values(row).on_conflict_do_update(index_elements=["key"], set_={"due_at": now})
    )


class InProcessJobs:
    """`Jobs` on one database, run by this process alone.

    Args:
        engine: The database with the jobs table.
        concurrency: Jobs at a time.
        now: Naive UTC now.
    """

    def __init__(self, engine: AsyncEngine, *, concurrency: int, now: Callable[[], datetime] | None = None) -> None:
        self._engine = engine
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
        async with self._engine.connect() as connection:
            return int((await connection.execute(select(func.count()).select_from(jobs))).scalar_one())

    async def stop(self) -> None:
        tasks = [task for task in (self._loop, *self._running.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, handlers: Mapping[str, Handler]) -> None:
        while True:
            self._news.clear()
            free = self._concurrency - len(self._running)
            if free > 0:
                for key, kind, ids in await self._due(free, tuple(handlers)):
                    task = asyncio.create_task(self._do(key, handlers[kind], tuple(ids.split("\n"))))
                    self._running[key] = task
                    task.add_done_callback(partial(self._done, key))
            try:
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY_S)
            except TimeoutError:
                continue

    def _done(self, key: str, _task: asyncio.Task[None]) -> None:
        del self._running[key]
        self._news.set()

    async def _due(self, limit: int, kinds: tuple[str, ...]) -> list[tuple[str, str, str]]:
        query = (
            select(jobs.c.key, jobs.c.kind, jobs.c.ids)
            .where(jobs.c.due_at <= self._now(), jobs.c.kind.in_(kinds), jobs.c.key.not_in(tuple(self._running)))
            .order_by(jobs.c.due_at)
            .limit(limit)
        )
        async with self._engine.execution_options(reads_only=True).connect() as connection:
            return [(row.key, row.kind, row.ids) for row in await connection.execute(query)]

    async def _do(self, key: str, handler: Handler, ids: tuple[str, ...]) -> None:
        try:
            finished = await handler(ids)
        except Exception:  # noqa: BLE001 (a bug in one job must not end the others: it is logged and tried again)
            _log.exception("job failed", key=key)
            finished = False
        async with self._engine.begin() as connection:
            if finished:
                await connection.execute(delete(jobs).where(jobs.c.key == key))
                return
            attempts = (await connection.execute(select(jobs.c.attempts).where(jobs.c.key == key))).scalar()
            pause = min(FIRST_PAUSE_S * 2 ** (attempts or 0), LONGEST_PAUSE_S)
            await connection.execute(
                update(jobs)
                .where(jobs.c.key == key)
                .values(attempts=jobs.c.attempts + 1, due_at=self._now() + timedelta(seconds=pause))
            )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
