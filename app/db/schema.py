"""The schema's version: upgrade, check, and what to say when it does not fit."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.tables import metadata
from app.errors import SchemaMismatch

_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision a database is at (None when it is empty) and the one this Viva needs."""

    current: str | None
    needed: str

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.needed


async def state(engine: AsyncEngine) -> SchemaState:
    """Where the database's schema stands.

    Raises:
        SchemaMismatch: It was written by a newer Viva.
    """
    async with engine.connect() as connection:
        current = await connection.run_sync(_current)
    return _known(current)


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the schema to that revision.

    Raises:
        SchemaMismatch: It was written by a newer Viva.
    """
    await state(engine)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the schema back to that revision ("base" empties it)."""
    async with engine.begin() as connection:
        await connection.run_sync(_downgrade, revision)


async def differences(engine: AsyncEngine) -> list[str]:
    """What the tables in the code have that the migrated database has not, or the other way round."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


def require_known(revision: str) -> None:
    """Refuse a schema of a newer Viva.

    Raises:
        SchemaMismatch: This Viva does not know the revision; names the one it needs.
    """
    _known(revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _known(current: str | None) -> SchemaState:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    if head is None:
        raise SchemaMismatch("This Viva ships no migrations; it was not installed as a whole.")
    if current is not None:
        try:
            scripts.get_revision(current)
        except CommandError as error:
            raise SchemaMismatch(
                f"The database has schema {current}, which this Viva does not know (it needs {head}): it was written by "
                "a newer Viva. Install that version, or restore a backup made with this one."
            ) from error
    return SchemaState(current, head)


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(_config(connection), revision)


def _downgrade(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)


def _differences(connection: Connection) -> list[str]:
    ours = frozenset(metadata.tables)
    options = {"include_name": lambda name, kind, _: kind != "table" or name in ours, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return [str(difference) for difference in compare_metadata(context, metadata)]
