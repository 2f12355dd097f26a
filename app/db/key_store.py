"""API keys in SQL, by the digests of their secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from app.access.keys import USE_NOTED_EVERY, ApiKey
from app.access.scopes import Scope
from app.db.database import Database
from app.db.tables import api_keys


class SqlKeyStore:
    """`KeyStore` on SQLite or PostgreSQL; the database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey, *, sha256: str) -> None:
        row = {
            "id": key.id,
            "name": key.name,
            "prefix": key.prefix,
            "sha256": sha256,
            "scopes": sorted(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }
        await self._database.write(lambda connection: connection.execute(insert(api_keys).values(row)))

    async def find(self, sha256: str, *, at: datetime) -> ApiKey | None:
        before = and_(api_keys.c.previous_sha256 == sha256, api_keys.c.previous_ends_at > at)
        row = await self._database.row(select(api_keys).where(or_(api_keys.c.sha256 == sha256, before)))
        return None if row is None else _value(row)

    async def get(self, key_id: str) -> ApiKey | None:
        row = await self._database.row(select(api_keys).where(api_keys.c.id == key_id))
        return None if row is None else _value(row)

    async def all(self) -> Sequence[ApiKey]:
        query = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
        return [_value(row) for row in await self._database.rows(query)]

    async def rotate(self, key_id: str, *, sha256: str, prefix: str, previous_ends_at: datetime) -> bool:
        changed = (
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(previous_sha256=api_keys.c.sha256, previous_ends_at=previous_ends_at, sha256=sha256, prefix=prefix)
        )
        return await self._database.write(lambda connection: connection.execute(changed).rowcount) == 1

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        first = func.coalesce(api_keys.c.revoked_at, at)
        revoked = update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=first)
        return await self._database.write(lambda connection: connection.execute(revoked).rowcount) == 1

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        # Twins that read the key at once write once.
        stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= at - USE_NOTED_EVERY)
        noted = update(api_keys).where(api_keys.c.id == key_id, stale).values(last_used_at=at)
        await self._database.write(lambda connection: connection.execute(noted))


def _value(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        # A scope that a later Viva knew allows nothing here.
        scopes=frozenset(Scope(name) for name in row.scopes if name in set(Scope)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        previous_ends_at=row.previous_ends_at,
    )
