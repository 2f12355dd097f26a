"""`make bench-flat`: what a turn costs the database while the replies stored in it grow from one to a million.

On PostgreSQL, with made-up interviews that are copies of a real one. Only the database's part of a turn is measured
(the reading does not know what is stored), by a store that remembers nothing. The ratio to the empty database is what
counts: it stays near 1 where every statement finds its rows by an index.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, cast, func, insert, join, literal, select, text, true
from sqlalchemy import String as Text

from app.config import Settings
from app.db import schema, tables
from app.db.database import Database
from app.db.engine import make_engine
from app.db.interview_store import SqlInterviewStore
from app.db.review_store import SqlReviewStore
from app.interviews.models import Command, JobRequest
from app.review.models import Sought
from benchmarks.figures import Figure, p50, p95, plain, table
from tests.db.databases import own_schema
from tests.interviews.fakes import QuotingReader
from tests.interviews.scripts import STRONG, VAGUE, Talk

SIZES = (1, 10_000, 100_000, 1_000_000)
REPLIES = (VAGUE, STRONG, "I would turn on encryption at rest.", "With an engine that reads the files where they are.")
TALKS = 60
A_DAY = 10_000_000
_COPIED = (tables.interviews, tables.entries, tables.answers, tables.parts, tables.grades, tables.review_queue)
_OWN_IDS = {"id", "interview_id", "answer_id"}


async def measure(sizes: Sequence[int]) -> None:
    """One line a size, then the sizes of what is on the disk."""
    with own_schema() as address:
        database = Database(make_engine(Settings(database_url=address)))
        try:
            await asyncio.to_thread(schema.upgrade, database.engine)
            await _measure(database, sizes)
        finally:
            await database.aclose()


async def _measure(database: Database, sizes: Sequence[int]) -> None:
    template = await _held(database)
    alone, stored = 0.0, len(REPLIES)
    for size in sizes:
        copies = max(0, -(-(size - stored) // len(REPLIES)))
        begun = time.perf_counter()
        if copies:
            await database.write(partial(_copy, template=template, first=stored // len(REPLIES), copies=copies))
            stored += copies * len(REPLIES)
            await asyncio.to_thread(_analyse, database)
        filled_s = time.perf_counter() - begun
        turns = await _turns(database)
        alone = alone or p50(turns)
        held = await database.read(_bytes)
        figures = [
            plain("a turn's transactions p50", p50(turns), "ms"),
            plain("a turn's transactions p95", p95(turns), "ms"),
            plain("p50 as a multiple of the first line's", p50(turns) / alone, "x"),
            plain("first page of the review queue", await _queue_ms(database), "ms"),
            plain("on the disk with indexes", held / 1e6, "MB"),
            plain("made up in", filled_s, "s"),
        ]
        print(table(f"{stored:,} stored replies", figures), flush=True)
    print(table(f"{A_DAY:,} replies a day, by the figures above", _arithmetic(held, stored, turns)), flush=True)


async def _held(database: Database) -> str:
    """A finished interview of as many replies as `REPLIES`; gives its id."""
    talk = Talk(store=_store(database), reader=QuotingReader(doubts=True))
    await talk.begin()
    for reply in REPLIES:
        await talk.say(reply)
    await talk.do(Command.SUBMIT)
    return talk.id


async def _turns(database: Database) -> list[float]:
    """Milliseconds of each reply's transactions, in interviews held side by side one after the other."""
    took: list[float] = []
    for _ in range(TALKS):
        talk = Talk(store=_store(database), reader=QuotingReader())
        await talk.begin()
        for reply in REPLIES:
            again = Talk(store=_store(database), reader=QuotingReader())  # remembers nothing of the talk
            again.id = talk.id
            message = again.message(reply, delivery=f"{talk.id}-{reply[:9]}")
            begun = time.perf_counter()
            await again.service.submit(message)
            took.append(1000 * (time.perf_counter() - begun))
    return took


async def _queue_ms(database: Database) -> float:
    reviews = SqlReviewStore(database)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        await reviews.waiting(Sought(), limit=50)
        took.append(1000 * (time.perf_counter() - begun))
    return p50(took)


def _store(database: Database) -> SqlInterviewStore:
    def enqueue(connection: Connection, job: JobRequest) -> None:
        raise AssertionError(f"a turn without a model leaves no job, not {job.kind}")

    return SqlInterviewStore(database, enqueue=enqueue)


def _copy(connection: Connection, *, template: str, first: int, copies: int) -> None:
    """The template's rows so many times over, each copy with ids of its own."""
    numbers = func.generate_series(first, first + copies - 1).table_valued("copy").render_derived()
    for table_ in _COPIED:
        columns = list(table_.c)
        values = [_renamed(column, template, numbers.c.copy).label(column.name) for column in columns]
        rows = select(*values).select_from(join(table_, numbers, true())).where(_of(table_, template))
        connection.execute(insert(table_).from_select([column.name for column in columns], rows))


def _of(table_: Table, template: str) -> ColumnElement[bool]:
    if table_ is tables.interviews:
        return table_.c.id == template
    if "interview_id" in table_.c:
        return table_.c.interview_id == template
    return table_.c.answer_id.startswith(f"{template}.")


def _renamed(column: Column[Any], template: str, number: ColumnElement[int]) -> ColumnElement[Any]:
    if column.name == "link_sha256":
        return func.md5(cast(number, Text)).concat(func.md5(cast(-number, Text)))
    if column in {tables.grades.c.id, tables.review_queue.c.grade_id}:
        return column.concat("-").concat(cast(number, Text))
    if column.name in _OWN_IDS:
        return func.replace(column, template, literal("iv-").concat(cast(number, Text)))
    return column


def _analyse(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _bytes(connection: Connection) -> int:
    names = [table_.name for table_ in _COPIED]
    return sum(
        int(connection.execute(select(func.pg_total_relation_size(cast(name, Text)))).scalar_one()) for name in names
    )


def _arithmetic(held: int, stored: int, turns: Sequence[float]) -> list[Figure]:
    """What so many a day come to, were they spread evenly over it."""
    a_second = A_DAY / 86_400
    return [
        plain("replies a second, on average", a_second, ""),
        plain("database connections busy with them", a_second * p50(turns) / 1000, ""),
        plain("more on the disk", A_DAY * held / stored / 1e9, "GB a day"),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stored_replies", description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="largest number of stored replies")
    asked = parser.parse_args()
    asyncio.run(measure([size for size in SIZES if size <= asked.most]))


if __name__ == "__main__":
    main()
