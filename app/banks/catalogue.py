"""Which version of a bank is in use: every content that was ever imported is a version, and stays as it was."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from app.errors import Conflict, NotFound
from app.grading.grader import BankRef
from rubric.bank import Bank
from rubric.bank_file import load_bank, parse_bank
from rubric.hashing import content_sha256
from rubric.ids import with_ids
from rubric.information import NO_INFORMATION, InformationSheet, information_beside, load_information
from rubric.showing import show

ATTEMPTS = 5
"""How often an import starts over because another one of the same bank came between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankVersion:
    """One version of a bank, immutable.

    Attributes:
        version: Counts from 1 within the name.
        sha256: Of the bank's canonical content (`rubric.hashing`).
        bank: With ids.
        imported_at: Aware, UTC.
        source: The file's name without its folder.
        used: Whether an interview was held with it.
    """

    name: str
    version: int
    sha256: str
    bank: Bank
    imported_at: datetime
    source: str
    used: bool = False

    @property
    def ref(self) -> BankRef:
        """What names exactly this version."""
        return BankRef(self.name, self.version, self.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSummary:
    """The latest version of a bank, without its content."""

    name: str
    version: int
    sha256: str
    title: str
    sections: int
    questions: int
    criteria: int
    imported_at: datetime
    source: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        version: The one that now is the latest.
        is_new: Whether it was not there before.
        information: Name of the information sheet's file that came along; empty when there was none.
    """

    version: BankVersion
    is_new: bool
    information: str = ""


class BankStore(Protocol):
    """Where versions are kept. Each method is its own transaction."""

    async def save_version(self, version: BankVersion) -> None:
        """Keep a version that follows the latest one.

        Raises:
            Conflict: `version.version` is not the latest plus one: another import came between.
        """
        ...

    async def latest(self, name: str) -> BankVersion | None:
        """The latest version of a bank; None when there is no bank of that name."""
        ...

    async def version(self, name: str, version: int) -> BankVersion | None:
        """That version; None when there is none."""
        ...

    async def list(self) -> Sequence[BankSummary]:
        """The latest version of every bank, by name."""
        ...

    async def save_information(self, name: str, sheet: InformationSheet) -> None:
        """Keep what may be quoted about the job of a bank, in place of what there was."""
        ...

    async def information(self, name: str) -> InformationSheet | None:
        """What may be quoted about the job of a bank."""
        ...

    async def refs(self) -> Sequence[BankRef]:
        """Every version of every bank, without content."""
        ...


class BankCatalogue:
    """Imports banks and finds them again."""

    def __init__(self, store: BankStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def import_file(self, path: Path, *, title: str = "") -> Imported:
        """Import a bank's file, with the information sheet beside it if there is one; see `import_bank`.

        Args:
            path: The file.
            title: For a file that names none.

        Raises:
            BankFormatError: It or the sheet can't be read, or is no bank or sheet; nothing was imported then.
        """
        bank = await asyncio.to_thread(load_bank, path)
        beside = information_beside(path)
        sheet = await asyncio.to_thread(load_information, beside) if beside else None
        imported = await self._import(replace(bank, title=bank.title or title), path.name)
        if sheet is None or beside is None:
            return imported
        await self._store.save_information(bank.name, sheet)
        return replace(imported, information=beside.name)

    async def import_bank(self, data: bytes, *, source: str) -> Imported:
        """Make these bytes the latest version of their bank: all of it, or nothing.

        Content equal to the latest version changes nothing. What did not change keeps its ids (`rubric.ids`).

        Args:
            data: The file's content.
            source: The file's name, whose suffix tells the format.

        Raises:
            BankFormatError: It is no bank; with line and what was expected.
            Conflict: Other imports of this bank kept coming between.
        """
        bank = await asyncio.to_thread(parse_bank, data, source=source)
        return await self._import(bank, Path(source).name)

    async def list(self) -> Sequence[BankSummary]:
        """The latest version of every bank, by name."""
        return await self._store.list()

    async def get(self, name: str, version: int | None = None) -> BankVersion:
        """A version of a bank, by default the latest.

        Raises:
            NotFound: There is no such bank, or no such version of it.
        """
        found = await (self._store.latest(name) if version is None else self._store.version(name, version))
        if found is None:
            raise NotFound(
                f"There is no bank named {name!r}; viva bank list shows those there are."
                if version is None
                else f"The bank {name!r} has no version {version}."
            )
        return found

    async def information(self, name: str) -> InformationSheet:
        """What may be quoted about the job of a bank; an empty sheet where nothing may."""
        return await self._store.information(name) or NO_INFORMATION

    async def refs(self) -> Sequence[BankRef]:
        """Every version of every bank, without content."""
        return await self._store.refs()

    async def show(self, name: str, version: int | None = None) -> dict[str, Any]:
        """A version of a bank as JSON values (`rubric.showing`).

        Raises:
            NotFound: There is no such bank, or no such version of it.
        """
        found = await self.get(name, version)
        return show(found.bank, found.version)

    async def _import(self, bank: Bank, source: str) -> Imported:
        for _ in range(ATTEMPTS):
            latest = await self._store.latest(bank.name)
            # A format without a title says nothing about it, so the one there is stays.
            titled = replace(bank, title=bank.title or (latest.bank.title if latest else ""))
            following = with_ids(titled, latest.bank if latest else None)
            sha256 = content_sha256(following)
            if latest is not None and latest.sha256 == sha256:
                return Imported(latest, is_new=False)
            version = BankVersion(
                name=bank.name,
                version=latest.version + 1 if latest else 1,
                sha256=sha256,
                bank=following,
                imported_at=self._clock(),
                source=source,
            )
            try:
                await self._store.save_version(version)
            except Conflict:
                continue
            return Imported(version, is_new=True)
        raise Conflict(f"The bank {bank.name!r} is being imported by others at this moment; try again.")


def summary_of(version: BankVersion) -> BankSummary:
    """What a list says of a version."""
    questions = list(version.bank.questions())
    return BankSummary(
        name=version.name,
        version=version.version,
        sha256=version.sha256,
        title=version.bank.title or version.name,
        sections=len(version.bank.sections),
        questions=len(questions),
        criteria=sum(len(question.criteria) for question in questions),
        imported_at=version.imported_at,
        source=version.source,
        used=version.used,
    )
