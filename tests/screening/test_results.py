"""Results as files: every format tells the same, and none of them runs anything."""

import csv
import io
import json
from typing import Any

import jsonschema
import pyarrow.parquet
import pytest
from openpyxl import load_workbook

from app.errors import InvalidInput
from app.screening.marks import CandidateState
from app.screening.ranking import ranking
from app.screening.results import exported, records
from app.screening.schemas import schema
from app.screening.service import Results
from rubric.criteria import Verdict
from tests.screening.values import BANK, QUESTIONS, a_candidate, a_mark, a_policy, a_screening, scored

HOSTILE = '=HYPERLINK("http://evil.example";"Ada")\x0b'


def results(*candidates: CandidateState) -> Results:
    policy = a_policy(cuts={"decline_below": 30, "advance_from": 70})
    return Results(a_screening(policy), BANK, ranking(policy, candidates))


def some() -> Results:
    missed = a_mark(0.5, 0.1, verdicts={"c-iam": Verdict.MISSING}, flags=("negation",))
    hostile = scored(2, 0.9, 0.05)
    return results(
        scored(1, 0.4, 0.1),
        CandidateState(
            number=2,
            key=HOSTILE,
            name=HOSTILE,
            interview_id="iv-2",
            state=hostile.state,
            automated=True,
            answers=hostile.answers,
        ),
        a_candidate(3, dict.fromkeys(QUESTIONS, missed)),
        a_candidate(4, {"store": None}),
    )


def csv_rows(found: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(found, "csv").decode("utf-8-sig"))))


def test_every_record_has_the_published_shape_and_the_order_of_the_ranking() -> None:
    found = list(records(some()))
    for record in found:
        jsonschema.validate(record, schema("screening-results"))
    assert [(one["place"], one["interview"], one["proposal"]) for one in found] == [
        (1, "iv-2", "advance"),
        (2, "iv-3", "decline"),
        (3, "iv-1", "look"),
        (None, "iv-4", "look"),
    ]
    assert set(schema("screening-results")["properties"]) == set(found[0])
    assert [json.loads(line) for line in exported(some(), "jsonl").splitlines()] == found


def test_a_score_is_told_in_percent_with_its_interval_and_what_is_open_stays_empty() -> None:
    first, _, _, last = csv_rows(some())
    assert (first["score_percent"], first["low_percent"], first["high_percent"]) == ("90.0", "87.1", "92.9")
    assert first["1. How do you store raw data?"] == "90.0"
    assert (last["place"], last["score_percent"], last["1. How do you store raw data?"]) == ("", "", "")
    assert "1 of 3 questions are answered" in last["reasons"]


def test_a_missed_must_have_is_named_in_its_words() -> None:
    found = csv_rows(some())[1]
    assert found["must_haves_missing"] == "least privilege"
    assert found["reasons"] == "1 must-have is not met."


def test_no_cell_of_a_spreadsheet_runs_as_a_formula() -> None:
    (row,) = [row for row in csv_rows(some()) if row["interview"] == "iv-2"]
    assert row["name"].startswith("'=HYPERLINK")
    sheet = load_workbook(io.BytesIO(exported(some(), "xlsx"))).active
    assert sheet is not None
    cells: list[Any] = [cell for line in sheet.iter_rows() for cell in line]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)


def test_numbers_of_a_workbook_are_numbers() -> None:
    sheet = load_workbook(io.BytesIO(exported(some(), "xlsx"))).active
    assert sheet is not None
    heading = [cell.value for cell in sheet[1]]
    assert sheet[2][heading.index("score_percent")].value == 90
    assert sheet[5][heading.index("score_percent")].value is None


def test_a_parquet_file_holds_the_records_with_the_same_types_whoever_is_in_it() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(exported(some(), "parquet")))
    assert table.to_pylist() == list(records(some()))
    nobody = pyarrow.parquet.read_table(io.BytesIO(exported(results(), "parquet")))
    assert nobody.schema == table.schema
    assert nobody.num_rows == 0


def test_a_format_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="csv, xlsx, jsonl, parquet"):
        exported(some(), "pdf")
