"""A file before anything of it is kept: columns recognised, and what is wrong named by cell."""

import io
import json
from collections.abc import Sequence

import pytest
from openpyxl import Workbook

from app.errors import InvalidInput
from app.screening.answer_table import MAX_CELL_CHARS, parse_table
from app.screening.mapping import propose
from app.screening.preview import Preview, preview
from tests.screening.values import BANK, QUESTIONS, looked_through

LONG = 'candidate,name,question,answer\np1,Ada,store,"In S3, by date."\np1,Ada,How do you move it?,With Glue.\np2,Ben,guard,IAM.\n'


def told(found: Preview) -> list[str]:
    return [str(problem) for problem in found.problems]


def given(found: Preview) -> list[tuple[str, str, str]]:
    return [(one.candidate, one.question_id, one.text) for one in found.answers]


def workbook(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def from_workbook(*rows: Sequence[object]) -> Preview:
    table = parse_table(workbook(*rows), source="answers.xlsx")
    return preview(table, propose(table, BANK), BANK, QUESTIONS)


EXPECTED = [("p1", "store", "In S3, by date."), ("p1", "move", "With Glue."), ("p2", "guard", "IAM.")]


def test_a_row_an_answer_is_recognised_and_questions_are_found_by_id_or_text() -> None:
    found = looked_through(LONG)
    assert given(found) == EXPECTED
    assert [one.name for one in found.answers] == ["Ada", "Ada", "Ben"]
    assert told(found) == []
    assert found.mapping.told().startswith("A row an answer: candidate from 'candidate', name from 'name'")


def test_a_row_a_person_with_a_column_a_question_holds_the_same() -> None:
    found = looked_through(
        'id,Name,store,How do you move it?,guard\np1,Ada,"In S3, by date.",With Glue.,\np2,Ben,,,IAM.\n'
    )
    assert given(found) == EXPECTED
    assert told(found) == [
        "row 2, column guard: empty, so nothing is taken from it",
        "row 3, column store: empty, so nothing is taken from it",
        "row 3, column How do you move it?: empty, so nothing is taken from it",
    ]


def test_a_workbook_and_json_lines_hold_the_same() -> None:
    names = ("candidate", "question", "answer")
    assert given(from_workbook(names, *EXPECTED)) == EXPECTED
    lines = "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in EXPECTED)
    assert given(looked_through(lines, "answers.jsonl")) == EXPECTED


def test_semicolons_a_byte_order_mark_and_line_breaks_within_a_cell_are_read() -> None:
    found = looked_through('\ufeffcandidate;question;answer\np1;store;"In S3,\nby date."\n')
    assert given(found) == [("p1", "store", "In S3,\nby date.")]


def test_a_person_can_say_what_columns_mean() -> None:
    text = "who,what,said\np1,store,In S3.\n"
    with pytest.raises(InvalidInput, match="no column is recognised as candidate or answer"):
        looked_through(text)
    found = looked_through(text, "answers.csv", "who=candidate", "what=question", "said=answer")
    assert given(found) == [("p1", "store", "In S3.")]
    wide = looked_through("who,said\np1,In S3.\n", "answers.csv", "who=candidate", "said=How do you store raw data?")
    assert given(wide) == [("p1", "store", "In S3.")]


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        ("nobody=candidate", "has no column 'nobody'"),
        ("answer=reply", "neither a question of the bank nor one of candidate"),
        ("answer", "say COLUMN=FIELD"),
    ],
)
def test_a_mapping_that_maps_nothing_is_told_with_the_remedy(mapping: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        looked_through(LONG, "answers.csv", mapping)


def test_each_problem_names_row_and_column() -> None:
    found = looked_through(
        "candidate,question,answer\n"
        "p1,store,\n"
        ",store,In S3.\n"
        "p1,How do you store raw dat?,In S3.\n"
        "p1,move,With Glue.\n"
        "p1,move,By hand.\n"
        "p1,move,With Glue.\n"
        f"p1,guard,{'x' * (MAX_CELL_CHARS + 1)}\n"
    )
    assert told(found) == [
        "row 2, column answer: empty, so nothing is taken from it",
        "row 3, column candidate: empty, so nobody can be told whose answer it is; fill it in",
        "row 4, column question: “How do you store raw dat?” is no question of the bank, by id or exact text; "
        "the nearest is “How do you store raw data?”",
        "row 6, column answer: another answer of the same candidate to the same question stands in row 5",
        "row 8, column answer: 100,001 characters; at most 100,000 are read, so shorten it",
    ]
    assert found.repeated == 1
    assert given(found) == [("p1", "move", "With Glue.")]


def test_an_empty_cell_counts_as_left_blank_once_somebody_says_so() -> None:
    found = looked_through("candidate,question,answer\np1,store,\n", empty_is_blank=True)
    assert given(found) == [("p1", "store", "")]


def test_formulas_errors_and_dates_of_a_workbook_are_named_and_nothing_is_run() -> None:
    found = from_workbook(
        ["candidate", "question", "answer"],
        ["p1", "store", '=HYPERLINK("http://evil.example","S3")'],
        [17, "move", 3.0],
    )
    assert told(found) == ["row 2, column answer: cell C2 is a formula, which is not run; put its value there"]
    assert given(found) == [("17", "move", "3")]


def test_what_looks_like_a_formula_in_a_csv_is_a_text_like_any_other() -> None:
    found = looked_through("candidate,question,answer\n=1+1,store,\"=cmd|' /C calc'!A0\"\n")
    assert given(found) == [("=1+1", "store", "=cmd|' /C calc'!A0")]


def test_characters_that_cannot_be_stored_are_replaced_and_counted() -> None:
    (answer,) = looked_through(
        '{"candidate": "p1", "question": "store", "answer": "S3\\u0000 \\ud800"}', "a.jsonl"
    ).answers
    assert (answer.text, answer.replaced) == ("S3\ufffd \ufffd", 2)


@pytest.mark.parametrize(
    ("data", "source", "what"),
    [
        (b"candidate\n", "answers.pdf", "answers come as .csv, .xlsx, .jsonl"),
        (b"", "answers.csv", "names the columns|names no columns"),
        (b"a,a\n1,2\n", "answers.csv", "stands twice in the heading"),
        (b'a,b\n"1,2\n', "answers.csv", "row 2: not CSV"),
        (b"\xff\xfe\xfa", "answers.csv", "UTF-8"),
        (b"not a zip", "answers.xlsx", "not a readable XLSX"),
        (b"\n\n", "answers.jsonl", "holds no JSON object"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(data: bytes, source: str, what: str) -> None:
    with pytest.raises(InvalidInput, match=what):
        parse_table(data, source=source)


def test_a_line_that_is_no_object_and_a_cell_that_is_no_text_leave_the_others_alone() -> None:
    found = looked_through(
        'nonsense\n{"candidate": "p1", "question": "store", "answer": ["x"]}\n'
        '{"candidate": "p1", "question": "move", "answer": "With Glue."}\n',
        "answers.jsonl",
    )
    assert told(found) == [
        "row 1: no JSON object; write one a line",
        "row 2, column answer: neither a text nor a number; give a text",
    ]
    assert given(found) == [("p1", "move", "With Glue.")]


def test_a_workbook_that_claims_to_be_huge_is_read_by_what_it_holds() -> None:
    data = workbook(["candidate", "question", "answer"], ["p1", "store", "In S3."])
    table = parse_table(data, source="answers.xlsx")
    assert len(table.rows) == 1
