"""Files that wait to be taken into a screening, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from app.db import tables
from app.db.database import Database
from app.errors import NotFound
from app.screening.uploads import Upload


class SqlUploadStore:
    """`UploadStore` on SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, upload: Upload) -> None:
        def keep(connection: Connection) -> None:
            there, row = tables.screenings, tables.screening_files
            query = select(there.c.id).where(there.c.id == upload.screening_id).with_for_update()
            if connection.execute(query).one_or_none() is None:
                raise NotFound(f"There is no screening {upload.screening_id} (any more).")
            connection.execute(delete(row).where(row.c.screening_id == upload.screening_id))
            connection.execute(insert(row).values(_row(upload)))

        await self._database.write(keep)

    async def find(self, screening_id: str) -> Upload | None:
        row = tables.screening_files
        found = await self._database.row(select(row).where(row.c.screening_id == screening_id))
        return None if found is None else _value(found)

    async def waiting(self) -> frozenset[str]:
        found = await self._database.rows(select(tables.screening_files.c.screening_id))
        return frozenset(row.screening_id for row in found)

    async def drop(self, screening_id: str) -> None:
        def drop(connection: Connection) -> None:
            row = tables.screening_files
            connection.execute(delete(row).where(row.c.screening_id == screening_id))

        await self._database.write(drop)

    async def sweep(self, before: datetime) -> int:
        row = tables.screening_files
        return await self._database.write(
            lambda connection: connection.execute(delete(row).where(row.c.at < before)).rowcount
        )


def _row(upload: Upload) -> dict[str, Any]:
    return {
        "screening_id": upload.screening_id,
        "source": upload.source,
        "content": upload.content,
        "mapping": list(upload.mapping),
        "empty_is_blank": upload.empty_is_blank,
        "at": upload.at,
    }


def _value(row: Row[Any]) -> Upload:
    return Upload(
        screening_id=row.screening_id,
        source=row.source,
        content=row.content,
        mapping=tuple(row.mapping),
        empty_is_blank=row.empty_is_blank,
        at=row.at,
    )
