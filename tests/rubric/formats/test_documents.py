"""Banks as Markdown and Word documents: what people write, and what is refused because it would be lost."""

import io
from collections.abc import Callable

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement

from rubric.bank import Bank
from rubric.bank_file import parse_bank
from rubric.errors import BankFormatError
from tests.builders import a_bank, a_question, a_section

EXPECTED = a_bank(
    a_section("Storage", a_question("Which services?", "S3: objects.", "RDS: rows.")),
    a_section("Security", a_question("How do you encrypt?", "With KMS.")),
)


def from_markdown(content: str) -> Bank:
    return parse_bank(content.encode(), source="storage.md")


def from_word(fill: Callable[[WordDocument], None]) -> Bank:
    document = Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return parse_bank(out.getvalue(), source="storage.docx")


@pytest.mark.parametrize(
    "content",
    [
        "## Storage\n### Which services?\n- S3: objects.\n- RDS: rows.\n\n## Security\n\n### How do you encrypt?\n\n* With KMS.\n",
        "## 1. Storage\n### Which services?\n1. S3: objects.\n2. RDS: rows.\n## 2. Security\n### How do you encrypt?\n+ With KMS.",
        "## Storage ##\r\n### Which services?\r\n- S3: objects.\r\n\r\n- RDS: rows.\r\n## Security\r\n### How do you encrypt?\r\n- With KMS.",
    ],
)
def test_markdown_in_its_many_styles_gives_the_same_bank(content: str) -> None:
    assert from_markdown(content) == EXPECTED


def test_words_with_markup_stay_as_they_are_written() -> None:
    bank = from_markdown("## A\n### What does `SELECT *` do?\n- It reads *all* columns &amp; rows <https://a.b>.\n")
    question = next(bank.questions())
    assert question.text == "What does `SELECT *` do?"
    assert question.criteria[0].text == "It reads *all* columns &amp; rows <https://a.b>."


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("", 1, "sections should not be empty"),
        ("### Why?\n- So.\n", 1, "this question stands before the first section"),
        ("## A\n- So.\n", 2, "before the first question of its section"),
        ("## A\n### Why?\nBecause.\n", 3, "loose text"),
        ("## A\n### Why?\n- So.\n  - And so.\n", 4, "a list stands inside a list"),
        ("## A\n### Why?\n- So.\n\n  And so.\n", 5, "loose text"),
        ("## A\n#### Why?\n", 2, "a heading stands here"),
        ("## A\n### Why?\n```\ncode\n```\n", 3, "a fence stands here"),
        ("## A\n### Why?\n> quoted\n", 3, "a blockquote stands here"),
        ("## A\n### Why?\n<div>\n", 3, "a html_block stands here"),
        ("## A\n### Why?\n-\n", 3, "expected the text of a criterion"),
        ("## A\n# Late\n### Why?\n", 2, "the title stands once"),
        ("## A\n## B\n### Why?\n- So.\n", 1, "sections[1].questions should not be empty"),
    ],
)
def test_what_markdown_can_hold_but_a_bank_cannot_is_told_by_its_line(
    content: str, line: int | None, expected: str
) -> None:
    with pytest.raises(BankFormatError) as caught:
        from_markdown(content)
    assert expected in caught.value.expected
    assert caught.value.line == line


def fill(document: WordDocument) -> None:
    document.add_heading("1. Storage", 1)
    document.add_heading("Which services?", 2)
    document.add_paragraph("S3: objects.", style="List Bullet")
    document.add_paragraph("RDS: rows.", style="List Number")
    document.add_paragraph("")
    document.add_heading("2. Security", 1)
    document.add_heading("How do you encrypt?", 2)
    document.add_paragraph("• With KMS.")


def test_a_word_document_gives_the_same_bank() -> None:
    assert from_word(fill) == EXPECTED


def test_a_word_paragraph_that_is_neither_heading_nor_list_is_told_by_its_number() -> None:
    def with_prose(document: WordDocument) -> None:
        document.add_heading("Storage", 1)
        document.add_paragraph("This section is about storage.")

    with pytest.raises(BankFormatError, match=r"paragraph 2 .* has the style 'Normal'; expected Heading 1") as caught:
        from_word(with_prose)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("tag", "expected"), [("w:ins", "tracked changes"), ("w:sdt", "a content control"), ("m:oMath", "a formula")]
)
def test_word_text_that_a_reader_of_paragraphs_would_drop_is_refused(tag: str, expected: str) -> None:
    def with_hidden_text(document: WordDocument) -> None:
        fill(document)
        document.paragraphs[2]._p.append(OxmlElement(tag))

    with pytest.raises(BankFormatError, match=expected) as caught:
        from_word(with_hidden_text)
    assert caught.value.line == 3


def test_a_word_table_is_refused_with_a_remedy() -> None:
    def with_table(document: WordDocument) -> None:
        fill(document)
        document.add_table(1, 1).cell(0, 0).text = "lost"

    with pytest.raises(BankFormatError, match="save it as XLSX"):
        from_word(with_table)
