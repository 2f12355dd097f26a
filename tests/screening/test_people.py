"""People of a file: columns by their headings, problems by cell, nobody twice."""

import pytest

from app.errors import InvalidInput
from app.screening.answer_table import parse_table
from app.screening.people import PeopleFile, Person, PersonField, people_of


def read(text: str, *given: str, source: str = "people.csv") -> PeopleFile:
    return people_of(parse_table(text.encode(), source=source), given)


def test_columns_are_told_by_their_headings() -> None:
    found = read(
        "Candidate-ID,Full name,E-Mail,Language,Extra_time\np1,Ada  Lovelace,ada@example.org,DE,150 %\np2,,,,\n"
    )
    assert found.people == (
        Person(key="p1", name="Ada Lovelace", email="ada@example.org", language="de", extra_time=150),
        Person(key="p2", name="p2"),
    )
    assert found.problems == ()
    assert found.told().startswith("2 people: candidate from 'Candidate-ID', name from 'Full name'")


def test_what_cannot_be_used_is_named_by_cell_and_its_row_left_out() -> None:
    found = read(
        "candidate,name,email,language,extra_time\n"
        "p1,Ada,ada@example,en,0\n"
        ",Ben,,,\n"
        "p3,Cy,not an address,,\n"
        "p4,Di,,fr,\n"
        "p5,Ed,,,50\n"
        "p6,Fy,,,a lot\n"
        "p1,Ada again,,,\n"
    )
    assert [person.key for person in found.people] == ["p1"]
    assert found.people[0].extra_time == 0
    assert [(one.row, one.column) for one in found.problems] == [
        (3, "candidate"),
        (4, "email"),
        (5, "language"),
        (6, "extra_time"),
        (7, "extra_time"),
        (8, "candidate"),
    ]
    assert "the same candidate stands in row 2" in str(found.problems[-1])
    assert "“fr” is none of en, de, es, hi" in str(found.problems[2])


def test_a_person_says_what_a_column_means() -> None:
    found = read("Nr,Who,email\n1,Ada,ada@example.org\n", "Nr=candidate", "Who=name", "email=ignore")
    assert found.people == (Person(key="1", name="Ada"),)
    assert found.columns == {PersonField.CANDIDATE: "Nr", PersonField.NAME: "Who"}


def test_lines_of_json_are_people_too() -> None:
    found = read('{"candidate": "p1", "extra_time": 200}\n', source="people.jsonl")
    assert found.people == (Person(key="p1", name="p1", extra_time=200),)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), r"no column is recognised as candidate \(there are 'Who', 'email'\)"),
        (("Whom=candidate",), "has no column 'Whom'"),
        (("Who=answer",), "'answer' is none of candidate, name"),
        (("Who=candidate", "email=candidate"), "Two columns are mapped to 'candidate'"),
    ],
)
def test_a_file_that_tells_nobody_from_another_is_refused(given: tuple[str, ...], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read("Who,email\nAda,ada@example.org\n", *given)


def test_an_address_is_not_in_what_a_person_looks_like() -> None:
    assert "ada@example.org" not in repr(Person(key="p1", name="Ada", email="ada@example.org"))
