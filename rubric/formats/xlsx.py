"""The table of a bank as an Excel workbook: the first sheet, one row a criterion."""

import io
from collections.abc import Iterator
from datetime import date, time
from typing import Any

from rubric.bank import Bank
from rubric.errors import BankFormatError
from rubric.formats import office_zip
from rubric.formats.table import COLUMNS, bank_of_rows, rows_of_bank

MAX_ROWS = 20_000
_WIDTHS = {"section": 28, "question": 48, "criterion": 64}


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank of a workbook's first sheet.

    Raises:
        BankFormatError: A cell is a formula, an error or a date (named by its address), or the table is no bank.
    """
    office_zip.check(data, source=source, kind="XLSX")
    return bank_of_rows(_rows(data, source), source=source, name=name)


def write(bank: Bank) -> bytes:
    """The bank's table; every cell is a text, so that none runs as a formula."""
    from openpyxl import Workbook  # noqa: PLC0415 - only spreadsheets need it
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - as above

    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise AssertionError("a new workbook has a sheet")
    rows = rows_of_bank(bank)
    for r, row in enumerate(rows, start=1):
        for c, text in enumerate(row, start=1):
            cell: Any = sheet.cell(row=r, column=c)
            cell.value = text or None
            if text:
                cell.data_type = "s"
                cell.quotePrefix = text[0] in "=+-@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=r == 1)
    for c, column in enumerate(rows[0]):
        sheet.column_dimensions[chr(ord("A") + c)].width = _WIDTHS.get(column, 16)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(data: bytes, source: str) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only spreadsheets need it

    try:
        book = load_workbook(io.BytesIO(data), read_only=True)
        sheet = book.worksheets[0]
        # one column more than are known, so that a cell out there is seen and not dropped
        for number, cells in enumerate(sheet.iter_rows(max_col=len(COLUMNS) + 1), start=1):
            if number > MAX_ROWS:
                raise BankFormatError(source, number, f"the sheet has more than {MAX_ROWS} rows")
            yield number, [_text(cell, source, number) for cell in cells]
    except BankFormatError:
        raise
    except Exception as error:
        raise BankFormatError(source, None, f"this is not a readable XLSX file ({error})") from error


def _text(cell: Any, source: str, row: int) -> str:  # noqa: ANN401 - openpyxl has a class for each kind of cell
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise BankFormatError(source, row, f"cell {cell.coordinate} is a formula; put its value there")
    if cell.data_type == "e":
        raise BankFormatError(source, row, f"cell {cell.coordinate} shows the error {value}; put a value there")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | time):
        raise BankFormatError(source, row, f"cell {cell.coordinate} is a date; format it as text and type it again")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
