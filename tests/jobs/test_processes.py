"""Jobs on PostgreSQL with real processes: killed, cut off from the database, told to stop."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url

from app.db.database import Database
from app.interviews.models import JobRequest
from app.jobs import heartbeats
from app.jobs.durable import DurableJobs
from app.jobs.enqueueing import enqueue
from app.jobs.port import JobState
from tests.db.databases import own_schema
from tests.jobs.worker_driver import notes

pytestmark = pytest.mark.slow

Spawn = Callable[[str], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn(postgres_database: Database) -> AsyncIterator[Spawn]:
    """Starts a worker on that address; all are killed in the end."""
    started: list[asyncio.subprocess.Process] = []
    with postgres_database.engine.begin() as connection:
        notes.drop(connection, checkfirst=True)
        notes.create(connection)

    async def begin(address: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs.worker_driver", address, stdout=asyncio.subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        return process

    yield begin
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def wanted(database: Database, count: int) -> None:
    def put(connection: Connection) -> None:
        for number in range(count):
            enqueue(connection, JobRequest("grade", f"grade:{number}", (str(number),)))

    await database.write(put)


async def noted(database: Database, what: str) -> Counter[str]:
    """How often each job was noted so."""
    query = select(notes.c.id, func.count().label("times")).where(notes.c.what == what).group_by(notes.c.id)
    return Counter({row.id: row.times for row in await database.rows(query)})


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.05)


async def all_done(database: Database, count: int) -> None:
    jobs = DurableJobs(database, version="1", concurrency=1)

    async def so() -> bool:
        done = await jobs.find(kind="grade", state=JobState.DONE, limit=count)
        return len(done.jobs) == count

    await until(so)


def test_the_jobs_of_a_dead_worker_are_taken_over_within_a_minute() -> None:
    assert heartbeats.DEAD_AFTER_S + 2 * heartbeats.BEAT_S < 60


async def test_a_worker_killed_in_the_middle_loses_no_job(
    postgres_database: Database, postgres_address: str, spawn: Spawn
) -> None:
    first, _ = await spawn(postgres_address), await spawn(postgres_address)
    await wanted(postgres_database, 80)

    async def both_work() -> bool:
        pids = await postgres_database.rows(select(notes.c.pid).distinct())
        return len(pids) == 2

    await until(both_work)
    os.kill(first.pid, signal.SIGKILL)
    await all_done(postgres_database, 80)
    ended = await noted(postgres_database, "ended")
    assert len(ended) == 80
    # Only what the killed one had begun was begun again.
    assert (await noted(postgres_database, "began")).total() <= 80 + 5
    assert set(ended.values()) <= {1, 2}


async def test_a_worker_told_to_stop_ends_what_it_began_and_hands_over_the_rest(
    postgres_database: Database, postgres_address: str, spawn: Spawn
) -> None:
    first = await spawn(postgres_address)
    await wanted(postgres_database, 30)

    async def works() -> bool:
        return (await noted(postgres_database, "began")).total() > 0

    await until(works)
    first.terminate()
    assert await first.wait() == 0
    assert await noted(postgres_database, "began") == await noted(postgres_database, "ended")
    await spawn(postgres_address)
    await all_done(postgres_database, 30)
    assert set((await noted(postgres_database, "ended")).values()) == {1}


class Line:
    """The way to the database, which can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._goal = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self.is_up = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_up:
            writer.close()
            return
        there, back = await asyncio.open_connection(*self._goal)
        self._open |= {writer, back}
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        self._open -= {writer, back}

    def cut(self) -> None:
        self.is_up = False
        for writer in self._open:
            writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def line_to(address: str) -> AsyncIterator[tuple[Line, str]]:
    """A way to the database of that address, and the address of its beginning."""
    url = make_url(address)
    line = Line(url.host or "127.0.0.1", url.port or 5432)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield line, url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        line.cut()


async def test_work_goes_on_once_a_database_that_was_away_is_back(
    postgres_database: Database, postgres_address: str, spawn: Spawn
) -> None:
    async with line_to(postgres_address) as (line, address):
        await spawn(address)
        await wanted(postgres_database, 60)

        async def works() -> bool:
            return (await noted(postgres_database, "ended")).total() > 5

        await until(works)
        line.cut()
        before = (await noted(postgres_database, "ended")).total()
        await asyncio.sleep(5)
        assert before < 60
        line.is_up = True
        await all_done(postgres_database, 60)
        assert len(await noted(postgres_database, "ended")) == 60


async def test_workers_started_at_once_on_an_empty_database_agree_on_its_schema() -> None:
    with own_schema() as address:
        code = (
            "import asyncio\nfrom app.bootstrap import open_records\nfrom app.config import Settings\n"
            "async def main():\n    async with open_records(Settings()): pass\nasyncio.run(main())"
        )
        with TemporaryDirectory() as folder:
            given = {**os.environ, "VIVA_DATABASE_URL": address, "VIVA_DATA_DIR": folder}
            started = [await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=given) for _ in range(3)]
            assert [await process.wait() for process in started] == [0, 0, 0]
