"""The documented bank, exactly as it stands, and the layouts people make of it."""

import pytest

from rubric.bank import Bank
from rubric.bank_file import load_bank
from rubric.errors import BankFormatError
from rubric.formats import text
from tests.builders import SHIPPED_BANK, a_bank, a_question, a_section

EXPECTED = a_bank(
    a_section(
        "Storage", a_question("Which services?", "S3: objects.", "RDS: rows."), a_question("Why?", "It’s cheap.")
    ),
    a_section("Security", a_question("How do you encrypt?", "With KMS.")),
)


def parsed(content: str | bytes) -> Bank:
    data = content.encode() if isinstance(content, str) else content
    return text.parse(data, source="storage.txt", name="storage")


def test_the_shipped_bank_has_11_sections_32_questions_and_122_criteria() -> None:
    bank = load_bank(SHIPPED_BANK)
    assert bank.name == "aws_data_engineer"
    assert len(bank.sections) == 11
    assert len(list(bank.questions())) == 32
    assert sum(len(question.criteria) for question in bank.questions()) == 122


def test_every_text_of_the_shipped_bank_is_verbatim() -> None:
    bank = load_bank(SHIPPED_BANK)
    read = []
    for number, section in enumerate(bank.sections, start=1):
        read.append(f"{number}. {section.title}")
        for question in section.questions:
            read += [question.text, *(criterion.text for criterion in question.criteria)]
    written = SHIPPED_BANK.read_text(encoding="utf-8").split("\n")
    assert read == [line.strip() for line in written if line.strip()]


def test_the_shipped_bank_is_written_as_it_was() -> None:
    assert text.write(load_bank(SHIPPED_BANK)).rstrip() == SHIPPED_BANK.read_bytes().rstrip()


DOCUMENTED = """\
1. Storage

    Which services?
        S3: objects.
        RDS: rows.

    Why?
        It’s cheap.

2. Security

    How do you encrypt?
        With KMS.
"""


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(DOCUMENTED, id="as documented"),
        pytest.param(DOCUMENTED.rstrip(), id="no line end at the end"),
        pytest.param(DOCUMENTED.replace("    ", "\t"), id="tabs"),
        pytest.param(DOCUMENTED.replace("    ", "  "), id="two spaces"),
        pytest.param(DOCUMENTED.replace("    ", " "), id="one space"),
        pytest.param(DOCUMENTED.replace("    ", "\u00a0\u00a0\u00a0\u00a0"), id="non-breaking spaces"),
        pytest.param(DOCUMENTED.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(DOCUMENTED.replace("\n", "\r"), id="CR"),
        pytest.param("\ufeff" + DOCUMENTED, id="BOM"),
        pytest.param(DOCUMENTED.encode("utf-16"), id="UTF-16"),
        pytest.param("\n\n" + DOCUMENTED.replace("\n", "  \n"), id="blanks all over"),
        pytest.param(DOCUMENTED.replace("1. ", "1) ").replace("2. ", "2) "), id="1)"),
        pytest.param(DOCUMENTED.replace("        ", "        - "), id="dashes"),
        pytest.param(DOCUMENTED.replace("        ", "        * "), id="stars"),
        pytest.param(DOCUMENTED.replace("        ", "        •\t"), id="dots"),
        pytest.param(DOCUMENTED.replace("        ", "    - "), id="bullets at the question's indent"),
        pytest.param(
            DOCUMENTED.replace("Which", "1) Which").replace("Why", "2) Why").replace("How", "3) How"),
            id="questions numbered through",
        ),
        pytest.param(
            DOCUMENTED.replace("S3:", "1. S3:")
            .replace("RDS:", "2. RDS:")
            .replace("It’s", "1. It’s")
            .replace("With", "1) With"),
            id="criteria numbered",
        ),
        pytest.param("\n".join("   " + line for line in DOCUMENTED.split("\n")), id="indented as a whole"),
    ],
)
def test_layouts_that_mean_the_same_give_the_same_bank(layout: str | bytes) -> None:
    assert parsed(layout) == EXPECTED


def test_a_number_that_does_not_count_the_list_belongs_to_the_text() -> None:
    bank = parsed("1. Schemas\n  Which form?\n    3. normal form\n    1. is a start\n")
    assert [criterion.text for criterion in next(bank.questions()).criteria] == ["3. normal form", "1. is a start"]


def test_curly_quotes_stay_as_they_are() -> None:
    bank = parsed("1. Words\n  What is a “lake”?\n    It’s ‘raw’.\n")
    question = next(bank.questions())
    assert (question.text, question.criteria[0].text) == ("What is a “lake”?", "It’s ‘raw’.")


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("", None, "the file is empty"),
        ("\n \n", None, "the file is empty"),
        ("Storage\n  Why?\n    So.\n", 1, "numbered section heading"),
        ("1. Storage\n  Why?\n    So.\nbecause it is\n", 4, "numbered section heading"),
        ("1. Storage\n  Why?\n    So.\n      and so\n", 4, "criterion indented like the one on line 3"),
        ("1. Storage\n    Why?\n  How?\n", 3, "neither that of the section's first question nor deeper"),
        ("  1. Storage\n    Why?\n 2. Security\n", 3, "neither that of the first section heading nor deeper"),
        ("1. Storage\n\tWhy?\n        So.\n", 3, "tabs or with spaces but not both"),
        ("1. Storage\n2. Security\n  Why?\n", 1, "'Storage' has no question"),
        ("1. Storage\n  Why?\n    -\n", 3, "expected a text after the bullet"),
        ("1. Storage\n  Why?\n    a\x00b\n", 3, "U+0000"),
        (b"1. Storage\n  Why?\n    caf\xe9\n", 3, "save the file as UTF-8"),
        ("1. Storage\n  Why?\n    " + "x" * 10_001, 3, "at most 10000 characters"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_was_expected(
    content: str | bytes, line: int | None, expected: str
) -> None:
    with pytest.raises(BankFormatError, match=r"^storage\.txt") as caught:
        parsed(content)
    assert caught.value.line == line
    assert expected in caught.value.expected


def test_a_question_without_criteria_is_read_so_that_lint_can_tell_of_it() -> None:
    assert next(parsed("1. Storage\n  Why?\n").questions()).criteria == ()
