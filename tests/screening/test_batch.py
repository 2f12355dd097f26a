"""Rows become records in their order, whatever happens to one of them."""

import asyncio
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import jsonschema
import pytest

from app.errors import NotFound
from app.grading.answer_grader import stopped
from app.grading.grader import BankRef, GradeRequest
from app.grading.ledger import fuse
from app.grading.outcome import Outcome, Reading, StopReason
from app.screening.batch import BLOCK, BatchGrader, Record
from app.screening.rows import AnyRow, parse_fields, read_rows
from app.screening.schemas import names, schema
from rubric.bank import Question
from rubric.criteria import Criterion
from vectorstore.errors import EmbedderUnavailable, VectorsStale

BANK = BankRef("aws", 3, "0" * 64)
QUESTION = Question(id="q1", text="What is S3?", criteria=(Criterion(id="k1", text="Object storage", weight=2),))


@dataclass
class BlockReader:
    """Reads nothing into answers but keeps what it was asked, and completes later ones sooner."""

    blocks: list[int] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    broken: str = ""

    async def read_many(self, requests: Sequence[GradeRequest]) -> Sequence[Reading]:
        self.blocks.append(len(requests))
        if self.broken and any(request.parts[0] == self.broken for request in requests):
            raise VectorsStale(("aws:k1",))
        return [stopped(request, StopReason.BLANK) for request in requests]

    async def complete(self, request: GradeRequest, reading: Reading) -> Outcome:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.002 if request.parts[0].endswith("0") else 0)
        self.under_way -= 1
        return fuse(request, reading, None)


class NoModel(BlockReader):
    async def read_many(self, requests: Sequence[GradeRequest]) -> Sequence[Reading]:
        raise EmbedderUnavailable("no model")


async def find_question(bank: str, question_id: str) -> tuple[BankRef, Question]:
    if (bank, question_id) == ("aws", "bare"):
        return BANK, Question(id="bare", text="Anything to add?", criteria=())
    if (bank, question_id) != ("aws", "q1"):
        raise NotFound(f"There is no bank named {bank!r}.")
    return BANK, QUESTION


def inline(row_id: str, answer: str = "x") -> dict[str, Any]:
    return {"id": row_id, "question": "Why?", "criteria": ["Because", "Therefore"], "answer": answer}


def rows(*fields: dict[str, Any] | bytes) -> list[AnyRow]:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in fields]
    return list(read_rows(io.BytesIO(b"\n".join(lines))))


async def graded(grader: BlockReader, given: Sequence[AnyRow], *, concurrency: int = 8) -> list[Record]:
    records: list[Record] = []
    numbers = count(1)
    batch = BatchGrader(
        grader=grader, new_id=lambda: f"g{next(numbers)}", concurrency=concurrency, find_question=find_question
    )
    await batch.grade(given, records.append)
    for record in records:
        jsonschema.validate(record, schema("grade-output"))
    return records


async def test_records_come_in_the_order_of_the_rows_in_bounded_blocks_and_critiques() -> None:
    grader = BlockReader()
    given = rows(*(inline(f"r{n}", f"answer {n}") for n in range(150)))
    records = await graded(grader, given, concurrency=5)
    assert [record["id"] for record in records] == [f"r{n}" for n in range(150)]
    assert grader.blocks == [BLOCK] * 4 + [150 - 4 * BLOCK]
    assert 1 < grader.most_under_way <= 5


async def test_record_names_the_row_it_grades_and_its_own_criteria() -> None:
    (row,) = rows(inline("r"))
    (record,) = await graded(BlockReader(), [row])
    assert record["provenance"]["input_sha256"] == row.sha256
    assert [(c["id"], c["text"]) for c in record["criteria"]] == [("c1", "Because"), ("c2", "Therefore")]


async def test_malformed_row_is_ungraded_and_spoils_no_other() -> None:
    records = await graded(BlockReader(), rows(inline("a"), b"{nonsense", inline("b")))
    assert [record["status"] for record in records] == ["graded", "ungraded", "graded"]
    assert records[1]["id"] is None
    assert records[1]["reason"].startswith("line 2: not JSON")
    assert records[1]["score"] is None


async def test_bank_row_is_graded_by_the_banks_question() -> None:
    (record,) = await graded(BlockReader(), rows({"id": 7, "bank": "aws", "question_id": "q1", "answer": "files"}))
    assert record["id"] == 7
    assert [(c["id"], c["weight"]) for c in record["criteria"]] == [("k1", 2)]
    assert record["provenance"]["bank_version"] == 3


async def test_row_of_a_question_without_criteria_is_ungraded_and_spoils_no_other() -> None:
    bare, whole = await graded(
        BlockReader(), rows({"id": "a", "bank": "aws", "question_id": "bare", "answer": "No."}, inline("b"))
    )
    assert (bare["status"], whole["status"]) == ("ungraded", "graded")
    assert bare["reason"].startswith("line 1: the question 'bare' of the bank 'aws' has no criteria")


async def test_row_of_an_unknown_bank_is_ungraded_and_says_so() -> None:
    (record,) = await graded(BlockReader(), rows({"id": "a", "bank": "none", "question_id": "q1", "answer": "x"}))
    assert (record["status"], record["reason"]) == ("ungraded", "line 1: There is no bank named 'none'.")


async def test_bank_without_vectors_takes_no_other_row_with_it() -> None:
    records = await graded(BlockReader(broken="stale"), rows(inline("a"), inline("b", "stale"), inline("c")))
    assert [record["status"] for record in records] == ["graded", "ungraded", "graded"]
    assert "viva bank reindex" in records[1]["reason"]
    assert [criterion["verdict"] for criterion in records[1]["criteria"]] == ["unknown", "unknown"]


async def test_without_a_model_every_answer_is_ungraded_and_none_is_zero() -> None:
    records = await graded(NoModel(), rows(inline("a"), inline("b")))
    assert [(record["reason"], record["score"]) for record in records] == [("embedder_unavailable", None)] * 2


async def test_replaced_characters_are_flagged_and_counted() -> None:
    (record,) = await graded(BlockReader(), rows(inline("a", "x\x00y\ud800")))
    assert record["flags"] == ["replaced_characters"]
    assert record["provenance"]["replaced_characters"] == 2


async def test_cancelled_run_has_handed_on_a_beginning_of_the_rows_in_order() -> None:
    records: list[Record] = []
    batch = BatchGrader(grader=BlockReader(), new_id=lambda: "g", concurrency=1)
    task: asyncio.Task[None]

    def keep(record: Record) -> None:
        records.append(record)
        if len(records) == 10:
            task.cancel()

    task = asyncio.create_task(batch.grade(rows(*(inline(f"r{n}") for n in range(100))), keep))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [record["id"] for record in records] == [f"r{n}" for n in range(10)]


@pytest.mark.parametrize("name", names())
def test_published_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        (inline("a"), True),
        ({"id": 1, "bank": "b", "question_id": "q", "answer": ""}, True),
        ({"id": 1, "bank": "b", "question_id": "q", "question": "for people", "answer": ""}, True),
        ({**inline("a"), "bank": "remark", "style": "strong"}, True),
        ({**inline("a"), "question_id": "q"}, False),
        ({"id": "a", "answer": "x"}, False),
        ({"id": "a", "bank": "b", "answer": "x"}, False),
        ({**inline("a"), "criteria": [" "]}, False),
        ({**inline("a"), "id": None}, False),
    ],
)
def test_input_schema_and_reader_agree(fields: dict[str, Any], valid: bool) -> None:
    validator = jsonschema.Draft202012Validator(schema("grade-input"))
    assert validator.is_valid(fields) is valid
    assert hasattr(parse_fields(fields, 1), "answer") is valid
