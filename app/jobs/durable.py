"""Jobs on DBOS Transact: durable queues in Viva's own database, run by this process and any others beside it.

A job is one workflow of one idempotent call, without steps: what DBOS adds is that it is not lost, that queues have
limits, and that many processes share them. What DBOS lacks without its vendor's service is added here: the jobs of a
dead process are taken over (`heartbeats`), what ended unfinished waits in its own row and holds no slot meanwhile
(`records`), and finished ones are cleared away.
"""

import asyncio
import logging
import random
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.errors import Conflict, NotFound
from app.interviews.models import JobRequest, Queue
from app.jobs import heartbeats, records
from app.jobs.enqueueing import enqueue
from app.jobs.heartbeats import Worker
from app.jobs.port import Depth, Handler, Job, JobPage, JobState
from app.llm.places import in_bulk

if TYPE_CHECKING:
    from dbos import DBOSConfig
    from dbos._queue import QueueRateLimit

FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 900.0
MOST_ERRORS = 50
"""After so many tries, about half a day, a job whose handler raises has failed; one that is only unfinished never has."""
MOST_DEATHS = 10
"""So many processes may die of one job before it has failed."""
WORK_SLOTS = 4
CLEARED_AT_A_TIME = 500
RETENTION = "retention"
_LOOK_AGAIN_S = 2.0
_LONGEST_CLAIM_S = 10
_POOL = 10

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Transactions(Protocol):
    """The database, as `Jobs` is asked about its jobs and commanded."""

    @property
    def engine(self) -> Engine: ...

    async def read(self, work: Callable[[Connection], T]) -> T: ...

    async def write(self, work: Callable[[Connection], T]) -> T: ...


class DurableJobs:
    """`Jobs` on DBOS. Only one at a time may be started in a process: DBOS is one for all of it.

    Args:
        database: With the tables of `prepare`.
        version: Of Viva: what waits is taken by the newest version of which a process lives.
        concurrency: Jobs of the live queue, and as many of the batch queue, that this process runs at a time.
        requests_per_minute: So many jobs of both queues together begin a minute, over all processes; None sets no
            limit. A quarter is kept for the live queue.
        keep_days: For how long finished jobs can be looked up.
        look_every_s: Pause between two looks at a queue.
        first_pause_s: Before an unfinished job is tried again; it doubles each time, up to a quarter of an hour.
        beat_s: Between two signs of life.
        dead_after_s: Silence after which a process is taken for dead.
    """

    _started: ClassVar["DurableJobs | None"] = None

    def __init__(
        self,
        database: Transactions,
        *,
        version: str,
        concurrency: int,
        requests_per_minute: int | None = None,
        keep_days: float = 7,
        look_every_s: float = 0.2,
        first_pause_s: float = FIRST_PAUSE_S,
        beat_s: float = heartbeats.BEAT_S,
        dead_after_s: float = heartbeats.DEAD_AFTER_S,
    ) -> None:
        self._database = database
        self._concurrency = concurrency
        self._requests_per_minute = requests_per_minute
        self._keep_days = keep_days
        self._look_every_s = look_every_s
        self._first_pause_s = first_pause_s
        self._beat_s = beat_s
        self._dead_after_s = dead_after_s
        self._worker = Worker.this(version, secrets.token_hex(4))
        self._slots = {
            Queue.LIVE: asyncio.Semaphore(concurrency),
            Queue.BATCH: asyncio.Semaphore(concurrency),
            Queue.WORK: asyncio.Semaphore(WORK_SLOTS),
        }
        self._engine: Engine | None = None
        self._alive: asyncio.Task[None] | None = None
        self._held: dict[str, list[asyncio.Task[Any]]] = {}
        self._missed: frozenset[str] = frozenset()
        self._cleared_on: date | None = None

    async def start(self, handlers: Mapping[str, Handler]) -> None:
        if DurableJobs._started is not None:
            raise RuntimeError("jobs are already run by this process; stop them first")
        DurableJobs._started = self
        self._engine = _own_engine(self._database.engine.url)
        loop = asyncio.get_running_loop()
        known = {**handlers, RETENTION: self._clear_away}
        while True:
            try:
                await asyncio.to_thread(self._launch, known, loop)
            except OperationalError as error:
                _log.warning("jobs wait for the database", error=type(error).__name__)
                await asyncio.to_thread(_shut_down)
                await asyncio.sleep(_LOOK_AGAIN_S)
            else:
                break
        self._alive = asyncio.create_task(self._stay_alive())

    async def stop(self, grace_s: float = 0) -> None:
        if DurableJobs._started is not self or self._engine is None:
            return
        if self._alive is not None:
            self._alive.cancel()
            await asyncio.gather(self._alive, return_exceptions=True)
        await asyncio.to_thread(_take_no_more)
        await self._wind_up(grace_s)
        await asyncio.to_thread(_shut_down)
        tasks = [task for tasks in self._held.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await asyncio.to_thread(self._let_go)
        except SQLAlchemyError:
            _log.exception("jobs could not be handed over; they are taken over in a while")
        await asyncio.to_thread(self._engine.dispose)
        self._engine = None
        DurableJobs._started = None

    async def find(
        self, *, kind: str | None = None, state: JobState | None = None, limit: int = 50, after: str | None = None
    ) -> JobPage:
        return await self._database.read(
            lambda connection: records.page(connection, kind=kind, state=state, limit=limit, after=after)
        )

    async def get(self, key: str) -> Job:
        found = await self._database.read(lambda connection: records.one(connection, key))
        if found is None:
            raise NotFound(f"There is no job {key}; finished ones are kept for {self._keep_days:g} days.")
        return found

    async def retry(self, key: str) -> None:
        if not await self._database.write(lambda connection: records.retry(connection, key)):
            job = await self.get(key)
            raise Conflict(
                f"The job {key} is {job.state}; only one that failed, was cancelled or waits can be retried."
            )

    async def cancel(self, key: str) -> None:
        if not await self._database.write(lambda connection: records.cancel(connection, key)):
            job = await self.get(key)
            raise Conflict(f"The job {key} is {job.state} already; there is nothing to cancel.")

    async def depths(self) -> Sequence[Depth]:
        return await self._database.read(records.depths)

    async def open_count(self) -> int:
        return await self._database.read(records.open_count)

    def _launch(self, handlers: Mapping[str, Handler], loop: asyncio.AbstractEventLoop) -> None:
        """Begin to run jobs; on a thread, since DBOS works on the database here."""
        from dbos import DBOS  # noqa: PLC0415 (slow to import)

        engine = self._engine
        if engine is None:
            raise RuntimeError("jobs were stopped")
        with engine.begin() as connection:
            heartbeats.beat(connection, self._worker)
            heartbeats.take_over(connection, self._worker, dead_after_s=self._dead_after_s)
            records.unbind(connection)
            schema = records.schema_of(connection)
        _be_quiet()
        DBOS(config=self._config(engine, schema))
        for kind, handler in handlers.items():
            DBOS.workflow(name=kind, max_recovery_attempts=MOST_DEATHS)(self._workflow(handler, loop))
        # Before it looks which there are, which it does once a second.
        self._register_queues(engine, schema)
        DBOS.launch()

    def _config(self, engine: Engine, schema: str | None) -> "DBOSConfig":
        from dbos import DBOSPortableJSONSerializer  # noqa: PLC0415 (slow to import)

        return {
            "name": records.APPLICATION,
            "system_database_engine": engine,
            "system_database_url": engine.url.render_as_string(hide_password=False),
            "dbos_system_schema": schema,
            # The tables were made on opening the database; nothing here waits for events, so nothing listens.
            "run_migrations": False,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": _LOOK_AGAIN_S / 20,
            "serializer": DBOSPortableJSONSerializer(),
            "application_version": self._worker.version,
            "executor_id": self._worker.id,
            "log_level": "ERROR",
            "enable_otlp": False,
        }

    def _register_queues(self, engine: Engine, schema: str | None) -> None:
        """Set the limits of the queues, for all processes: those of the last one to start hold."""
        from dbos import DBOSClient  # noqa: PLC0415 (slow to import)

        client = DBOSClient(
            system_database_engine=engine,
            dbos_system_schema=schema,
            application_name=records.APPLICATION,
            lazy=True,
        )
        live, batch = _limits(self._requests_per_minute)
        client.register_queue(
            Queue.LIVE.value,
            worker_concurrency=self._concurrency,
            limiter=live,
            polling_interval_sec=self._look_every_s,
        )
        client.register_queue(
            Queue.BATCH.value,
            worker_concurrency=self._concurrency,
            # One partition alone may have every slot; where there are more, each look begins with another one.
            partition_worker_concurrency=self._concurrency,
            limiter=batch,
            polling_interval_sec=self._look_every_s,
        )
        client.register_queue(
            Queue.WORK.value, worker_concurrency=WORK_SLOTS, polling_interval_sec=self._look_every_s * 2
        )

    def _workflow(self, handler: Handler, loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
        """What DBOS calls, on its own loop; the handler runs on Viva's."""
        from dbos import DBOS  # noqa: PLC0415 (slow to import)

        async def job(*ids: str, queue: str) -> None:
            key = DBOS.workflow_id
            if key is None:
                raise RuntimeError("a job runs outside of its workflow")
            handled = asyncio.run_coroutine_threadsafe(self._handle(key, Queue(queue), handler, ids), loop)
            trouble = await asyncio.wrap_future(handled)
            if trouble is not None:
                try:
                    await asyncio.to_thread(self._put_back, key, trouble)
                except SQLAlchemyError:
                    # It is found among those that this process was given and does not run.
                    _log.warning("a job could not be put back", key=key)
                # DBOS is to write down nothing of this execution: its row waits for the next one already.
                raise asyncio.CancelledError

        return job

    async def _handle(self, key: str, queue: Queue, handler: Handler, ids: tuple[str, ...]) -> str | None:
        """Why the job is not finished: the kind of error, or nothing known; None when it is."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a job is handled by no task")
        in_bulk.set(queue is Queue.BATCH)
        tasks = self._held.setdefault(key, [])
        before = list(tasks)
        tasks.append(task)
        try:
            # One that was asked for again while it ran: after it, not beside it.
            if before:
                await asyncio.wait(before)
            # Queues are the same for all processes, and another one may have more slots than this one.
            async with self._slots[queue]:
                return None if await handler(ids) else ""
        except Exception as error:  # noqa: BLE001 (a bug in one job must not end the others: it is logged and tried again)
            _log.exception("job failed", key=key)
            return type(error).__name__
        finally:
            tasks.remove(task)
            if not tasks:
                del self._held[key]

    def _put_back(self, key: str, trouble: str) -> None:
        with self._own().begin() as connection:
            tries = records.put_back(connection, key, self._worker.id, trouble=trouble)
            if tries is None:
                return
            if trouble and tries >= MOST_ERRORS:
                records.give_up(connection, key, self._worker.id)
                _log.error("job given up", key=key, tries=tries, trouble=trouble)
                return
            records.delay(connection, key, self._worker.id, pause_s=pause_s(tries, first_s=self._first_pause_s))

    async def _stay_alive(self) -> None:
        while True:
            try:
                cancelled = await asyncio.to_thread(self._beat, frozenset(self._held))
            except Exception as error:  # noqa: BLE001 (without beats the others would take this process for dead)
                # The database is away, busy or just being put back: the next beat tells whether it is there again.
                _log.warning("no sign of life could be given", error=type(error).__name__)
            else:
                for task in [task for key in cancelled for task in self._held.get(key, ())]:
                    task.cancel()
            await asyncio.sleep(self._beat_s)

    def _beat(self, held: frozenset[str]) -> frozenset[str]:
        """Look after this process and the others; gives which of its jobs were cancelled."""
        with self._own().begin() as connection:
            heartbeats.beat(connection, self._worker)
            taken = heartbeats.take_over(connection, self._worker, dead_after_s=self._dead_after_s)
            # Handed to this process, and never begun or never ended by it, as when the database was away just then.
            missed = records.held_by(connection, self._worker.id) - held
            lost = missed & self._missed
            self._missed = missed - lost
            if lost:
                status = records.tables_of(connection).status.c
                taken += records.release(
                    connection, of=(status.executor_id == self._worker.id) & status.workflow_uuid.in_(lost)
                )
            newest = records.newest_version(connection)
            is_orphaned = newest != self._worker.version and not (newest and heartbeats.lives(connection, newest))
            queues, schema = records.queue_count(connection), records.schema_of(connection)
            if (today := datetime.now(UTC).date()) != self._cleared_on:
                enqueue(connection, JobRequest(RETENTION, f"{RETENTION}:{today}", (), Queue.WORK), once=True)
                self._cleared_on = today
            cancelled = records.cancelled_of(connection, held) if held else frozenset()
        if taken:
            _log.warning("jobs of a process that fell silent were taken over", jobs=taken)
        if is_orphaned:
            self._lead()
        if queues < len(Queue):
            self._register_queues(self._own(), schema)
        return cancelled

    def _lead(self) -> None:
        """Take what waits although a newer version of Viva was here: no process of it is left."""
        from dbos import DBOS  # noqa: PLC0415 (slow to import)

        _log.warning(
            "jobs are taken by this version, as no process of the newest one is left", version=self._worker.version
        )
        DBOS.set_latest_application_version(self._worker.version)

    async def _wind_up(self, grace_s: float) -> None:
        """Let jobs under way come to their end, which is theirs only once it is written down."""
        with suppress(TimeoutError, SQLAlchemyError):
            async with asyncio.timeout(grace_s):
                while await asyncio.to_thread(self._holds):  # noqa: ASYNC110 (the database tells nobody)
                    await asyncio.sleep(_LOOK_AGAIN_S / 20)

    def _holds(self) -> bool:
        with self._own().connect() as connection:
            return bool(records.held_by(connection, self._worker.id))

    def _let_go(self) -> None:
        with self._own().begin() as connection:
            status = records.tables_of(connection).status.c
            records.release(connection, of=status.executor_id == self._worker.id)
            heartbeats.bury(connection, self._worker)

    async def _clear_away(self, _ids: tuple[str, ...]) -> bool:
        """Forget jobs that ended long enough ago."""
        from dbos import DBOS  # noqa: PLC0415 (slow to import)

        while ended := await self._database.read(
            lambda connection: records.ended_before(connection, days=self._keep_days, limit=CLEARED_AT_A_TIME)
        ):
            await asyncio.to_thread(DBOS.delete_workflows, list(ended))
        return True

    def _own(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("jobs are not run by this process")
        return self._engine


def pause_s(tries: int, *, first_s: float = FIRST_PAUSE_S) -> float:
    """Seconds to wait after so many tries: about double each time, and never the same for all that failed together."""
    about = min(first_s * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE_S)
    return min(max(about * random.uniform(0.8, 1.2), first_s), LONGEST_PAUSE_S)  # noqa: S311 (no secret)


def _limits(requests_per_minute: int | None) -> "tuple[QueueRateLimit | None, QueueRateLimit | None]":
    """The share of the live queue, and that of the batch queue; each at least one job a minute."""
    if requests_per_minute is None:
        return None, None
    live = max(requests_per_minute // 4, 1)
    return _limit(live), _limit(max(requests_per_minute - live, 1))


def _limit(per_minute: int) -> "QueueRateLimit":
    # In portions of a sixth of a minute at most, so that a full minute's are not begun all at once.
    portion = max(per_minute // 6, 1)
    return {"limit": portion, "period": 60 * portion / per_minute}


def _own_engine(url: URL) -> Engine:
    """An engine for DBOS's threads, whose transactions are many and short, and need no writer's turn."""
    if url.get_backend_name() != "sqlite":
        # A process that hangs must not keep its rows locked for those who take its jobs over.
        timeout = "-c idle_in_transaction_session_timeout=60000"
        options = f"{url.query.get('options', '')} {timeout}".strip()
        return create_engine(
            url, pool_size=_POOL, pool_pre_ping=True, hide_parameters=True, connect_args={"options": options}
        )
    engine = create_engine(url, pool_size=_POOL, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    # What power loss may take of it, at worst that a job ended, is done again; replies are written by the other engine.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _be_quiet() -> None:
    """Leave what DBOS logs to Viva's own handlers, errors only: it would write plain lines to standard error."""
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    log.setLevel(logging.ERROR)


def _take_no_more() -> None:
    """End the threads that hand out jobs, before the loop ends that they hand them to."""
    from dbos import DBOS  # noqa: PLC0415 (slow to import)

    for told in DBOS(config={"name": records.APPLICATION}).background_thread_stop_events:
        told.set()
    for thread in threading.enumerate():
        if thread.name.startswith("queue-worker-") and thread.is_alive():
            thread.join(_LONGEST_CLAIM_S)


def _shut_down() -> None:
    from dbos import DBOS  # noqa: PLC0415 (slow to import)

    DBOS.destroy(destroy_registry=True)
