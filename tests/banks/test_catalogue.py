"""Importing banks, and finding them again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.banks.catalogue import BankCatalogue, BankVersion
from app.errors import Conflict, NotFound
from rubric.errors import BankFormatError
from rubric.ids import ids_of
from tests.banks.bank_stores import InMemoryBankStore
from tests.builders import SHIPPED_BANK

NOW = datetime(2026, 1, 2, tzinfo=UTC)
FIRST = b"1. Storage\n  Why?\n    So.\n    And so.\n  How?\n    Well.\n"


@pytest.fixture
def store() -> InMemoryBankStore:
    return InMemoryBankStore()


@pytest.fixture
def catalogue(store: InMemoryBankStore) -> BankCatalogue:
    return BankCatalogue(store, clock=lambda: NOW)


async def test_the_shipped_bank_is_imported_as_version_1(catalogue: BankCatalogue) -> None:
    imported = await catalogue.import_file(SHIPPED_BANK)
    (summary,) = await catalogue.list()
    assert imported.is_new
    assert (summary.name, summary.version, summary.source) == ("aws_data_engineer", 1, "aws_data_engineer.txt")
    assert (summary.sections, summary.questions, summary.criteria) == (11, 32, 122)
    assert summary.imported_at == NOW


async def test_importing_the_same_content_again_changes_nothing_whatever_its_format(catalogue: BankCatalogue) -> None:
    first = await catalogue.import_bank(FIRST, source="storage.txt")
    again = await catalogue.import_bank(
        b"## Storage\n### Why?\n- So.\n- And so.\n### How?\n- Well.\n", source="storage.md"
    )
    assert not again.is_new
    assert again.version == first.version


async def test_an_edit_makes_a_new_version_that_keeps_the_ids_of_what_did_not_change(catalogue: BankCatalogue) -> None:
    first = await catalogue.import_bank(FIRST, source="storage.txt")
    second = await catalogue.import_bank(FIRST.replace(b"And so.", b"And thus."), source="storage.txt")
    before, after = (ids_of(imported.version.bank.questions()) for imported in (first, second))
    assert (second.is_new, second.version.version) == (True, 2)
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True, True]


async def test_going_back_to_older_content_makes_a_new_version_with_the_old_ids(catalogue: BankCatalogue) -> None:
    first = await catalogue.import_bank(FIRST, source="storage.txt")
    await catalogue.import_bank(FIRST.replace(b"And so.", b"And thus."), source="storage.txt")
    third = await catalogue.import_bank(FIRST, source="storage.txt")
    assert third.version.version == 3
    assert third.version.sha256 == first.version.sha256


async def test_an_old_version_stays_as_it_was(catalogue: BankCatalogue) -> None:
    first = await catalogue.import_bank(FIRST, source="storage.txt")
    await catalogue.import_bank(FIRST.replace(b"Why?", b"Why not?"), source="storage.txt")
    assert await catalogue.get("storage", 1) == first.version
    assert (await catalogue.show("storage"))["sections"][0]["questions"][0]["text"] == "Why not?"
    assert (await catalogue.show("storage", 1))["version"] == 1


async def test_a_version_an_interview_used_is_said_to_be_used(
    catalogue: BankCatalogue, store: InMemoryBankStore
) -> None:
    await catalogue.import_bank(FIRST, source="storage.txt")
    assert not (await catalogue.get("storage")).used
    store.use("storage", 1)
    assert (await catalogue.get("storage")).used


async def test_a_faulty_file_imports_nothing(catalogue: BankCatalogue, tmp_path: Path) -> None:
    path = tmp_path / "storage.txt"
    path.write_bytes(FIRST + b"and a stray line\n")
    with pytest.raises(BankFormatError, match=r"storage\.txt, line 7: expected a numbered section heading"):
        await catalogue.import_file(path)
    assert list(await catalogue.list()) == []


async def test_the_source_keeps_no_folder_of_the_machine(catalogue: BankCatalogue, tmp_path: Path) -> None:
    path = tmp_path / "storage.txt"
    path.write_bytes(FIRST)
    assert (await catalogue.import_file(path)).version.source == "storage.txt"


@pytest.mark.parametrize(("version", "expected"), [(None, "viva bank list"), (7, "no version 7")])
async def test_what_is_not_there_is_not_found(catalogue: BankCatalogue, version: int | None, expected: str) -> None:
    with pytest.raises(NotFound, match=r"no bank named 'storage'|no version 7") as caught:
        await catalogue.get("storage", version)
    assert expected in str(caught.value)


async def test_two_imports_at_once_give_two_versions(catalogue: BankCatalogue) -> None:
    contents = [FIRST, FIRST.replace(b"So.", b"Thus."), FIRST]
    imported = await asyncio.gather(*[catalogue.import_bank(content, source="storage.txt") for content in contents])
    latest = await catalogue.get("storage")
    assert latest.version == sum(one.is_new for one in imported)
    assert sorted(one.version.version for one in imported if one.is_new) == list(range(1, latest.version + 1))


async def test_an_import_that_keeps_being_overtaken_gives_up() -> None:
    class Overtaken(InMemoryBankStore):
        async def save_version(self, version: BankVersion) -> None:
            raise Conflict(f"version {version.version} exists")

    with pytest.raises(Conflict, match="try again"):
        await BankCatalogue(Overtaken(), clock=lambda: NOW).import_bank(FIRST, source="storage.txt")


async def test_information_sheet_beside_a_bank_comes_along_with_it(tmp_path: Path) -> None:
    (tmp_path / "storage.txt").write_text(SHIPPED_BANK.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "storage.info.yaml").write_text("contact: people@example.org\n", encoding="utf-8")
    catalogue = BankCatalogue(InMemoryBankStore(), lambda: datetime.now(UTC))

    imported = await catalogue.import_file(tmp_path / "storage.txt")

    assert imported.information == "storage.info.yaml"
    assert (await catalogue.information("storage")).contact == "people@example.org"
    assert (await catalogue.information("another")).contact == ""


async def test_unreadable_information_sheet_leaves_the_bank_unimported(tmp_path: Path) -> None:
    (tmp_path / "storage.txt").write_text(SHIPPED_BANK.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "storage.info.yaml").write_text("salary: secret\n", encoding="utf-8")
    catalogue = BankCatalogue(InMemoryBankStore(), lambda: datetime.now(UTC))

    with pytest.raises(BankFormatError, match=r"storage\.info\.yaml"):
        await catalogue.import_file(tmp_path / "storage.txt")

    assert await catalogue.list() == []
