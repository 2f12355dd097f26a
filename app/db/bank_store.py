"""Bank versions in SQL, their content as canonical JSON."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Label, Row, Select, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from app.banks.catalogue import BankSummary, BankVersion, summary_of
from app.db.database import Database
from app.db.tables import bank_versions, information_sheets, interviews
from app.errors import Conflict
from app.grading.grader import BankRef
from rubric.hashing import from_json, to_json
from rubric.information import InformationSheet

_SHEET = TypeAdapter(InformationSheet)


class SqlBankStore:
    """`BankStore` on SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_version(self, version: BankVersion) -> None:
        table = bank_versions
        taken = Conflict(f"Version {version.version} of the bank {version.name!r} does not follow the latest one.")
        newest = select(func.coalesce(func.max(table.c.version), 0)).where(table.c.name == version.name)
        summary = summary_of(version)
        row = {
            "title": summary.title,
            "sections": summary.sections,
            "questions": summary.questions,
            "criteria": summary.criteria,
            "name": version.name,
            "version": version.version,
            "sha256": version.sha256,
            "source": version.source,
            "content": to_json(version.bank),
            "imported_at": version.imported_at,
        }

        def save(connection: Connection) -> None:
            if connection.execute(newest).scalar_one() + 1 != version.version:
                raise taken
            connection.execute(insert(table).values(row))

        try:
            await self._database.write(save)
        except IntegrityError as error:
            raise taken from error

    async def latest(self, name: str) -> BankVersion | None:
        query = _versions().where(bank_versions.c.name == name).order_by(bank_versions.c.version.desc()).limit(1)
        return await self._one(query)

    async def version(self, name: str, version: int) -> BankVersion | None:
        return await self._one(_versions().where(bank_versions.c.name == name, bank_versions.c.version == version))

    async def list(self) -> Sequence[BankSummary]:
        newer = bank_versions.alias()
        columns = [column for column in bank_versions.c if column.name != "content"]
        query = (
            select(*columns, _used())
            .where(~exists().where(newer.c.name == bank_versions.c.name, newer.c.version > bank_versions.c.version))
            .order_by(bank_versions.c.name)
        )
        return [_summary(row) for row in await self._database.rows(query)]

    async def save_information(self, name: str, sheet: InformationSheet) -> None:
        table = information_sheets
        row = {"bank_name": name, "content": _SHEET.dump_json(sheet).decode()}

        def save(connection: Connection) -> None:
            connection.execute(delete(table).where(table.c.bank_name == name))
            connection.execute(insert(table).values(row))

        await self._database.write(save)

    async def information(self, name: str) -> InformationSheet | None:
        query = select(information_sheets.c.content).where(information_sheets.c.bank_name == name)
        row = await self._database.row(query)
        return None if row is None else _SHEET.validate_json(row.content)

    async def refs(self) -> Sequence[BankRef]:
        table = bank_versions
        query = select(table.c.name, table.c.version, table.c.sha256).order_by(table.c.name, table.c.version)
        return [BankRef(row.name, row.version, row.sha256) for row in await self._database.rows(query)]

    async def _one(self, query: Select[Any]) -> BankVersion | None:
        row = await self._database.row(query)
        return None if row is None else _value(row)


def _used() -> Label[bool]:
    return (
        exists()
        .where(interviews.c.bank_name == bank_versions.c.name, interviews.c.bank_version == bank_versions.c.version)
        .label("used")
    )


def _versions() -> Select[Any]:
    return select(bank_versions, _used())


def _summary(row: Row[*tuple[Any, ...]]) -> BankSummary:
    return BankSummary(
        name=row.name,
        version=row.version,
        sha256=row.sha256,
        title=row.title,
        sections=row.sections,
        questions=row.questions,
        criteria=row.criteria,
        imported_at=row.imported_at,
        source=row.source,
        used=row.used,
    )


def _value(row: Row[Any]) -> BankVersion:
    return BankVersion(
        name=row.name,
        version=row.version,
        sha256=row.sha256,
        bank=from_json(row.content),
        imported_at=row.imported_at,
        source=row.source,
        used=row.used,
    )
