"""Marked answers, as people keep them."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidInput
from app.evaluation.labelled import NOT_FULL, read_file, read_folder

MARKED = {
    "bank": "garden",
    "question": "How do you water?",
    "criteria": ["Early.", "Deeply."],
    "criteria_credit": [1, 0.5],
    "answer": "Before sunrise, a lot.",
    "evidence": {"0": "Before sunrise"},
}
WHOLE = {"dataset": "school", "question_id": "7", "question": "Why?", "references": ["Because.", "So."], "answer": "So"}


def written(folder: Path, *rows: Any) -> Path:  # noqa: ANN401 - also rows that are no objects
    path = folder / "marked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_marked_criteria_keep_their_credits_and_quotes(tmp_path: Path) -> None:
    [row] = read_file(written(tmp_path, MARKED))
    assert (row.half_points, row.evidence, row.is_reference) == ((2, 1), {0: "Before sunrise"}, False)


@pytest.mark.parametrize(
    ("label", "half_points"),
    [
        ({"correct": True}, 2),
        ({"correct": False}, NOT_FULL),
        ({"score": 0.5}, 1),
        ({"score": 0.1}, 0),
        ({"score": 1}, 2),
    ],
)
def test_answers_marked_as_wholes_have_references_of_which_one_suffices(
    tmp_path: Path, label: dict[str, Any], half_points: int
) -> None:
    [row] = read_file(written(tmp_path, {**WHOLE, **label}))
    assert (row.half_points, row.criteria, row.is_reference) == ((half_points,), ("Because.", "So."), True)


@pytest.mark.parametrize("bad", [{**MARKED, "criteria_credit": [1]}, {**MARKED, "criteria_credit": [1, 3]}, WHOLE, 7])
def test_a_bad_line_is_named(tmp_path: Path, bad: Any) -> None:  # noqa: ANN401 - also rows that are no objects
    with pytest.raises(InvalidInput, match=r"marked\.jsonl, line 2"):
        list(read_file(written(tmp_path, MARKED, bad)))


def test_a_folder_without_answers_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no \*\.jsonl"):
        read_folder(tmp_path)
