"""The file of grades: one JSON object a line, appended to as rows are done, so that a stopped run can go on.

Nothing beside the file remembers how far a run came. Every line names the id and the digest of the row it grades;
what is there is compared with the input, and the next row is the first one without a line.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from app.errors import Conflict
from app.screening.rows import AnyRow

DIGEST = "input_sha256"
"""Key of the row's digest within a record's provenance."""
_START = b'{"schema":'
# JSON leaves these as they are, but many readers end a line at them.
_LINE_SEPARATORS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as a line of the file, in UTF-8; no character within it ends a line for any reader."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for separator, escaped in _LINE_SEPARATORS.items():
        text = text.replace(separator, escaped)
    return text.encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Done:
    """How far an output file came: its graded rows, how many of them are ungraded, and the bytes they take."""

    rows: int = 0
    ungraded: int = 0
    size: int = 0


def done_so_far(output: Path, rows: Iterator[AnyRow]) -> Done:
    """What an existing output already holds of these rows; a torn last line does not count.

    Args:
        rows: Read from the start; left standing at the first row that is still to be graded.

    Raises:
        Conflict: The file belongs to another input, or is no file of grades.
    """
    try:
        stream = output.open("rb")
    except FileNotFoundError:
        return Done()
    with stream:
        return _compare(stream, rows, output)


def _compare(stream: IO[bytes], rows: Iterator[AnyRow], output: Path) -> Done:
    count = ungraded = size = 0
    for line in iter(stream.readline, b""):
        record = _record(line)
        if record is None:
            if _is_torn(line) and not stream.read(1):
                break
            raise Conflict(
                f"{output}, line {count + 1}: no grade stands there; choose another output, or --restart to overwrite it."
            )
        row = next(rows, None)
        if row is None or (record["id"], record["provenance"][DIGEST]) != (row.id, row.sha256):
            found = (
                "a row more than the input has" if row is None else f"not the grade of the input's line {row.number}"
            )
            raise Conflict(
                f"{output} belongs to another input (line {count + 1} is {found}); choose another output, or --restart to overwrite it."
            )
        count += 1
        ungraded += record["status"] == "ungraded"
        size += len(line)
    return Done(count, ungraded, size)


def _is_torn(line: bytes) -> bool:
    """Whether this can be the beginning of a record; a file of something else is never cut."""
    return line.startswith(_START) or _START.startswith(line)


def _record(line: bytes) -> Mapping[str, Any] | None:
    """The record of a whole line; None for a torn one or for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "id" not in value or "status" not in value:
        return None
    provenance = value.get("provenance")
    return value if isinstance(provenance, dict) and DIGEST in provenance else None
