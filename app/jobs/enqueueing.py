"""Asking for a job inside the transaction that made it necessary: both are kept, or neither is."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from app.interviews.models import JobRequest, Queue
from app.jobs.records import APPLICATION, ask_again, schema_of

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

WHOLE = "-"
"""The partition of what names none: every job of a partitioned queue has one."""
_CLIENT = "viva jobs client"


def enqueue(connection: Connection, job: JobRequest, *, once: bool = False) -> None:
    """Write a job in the caller's transaction; of a key that is there already it stays one job (see `Jobs`).

    Args:
        connection: In the transaction.
        job: What is wanted.
        once: Leave a key that is there as it is, even where it has finished.
    """
    from dbos import error as failures  # noqa: PLC0415 (slow to import)

    partition = (job.partition or WHOLE) if job.queue is Queue.BATCH else None
    options: EnqueueOptions = {
        "workflow_name": job.kind,
        "queue_name": job.queue.value,
        "workflow_id": job.key,
        "workflow_id_reuse_policy": "reject",
    }
    if partition is not None:
        options["queue_partition_key"] = partition
    try:
        _client(connection).enqueue_in_transaction(connection, options, *job.ids, queue=job.queue.value)
    except failures.DBOSWorkflowIDInUseError:
        if not once:
            ask_again(connection, job, partition)


def _client(connection: Connection) -> "DBOSClient":
    """Kept with the connection itself, whose dialect it prepares its statements for; it never opens one of its own."""
    from dbos import DBOSClient, DBOSPortableJSONSerializer  # noqa: PLC0415 (slow to import)

    client: DBOSClient | None = connection.info.get(_CLIENT)
    if client is None:
        client = connection.info[_CLIENT] = DBOSClient(
            system_database_engine=connection.engine,
            dbos_system_schema=schema_of(connection),
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )
    return client
