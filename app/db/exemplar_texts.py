"""The texts of exemplars, in SQL: they stand beside the answer they were taken from, and go with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from app.db import tables
from app.db.database import Database
from app.grading.exemplars import Exemplar
from rubric.criteria import Verdict

_AT_A_TIME = 500


class SqlExemplarTexts:
    """`ExemplarTexts` on SQLite or PostgreSQL; the database's tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        table = tables.exemplars

        def keep(connection: Connection) -> None:
            for ids in _batches([one.id for one in exemplars]):
                connection.execute(delete(table).where(table.c.id.in_(ids)))
            if exemplars:
                connection.execute(insert(table), [exemplar_row(one) for one in exemplars])

        await self._database.write(keep)

    async def find(self, ids: Collection[str]) -> Mapping[str, Exemplar]:
        table = tables.exemplars

        def find(connection: Connection) -> dict[str, Exemplar]:
            found: dict[str, Exemplar] = {}
            for some in _batches(ids):
                rows = connection.execute(select(table).where(table.c.id.in_(some)))
                found |= {row.id: exemplar_value(row) for row in rows}
            return found

        return await self._database.read(find)

    async def ids(self) -> frozenset[str]:
        return frozenset(row.id for row in await self._database.rows(select(tables.exemplars.c.id)))

    async def forget(self, answer_ids: Collection[str]) -> frozenset[str]:
        table = tables.exemplars

        def forget(connection: Connection) -> frozenset[str]:
            gone: set[str] = set()
            for some in _batches(answer_ids):
                mine = table.c.answer_id.in_(some)
                gone |= set(connection.execute(select(table.c.id).where(mine)).scalars())
                connection.execute(delete(table).where(mine))
            return frozenset(gone)

        return await self._database.write(forget)


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    """The ids in lists that a statement can hold."""
    ordered = sorted(ids)
    return (ordered[start : start + _AT_A_TIME] for start in range(0, len(ordered), _AT_A_TIME))


def exemplar_row(exemplar: Exemplar) -> dict[str, Any]:
    """The row of an exemplar."""
    return {
        "id": exemplar.id,
        "answer_id": exemplar.answer_id,
        "criterion_id": exemplar.criterion_id,
        "criterion": exemplar.criterion,
        "bank": exemplar.bank,
        "question_id": exemplar.question_id,
        "excerpt": exemplar.excerpt,
        "verdict": exemplar.verdict.value,
        "note": exemplar.note,
    }


def exemplar_value(row: Row[Any]) -> Exemplar:
    """The exemplar of a row."""
    return Exemplar(
        id=row.id,
        answer_id=row.answer_id,
        criterion_id=row.criterion_id,
        criterion=row.criterion,
        bank=row.bank,
        question_id=row.question_id,
        excerpt=row.excerpt,
        verdict=Verdict(row.verdict),
        note=row.note,
    )
