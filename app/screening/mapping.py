"""Which column of a file means what: proposed from its headings and contents, corrected by a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from app.errors import InvalidInput
from app.screening.answer_table import AnswerTable, shown
from rubric.bank import Bank, Question


class Field(StrEnum):
    """What a column can mean, beside a question of the bank."""

    CANDIDATE = "candidate"
    """What tells one person from another."""
    NAME = "name"
    """What the person is called in results; the candidate's key where there is no such column."""
    QUESTION = "question"
    """The question that the row answers, by id or text."""
    ANSWER = "answer"
    IGNORE = "ignore"


_HEADINGS: Mapping[Field, tuple[str, ...]] = {
    Field.CANDIDATE: (
        "candidate",
        "candidate id",
        "candidate key",
        "applicant",
        "applicant id",
        "person",
        "email",
        "id",
    ),
    Field.NAME: ("name", "candidate name", "full name", "label"),
    Field.QUESTION: ("question", "question id", "question text", "item", "item id"),
    Field.ANSWER: ("answer", "answer text", "response", "reply", "text"),
}
_COMPARED = 50
"""Unknown names that are compared with all known ones, which takes long."""
_LOOKED_AT = 200
"""Rows that a column of questions is told by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What each column means; those not named are ignored.

    Attributes:
        candidate: Column of the person's key.
        name: Column of what the person is called; empty where there is none.
        question, answer: Columns of the long form, a row an answer; both empty in the wide form.
        questions: In the wide form, a row a person, the question id of each column of answers.
    """

    candidate: str
    name: str = ""
    question: str = ""
    answer: str = ""
    questions: Mapping[str, str]

    @property
    def is_wide(self) -> bool:
        """Whether a row is a person, with a column a question."""
        return bool(self.questions)

    def told(self) -> str:
        """What is taken from where, in a sentence."""
        name = f", name from {self.name!r}" if self.name else ""
        if self.is_wide:
            return (
                f"A row a person: candidate from {self.candidate!r}{name}, answers from {len(self.questions)} columns."
            )
        return f"A row an answer: candidate from {self.candidate!r}{name}, question from {self.question!r}, answer from {self.answer!r}."


class QuestionNames:
    """Finds a bank's questions by their ids or by their exact texts; white space apart."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self._ids: dict[str, str] = {}
        self._near: dict[str, str] = {}
        for question in questions:
            texts = [question.text, *(translation.text for translation in question.translations.values())]
            self._ids.update({_flat(text): question.id for text in texts})
            self._ids[question.id] = question.id

    def find(self, name: str) -> str | None:
        """The id of the question of that id or text; None where the bank has none."""
        return self._ids.get(_flat(name))

    def nearest(self, name: str) -> str:
        """The id or text that is most like it, for a message; empty where none is, and after many were looked for."""
        flat = _flat(name)
        if flat not in self._near and len(self._near) < _COMPARED:
            self._near[flat] = next(iter(get_close_matches(flat, list(self._ids), n=1, cutoff=0.7)), "")
        return self._near.get(flat, "")


def propose(table: AnswerTable, bank: Bank, given: Sequence[str] = ()) -> ColumnMapping:
    """What the columns mean.

    Args:
        table: The file.
        bank: Its questions can be columns.
        given: What a person says, each COLUMN=FIELD: a field, or a question by its id or text.

    Raises:
        InvalidInput: A column or field is not there, or candidate, question or answer cannot be told; with the remedy.
    """
    names = QuestionNames(bank.questions())
    fields, questions = _given(table, names, given)
    taken = set(fields) | set(questions)
    free = [column for column in table.columns if column not in taken]
    if not any(field in {Field.QUESTION, Field.ANSWER} for field in fields.values()):
        questions |= {column: found for column in free if (found := names.find(column)) is not None}
        free = [column for column in free if column not in questions]
    by_field: dict[Field, str] = {field: column for column, field in fields.items() if field is not Field.IGNORE}
    wanted = (Field.CANDIDATE, Field.NAME, *(() if questions else (Field.QUESTION, Field.ANSWER)))
    for field in wanted:
        if field not in by_field and (column := column_by_heading(_HEADINGS[field], free)):
            by_field[field] = column
            free.remove(column)
    if not questions and Field.QUESTION not in by_field and (column := _of_questions(table, names, free)):
        by_field[Field.QUESTION] = column
    if Field.CANDIDATE not in by_field and Field.NAME in by_field:
        by_field[Field.CANDIDATE] = by_field.pop(Field.NAME)
    _require(table, by_field, is_wide=bool(questions))
    return ColumnMapping(
        candidate=by_field[Field.CANDIDATE],
        name=by_field.get(Field.NAME, ""),
        question="" if questions else by_field[Field.QUESTION],
        answer="" if questions else by_field[Field.ANSWER],
        questions=questions,
    )


def _given(table: AnswerTable, names: QuestionNames, given: Sequence[str]) -> tuple[dict[str, Field], dict[str, str]]:
    fields: dict[str, Field] = {}
    questions: dict[str, str] = {}
    for said in given:
        column, equals, meaning = (part.strip() for part in said.rpartition("="))
        if not equals or not column or not meaning:
            raise InvalidInput(f"{said!r} maps nothing; say COLUMN=FIELD, such as Reply=answer.")
        if column not in table.columns:
            there = ", ".join(map(repr, map(shown, table.columns)))
            raise InvalidInput(f"{table.source} has no column {column!r}; it has {there}.")
        if (found := names.find(meaning)) is not None:
            questions[column] = found
        elif meaning in list(Field):
            fields[column] = Field(meaning)
        else:
            raise InvalidInput(f"{meaning!r} is neither a question of the bank nor one of {', '.join(Field)}.")
    twice = [field for field in Field if field is not Field.IGNORE and list(fields.values()).count(field) > 1]
    if twice:
        raise InvalidInput(f"Two columns are mapped to {twice[0].value!r}; one can be.")
    if questions and any(field in {Field.QUESTION, Field.ANSWER} for field in fields.values()):
        raise InvalidInput(
            "A file has either a row an answer (question, answer) or a column a question; map one of them."
        )
    return fields, questions


def _require(table: AnswerTable, by_field: Mapping[Field, str], *, is_wide: bool) -> None:
    wanted = (Field.CANDIDATE,) if is_wide else (Field.CANDIDATE, Field.QUESTION, Field.ANSWER)
    missing = [field.value for field in wanted if field not in by_field]
    if missing:
        there = ", ".join(map(repr, map(shown, table.columns)))
        raise InvalidInput(
            f"{table.source}: no column is recognised as {' or '.join(missing)} (there are {there}); "
            f"say which (COLUMN={missing[0]}), or name columns by the bank's questions."
        )


def column_by_heading(headings: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column with the likeliest of these headings, written in whatever way; None where there is none."""
    plain = {
        " ".join(column.replace("_", " ").replace("-", " ").split()).casefold(): column for column in columns[::-1]
    }
    return next((plain[heading] for heading in headings if heading in plain), None)


def _of_questions(table: AnswerTable, names: QuestionNames, columns: Sequence[str]) -> str | None:
    """The column in which most cells name a question."""
    looked_at = table.rows[:_LOOKED_AT]
    for column in columns:
        if sum(names.find(row.cells.get(column, "")) is not None for row in looked_at) * 2 > len(looked_at):
            return column
    return None


def _flat(text: str) -> str:
    return " ".join(text.split())
