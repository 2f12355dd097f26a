"""Which processes live, told by their heartbeats: the jobs of one that fell silent are taken over by the others.

Within the open part of DBOS a dead process's jobs wait until it comes back; in a fleet it may never.
"""

import os
import socket
from dataclasses import dataclass

import psutil
from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table, delete, insert, select, update

from app.jobs import records

BEAT_S = 5.0
DEAD_AFTER_S = 30.0
"""Six beats: a database that is away for a moment, or a process that is busy, is not taken for death."""

metadata = MetaData()
workers = Table(
    "job_workers",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", String(100), nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One run of a process that does jobs."""

    id: str
    host: str
    pid: int
    version: str

    @classmethod
    def this(cls, version: str, token: str) -> "Worker":
        """This process, told from every other run of it by the token."""
        host, pid = socket.gethostname()[:100], os.getpid()
        return cls(f"{host}-{pid}-{token}", host, pid, version)


def beat(connection: Connection, worker: Worker) -> None:
    """Note that a process lives."""
    seen = records.now_ms(connection)
    if connection.execute(update(workers).where(workers.c.id == worker.id).values(seen_ms=seen)).rowcount:
        return
    connection.execute(
        insert(workers).values(id=worker.id, host=worker.host, pid=worker.pid, version=worker.version, seen_ms=seen)
    )


def bury(connection: Connection, worker: Worker) -> None:
    """Note that a process ended."""
    connection.execute(delete(workers).where(workers.c.id == worker.id))


def take_over(connection: Connection, worker: Worker, *, dead_after_s: float) -> int:
    """Give the jobs of dead processes back to their queues; gives their number."""
    cut = records.now_ms(connection) - int(dead_after_s * 1000)
    gone = [
        *connection.execute(select(workers.c.id).where(workers.c.seen_ms < cut)).scalars(),
        *_ended_here(connection, worker),
    ]
    if gone:
        connection.execute(delete(workers).where(workers.c.id.in_(gone)))
    status = records.tables_of(connection).status
    return records.release(connection, of=status.c.executor_id.not_in(select(workers.c.id)))


def lives(connection: Connection, version: str) -> bool:
    """Whether any process of that version does."""
    return connection.execute(select(workers.c.id).where(workers.c.version == version).limit(1)).first() is not None


def _ended_here(connection: Connection, worker: Worker) -> list[str]:
    """Processes on a database file that ended: they ran on this machine, which can say so at once."""
    if connection.dialect.name != "sqlite":
        return []
    others = select(workers.c.id, workers.c.pid).where(workers.c.host == worker.host, workers.c.id != worker.id)
    # A process of this one's number was there before it, as in a container that was started again.
    return [row.id for row in connection.execute(others) if row.pid == worker.pid or not psutil.pid_exists(row.pid)]
