"""The harmless twin of the bank store, under the same contract test as the real one."""

from collections.abc import Sequence
from dataclasses import replace

from app.banks.catalogue import BankSummary, BankVersion, summary_of
from app.errors import Conflict
from app.grading.grader import BankRef
from rubric.information import InformationSheet


class InMemoryBankStore:
    """Versions in a list a name."""

    def __init__(self) -> None:
        self._versions: dict[str, list[BankVersion]] = {}
        self._used: set[tuple[str, int]] = set()
        self._sheets: dict[str, InformationSheet] = {}

    def use(self, name: str, version: int) -> None:
        """As if an interview had been held with that version."""
        self._used.add((name, version))

    async def save_version(self, version: BankVersion) -> None:
        kept = self._versions.setdefault(version.name, [])
        if version.version != len(kept) + 1:
            raise Conflict(f"version {version.version} of {version.name!r} is not the next one")
        kept.append(version)

    async def latest(self, name: str) -> BankVersion | None:
        kept = self._versions.get(name)
        return self._seen(kept[-1]) if kept else None

    async def version(self, name: str, version: int) -> BankVersion | None:
        kept = self._versions.get(name, [])
        return self._seen(kept[version - 1]) if 1 <= version <= len(kept) else None

    async def list(self) -> Sequence[BankSummary]:
        return [summary_of(self._seen(kept[-1])) for _, kept in sorted(self._versions.items()) if kept]

    async def save_information(self, name: str, sheet: InformationSheet) -> None:
        self._sheets[name] = sheet

    async def information(self, name: str) -> InformationSheet | None:
        return self._sheets.get(name)

    async def refs(self) -> Sequence[BankRef]:
        return [version.ref for _, kept in sorted(self._versions.items()) for version in kept]

    def _seen(self, version: BankVersion) -> BankVersion:
        return replace(version, used=(version.name, version.version) in self._used)
