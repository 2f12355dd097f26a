"""The table of a bank: one row a criterion, shared by CSV and XLSX.

A blank section or question means that of the row above, so merged cells read as people see them; what
belongs to a question stands in its first row. Only the first three columns are needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rubric.bank import Bank, Question, SkipPolicy
from rubric.bank_schema import Place, bank_from
from rubric.criteria import Criterion
from rubric.errors import BankFormatError
from rubric.ids import with_ids

REQUIRED = ("section", "question", "criterion")
QUESTION_COLUMNS = (
    "question_id",
    "follow_up",
    "clarification",
    "offer_related",
    "explain_code",
    "skip",
    "time_limit_s",
    "tags",
)
CRITERION_COLUMNS = ("criterion_id", "weight", "must_have")
COLUMNS = (*REQUIRED, *CRITERION_COLUMNS, *QUESTION_COLUMNS)
TAG_SEPARATOR = "; "
_INTEGERS = {"weight", "time_limit_s"}
_TRUTHS = {"must_have", "offer_related", "explain_code"}
_TRUE = {"yes", "true", "1", "x"}
_FALSE = {"no", "false", "0"}


@dataclass(slots=True)
class _Builder:
    """Sections as they grow row by row, and the row each thing stands in."""

    source: str
    sections: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)

    def add(self, number: int, row: Mapping[str, str]) -> None:
        section = self._section(number, row["section"])
        question = self._question(number, section, row)
        self._describe(number, question, row)
        criterion: dict[str, object] = {"text": row["criterion"]} if row["criterion"] else {}
        for column, name in (("criterion_id", "id"), ("weight", "weight"), ("must_have", "must_have")):
            if row.get(column, ""):
                criterion[name] = self._value(number, column, row[column])
        if not row["criterion"]:
            if criterion:
                raise self._error(number, "criterion", "is empty, but the row says something about it")
            return
        place = ("sections", len(self.sections) - 1, "questions", len(section["questions"]) - 1)
        self.lines[(*place, "criteria", len(question["criteria"]))] = number
        question["criteria"].append(criterion)

    def _section(self, number: int, title: str) -> dict[str, Any]:
        if title and (not self.sections or self.sections[-1]["title"] != title):
            self.lines["sections", len(self.sections)] = number
            self.sections.append({"title": title, "questions": []})
        if not self.sections:
            raise self._error(number, "section", "is empty; the first row needs the title of a section")
        return self.sections[-1]

    def _question(self, number: int, section: dict[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
        text, questions = row["question"], section["questions"]
        if not questions and not text:
            raise self._error(number, "question", "is empty; the first row of a section needs a question")
        if not questions or (text and questions[-1]["text"] != text) or self._is_another(questions[-1], row):
            self.lines["sections", len(self.sections) - 1, "questions", len(questions)] = number
            questions.append({"text": text or questions[-1]["text"], "criteria": []})
        question: dict[str, Any] = questions[-1]
        return question

    @staticmethod
    def _is_another(question: Mapping[str, Any], row: Mapping[str, str]) -> bool:
        """Two questions may have one wording; their ids tell them apart."""
        return bool(row["question"] and row.get("question_id") and question.get("id", "") != row["question_id"])

    def _describe(self, number: int, question: dict[str, Any], row: Mapping[str, str]) -> None:
        for column in QUESTION_COLUMNS:
            if not row.get(column, ""):
                continue
            name = "id" if column == "question_id" else column
            value = self._value(number, column, row[column])
            if question.setdefault(name, value) != value:
                raise self._error(
                    number, column, f"is {row[column]!r}, but a row above says {question[name]!r} for the same question"
                )

    def _value(self, number: int, column: str, text: str) -> object:
        if column in _INTEGERS:
            try:
                return int(text)
            except ValueError as error:
                raise self._error(number, column, f"is {text!r}; expected a whole number") from error
        if column in _TRUTHS:
            if text.casefold() not in _TRUE | _FALSE:
                raise self._error(number, column, f"is {text!r}; expected yes or no")
            return text.casefold() in _TRUE
        if column == "tags":
            return [tag.strip() for tag in text.split(TAG_SEPARATOR.strip()) if tag.strip()]
        return text

    def _error(self, number: int, column: str, fault: str) -> BankFormatError:
        return BankFormatError(self.source, number, f"the column {column!r} {fault}")


def bank_of_rows(rows: Iterable[tuple[int, Sequence[str]]], *, source: str, name: str) -> Bank:
    """The bank that a table describes.

    Args:
        rows: (1-based row number, cells as texts); the first is the heading.
        source: The file as its author named it.
        name: The bank's name.

    Raises:
        BankFormatError: A column is unknown or missing, or a row can't be read.
    """
    iterator = ((number, [cell.strip() for cell in cells]) for number, cells in rows)
    filled = ((number, cells) for number, cells in iterator if any(cells))
    first = next(filled, None)
    if first is None:
        raise BankFormatError(source, None, f"the table is empty; expected the columns {', '.join(REQUIRED)}")
    columns = _columns(first, source)
    builder = _Builder(source, lines={(): first[0]})
    for number, cells in filled:
        if any(cells[len(columns) :]):
            raise BankFormatError(source, number, f"the row has a cell beyond its {len(columns)} named columns")
        padded = [*cells, *[""] * len(columns)]
        builder.add(number, dict(zip(columns, padded, strict=False)))
    return bank_from({"sections": builder.sections}, name=name, source=source, lines=builder.lines)


def rows_of_bank(bank: Bank) -> list[list[str]]:
    """The table of a bank, heading first; optional columns only where some row fills them.

    Two neighbours of one wording are told apart by their ids, which are made here where there are none.
    """
    if any(question.text == following.text and not following.id for question, following in pairwise(bank.questions())):
        bank = with_ids(bank, None)
    rows = [dict(zip(COLUMNS, COLUMNS, strict=True))]
    for section in bank.sections:
        for question in section.questions:
            described = _question_cells(question)
            for criterion in question.criteria or (None,):
                cells = {"section": section.title, "question": question.text, **_criterion_cells(criterion)}
                rows.append({**cells, **described})
                described = {"question_id": question.id}
    used = [column for column in COLUMNS if column in REQUIRED or any(row.get(column) for row in rows[1:])]
    return [[row.get(column, "") for column in used] for row in rows]


def _columns(heading: tuple[int, Sequence[str]], source: str) -> list[str]:
    number, cells = heading
    names = [cell.casefold().replace(" ", "_") for cell in cells]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in COLUMNS:
            raise BankFormatError(source, number, f"unknown column {name!r}; the columns are {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise BankFormatError(source, number, f"the column {name!r} stands there twice")
    for name in REQUIRED:
        if name not in names:
            raise BankFormatError(source, number, f"the column {name!r} is missing; needed are {', '.join(REQUIRED)}")
    return names


def _question_cells(question: Question) -> dict[str, str]:
    return {
        "question_id": question.id,
        "follow_up": question.follow_up or "",
        "clarification": question.clarification or "",
        "offer_related": "yes" if question.offer_related else "",
        "explain_code": "yes" if question.explain_code else "",
        "skip": "" if question.skip is SkipPolicy.ALLOWED else question.skip.value,
        "time_limit_s": "" if question.time_limit_s is None else str(question.time_limit_s),
        "tags": TAG_SEPARATOR.join(question.tags),
    }


def _criterion_cells(criterion: Criterion | None) -> dict[str, str]:
    if criterion is None:
        return {}
    return {
        "criterion": criterion.text,
        "criterion_id": criterion.id,
        "weight": "" if criterion.weight == 1 else str(criterion.weight),
        "must_have": "yes" if criterion.must_have else "",
    }
