"""The rows in which DBOS keeps its workflows, as jobs: read, and changed where its own commands do not reach.

DBOS does the running: it hands out what is due, and writes down what has ended. What it has no command for within
somebody else's transaction, or with the queue kept, is done here, in one statement each: asking again, putting back,
taking over. The columns are those of DBOS 3.4, which is pinned.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    and_,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.errors import InvalidInput
from app.interviews.models import JobRequest, Queue
from app.jobs.port import Depth, Job, JobPage, JobState

APPLICATION = "viva"
_STATES = {
    "ENQUEUED": JobState.WAITING,
    "DELAYED": JobState.WAITING,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
}
_OPEN = ("ENQUEUED", "DELAYED", "PENDING")
_AGAIN: dict[str, Any] = {
    "status": "ENQUEUED",
    "owner_xid": None,
    "executor_id": None,
    # Only what runs belongs to a version: the newest one that lives takes whatever waits.
    "application_version": None,
    "started_at_epoch_ms": None,
    "delay_until_epoch_ms": None,
    "completed_at": None,
}
DIED = "its process died each time"


@dataclass(frozen=True, slots=True)
class Tables:
    """DBOS's tables in one schema."""

    status: Table
    inputs: Table
    outputs: Table
    versions: Table
    queues: Table


def schema_of(connection: Connection) -> str | None:
    """Where DBOS keeps its tables: beside Viva's in a SQLite file, in a schema of their own on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        return None
    own = connection.dialect.default_schema_name
    return "dbos" if own in {None, "public"} else f"{own}_dbos"


def tables_of(connection: Connection) -> Tables:
    """DBOS's tables where this connection finds them."""
    return _tables(schema_of(connection))


@cache
def _tables(schema: str | None) -> Tables:
    metadata = MetaData(schema=schema)
    return Tables(
        status=Table(
            "workflow_status",
            metadata,
            Column("workflow_uuid", Text, primary_key=True),
            *(
                Column(name, Text)
                for name in (
                    "status",
                    "name",
                    "queue_name",
                    "queue_partition_key",
                    "executor_id",
                    "owner_xid",
                    "application_name",
                    "application_version",
                )
            ),
            *(
                Column(name, BigInteger)
                for name in (
                    "created_at",
                    "updated_at",
                    "started_at_epoch_ms",
                    "delay_until_epoch_ms",
                    "completed_at",
                    "recovery_attempts",
                )
            ),
            Column("priority", Integer),
            Column("attributes", JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
        ),
        inputs=Table(
            "workflow_input", metadata, Column("workflow_uuid", Text, primary_key=True), Column("inputs", Text)
        ),
        outputs=Table("workflow_output", metadata, Column("workflow_uuid", Text, primary_key=True)),
        versions=Table(
            "application_versions",
            metadata,
            Column("version_name", Text),
            Column("application_name", Text),
            Column("version_timestamp", BigInteger),
        ),
        queues=Table("queues", metadata, Column("name", Text)),
    )


def now_ms(connection: Connection) -> ColumnElement[int]:
    """The database's clock in milliseconds since 1970: the one clock that all processes share."""
    if connection.dialect.name == "sqlite":
        return literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", BigInteger)
    return literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", BigInteger)


def ask_again(connection: Connection, job: JobRequest, partition: str | None) -> None:
    """Make a job that is there already due now, whatever has become of it.

    What runs loses its right to be the last word: it runs once more, and that end counts.
    """
    tables, now = tables_of(connection), now_ms(connection)
    status = tables.status.c
    had_ended = status.status.not_in(_OPEN)
    connection.execute(delete(tables.outputs).where(tables.outputs.c.workflow_uuid == job.key))
    connection.execute(
        update(tables.status)
        .where(status.workflow_uuid == job.key, status.status != "ENQUEUED")
        .values(
            **_AGAIN,
            recovery_attempts=0,
            attributes=None,
            queue_name=job.queue.value,
            queue_partition_key=partition,
            created_at=case((had_ended, now), else_=status.created_at),
            updated_at=now,
        )
    )


def put_back(connection: Connection, key: str, executor: str, *, trouble: str) -> int | None:
    """Note that a job ended unfinished; gives how often it has by now, None where this process does not hold it."""
    table = tables_of(connection).status
    held = and_(table.c.workflow_uuid == key, table.c.executor_id == executor, table.c.status == "PENDING")
    row = connection.execute(select(table.c.attributes).where(held).with_for_update()).one_or_none()
    if row is None:
        return None
    tries = int((row.attributes or {}).get("tries", 0)) + 1
    connection.execute(update(table).where(held).values(attributes={"tries": tries, "trouble": trouble}))
    return tries


def delay(connection: Connection, key: str, executor: str, *, pause_s: float) -> None:
    """Let a job that this process holds wait so long."""
    table, now = tables_of(connection).status, now_ms(connection)
    connection.execute(
        update(table)
        .where(table.c.workflow_uuid == key, table.c.executor_id == executor, table.c.status == "PENDING")
        .values(
            **_AGAIN
            | {"status": "DELAYED", "delay_until_epoch_ms": now + int(pause_s * 1000)}
            # Counts those who took it and were never heard of again; this one was.
            | {"recovery_attempts": 0, "updated_at": now}
        )
    )


def give_up(connection: Connection, key: str, executor: str) -> None:
    """End a job that this process holds as failed."""
    table, now = tables_of(connection).status, now_ms(connection)
    connection.execute(
        update(table)
        .where(table.c.workflow_uuid == key, table.c.executor_id == executor, table.c.status == "PENDING")
        .values(status="ERROR", owner_xid=None, completed_at=now, updated_at=now)
    )


def release(connection: Connection, *, of: ColumnElement[bool]) -> int:
    """Let whoever comes take the running jobs that this holds of; gives their number."""
    table = tables_of(connection).status
    taken = connection.execute(
        update(table)
        .where(table.c.application_name == APPLICATION, table.c.status == "PENDING", of)
        .values(**_AGAIN, updated_at=now_ms(connection))
    )
    return taken.rowcount


def unbind(connection: Connection) -> None:
    """Open what waits to any version of Viva, where other tools bound it to one."""
    table = tables_of(connection).status
    bound = table.c.status.in_(("ENQUEUED", "DELAYED")) & table.c.application_version.is_not(None)
    connection.execute(
        update(table).where(table.c.application_name == APPLICATION, bound).values(application_version=None)
    )


def held_by(connection: Connection, executor: str) -> frozenset[str]:
    """Keys of the jobs that a process is noted to run."""
    table = tables_of(connection).status
    query = select(table.c.workflow_uuid).where(table.c.executor_id == executor, table.c.status == "PENDING")
    return frozenset(connection.execute(query).scalars())


def cancelled_of(connection: Connection, keys: Collection[str]) -> frozenset[str]:
    """Those of the jobs that were cancelled."""
    table = tables_of(connection).status
    query = select(table.c.workflow_uuid).where(table.c.workflow_uuid.in_(keys), table.c.status == "CANCELLED")
    return frozenset(connection.execute(query).scalars())


def retry(connection: Connection, key: str) -> bool:
    """Make a job due now that failed, was cancelled or waits; False where it is in no such state."""
    tables, now = tables_of(connection), now_ms(connection)
    status = tables.status.c
    # DBOS takes a job off its queue that it gives up.
    queue = func.coalesce(
        status.queue_name, case((status.queue_partition_key.is_not(None), Queue.BATCH.value), else_=Queue.LIVE.value)
    )
    changed = connection.execute(
        update(tables.status)
        .where(status.workflow_uuid == key, status.status.not_in(("PENDING", "SUCCESS")))
        .values(**_AGAIN, queue_name=queue, recovery_attempts=0, attributes=None, updated_at=now)
    )
    connection.execute(delete(tables.outputs).where(tables.outputs.c.workflow_uuid == key))
    return changed.rowcount > 0


def cancel(connection: Connection, key: str) -> bool:
    """End a job that is open; False where it has ended."""
    table, now = tables_of(connection).status, now_ms(connection)
    changed = connection.execute(
        update(table)
        .where(table.c.workflow_uuid == key, table.c.status.in_(_OPEN))
        .values(status="CANCELLED", owner_xid=None, delay_until_epoch_ms=None, completed_at=now, updated_at=now)
    )
    return changed.rowcount > 0


def one(connection: Connection, key: str) -> Job | None:
    """The job of that key."""
    tables = tables_of(connection)
    row = connection.execute(_jobs(tables).where(tables.status.c.workflow_uuid == key)).one_or_none()
    return None if row is None else _job(row)


def page(connection: Connection, *, kind: str | None, state: JobState | None, limit: int, after: str | None) -> JobPage:
    """Jobs, newest first."""
    tables = tables_of(connection)
    status = tables.status.c
    query = _jobs(tables).where(status.application_name == APPLICATION)
    if kind is not None:
        query = query.where(status.name == kind)
    if state is not None:
        query = query.where(status.status.in_([name for name, told in _STATES.items() if told is state]))
    if after is not None:
        at, key = _cursor(after)
        query = query.where(or_(status.created_at < at, and_(status.created_at == at, status.workflow_uuid < key)))
    query = query.order_by(status.created_at.desc(), status.workflow_uuid.desc()).limit(limit + 1)
    rows = connection.execute(query).all()
    shown = rows[:limit]
    following = f"{shown[-1].created_at}:{shown[-1].workflow_uuid}" if len(rows) > limit else None
    return JobPage([_job(row) for row in shown], following)


def depths(connection: Connection) -> Sequence[Depth]:
    """What each queue has before it."""
    status = tables_of(connection).status.c
    failed = [name for name, told in _STATES.items() if told is JobState.FAILED]
    query = (
        select(status.queue_name, status.status, func.count(), func.min(status.created_at), now_ms(connection))
        .where(status.application_name == APPLICATION, status.status.in_([*_OPEN, *failed]))
        .group_by(status.queue_name, status.status)
    )
    found = connection.execute(query).all()

    def depth(queue: Queue) -> Depth:
        rows = [row for row in found if (row[0] or Queue.LIVE) == queue]
        waiting = [row for row in rows if _STATES[row[1]] is JobState.WAITING]
        return Depth(
            queue=queue,
            waiting=sum(row[2] for row in waiting),
            running=sum(row[2] for row in rows if _STATES[row[1]] is JobState.RUNNING),
            failed=sum(row[2] for row in rows if _STATES[row[1]] is JobState.FAILED),
            oldest_s=max((max(row[4] - row[3], 0) / 1000 for row in waiting), default=None),
        )

    return [depth(queue) for queue in Queue]


def open_count(connection: Connection) -> int:
    """Jobs not finished yet."""
    status = tables_of(connection).status.c
    query = select(func.count()).where(status.application_name == APPLICATION, status.status.in_(_OPEN))
    return int(connection.execute(query).scalar_one())


def ended_before(connection: Connection, *, days: float, limit: int) -> Sequence[str]:
    """Keys of jobs that ended longer ago than that."""
    status = tables_of(connection).status.c
    query = (
        select(status.workflow_uuid)
        .where(
            status.application_name == APPLICATION,
            status.completed_at < now_ms(connection) - int(days * 86_400_000),
            status.status.not_in(_OPEN),
        )
        .limit(limit)
    )
    return connection.execute(query).scalars().all()


def newest_version(connection: Connection) -> str | None:
    """The version of Viva whose processes take what waits; None where none has begun."""
    versions = tables_of(connection).versions.c
    query = (
        select(versions.version_name)
        .where(versions.application_name == APPLICATION)
        .order_by(versions.version_timestamp.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def queue_count(connection: Connection) -> int:
    """How many of the queues are there: none after a backup without them was put back."""
    queues = tables_of(connection).queues
    query = select(func.count()).select_from(queues).where(queues.c.name.in_([queue.value for queue in Queue]))
    return int(connection.execute(query).scalar_one())


def _jobs(tables: Tables) -> Select[Any]:
    joined = tables.status.outerjoin(tables.inputs, tables.inputs.c.workflow_uuid == tables.status.c.workflow_uuid)
    return select(tables.status, tables.inputs.c.inputs).select_from(joined)


def _job(row: Row[Any]) -> Job:
    noted = row.attributes or {}
    died = row.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED"
    return Job(
        key=row.workflow_uuid,
        kind=row.name,
        ids=tuple(json.loads(row.inputs)["positionalArgs"]) if row.inputs else (),
        state=_STATES[row.status],
        queue=Queue(row.queue_name or (Queue.BATCH if row.queue_partition_key else Queue.LIVE)),
        partition=row.queue_partition_key or "",
        tries=int(row.recovery_attempts) if died else int(noted.get("tries", 0)),
        trouble=DIED if died else str(noted.get("trouble", "")),
        asked_at=_moment(row.created_at),
        due_at=_moment(row.delay_until_epoch_ms) if row.status == "DELAYED" else None,
        started_at=None if row.started_at_epoch_ms is None else _moment(row.started_at_epoch_ms),
        finished_at=None if row.completed_at is None else _moment(row.completed_at),
        worker=row.executor_id or "",
    )


def _moment(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def _cursor(after: str) -> tuple[int, str]:
    at, _, key = after.partition(":")
    if not at.isdecimal() or not key:
        raise InvalidInput(f"{after!r} is from no page of jobs; leave it out to begin with the newest.")
    return int(at), key
