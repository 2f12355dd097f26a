"""A file of recorded answers as a table: CSV, XLSX or JSONL in, rows of texts and problems by cell out.

Nothing in a file is executed: a formula of a workbook is named and left out, and what only looks like one in a CSV is a
text like any other.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path, PurePath
from typing import Any

from app.errors import InvalidInput
from rubric.errors import BankFormatError
from rubric.formats import office_zip
from rubric.formats.decoding import decode

MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_CELL_CHARS = 100_000
"""As long as the longest answer that any setting lets a candidate send."""
SUFFIXES = (".csv", ".xlsx", ".jsonl")
_DELIMITERS = ",;\t"
_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell, or with a whole row where no column is named.

    Attributes:
        row: As a spreadsheet counts, from 1 with the heading; in JSONL the line.
    """

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        where = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row's texts by column; a cell that could not be read is left out."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A whole file.

    Attributes:
        source: The file's name without its folder.
        columns: In order, unique, none empty.
        problems: Cells that could not be read.
    """

    source: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    problems: tuple[CellProblem, ...] = ()


def load_table(path: Path) -> AnswerTable:
    """The table of a file.

    Raises:
        InvalidInput: It can't be read, is too big, or is no table.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The file {path} cannot be read ({error.strerror}); check its name.") from error
    return parse_table(data, source=path.name)


def parse_table(data: bytes, *, source: str) -> AnswerTable:
    """The table in these bytes; the suffix of `source` tells the format.

    Raises:
        InvalidInput: It is too big, of no known format, or no table.
    """
    suffix = PurePath(source).suffix.lower()
    if suffix not in SUFFIXES:
        raise InvalidInput(f"{source}: answers come as {', '.join(SUFFIXES)}; save the file as one of these.")
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(f"{source} is larger than {MAX_FILE_BYTES // 2**20} MiB; split it, the parts add up.")
    try:
        if suffix == ".jsonl":
            return _Reading(source).of_objects(decode(data, source=source))
        if suffix == ".csv":
            return _Reading(source).of_rows(_csv_rows(decode(data, source=source), source))
        office_zip.check(data, source=source, kind="XLSX", max_bytes=MAX_UNPACKED_BYTES)
    except BankFormatError as error:
        raise InvalidInput(f"{error}.") from error
    return _Reading(source).of_rows(_xlsx_rows(data, source))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A cell without a text, and why."""

    why: str


_Cell = str | _Unreadable


class _Reading:
    """One pass over a file, collecting what is wrong."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._problems: list[CellProblem] = []

    def of_rows(self, rows: Iterator[tuple[int, Sequence[_Cell]]]) -> AnswerTable:
        """The table whose first row is the heading."""
        heading = next(rows, None)
        if heading is None:
            raise InvalidInput(f"{self._source} is empty; its first row names the columns.")
        columns = self._columns(heading[1])
        found: list[TableRow] = []
        for number, cells in rows:
            self._count(len(found))
            if any(isinstance(cell, str) and cell.strip() for cell in cells[len(columns) :]):
                self._problems.append(
                    CellProblem(number, "", f"more cells than the {len(columns)} columns that the heading names")
                )
            texts = self._texts(number, zip(columns, cells, strict=False))
            if any(text.strip() for text in texts.values()) or len(texts) < min(len(columns), len(cells)):
                found.append(TableRow(number, texts))
        return AnswerTable(self._source, tuple(filter(None, columns)), tuple(found), tuple(self._problems))

    def of_objects(self, text: str) -> AnswerTable:
        """The table whose lines are JSON objects, each key a column."""
        columns: dict[str, None] = {}
        found: list[TableRow] = []
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            self._count(len(found))
            fields = self._object(number, line)
            if fields is None:
                continue
            columns.update(dict.fromkeys(fields))
            if len(columns) > MAX_COLUMNS:
                raise InvalidInput(f"{self._source}, row {number}: more than {MAX_COLUMNS} different fields.")
            cells = ((name, _json_cell(value)) for name, value in fields.items())
            found.append(TableRow(number, self._texts(number, cells)))
        if not found:
            raise InvalidInput(f"{self._source} holds no JSON object; write one a line.")
        return AnswerTable(self._source, tuple(columns), tuple(found), tuple(self._problems))

    def _object(self, number: int, line: str) -> Mapping[str, Any] | None:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return {name.strip(): inner for name, inner in value.items() if name.strip()}
        self._problems.append(CellProblem(number, "", "no JSON object; write one a line"))
        return None

    def _columns(self, cells: Sequence[_Cell]) -> list[str]:
        names = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise InvalidInput(f"{self._source}: the first row names no columns; put a heading there.")
        if len(names) > MAX_COLUMNS:
            raise InvalidInput(f"{self._source} has {len(names)} columns; at most {MAX_COLUMNS} are read.")
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice is not None:
            raise InvalidInput(f"{self._source}: the column {twice!r} stands twice in the heading; rename one.")
        return names

    def _count(self, rows: int) -> None:
        if rows >= MAX_ROWS:
            raise InvalidInput(f"{self._source} has more than {MAX_ROWS:,} rows; split it, the parts add up.")

    def _texts(self, number: int, cells: Iterator[tuple[str, _Cell]]) -> dict[str, str]:
        texts: dict[str, str] = {}
        for column, cell in cells:
            if not column:
                continue
            if isinstance(cell, str) and len(cell) > MAX_CELL_CHARS:
                cell = _Unreadable(f"{len(cell):,} characters; at most {MAX_CELL_CHARS:,} are read, so shorten it")  # noqa: PLW2901 (judged)
            if isinstance(cell, _Unreadable):
                self._problems.append(CellProblem(number, column, cell.why))
            else:
                texts[column] = cell
        return texts


def _csv_rows(text: str, source: str) -> Iterator[tuple[int, Sequence[_Cell]]]:
    heading = text.lstrip().split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=heading.count)
    csv.field_size_limit(2 * MAX_CELL_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InvalidInput(
                f"{source}, row {number}: not CSV ({error}); check its quotation marks, or save the file anew."
            ) from error
        if cells is None:
            return
        yield number, cells


def _xlsx_rows(data: bytes, source: str) -> Iterator[tuple[int, Sequence[_Cell]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 (only spreadsheets need it)

    try:
        book = load_workbook(io.BytesIO(data), read_only=True)
        sheet = book.worksheets[0]
        # What a sheet says of its own size may be any size.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            yield number, [_xlsx_cell(cell) for cell in cells]
    except InvalidInput:
        raise
    except Exception as error:
        raise InvalidInput(f"{source} is not a readable XLSX file ({error}); save it anew.") from error


def _xlsx_cell(cell: Any) -> _Cell:  # noqa: ANN401 (openpyxl has a class for each kind of cell)
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return _Unreadable(f"cell {cell.coordinate} is a formula, which is not run; put its value there")
    if cell.data_type == "e":
        return _Unreadable(f"cell {cell.coordinate} shows the error {value}; put a value there")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json_cell(value: object) -> _Cell:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return _Unreadable("neither a text nor a number; give a text")


def shown(text: str) -> str:
    """The beginning of a cell, for a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARS else f"{flat[: _SHOWN_CHARS - 1]}…"
