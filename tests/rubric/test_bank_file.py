"""Bank files by their names."""

from pathlib import Path

import pytest

from rubric.bank_file import MAX_BYTES, load_bank, parse_bank, write_bank
from rubric.errors import BankFormatError
from tests.builders import a_bank


def test_a_missing_file_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(BankFormatError, match=r"none\.yaml: the file can't be read: No such file"):
        load_bank(tmp_path / "none.yaml")


def test_a_folder_is_no_bank(tmp_path: Path) -> None:
    with pytest.raises(BankFormatError, match="can't be read"):
        load_bank(tmp_path)


@pytest.mark.parametrize("name", ["storage.pdf", "storage", "storage.TXT.exe"])
def test_an_unknown_suffix_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(BankFormatError, match=r"ends in one of \.yaml, \.yml, \.txt"):
        parse_bank(b"", source=name)


def test_a_bank_of_more_questions_than_anybody_asks_is_refused() -> None:
    with pytest.raises(BankFormatError, match="has 2001 questions; a bank has at most 2000"):
        parse_bank(b"1. Storage\n" + b"  Why?\n" * 2001, source="storage.txt")


def test_the_case_of_a_suffix_does_not_matter() -> None:
    assert parse_bank(write_bank(a_bank(), ".TXT"), source="STORAGE.TXT") == a_bank()


def test_a_huge_file_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 100)
    with pytest.raises(BankFormatError, match="at most 1 MiB"):
        load_bank(path)
