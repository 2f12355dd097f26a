"""The schema's version: upgrade, check, and what to say when it does not fit."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, delete, func, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from app.db.tables import metadata
from app.errors import DatabaseUnavailable, SchemaMismatch

_LOCK_EVERY_S = 0.1
_FOLDER = Path(__file__).parent / "migrations"

# Which Viva brought the schema to where it is, for an older one to name. Outside the migrations, as it must be readable
# whatever they have come to.
_writers = Table("schema_writers", MetaData(), Column("viva_version", String(40), primary_key=True))


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The revision a database is at (None when it is empty) and the one this Viva needs."""

    current: str | None
    needed: str

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.needed


def state(engine: Engine) -> SchemaState:
    """Where the database's schema stands.

    Raises:
        SchemaMismatch: It was written by a newer Viva.
        DatabaseUnavailable: It can't be reached, or what is there is no database.
    """
    try:
        with engine.connect() as connection:
            current = _current(connection)
            writer = _writer(connection)
    except DBAPIError as error:
        raise _unavailable(engine, error) from error
    return _known(current, writer)


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Let one process at a time prepare a database server: several workers are started at once, on an empty one too."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = func.hashtext(func.concat("viva:", func.current_schema()))
        # Asked for, not waited for: an index that is made concurrently waits for every statement, and this would be one.
        while not connection.execute(select(func.pg_try_advisory_lock(ours))).scalar():
            time.sleep(_LOCK_EVERY_S)
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(ours)))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to that revision.

    Raises:
        SchemaMismatch: It was written by a newer Viva.
    """
    state(engine)
    with migrating(engine) as connection:
        _upgrade(connection, revision)
        _sign(connection)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to that revision ("base" empties it)."""
    with migrating(engine) as connection:
        _downgrade(connection, revision)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction in which tables can be made anew.

    SQLite alters a table by dropping it for a copy, and a dropped table takes its children along where foreign keys are
    enforced; so they are not while the transaction lasts, and are checked at its end.
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver = connection.connection.driver_connection
        if driver is None:
            raise SchemaMismatch("The database connection was lost before the migration.")
        # Straight to the driver: within a transaction, which SQLAlchemy would begin, the setting has no effect.
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise SchemaMismatch(f"The migration would leave rows of {broken[0]} without what they belong to.")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def differences(engine: Engine) -> list[str]:
    """What the tables in the code have that the migrated database has not, or the other way round."""
    with engine.connect() as connection:
        return _differences(connection)


def require_known(revision: str, writer: str | None = None) -> None:
    """Refuse a schema of a newer Viva; `writer` is the version that wrote it, where that is known.

    Raises:
        SchemaMismatch: This Viva does not know the revision; names the one it needs.
    """
    _known(revision, writer)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _writer(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_writers.name):
        return None
    return connection.execute(select(_writers.c.viva_version)).scalar()


def _sign(connection: Connection) -> None:
    _writers.metadata.create_all(connection)
    connection.execute(delete(_writers))
    connection.execute(insert(_writers).values(viva_version=version("viva")))


def _unavailable(engine: Engine, error: DBAPIError) -> DatabaseUnavailable:
    reason = " ".join(str(error.orig or error).split())
    if engine.dialect.name == "sqlite":
        return DatabaseUnavailable(
            f"The database {engine.url.database} cannot be opened ({reason}); if it is damaged, `viva restore FILE` "
            "puts a backup in its place."
        )
    where = engine.url.render_as_string(hide_password=True)
    return DatabaseUnavailable(f"{where} cannot be opened ({reason}); check VIVA_DATABASE_URL and that it runs.")


def _known(current: str | None, writer: str | None = None) -> SchemaState:
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
            needed = f"Viva {writer} or newer" if writer else "the Viva that wrote it, or a newer one"
            raise SchemaMismatch(
                f"The database has schema {current}, which this Viva ({version('viva')}, schema {head}) does not know. "
                f"Install {needed}, or restore a backup made with this one."
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
