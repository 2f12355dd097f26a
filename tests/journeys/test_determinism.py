"""The same rows give the same grades, to the byte; only what was measured and each grade's id differ."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.served import environment_of, viva

pytestmark = pytest.mark.slow

ROWS = [
    ("strong", "We land raw files in object storage, and partition them by date, so that a day can be read alone."),
    ("partial", "Files go to S3. We never thought about partitions."),
    ("vague", "It depends on what the business needs."),
    ("nothing", "I don't know."),
    ("many lines", "First we land the files.\n\nThen:\n- partition by date\n- encrypt\n\nIt isn't hard… 👩‍💻"),
]


def graded(folder: Path, name: str) -> list[dict[str, Any]]:
    rows = [
        {
            "id": row_id,
            "question": "How would you store raw data?",
            "criteria": ["Land raw files in object storage", "Partition them by date", "Encrypt them at rest"],
            "answer": answer,
        }
        for row_id, answer in ROWS
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    environment = environment_of(folder / "data", {"OMP_NUM_THREADS": "1"})
    command = viva(["grade", "--input", folder / "rows.jsonl", "--output", folder / name, "--no-llm"], environment)
    assert command.status == 0, command.err
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def told(grade: dict[str, Any]) -> str:
    """The grade less its id and what was measured, with its keys in the order they were written in."""
    provenance = {key: value for key, value in grade["provenance"].items() if key != "measured"}
    return json.dumps({**grade, "grade_id": None, "provenance": provenance})


def test_grading_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = graded(tmp_path, "first.jsonl"), graded(tmp_path, "second.jsonl")
    assert [told(grade) for grade in first] == [told(grade) for grade in second]
    assert [grade["id"] for grade in first] == [row_id for row_id, _ in ROWS]
    assert len({grade["grade_id"] for grade in (*first, *second)}) == 2 * len(ROWS)
