"""The people of a file who are to be invited: columns told by their headings, problems named by cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.errors import InvalidInput
from app.grading.normalise import clean
from app.interviews.wishes import LEAST_TIME, MOST_TIME
from app.locale.catalogue import LANGUAGES
from app.mail.letter import is_address
from app.screening.answer_table import AnswerTable, CellProblem, TableRow, shown
from app.screening.mapping import column_by_heading
from app.screening.preview import MAX_KEY_CHARS

USUAL_TIME = 100


class PersonField(StrEnum):
    """What a column of such a file can mean."""

    CANDIDATE = "candidate"
    """What tells one person from another."""
    NAME = "name"
    EMAIL = "email"
    LANGUAGE = "language"
    """In which Viva's own words are."""
    EXTRA_TIME = "extra_time"
    """Percent of every time limit; 0 lifts them."""
    IGNORE = "ignore"


_HEADINGS: Mapping[PersonField, tuple[str, ...]] = {
    PersonField.CANDIDATE: ("candidate", "candidate id", "candidate key", "key", "applicant", "applicant id", "id"),
    PersonField.NAME: ("name", "candidate name", "full name", "label"),
    PersonField.EMAIL: ("email", "e mail", "email address", "e mail address", "mail", "address"),
    PersonField.LANGUAGE: ("language", "lang", "locale"),
    PersonField.EXTRA_TIME: ("extra time", "time", "accommodation"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to be invited.

    Attributes:
        key: What tells the person from others of the screening.
        email: Empty where none is given; left out of the representation.
        language: Of Viva's own words; empty for the screening's.
        extra_time: Percent of every time limit; 0 is no limit at all.
    """

    key: str
    name: str
    email: str = field(default="", repr=False)
    language: str = ""
    extra_time: int = USUAL_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFile:
    """A file of people as a screening would invite them.

    Attributes:
        columns: The column of each field that there is.
        people: In order, each once.
        problems: Rows that are left out, and why.
    """

    source: str
    columns: Mapping[PersonField, str]
    people: tuple[Person, ...]
    problems: tuple[CellProblem, ...]

    def told(self) -> str:
        """What is taken from where, in a sentence."""
        taken = ", ".join(f"{field_.value} from {column!r}" for field_, column in self.columns.items())
        return f"{len(self.people):,} people: {taken}."


def people_of(table: AnswerTable, given: Sequence[str] = ()) -> PeopleFile:
    """The people of a table.

    Args:
        table: The file.
        given: What a person says of columns, each COLUMN=FIELD.

    Raises:
        InvalidInput: A column or field is not there, or nothing tells who is who.
    """
    columns = _columns(table, given)
    reading = _Reading(columns, {(one.row, one.column) for one in table.problems})
    for row in table.rows:
        reading.take(row)
    problems = sorted((*table.problems, *reading.problems), key=lambda problem: problem.row)
    return PeopleFile(
        source=table.source, columns=columns, people=tuple(reading.people.values()), problems=tuple(problems)
    )


def checked(person: Person) -> list[tuple[PersonField, str]]:
    """What is wrong with somebody, by field."""
    return list(_wrong(person))


def _wrong(person: Person) -> Iterator[tuple[PersonField, str]]:
    if not person.key:
        yield PersonField.CANDIDATE, "empty, so nobody can tell who is meant; fill it in"
    if len(person.key) > MAX_KEY_CHARS:
        yield PersonField.CANDIDATE, f"longer than {MAX_KEY_CHARS} characters; give each person a shorter key"
    if len(person.name) > MAX_KEY_CHARS:
        yield PersonField.NAME, f"longer than {MAX_KEY_CHARS} characters; shorten it"
    if person.email and not is_address(person.email):
        yield (
            PersonField.EMAIL,
            "no e-mail address; it reads name@example.org, without a name or other addresses beside it",
        )
    if person.language and person.language not in LANGUAGES:
        yield PersonField.LANGUAGE, f"“{shown(person.language)}” is none of {', '.join(LANGUAGES)}"
    if person.extra_time and not LEAST_TIME <= person.extra_time <= MOST_TIME:
        yield PersonField.EXTRA_TIME, _TIMES


_TIMES = f"it is 0 (no limit) or {LEAST_TIME} to {MOST_TIME} percent of every time limit"


class _Reading:
    """One pass over the rows."""

    def __init__(self, columns: Mapping[PersonField, str], named: set[tuple[int, str]]) -> None:
        self._columns = columns
        self._named = named
        self._rows: dict[str, int] = {}
        self.people: dict[str, Person] = {}
        self.problems: list[CellProblem] = []

    def take(self, row: TableRow) -> None:
        """The person of a row, unless something is wrong with it."""
        if any((row.number, column) in self._named for column in self._columns.values()):
            return  # a cell that can't be read was named already
        key = self._text(row, PersonField.CANDIDATE)
        time = self._text(row, PersonField.EXTRA_TIME).removesuffix("%").strip()
        person = Person(
            key=key,
            name=self._text(row, PersonField.NAME) or key,
            email=self._text(row, PersonField.EMAIL),
            language=self._text(row, PersonField.LANGUAGE).lower(),
            extra_time=int(time)
            if time.isdecimal() and len(time) <= len(str(MOST_TIME))
            else -1
            if time
            else USUAL_TIME,
        )
        wrong = checked(person)
        first = self._rows.setdefault(key, row.number) if key else row.number
        if first != row.number:
            wrong.append((PersonField.CANDIDATE, f"the same candidate stands in row {first}; one of them can stay"))
        for what, why in wrong:
            self.problems.append(CellProblem(row.number, self._columns.get(what, ""), why))
        if not wrong:
            self.people[key] = person

    def _text(self, row: TableRow, what: PersonField) -> str:
        column = self._columns.get(what)
        return "" if column is None else clean(" ".join(row.cells.get(column, "").split())).text


def _columns(table: AnswerTable, given: Sequence[str]) -> dict[PersonField, str]:
    there = ", ".join(map(repr, map(shown, table.columns)))
    found: dict[PersonField, str] = {}
    ignored: set[str] = set()
    for said in given:
        column, _, meaning = (part.strip() for part in said.rpartition("="))
        if column not in table.columns:
            raise InvalidInput(f"{table.source} has no column {column!r}; say COLUMN=FIELD of {there}.")
        if meaning not in list(PersonField):
            raise InvalidInput(f"{meaning!r} is none of {', '.join(PersonField)}.")
        if meaning == PersonField.IGNORE:
            ignored.add(column)
        elif found.setdefault(PersonField(meaning), column) != column:
            raise InvalidInput(f"Two columns are mapped to {meaning!r}; one can be.")
    free = [column for column in table.columns if column not in ignored and column not in found.values()]
    for what, headings in _HEADINGS.items():
        if what not in found and (named := column_by_heading(headings, free)) is not None:
            found[what] = named
            free.remove(named)
    if PersonField.CANDIDATE not in found:
        raise InvalidInput(
            f"{table.source}: no column is recognised as candidate (there are {there}); say which (COLUMN=candidate). It is "
            "what tells one person from another, and stands in results."
        )
    return {what: found[what] for what in PersonField if what in found}
