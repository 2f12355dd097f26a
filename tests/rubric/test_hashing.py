"""One bank, one hash, whatever file it came from."""

from dataclasses import replace

import pytest
from hypothesis import given

from rubric.bank import Bank
from rubric.bank_file import load_bank, parse_bank, write_bank
from rubric.hashing import content_sha256, from_json, to_json
from rubric.ids import with_ids
from tests.builders import SHIPPED_BANK, a_bank_of, a_full_bank, a_question
from tests.rubric.strategies import banks


@given(bank=banks)
def test_a_stored_bank_comes_back_exactly(bank: Bank) -> None:
    for stored in (bank, with_ids(bank, None)):
        assert from_json(to_json(stored)) == stored


def test_the_fullest_bank_comes_back_exactly() -> None:
    assert from_json(to_json(a_full_bank())) == a_full_bank()


@pytest.mark.parametrize("suffix", [".yaml", ".txt", ".md", ".csv", ".xlsx", ".docx"])
def test_the_hash_does_not_depend_on_the_format(suffix: str) -> None:
    bank = load_bank(SHIPPED_BANK)
    again = parse_bank(write_bank(bank, suffix), source=f"aws_data_engineer{suffix}")
    assert content_sha256(again) == content_sha256(bank)


def test_the_hash_does_not_depend_on_the_order_in_which_translations_were_written() -> None:
    bank = a_bank_of(a_question())
    question = bank.sections[0].questions[0]
    criterion = question.criteria[0]

    def translated(*languages: str) -> Bank:
        texts = {language: language.upper() for language in languages}
        return a_bank_of(replace(question, criteria=(replace(criterion, translations=texts),)))

    assert content_sha256(translated("de", "fr")) == content_sha256(translated("fr", "de"))


@pytest.mark.parametrize(
    "other",
    [
        a_bank_of(a_question("How do you store raw data?", "Keep it in object storage!")),
        a_bank_of(a_question("How do you store raw data?", "Keep it in object storage.", id="raw")),
        a_bank_of(a_question("How do you store raw data?", "Keep it in object storage."), name="lakes"),
        replace(a_bank_of(a_question()), language="de"),
        replace(a_bank_of(a_question()), minimum_completeness=50),
    ],
)
def test_any_difference_changes_the_hash(other: Bank) -> None:
    assert content_sha256(other) != content_sha256(a_bank_of(a_question()))
