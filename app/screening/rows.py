"""One answer a line: JSON objects in, each either a row that can be graded or a sentence saying why not.

A file of recorded answers is read line by line, so its size does not matter, and a bad line spoils only itself.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import IO, Any, NoReturn

from app.grading.normalise import clean

MAX_LINE_BYTES = 2_000_000
"""A longer line is not taken apart; the longest sensible answer is a hundredth of it."""
MAX_CRITERIA = 100
MAX_LABEL_CHARS = 80
_FIELDS = ("id", "bank", "question_id", "question", "criteria", "answer")
_BOM = b"\xef\xbb\xbf"

RowId = str | int


@dataclass(frozen=True, slots=True)
class InlineRubric:
    """A question that brings its own criteria; needs no bank, no database and no vector store."""

    question: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BankRubric:
    """A question of an imported bank, by name and id."""

    bank: str
    question_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recorded answer.

    Attributes:
        number: Its line in the file, from 1.
        sha256: Hex digest of the line as it stands in the file, without its line end.
        replaced: Characters of its texts that could not be stored and became U+FFFD.
        bank, style: What figures over many rows are told apart by; empty where the row does not say.
    """

    number: int
    sha256: str
    id: RowId
    rubric: InlineRubric | BankRubric
    answer: str
    replaced: int = 0
    bank: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedRow:
    """A line that cannot be graded, and a sentence naming line, field and remedy. The id where it could be read."""

    number: int
    sha256: str
    problem: str
    id: RowId | None = None


AnyRow = Row | MalformedRow


class _Malformed(Exception):
    """What is wrong with a line, without its number."""


def read_rows(stream: IO[bytes]) -> Iterator[AnyRow]:
    """Every row of a JSONL stream in order; blank lines are no rows, only a line feed ends a line."""
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES):
        number += 1
        if number == 1:
            raw = raw.removeprefix(_BOM)
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            yield _too_long(raw, stream, number)
        elif (line := raw.rstrip(b"\r\n")) and not line.isspace():
            yield parse_row(line, number)


def _too_long(start: bytes, stream: IO[bytes], number: int) -> MalformedRow:
    digest = hashlib.sha256(start)
    while rest := stream.readline(MAX_LINE_BYTES):
        digest.update(rest)
        if rest.endswith(b"\n"):
            break
    problem = f"line {number}: longer than {MAX_LINE_BYTES:,} bytes; shorten the answer"
    return MalformedRow(number=number, sha256=digest.hexdigest(), problem=problem)


def parse_row(line: bytes, number: int) -> AnyRow:
    """The row that stands in a line of the file."""
    sha256 = hashlib.sha256(line).hexdigest()
    row_id: RowId | None = None
    try:
        fields = _object(line)
        row_id = _readable_id(fields)
        return _row(fields, number, sha256)
    except _Malformed as error:
        return MalformedRow(number=number, sha256=sha256, id=row_id, problem=f"line {number}: {error}")


def parse_fields(fields: Mapping[str, Any], number: int) -> AnyRow:
    """The row that an already decoded JSON object describes; its digest is that of its canonical form."""
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return parse_row(canonical.encode(), number)


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Malformed(f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8") from error
    try:
        value = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _Malformed(f"not JSON at column {error.colno} ({error.msg}); write one JSON object a line") from error
    except (RecursionError, ValueError) as error:
        raise _Malformed("nested too deeply or with a number too long to read; send plain text fields") from error
    if not isinstance(value, dict):
        raise _Malformed(f"{_kind(value)}, not an object; write one JSON object a line")
    return value


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Malformed(f'field "{_shown(name)}" stands twice; keep one')
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise _Malformed(f"{name} is not JSON; leave it out or write null")


def _row(fields: Mapping[str, Any], number: int, sha256: str) -> Row:
    row_id = _id(fields)
    answer, replaced = _text(fields, "answer", may_be_blank=True)
    if "criteria" in fields and "question_id" in fields:
        raise _Malformed('fields "question_id" and "criteria" exclude each other; keep one of them')
    rubric: InlineRubric | BankRubric
    if "criteria" in fields or ("question" in fields and "question_id" not in fields):
        question, more = _text(fields, "question")
        criteria, still_more = _criteria(fields)
        replaced += more + still_more
        rubric = InlineRubric(question, criteria)
    elif "bank" in fields or "question_id" in fields:
        bank, more = _text(fields, "bank")
        question_id, still_more = _text(fields, "question_id")
        replaced += more + still_more
        rubric = BankRubric(bank, question_id)
    else:
        near = _nearest(fields, "question") or _nearest(fields, "criteria") or _nearest(fields, "question_id")
        raise _Malformed(f'no rubric{near}; add "bank" and "question_id", or "question" and "criteria"')
    return Row(
        number=number,
        sha256=sha256,
        id=row_id,
        rubric=rubric,
        answer=answer,
        replaced=replaced,
        bank=_label(fields, "bank"),
        style=_label(fields, "style"),
    )


def _label(fields: Mapping[str, Any], name: str) -> str:
    """A word that groups rows; any other value than a text groups nothing."""
    value = fields.get(name)
    return clean(value[:MAX_LABEL_CHARS]).text if isinstance(value, str) else ""


def _id(fields: Mapping[str, Any]) -> RowId:
    if "id" not in fields:
        raise _Malformed(
            f'field "id" is missing{_nearest(fields, "id")}; add a text or a whole number that names the row'
        )
    found = _readable_id(fields)
    if found is None:
        raise _Malformed(f'field "id" is {_kind(fields["id"])}; it must be a non-empty text or a whole number')
    return found


def _readable_id(fields: Mapping[str, Any]) -> RowId | None:
    value = fields.get("id")
    if isinstance(value, str):
        return clean(value).text or None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(fields: Mapping[str, Any], name: str, *, may_be_blank: bool = False) -> tuple[str, int]:
    if name not in fields:
        raise _Malformed(f'field "{name}" is missing{_nearest(fields, name)}; add it')
    value = fields[name]
    if not isinstance(value, str):
        raise _Malformed(f'field "{name}" is {_kind(value)}; it must be a text')
    if not may_be_blank and not value.strip():
        raise _Malformed(f'field "{name}" is blank; fill it in')
    cleaned = clean(value)
    return cleaned.text, cleaned.replaced


def _criteria(fields: Mapping[str, Any]) -> tuple[tuple[str, ...], int]:
    if "criteria" not in fields:
        raise _Malformed(f'field "criteria" is missing{_nearest(fields, "criteria")}; add a list of texts')
    value = fields["criteria"]
    if not isinstance(value, list):
        raise _Malformed(f'field "criteria" is {_kind(value)}; it must be a list of texts')
    if not 1 <= len(value) <= MAX_CRITERIA:
        raise _Malformed(f'field "criteria" has {len(value)} entries; give 1 to {MAX_CRITERIA}')
    texts, replaced = [], 0
    for place, text in enumerate(value, start=1):
        if not isinstance(text, str) or not text.strip():
            what = "blank" if isinstance(text, str) else _kind(text)
            raise _Malformed(f'field "criteria", entry {place} is {what}; it must be a non-empty text')
        cleaned = clean(text)
        texts.append(cleaned.text)
        replaced += cleaned.replaced
    return tuple(texts), replaced


def _nearest(fields: Mapping[str, Any], name: str) -> str:
    unknown = [field for field in fields if field not in _FIELDS]
    near = get_close_matches(name, unknown, n=1, cutoff=0.75)
    return f' (there is "{_shown(near[0])}")' if near else ""


def _shown(name: str) -> str:
    return clean(name[:40]).text


def _kind(value: object) -> str:
    if value is None:
        return "null"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds[type(value)]
