"""A stopped run goes on where it was; a file that is not its own is left alone."""

import io
import json
from pathlib import Path

import pytest

from app.errors import Conflict
from app.screening.output import Done, done_so_far, line_of
from app.screening.rows import AnyRow, read_rows

INPUT = b"".join(
    json.dumps({"id": f"a{n}", "bank": "b", "question_id": "q", "answer": "x"}).encode() + b"\n" for n in range(3)
)


def rows() -> list[AnyRow]:
    return list(read_rows(io.BytesIO(INPUT)))


def grade_of(row: AnyRow, status: str = "graded") -> bytes:
    return line_of({"schema": 1, "id": row.id, "status": status, "provenance": {"input_sha256": row.sha256}})


def test_missing_output_starts_at_the_first_row(tmp_path: Path) -> None:
    assert done_so_far(tmp_path / "none.jsonl", iter(rows())) == Done()


def test_stopped_run_goes_on_at_the_first_row_without_a_grade(tmp_path: Path) -> None:
    first, second, third = rows()
    output = tmp_path / "grades.jsonl"
    whole = grade_of(first) + grade_of(second, "ungraded")
    output.write_bytes(whole + grade_of(third)[:-9])
    remaining = iter(rows())
    assert done_so_far(output, remaining) == Done(rows=2, ungraded=1, size=len(whole))
    assert next(remaining) == third


def test_line_torn_at_its_end_but_for_the_line_feed_is_done_again(tmp_path: Path) -> None:
    output = tmp_path / "grades.jsonl"
    output.write_bytes(grade_of(rows()[0])[:-1])
    assert done_so_far(output, iter(rows())) == Done()


def test_finished_output_leaves_nothing_to_do(tmp_path: Path) -> None:
    output = tmp_path / "grades.jsonl"
    output.write_bytes(b"".join(grade_of(row) for row in rows()))
    remaining = iter(rows())
    assert done_so_far(output, remaining).rows == 3
    assert next(remaining, None) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: grade_of(rows()[1]), "line 1 is not the grade of the input's line 1"),
        (lambda: b"".join(map(grade_of, [*rows(), rows()[0]])), "line 4 is a row more than the input has"),
        (lambda: b"notes of mine", "line 1: no grade stands there"),
        (lambda: b'{"schema":1,"torn\n' + grade_of(rows()[0]), "line 1: no grade stands there"),
        (lambda: b"{}\n", "line 1: no grade stands there"),
    ],
)
def test_output_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: object, said: str) -> None:
    assert callable(content)
    output = tmp_path / "grades.jsonl"
    output.write_bytes(content())
    with pytest.raises(Conflict, match="--restart to overwrite it") as refused:
        done_so_far(output, iter(rows()))
    assert said in str(refused.value)
    assert output.read_bytes() == content()


def test_record_is_one_line_for_every_reader() -> None:
    record = {"id": "a\u2028b\x85c\u2029d", "text": "é\nü"}
    raw = line_of(record)
    assert len(raw.decode().splitlines()) == 1
    assert json.loads(raw) == record
    assert "é" in raw.decode()
