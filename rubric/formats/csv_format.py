"""The table of a bank as CSV, which spreadsheet programs open and write.

Such programs run a cell that begins with = + - @ as a formula. On export an apostrophe stands before
those, and before one that was there, so that reading takes away exactly what writing added.
"""

import csv
import io
from collections.abc import Iterator

from rubric.bank import Bank
from rubric.errors import BankFormatError
from rubric.formats.decoding import decode
from rubric.formats.table import bank_of_rows, rows_of_bank

_STARTS_A_FORMULA = tuple("=+-@\t\r")
_GUARDED = (*_STARTS_A_FORMULA, "'")
_DELIMITERS = ",;\t"


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank of a table, separated by commas, semicolons or tabs.

    Raises:
        BankFormatError: With the line that the row begins on.
    """
    return bank_of_rows(_rows(decode(data, source=source), source), source=source, name=name)


def write(bank: Bank) -> bytes:
    """The bank's table, separated by commas, in UTF-8 with the mark that spreadsheet programs look for."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [["'" + cell if cell.startswith(_GUARDED) else cell for cell in row] for row in rows_of_bank(bank)]
    )
    return out.getvalue().encode("utf-8-sig")


def _rows(text: str, source: str) -> Iterator[tuple[int, list[str]]]:
    heading = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins_on = 1
    try:
        for cells in reader:
            yield begins_on, [_cell(cell, begins_on, source) for cell in cells]
            begins_on = reader.line_num + 1
    except csv.Error as error:
        raise BankFormatError(source, begins_on, f"this row is not CSV: {error}") from error


def _cell(cell: str, line: int, source: str) -> str:
    if cell.startswith("="):
        raise BankFormatError(
            source, line, f"the cell {cell[:40]!r} is a formula; put its value there, or an apostrophe before a text"
        )
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_GUARDED) else cell
