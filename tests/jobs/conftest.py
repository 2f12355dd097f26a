"""The databases of the stores' tests, for those of jobs."""

from tests.db.conftest import (
    database,
    migrated_file,
    postgres_address,
    postgres_database,
    sqlite_database,
    sqlite_settings,
)

__all__ = ["database", "migrated_file", "postgres_address", "postgres_database", "sqlite_database", "sqlite_settings"]
