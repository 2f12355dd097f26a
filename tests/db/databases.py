"""Databases to test on: SQLite in a folder, and a schema of its own on a PostgreSQL that is there already."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

ADDRESS = "VIVA_TEST_DATABASE_URL"
DEFAULT = "postgresql://root@127.0.0.1/test"


@contextmanager
def own_schema() -> Iterator[str]:
    """The address of an empty schema on the test server, dropped in the end; the test is skipped where none answers."""
    url = make_url(os.environ.get(ADDRESS, DEFAULT)).set(drivername="postgresql")
    own = f"viva_test_{secrets.token_hex(6)}"
    name, jobs = sql.Identifier(own), sql.Identifier(f"{own}_dbos")
    try:
        connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL answers at {url!r} ({str(error).strip()}); name one with {ADDRESS}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        try:
            yield _within(url, own)
        finally:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(jobs))
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(name))


def _within(url: URL, schema: str) -> str:
    return url.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
