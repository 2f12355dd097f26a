"""The texts of exemplars, in SQL: they stand beside the answer they were taken from, and go with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import tables
from app.grading.exemplars import Exemplar
from rubric.criteria import Verdict

_AT_A_TIME = 500


class SqlExemplarTexts:
    """`ExemplarTexts` on SQLite or PostgreSQL; the engine's tables are up to date."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)

    async def keep(self, exemplars: Sequence[Exemplar]) -> None:
        table = tables.exemplars
        async with self._engine.begin() as connection:
            for ids in _batches([one.id for one in exemplars]):
                await connection.execute(delete(table).where(table.c.id.in_(ids)))
            if exemplars:
                await connection.execute(insert(table), [exemplar_row(one) for one in exemplars])

    async def find(self, ids: Collection[str]) -> Mapping[str, Exemplar]:
        table = tables.exemplars
        found: dict[str, Exemplar] = {}
        async with self._reader.connect() as connection:
            for some in _batches(ids):
                rows = await connection.execute(select(table).where(table.c.id.in_(some)))
                found |= {row.id: exemplar_value(row) for row in rows}
        return found

    async def ids(self) -> frozenset[str]:
        async with self._reader.connect() as connection:
            return frozenset((await connection.execute(select(tables.exemplars.c.id))).scalars())

    async def forget(self, answer_ids: Collection[str]) -> frozenset[str]:
        table = tables.exemplars
        gone: set[str] = set()
        async with self._engine.begin() as connection:
            for some in _batches(answer_ids):
                mine = table.c.answer_id.in_(some)
                gone |= set((await connection.execute(select(table.c.id).where(mine))).scalars())
                await connection.execute(delete(table).where(mine))
        return frozenset(gone)


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
