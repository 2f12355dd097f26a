"""A line of the file becomes a row, or a sentence that tells its author how to mend it."""

import hashlib
import io
import json

import pytest

from app.screening.rows import (
    MAX_LINE_BYTES,
    BankRubric,
    InlineRubric,
    MalformedRow,
    Row,
    parse_row,
    read_rows,
)

INLINE = {
    "id": "a1",
    "question": "What is a queue?",
    "criteria": ["First in, first out"],
    "answer": "A line of things.",
}


def line(**changes: object) -> bytes:
    return json.dumps({**INLINE, **changes}).encode()


def problem(raw: bytes) -> str:
    row = parse_row(raw, 7)
    assert isinstance(row, MalformedRow)
    return row.problem


def test_row_with_its_own_criteria_is_inline() -> None:
    row = parse_row(line(), 1)
    assert isinstance(row, Row)
    assert row.rubric == InlineRubric("What is a queue?", ("First in, first out",))
    assert (row.id, row.answer, row.replaced) == ("a1", "A line of things.", 0)
    assert row.sha256 == hashlib.sha256(line()).hexdigest()


def test_row_with_bank_and_question_id_names_a_bank_question() -> None:
    row = parse_row(
        b'{"id": 12, "bank": "aws", "question_id": "q1", "question": "for people to read", "answer": ""}', 1
    )
    assert isinstance(row, Row)
    assert (row.id, row.rubric, row.answer) == (12, BankRubric("aws", "q1"), "")


def test_name_of_a_bank_beside_own_criteria_is_a_remark() -> None:
    row = parse_row(line(bank="aws", style="strong"), 1)
    assert isinstance(row, Row)
    assert isinstance(row.rubric, InlineRubric)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "line 7: not JSON at column 2"),
        (b"\xff\xfe", "line 7: not UTF-8 at byte 1"),
        (b"[1]", "line 7: a list, not an object"),
        (b'{"id": NaN}', "line 7: NaN is not JSON"),
        (b'{"id": 1, "id": 2}', 'line 7: field "id" stands twice'),
        (b"[" * 100_000, "line 7: nested too deeply"),
        (b'{"id": ' + b"9" * 5000 + b"}", "line 7: nested too deeply or with a number too long"),
        (line(id=None), 'field "id" is null; it must be a non-empty text or a whole number'),
        (line(id=True), 'field "id" is true or false'),
        (line(id=1.5), 'field "id" is a number'),
        (line(answer=None), 'field "answer" is null; it must be a text'),
        (line(answer={"text": "x"}), 'field "answer" is an object'),
        (line(question="  "), 'field "question" is blank'),
        (line(criteria="one"), 'field "criteria" is text; it must be a list of texts'),
        (line(criteria=[]), 'field "criteria" has 0 entries; give 1 to 100'),
        (line(criteria=["x"] * 101), 'field "criteria" has 101 entries'),
        (line(criteria=["x", 3]), 'field "criteria", entry 2 is a number'),
        (line(criteria=["x", " "]), 'field "criteria", entry 2 is blank'),
        (line(question_id="q1"), 'fields "question_id" and "criteria" exclude each other'),
        (b'{"id": "x", "answer": "y"}', 'no rubric; add "bank" and "question_id", or "question" and "criteria"'),
        (b'{"id": "x", "answr": "y", "bank": "b", "question_id": "q"}', 'field "answer" is missing (there is "answr")'),
        (b'{"id": "x", "answer": "y", "bank": "b"}', 'field "question_id" is missing'),
    ],
)
def test_malformed_line_is_told_with_line_field_and_remedy(raw: bytes, said: str) -> None:
    assert said in problem(raw)


def test_malformed_row_keeps_the_id_it_could_read() -> None:
    row = parse_row(line(answer=None), 1)
    assert isinstance(row, MalformedRow)
    assert row.id == "a1"


def test_unstorable_characters_are_replaced_one_for_one_and_counted() -> None:
    raw = rb'{"id": "a\u0000", "question": "q\ud800", "criteria": ["c\udfff"], "answer": "x\u0000\ud83dy \ud83d\ude00"}'
    row = parse_row(raw, 1)
    assert isinstance(row, Row)
    assert row.answer == "x\ufffd\ufffdy \U0001f600"
    assert row.id == "a\ufffd"
    assert row.replaced == 4


def test_only_a_line_feed_ends_a_line() -> None:
    answer = "one\u2028two\x85three"
    raw = json.dumps({**INLINE, "answer": answer}, ensure_ascii=False).encode()
    rows = list(read_rows(io.BytesIO(b"\xef\xbb\xbf" + raw + b"\r\n\n   \n" + raw)))
    assert [row.number for row in rows] == [1, 4]
    assert [row.answer for row in rows if isinstance(row, Row)] == [answer, answer]
    assert rows[0].sha256 == rows[1].sha256


def test_line_without_end_does_not_fill_the_memory_and_spares_the_next() -> None:
    endless = b'{"id": "' + b"x" * (3 * MAX_LINE_BYTES)
    first, second = read_rows(io.BytesIO(endless + b"\n" + line()))
    assert isinstance(first, MalformedRow)
    assert "line 1: longer than 2,000,000 bytes" in first.problem
    assert isinstance(second, Row)
    assert second.number == 2
