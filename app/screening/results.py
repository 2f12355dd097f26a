"""Results of a screening as files: for spreadsheets, for programs and for data tools.

The shape of a record is published in `schema/screening-results.schema.json`; later versions only add keys.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

from app.errors import InvalidInput
from app.reports.export import as_cell
from app.screening.marks import worth
from app.screening.output import line_of
from app.screening.policy import MustHave
from app.screening.ranking import Standing
from app.screening.service import Results
from rubric.bank import Bank

SCHEMA = 1
FORMATS = ("csv", "xlsx", "jsonl", "parquet")
_DECIMALS = 6
_RECORDS_AT_A_TIME = 1000
_PARQUET: Mapping[str, str] = {
    "schema": "number",
    "screening": "text",
    "screening_version": "number",
    "bank": "text",
    "bank_version": "number",
    "candidate": "text",
    "name": "text",
    "interview": "text",
    "place": "number",
    "group": "number",
    "too_close_to_call": "truth",
    "best_rank": "number",
    "worst_rank": "number",
    "score": "share",
    "score_low": "share",
    "score_high": "share",
    "questions": "number",
    "answered": "number",
    "ungraded": "number",
    "completeness": "share",
    "must_haves_met": "texts",
    "must_haves_missing": "texts",
    "must_haves_open": "texts",
    "flags": "texts",
    "waiting": "number",
    "decided": "number",
    "proposal": "text",
    "reasons": "texts",
    "decision": "text",
    "decided_by": "text",
    "decided_at": "text",
    "decision_reason": "text",
    "decision_proposal": "text",
    "answers": "answers",
}
"""Columns of a Parquet file, typed whatever the first records hold."""
_PERCENT_DECIMALS = 1
_WIDTHS = {
    "name": 28,
    "candidate": 24,
    "reasons": 60,
    "decision_reason": 40,
    "must_haves_missing": 48,
    "must_haves_open": 48,
}
Cell = str | int | float | None


def percent(value: Fraction) -> float:
    """A share in percent, to a tenth."""
    return round(float(value * 100), _PERCENT_DECIMALS)


def records(results: Results) -> Iterator[dict[str, Any]]:
    """One record a candidate, in the order of the ranking; scores as numbers from 0 to 1."""
    for place, one in enumerate(results.standings, start=1):
        yield _record(results, place, one)


def exported(results: Results, kind: str) -> bytes:
    """The results as a file of that kind, one of `FORMATS`.

    Raises:
        InvalidInput: The kind is none of them, or pyarrow is not installed.
    """
    writers = {"csv": _csv, "xlsx": _xlsx, "jsonl": _jsonl, "parquet": _parquet}
    if kind not in writers:
        raise InvalidInput(f"Results come as {', '.join(FORMATS)}, not as {kind!r}.")
    return writers[kind](results)


def table(results: Results) -> tuple[list[str], Iterator[list[Cell]]]:
    """Headings and rows for a spreadsheet; scores in percent, then a column a question."""
    questions = list(results.screening.policy.questions)
    names = {id_: f"{number}. {results.bank.question(id_).text}" for number, id_ in enumerate(questions, start=1)}
    heading = [*_COLUMNS, *names.values()]

    def rows() -> Iterator[list[Cell]]:
        for place, one in enumerate(results.standings, start=1):
            yield [*_flat(results, place, one), *_per_question(one, questions)]

    return heading, rows()


_COLUMNS = (
    "place",
    "group",
    "too_close_to_call",
    "best_rank",
    "worst_rank",
    "candidate",
    "name",
    "score_percent",
    "low_percent",
    "high_percent",
    "answered",
    "questions",
    "ungraded",
    "proposal",
    "reasons",
    "decision",
    "decided_by",
    "decided_at",
    "decision_reason",
    "decision_proposal",
    "must_haves_met",
    "must_haves_missing",
    "must_haves_open",
    "flags",
    "waiting_for_a_person",
    "decided_by_a_person",
    "interview",
)


def _flat(results: Results, place: int, one: Standing) -> list[Cell]:
    score, musts = one.score, one.must_haves
    return [
        place if one.group is not None else None,
        one.group,
        ("yes" if one.is_close else "no") if one.group is not None else "",
        one.best_rank,
        one.worst_rank,
        one.candidate.key,
        one.candidate.name,
        percent(score.value) if score else None,
        percent(score.low) if score else None,
        percent(score.high) if score else None,
        one.answered,
        one.total,
        one.ungraded,
        one.proposal.value,
        " ".join(one.reasons),
        *_decision(results, one).values(),
        len(musts.met),
        "; ".join(_criteria(results.bank, musts.missing)),
        "; ".join(_criteria(results.bank, musts.open)),
        ", ".join(one.flags),
        one.waiting,
        one.decided,
        one.candidate.interview_id,
    ]


def _per_question(one: Standing, questions: Sequence[str]) -> list[Cell]:
    worths = [worth(one.candidate, id_) for id_ in questions]
    return [None if found.score is None else percent(found.score) for found in worths]


def _record(results: Results, place: int, one: Standing) -> dict[str, Any]:
    score, musts, screening = one.score, one.must_haves, results.screening
    is_ranked = one.group is not None
    return {
        "schema": SCHEMA,
        "screening": screening.id,
        "screening_version": screening.version,
        "bank": screening.bank.name,
        "bank_version": screening.bank.version,
        "candidate": one.candidate.key,
        "name": one.candidate.name,
        "interview": one.candidate.interview_id,
        "place": place if is_ranked else None,
        "group": one.group,
        "too_close_to_call": one.is_close if is_ranked else None,
        "best_rank": one.best_rank,
        "worst_rank": one.worst_rank,
        "score": _number(score.value) if score else None,
        "score_low": _number(score.low) if score else None,
        "score_high": _number(score.high) if score else None,
        "questions": one.total,
        "answered": one.answered,
        "ungraded": one.ungraded,
        "completeness": _number(one.completeness),
        "must_haves_met": [must.criterion_id for must in musts.met],
        "must_haves_missing": [must.criterion_id for must in musts.missing],
        "must_haves_open": [must.criterion_id for must in musts.open],
        "flags": list(one.flags),
        "waiting": one.waiting,
        "decided": one.decided,
        "proposal": one.proposal.value,
        "reasons": list(one.reasons),
        **_decision(results, one),
        "answers": [_answer(one, question_id) for question_id in screening.policy.questions],
    }


def _decision(results: Results, one: Standing) -> dict[str, str | None]:
    """What a person decided; nothing where nobody has."""
    found = results.decisions.get(one.candidate.interview_id)
    return {
        "decision": found.kind.value if found else None,
        "decided_by": found.who if found else None,
        "decided_at": found.at.isoformat() if found else None,
        "decision_reason": found.reason if found else None,
        "decision_proposal": found.proposal.value if found else None,
    }


def _answer(one: Standing, question_id: str) -> Mapping[str, Any]:
    found, answer = worth(one.candidate, question_id), one.candidate.answer(question_id)
    known = found.score is not None
    return {
        "question_id": question_id,
        "answered": found.is_answered,
        "score": _number(found.score) if found.score is not None else None,
        "score_low": _number(found.low) if known else None,
        "score_high": _number(found.high) if known else None,
        "needs_review": answer is not None and answer.mark is not None and answer.mark.waits,
        "ungraded_because": answer.trouble if answer is not None and answer.trouble else None,
    }


def _criteria(bank: Bank, musts: Sequence[MustHave]) -> list[str]:
    texts = {criterion.id: criterion.text for question in bank.questions() for criterion in question.criteria}
    return [texts[must.criterion_id] for must in musts]


def _csv(results: Results) -> bytes:
    heading, rows = table(results)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([as_cell(name) for name in heading])
    writer.writerows([["" if cell is None else as_cell(cell) for cell in row] for row in rows])
    return stream.getvalue().encode("utf-8-sig")


def _jsonl(results: Results) -> bytes:
    return b"".join(line_of(record) for record in records(results))


def _xlsx(results: Results) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 (only spreadsheets need it)
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 (as above)
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 (as above)
    from openpyxl.styles import Font  # noqa: PLC0415 (as above)

    heading, rows = table(results)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Results")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(heading):
        sheet.column_dimensions[_letters(place)].width = _WIDTHS.get(name, 14)

    def cell(value: Cell, *, bold: bool = False) -> Any:  # noqa: ANN401 (openpyxl's cells are loosely typed)
        made: Any = WriteOnlyCell(sheet)
        if isinstance(value, str):
            # A text whatever it begins with, so that none runs as a formula.
            made.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
            made.data_type = "s"
            made.quotePrefix = value[:1] in {"=", "+", "-", "@"}
        else:
            made.value = value
        made.font = Font(bold=bold)
        return made

    sheet.append([cell(name, bold=True) for name in heading])
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _parquet(results: Results) -> bytes:
    try:
        import pyarrow  # noqa: PLC0415 (an extra of a hundred megabytes)
        import pyarrow.parquet  # noqa: PLC0415 (as above)
    except ImportError:
        raise InvalidInput(
            "Parquet needs pyarrow, which is not installed: pip install 'viva[parquet]', or choose another format."
        ) from None
    shape = pyarrow.schema([(name, _arrow_type(pyarrow, kind)) for name, kind in _PARQUET.items()])
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(out, shape) as writer:
        every = records(results)
        while some := list(islice(every, _RECORDS_AT_A_TIME)):
            writer.write_table(pyarrow.Table.from_pylist(some, schema=shape))
    return out.getvalue()


def _arrow_type(pyarrow: Any, kind: str) -> Any:  # noqa: ANN401 (pyarrow has no types)
    if kind == "answers":
        answer = {
            "question_id": pyarrow.string(),
            "answered": pyarrow.bool_(),
            "score": pyarrow.float64(),
            "score_low": pyarrow.float64(),
            "score_high": pyarrow.float64(),
            "needs_review": pyarrow.bool_(),
            "ungraded_because": pyarrow.string(),
        }
        return pyarrow.list_(pyarrow.struct(list(answer.items())))
    kinds = {
        "text": pyarrow.string(),
        "number": pyarrow.int32(),
        "share": pyarrow.float64(),
        "truth": pyarrow.bool_(),
        "texts": pyarrow.list_(pyarrow.string()),
    }
    return kinds[kind]


def _letters(place: int) -> str:
    letters, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def _number(value: Fraction) -> float:
    return round(float(value), _DECIMALS)
