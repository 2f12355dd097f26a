"""Banks as tables: what people's spreadsheets hold, and what a hostile one may try."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from rubric.bank import Bank
from rubric.bank_file import parse_bank, write_bank
from rubric.errors import BankFormatError
from rubric.ids import without_ids
from tests.builders import a_bank_of, a_full_bank, a_question

HEADING = "section,question,criterion"


def from_csv(*lines: str) -> Bank:
    return parse_bank("\n".join(lines).encode(), source="storage.csv")


def from_sheet(*rows: tuple[object, ...]) -> Bank:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return parse_bank(out.getvalue(), source="storage.xlsx")


def test_a_blank_section_or_question_is_that_of_the_row_above() -> None:
    spelled_out = from_csv(HEADING, "Storage,Why?,So.", "Storage,Why?,And so.", "Storage,How?,Well.")
    assert from_csv(HEADING, "Storage,Why?,So.", ",,And so.", ",How?,Well.") == spelled_out
    assert [len(question.criteria) for question in spelled_out.questions()] == [2, 1]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_understood(separator: str) -> None:
    lines = [HEADING, "Storage,Why?,So."]
    assert from_csv(*[line.replace(",", separator) for line in lines]) == from_csv(*lines)


def test_headings_may_be_in_any_order_and_case() -> None:
    assert (
        from_csv("Criterion,Must have,SECTION,Question", "So.,yes,Storage,Why?")
        .sections[0]
        .questions[0]
        .criteria[0]
        .must_have
    )


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_a_table_can_carry_of_the_fullest_bank_comes_back(suffix: str) -> None:
    bank = a_full_bank()
    again = parse_bank(write_bank(bank, suffix, lossy=True), source=f"night-nurse{suffix}")
    for question, read in zip(bank.questions(), again.questions(), strict=True):
        for field in (
            "id",
            "text",
            "follow_up",
            "clarification",
            "offer_related",
            "explain_code",
            "skip",
            "time_limit_s",
            "tags",
        ):
            assert getattr(read, field) == getattr(question, field)
        for criterion, found in zip(question.criteria, read.criteria, strict=True):
            assert (found.id, found.text, found.weight, found.must_have) == (
                criterion.id, criterion.text, criterion.weight, criterion.must_have,
            )  # fmt: skip


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "'=1", "'quoted'", "''"])
def test_a_text_that_looks_like_a_formula_is_neutralised_in_csv_and_comes_back(text: str) -> None:
    bank = a_bank_of(a_question(text, text))
    data = write_bank(bank, ".csv")
    cells = data.decode("utf-8-sig").split("\r\n")[1].split(",")
    assert not any(cell.startswith(tuple("=+-@")) for cell in cells)
    assert parse_bank(data, source="storage.csv") == bank


def test_a_text_that_looks_like_a_formula_is_a_text_in_the_workbook() -> None:
    book = load_workbook(io.BytesIO(write_bank(a_bank_of(a_question("=1+1", "=2+2")), ".xlsx")))
    sheet = book.active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


@pytest.mark.parametrize(
    ("lines", "line", "expected"),
    [
        ([""], None, "the table is empty"),
        (["section,question", "a,b"], 1, "the column 'criterion' is missing"),
        ([HEADING + ",notes", "a,b,c,d"], 1, "unknown column 'notes'"),
        ([HEADING + ",section", "a,b,c,d"], 1, "stands there twice"),
        ([HEADING], 1, "sections should not be empty"),
        ([HEADING, ",Why?,So."], 2, "the first row needs the title of a section"),
        ([HEADING, "Storage,,So."], 2, "first row of a section needs a question"),
        ([HEADING + ",weight", "Storage,Why?,So.,heavy"], 2, "expected a whole number"),
        ([HEADING + ",weight", "Storage,Why?,So.,1", ",,And.,0"], 3, "weight"),
        ([HEADING + ",weight", "Storage,Why?,,2"], 2, "the row says something about it"),
        ([HEADING + ",must_have", "Storage,Why?,So.,perhaps"], 2, "expected yes or no"),
        ([HEADING + ",skip", "Storage,Why?,So.,never", ",,And so.,return"], 3, "a row above says 'never'"),
        ([HEADING, "Storage,Why?,So.,more"], 2, "beyond its 3 named columns"),
        ([HEADING, 'Storage,"Why\nthough?",So.', "Storage,=SUM(A1),x"], 4, "is a formula"),
        ([HEADING, 'Storage,"Why?,So.'], 2, "not CSV"),
    ],
)
def test_a_faulty_table_is_told_by_its_row(lines: list[str], line: int | None, expected: str) -> None:
    with pytest.raises(BankFormatError) as caught:
        from_csv(*lines)
    assert expected in caught.value.expected
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("=A1", "cell C2 is a formula"), ("#REF!", "cell C2 shows the error #REF!")],
)
def test_a_cell_that_holds_no_text_is_told_by_its_address(cell: object, expected: str) -> None:
    with pytest.raises(BankFormatError, match=expected):
        from_sheet(("section", "question", "criterion"), ("Storage", "Why?", cell))


def test_a_number_in_a_cell_is_the_text_people_see() -> None:
    bank = from_sheet(
        ("section", "question", "criterion", "weight"), ("Storage", "How many nines?", 99.9, 2.0), (None, None, 7, None)
    )
    assert [(c.text, c.weight) for c in next(bank.questions()).criteria] == [("99.9", 2), ("7", 1)]


def test_a_workbook_that_unpacks_to_far_more_than_it_weighs_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    with pytest.raises(BankFormatError, match="unpacks to more"):
        parse_bank(out.getvalue(), source="bomb.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_that_defines_entities_is_refused(encoding: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding))
    with pytest.raises(BankFormatError, match="declares a document type"):
        parse_bank(out.getvalue(), source="entities.xlsx")


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all"])
def test_what_is_no_office_file_is_refused(suffix: str, data: bytes) -> None:
    with pytest.raises(BankFormatError, match=r"not a readable (XLSX|DOCX) file"):
        parse_bank(data, source=f"broken{suffix}")


@pytest.mark.parametrize("suffix", [".xlsx", ".docx"])
def test_a_zip_without_the_parts_of_an_office_file_is_refused(suffix: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(BankFormatError, match=r"not a readable (XLSX|DOCX) file"):
        parse_bank(out.getvalue(), source=f"other{suffix}")


def test_a_file_bigger_than_the_limit_is_refused() -> None:
    with pytest.raises(BankFormatError, match="at most 1 MiB"):
        parse_bank(b" " * (5 * 1024 * 1024 + 1), source="big.txt")


def test_ids_of_a_bank_survive_a_table_even_where_two_questions_have_one_wording() -> None:
    bank = a_bank_of(a_question("Why?", "So.", id="first"), a_question("Why?", "And so.", id="second"))
    again = parse_bank(write_bank(bank, ".csv"), source="storage.csv")
    assert [question.id for question in again.questions()] == ["first", "second"]
    assert without_ids(again) == without_ids(bank)
