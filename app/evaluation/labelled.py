"""Answers that people have marked, read from JSON lines.

Two forms, told apart by their fields:
    {"question", "criteria": [...], "criteria_credit": [0|0.5|1, ...], "answer"}
    {"question", "references": [...], "answer", "correct": bool | "score": 0..1}
In the second any one reference suffices, so each is a criterion and the best-reached one counts. Optional are in the
first "bank", "overall" (0..1) and "evidence" (quotes by criterion index), in the second "dataset" and "question_id",
in both "answer_id" (or "id"), "style" and "flags".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import InvalidInput
from app.grading.normalise import clean

FULL_FROM = 0.875
HALF_FROM = 0.375
NOT_FULL = -1
"""Label of an answer known to be less than correct, by an unknown amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One marked answer.

    Attributes:
        data_set: What it belongs to; sets have thresholds of their own in the fit.
        group: What must be held out together: the bank or the question.
        criteria: Criteria, each marked; or references, of which any one suffices (`is_reference`).
        half_points: One a criterion, or a single one for references: 0..2 or `NOT_FULL`.
        evidence: Quotes by criterion index.
        id: What names the answer; empty when the file does not say.
        score: 0..1, what a person thought of the answer as a whole; None where nobody said.
        flags: What a person noted about the answer.
    """

    data_set: str
    group: str
    question: str
    criteria: tuple[str, ...]
    is_reference: bool
    half_points: tuple[int, ...]
    answer: str
    style: str = ""
    evidence: Mapping[int, str] = field(default_factory=dict)
    id: str = ""
    score: float | None = None
    flags: frozenset[str] = frozenset()


def read_folder(folder: Path) -> list[Labelled]:
    """Every labelled answer in the folder's *.jsonl files, at any depth, in the order of their paths.

    Raises:
        InvalidInput: There is none, or a line is of neither form.
    """
    found = [row for path in sorted(folder.rglob("*.jsonl")) for row in read_file(path)]
    if not found:
        raise InvalidInput(f"{folder} has no *.jsonl file with labelled answers")
    return found


def read_file(path: Path) -> Iterator[Labelled]:
    """The labelled answers of one file.

    Raises:
        InvalidInput: It can't be read, or a line is of neither form; names file and line.
    """
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.isspace():
                    yield _read(line, path, number)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}); check its name.") from error


def _read(line: bytes, path: Path, number: int) -> Labelled:
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise TypeError("it is no JSON object; write one object a line")
        return _labelled(row, path.stem)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput(f"{path}, line {number}: not a labelled answer: {error}") from error


def _labelled(row: Mapping[str, Any], stem: str) -> Labelled:
    name = row.get("answer_id", row.get("id", ""))
    flags = row.get("flags", ())
    marked: dict[str, Any] = {
        "id": str(name),
        "question": _text(row, "question"),
        "answer": _text(row, "answer"),
        "style": str(row.get("style", "")),
        "flags": frozenset(map(str, flags if isinstance(flags, list) else ())),
    }
    if "criteria_credit" in row:
        credits_ = _texts_of(row, "criteria_credit")
        half_points = tuple(round(2 * _number(credit, "criteria_credit", 1)) for credit in credits_)
        if any(2 * credit != half for credit, half in zip(credits_, half_points, strict=True)):
            raise ValueError('field "criteria_credit" takes 0, 0.5 and 1 only')
        criteria = _texts_of(row, "criteria")
        if len(half_points) != len(criteria):
            raise ValueError(
                f"{len(half_points)} criteria_credit for {len(criteria)} criteria; give one of 0, 0.5, 1 each"
            )
        return Labelled(
            **marked,
            data_set=stem,
            group=str(row.get("bank", stem)),
            criteria=tuple(map(str, criteria)),
            is_reference=False,
            half_points=half_points,
            evidence=_evidence(row),
            score=_number(row["overall"], "overall", 1) if "overall" in row else None,
        )
    data_set = str(row.get("dataset", row.get("bank", stem)))
    is_correct = "correct" in row
    return Labelled(
        **marked,
        data_set=data_set,
        group=f"{data_set}:{row.get('question_id', marked['question'])}",
        criteria=tuple(map(str, _texts_of(row, "references"))),
        is_reference=True,
        half_points=(_reference_label(row),),
        score=None if is_correct else _number(row["score"], "score", 1),
    )


def _evidence(row: Mapping[str, Any]) -> dict[int, str]:
    quotes = row.get("evidence", {})
    if not isinstance(quotes, dict) or not all(index.isdecimal() for index in quotes):
        raise TypeError('field "evidence" must be an object of quotes by criterion index ("0", "1" …)')
    return {int(index): clean(str(quote)).text for index, quote in quotes.items()}


def _text(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        raise ValueError(f'field "{name}" is missing; add it')
    if not isinstance(row[name], str):
        raise TypeError(f'field "{name}" must be a text')
    return clean(row[name]).text


def _texts_of(row: Mapping[str, Any], name: str) -> list[Any]:
    if name not in row:
        raise ValueError(
            f'field "{name}" is missing; give "criteria" with "criteria_credit", or "references" with "correct" or "score"'
        )
    if not isinstance(row[name], list) or not row[name]:
        raise TypeError(f'field "{name}" must be a list with at least one entry')
    return [clean(entry).text if isinstance(entry, str) else entry for entry in row[name]]


def _number(value: object, name: str, top: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= top:
        raise ValueError(f'field "{name}" must be a number from 0 to {top:g}')
    return float(value)


def _reference_label(row: Mapping[str, Any]) -> int:
    if "correct" in row:
        if not isinstance(row["correct"], bool):
            raise TypeError('field "correct" must be true or false')
        return 2 if row["correct"] else NOT_FULL
    if "score" not in row:
        raise ValueError('no label; add "correct" (true or false) or "score" (0 to 1)')
    score = _number(row["score"], "score", 1)
    return 2 if score >= FULL_FROM else 1 if score >= HALF_FROM else 0
