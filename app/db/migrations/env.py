"""How Alembic reaches the database: over the connection it is given."""

from alembic import context

from app.db.tables import metadata

_OURS = frozenset(metadata.tables)


def _include(name: str | None, kind: str, _parents: object) -> bool:
    # The job engine keeps its own tables in the same database.
    return kind != "table" or name in _OURS


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=_include,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
