"""Answers that people have marked, read from JSON lines.

Two forms, told apart by their fields:
    {"question", "criteria": [...], "criteria_credit": [0|0.5|1, ...], "answer", "bank", "style", "evidence"}
    {"dataset", "question_id", "question", "references": [...], "answer", "correct": bool | "score": 0..1}
In the second any one reference suffices, so each is a criterion and the best-reached one counts.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import InvalidInput

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
        InvalidInput: A line is of neither form; names file and line.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _labelled(json.loads(line), path.stem)
            except (ValueError, KeyError, TypeError) as error:
                raise InvalidInput(f"{path}, line {number}: not a labelled answer ({error!r})") from error


def _labelled(row: Mapping[str, Any], stem: str) -> Labelled:
    if "criteria_credit" in row:
        credits_ = tuple(round(2 * float(credit)) for credit in row["criteria_credit"])
        if len(credits_) != len(row["criteria"]) or not set(credits_) <= {0, 1, 2}:
            raise ValueError("criteria_credit needs one of 0, 0.5, 1 for each criterion")
        return Labelled(
            data_set=stem,
            group=str(row["bank"]),
            question=str(row["question"]),
            criteria=tuple(map(str, row["criteria"])),
            is_reference=False,
            half_points=credits_,
            answer=str(row["answer"]),
            style=str(row.get("style", "")),
            evidence={int(index): str(quote) for index, quote in row.get("evidence", {}).items()},
        )
    return Labelled(
        data_set=str(row["dataset"]),
        group=f"{row['dataset']}:{row['question_id']}",
        question=str(row["question"]),
        criteria=tuple(map(str, row["references"])),
        is_reference=True,
        half_points=(_reference_label(row),),
        answer=str(row["answer"]),
    )


def _reference_label(row: Mapping[str, Any]) -> int:
    if "correct" in row:
        return 2 if row["correct"] else NOT_FULL
    score = float(row["score"])
    return 2 if score >= FULL_FROM else 1 if score >= HALF_FROM else 0
