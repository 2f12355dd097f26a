"""One bank, every format, equal results; and what a format can't carry is said."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from rubric.bank import Bank
from rubric.bank_file import load_bank, parse_bank, write_bank
from rubric.errors import LossyExport
from rubric.formats.registry import FORMATS
from rubric.ids import with_ids, without_ids
from tests.builders import SHIPPED_BANK, a_bank_of, a_full_bank, a_question
from tests.rubric.strategies import ONE_LINERS, banks, plain_banks

SUFFIXES = [".yaml", ".txt", ".md", ".csv", ".xlsx", ".docx"]
TEXT_SUFFIXES = [".txt", ".md", ".csv", ".yaml"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_shipped_bank_is_the_same_bank_in_every_format(suffix: str) -> None:
    bank = load_bank(SHIPPED_BANK)
    assert parse_bank(write_bank(bank, suffix), source=f"aws_data_engineer{suffix}") == bank


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_made_ids_need_not_be_carried_because_the_words_give_them_again(suffix: str) -> None:
    bank = with_ids(load_bank(SHIPPED_BANK), None)
    again = parse_bank(write_bank(bank, suffix), source=f"aws_data_engineer{suffix}")
    assert with_ids(again, None) == bank


def test_a_bank_that_uses_every_field_comes_back_from_yaml_exactly() -> None:
    bank = a_full_bank()
    assert parse_bank(write_bank(bank, ".yaml"), source="other-name.yaml") == bank


def test_an_export_that_loses_something_names_each_field_and_the_questions_concerned() -> None:
    with pytest.raises(LossyExport) as caught:
        write_bank(a_full_bank(), ".csv")
    told = str(caught.value)
    for field in (
        "title",
        "language",
        "bands",
        "minimum_completeness",
        "terms of handover",
        "translations of handover",
    ):
        assert field in told
    assert "--lossy" in told
    assert "weight" not in told
    assert "follow_up" not in told


def test_plain_text_says_that_it_loses_weights_and_given_ids() -> None:
    bank = a_bank_of(replace(a_question(id="raw"), criteria=(replace(a_question().criteria[0], weight=2),)))
    with pytest.raises(LossyExport) as caught:
        write_bank(bank, ".txt")
    assert caught.value.losses == ("id of raw", "criteria's weight of raw")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_lossy_export_still_carries_what_the_format_can(suffix: str) -> None:
    bank = without_ids(a_full_bank())
    again = parse_bank(write_bank(bank, suffix, lossy=True), source=f"night-nurse{suffix}")
    assert [len(section.questions) for section in again.sections] == [2, 1]
    assert [len(question.criteria) for question in again.questions()] == [2, 1, 1]


@given(bank=banks)
def test_yaml_carries_any_bank(bank: Bank) -> None:
    assert parse_bank(write_bank(bank, ".yaml"), source="storage.yaml") == bank


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@given(bank=plain_banks)
def test_an_export_is_read_back_as_the_same_bank_or_refused(suffix: str, bank: Bank) -> None:
    try:
        data = write_bank(bank, suffix)
    except LossyExport:
        return
    assert with_ids(parse_bank(data, source=f"storage{suffix}"), None) == with_ids(bank, None)


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@given(bank=banks)
def test_a_lossy_export_can_always_be_read(suffix: str, bank: Bank) -> None:
    again = parse_bank(write_bank(bank, suffix, lossy=True), source=f"storage{suffix}")
    assert again.sections


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_texts_on_one_line_survive_whatever_they_look_like(suffix: str) -> None:
    starts = [a_question(text, f"{text} and more") for text in ONE_LINERS]
    bank = a_bank_of(a_question("Which?", *ONE_LINERS), *starts)
    assert parse_bank(write_bank(bank, suffix), source=f"storage{suffix}") == bank


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
@given(bank=plain_banks)
@settings(max_examples=10)
def test_an_office_export_is_read_back_as_the_same_bank_or_refused(suffix: str, bank: Bank) -> None:
    try:
        data = write_bank(bank, suffix)
    except LossyExport:
        return
    assert with_ids(parse_bank(data, source=f"storage{suffix}"), None) == with_ids(bank, None)


def test_every_format_of_the_table_of_suffixes_is_tried_here() -> None:
    assert set(FORMATS) == {*SUFFIXES, ".yml", ".markdown"}
