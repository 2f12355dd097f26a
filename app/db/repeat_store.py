"""Answers to requests with an idempotency key in SQL, sealed."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.access.repeats import Claim
from app.db.database import Database
from app.db.tables import api_repeats


class SqlRepeatStore:
    """`RepeatStore` on SQLite or PostgreSQL; the database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, ask_id: str, fingerprint: str, *, at: datetime, given_up_before: datetime, kept_since: datetime
    ) -> Claim | None:
        row = api_repeats
        given_up = and_(row.c.sealed.is_(None), row.c.claimed_at < given_up_before)
        forgotten = delete(row).where(or_(row.c.claimed_at < kept_since, given_up))
        standing = select(row.c.fingerprint, row.c.sealed).where(row.c.id == ask_id)

        def claim(connection: Connection) -> Claim | None:
            connection.execute(forgotten)
            new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            values = {"id": ask_id, "fingerprint": fingerprint, "claimed_at": at}
            claimed = new(row).values(values).on_conflict_do_nothing().returning(row.c.id)
            if connection.execute(claimed).first() is not None:
                return None
            found = connection.execute(standing).one_or_none()
            # Released between the two statements: as good as still being done.
            return Claim(fingerprint, None) if found is None else Claim(found.fingerprint, found.sealed)

        return await self._database.write(claim)

    async def keep(self, ask_id: str, sealed: bytes, *, claimed_at: datetime) -> None:
        row = api_repeats
        kept = update(row).where(row.c.id == ask_id, row.c.claimed_at == claimed_at).values(sealed=sealed)
        await self._database.write(lambda connection: connection.execute(kept))

    async def release(self, ask_id: str, *, claimed_at: datetime) -> None:
        row = api_repeats
        gone = delete(row).where(row.c.id == ask_id, row.c.claimed_at == claimed_at, row.c.sealed.is_(None))
        await self._database.write(lambda connection: connection.execute(gone))
