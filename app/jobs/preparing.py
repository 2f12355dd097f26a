"""Making the tables that jobs are kept in, beside Viva's own in the same database."""

from sqlalchemy import Connection, Engine, inspect, text

from app.interviews.models import JobRequest
from app.jobs import heartbeats
from app.jobs.enqueueing import enqueue
from app.jobs.records import schema_of

NEWEST = {"sqlite": 125, "postgresql": 125}
"""The schema that DBOS 3.4.0 needs, known without importing it: every start asks."""
_OLD = "jobs"


def prepare(engine: Engine) -> None:
    """Bring the tables of jobs to what this Viva needs; harmless when repeated."""
    with engine.begin() as connection:
        schema = schema_of(connection)
        current = _version(connection, schema) >= NEWEST[connection.dialect.name]
        heartbeats.metadata.create_all(connection)
        has_old = inspect(connection).has_table(_OLD)
    if not current:
        from dbos import DBOS  # noqa: PLC0415 (slow to import)

        DBOS.migrate(engine.url.render_as_string(hide_password=False), schema=schema or "dbos")
    if has_old:
        with engine.begin() as connection:
            _take_over_old(connection)


def _take_over_old(connection: Connection) -> None:
    """Ask anew for the jobs of a Viva that kept them in a table of its own."""
    for kind, key, ids in connection.execute(text(f"SELECT kind, key, ids FROM {_OLD}")).all():  # noqa: S608 (its name)
        enqueue(connection, JobRequest(kind, key, tuple(ids.split("\n"))))
    connection.execute(text(f"DROP TABLE {_OLD}"))


def _version(connection: Connection, schema: str | None) -> int:
    if not inspect(connection).has_table("dbos_migrations", schema=schema):
        return 0
    where = f'"{schema}".dbos_migrations' if schema else "dbos_migrations"
    return int(connection.execute(text(f"SELECT version FROM {where}")).scalar() or 0)  # noqa: S608 (the schema's own name)
