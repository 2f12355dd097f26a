"""Grades of a file together with the rows they grade, found again by the digest that each grade carries."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from app.errors import InvalidInput, NotFound
from app.screening.output import DIGEST
from app.screening.rows import AnyRow, Row


def grades_in(path: Path) -> Iterator[Mapping[str, Any]]:
    """Every grade of a file, in order.

    Raises:
        InvalidInput: It cannot be opened, or a line is no grade.
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InvalidInput(f"The grades {path} cannot be read ({error.strerror}); check --grades.") from error
    with stream:
        yield from _grades(stream, path)


def _grades(stream: IO[bytes], path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(stream, start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("provenance"), dict):
            raise InvalidInput(f"{path}, line {number}: no grade stands there; give a file that viva grade wrote.")
        yield record


def grade_of(path: Path, grade_id: str) -> Mapping[str, Any]:
    """The grade of that id in a file.

    Raises:
        NotFound: It is not there.
        InvalidInput: It is no file of grades.
    """
    found = next((record for record in grades_in(path) if record.get("grade_id") == grade_id), None)
    if found is None:
        raise NotFound(f"There is no grade {grade_id} in {path}.")
    return found


def row_graded(record: Mapping[str, Any], rows: Iterator[AnyRow], source: str) -> Row:
    """The row that a grade was made of.

    Raises:
        NotFound: The input has no such row.
        InvalidInput: The row could never be graded.
    """
    digest = record["provenance"].get(DIGEST)
    row = next((row for row in rows if row.sha256 == digest), None)
    if row is None:
        raise NotFound(
            f"{source} does not hold the row of the grade {record.get('grade_id')}; give the input it was made of."
        )
    if not isinstance(row, Row):
        raise InvalidInput(f"The row could never be graded: {row.problem}.")
    return row
