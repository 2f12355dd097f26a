"""The information sheet beside a bank."""

from pathlib import Path

import pytest

from rubric.bank_file import parse_bank
from rubric.errors import BankFormatError
from rubric.information import ApprovedAnswer, InformationSheet, information_beside, load_information, parse_information

SHEET = """\
language: en
job: Night nurse on ward 7, full time.
company: A teaching hospital.
contact: Ms Okafor, jobs@hospital.example
notices:
  - Answers are kept for six months.
answers:
  - questions: [What is the salary?, How much does it pay?]
    answer: Band 5 of the public scale.
"""


def test_a_sheet_gives_what_may_be_quoted_word_for_word(tmp_path: Path) -> None:
    bank = tmp_path / "night-nurse.txt"
    (tmp_path / "night-nurse.info.yaml").write_text(SHEET, encoding="utf-8")
    path = information_beside(bank)
    assert path is not None
    assert load_information(path) == InformationSheet(
        job="Night nurse on ward 7, full time.",
        company="A teaching hospital.",
        contact="Ms Okafor, jobs@hospital.example",
        notices=("Answers are kept for six months.",),
        answers=(
            ApprovedAnswer(
                questions=("What is the salary?", "How much does it pay?"), answer="Band 5 of the public scale."
            ),
        ),
    )


def test_a_bank_may_have_no_sheet(tmp_path: Path) -> None:
    assert information_beside(tmp_path / "night-nurse.txt") is None


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("salary: 100\n", 1, "the file has no field 'salary'"),
        ("job: x\nanswers:\n  - questions: []\n    answer: x\n", 3, "answers[1].questions should not be empty"),
        ("job: x\nanswers:\n  - questions: [a]\n", 3, "answers[1] needs the field 'answer'"),
        ("job: 3\n", 1, "job should be a text"),
    ],
)
def test_a_faulty_sheet_is_told_by_its_line(content: str, line: int, expected: str) -> None:
    with pytest.raises(BankFormatError) as caught:
        parse_information(content.encode(), source="x.info.yaml")
    assert (caught.value.line, expected in caught.value.expected) == (line, True)


def test_a_missing_sheet_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(BankFormatError, match="can't be read"):
        load_information(tmp_path / "none.info.yaml")


def test_a_sheet_taken_for_a_bank_is_named() -> None:
    with pytest.raises(BankFormatError, match="information sheet"):
        parse_bank(SHEET.encode(), source="night-nurse.info.yaml")
