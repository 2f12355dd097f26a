"""The native format: what it accepts, and the line it names when it doesn't."""

import pytest

from rubric.bank import Bank, SkipPolicy
from rubric.bank_file import parse_bank
from rubric.errors import BankFormatError

SMALL = "sections:\n  - title: Storage\n    questions:\n      - text: Why?\n"


def parsed(content: str | bytes, name: str = "storage.yaml") -> Bank:
    return parse_bank(content.encode() if isinstance(content, str) else content, source=name)


def test_a_criterion_may_be_written_as_a_bare_text() -> None:
    bank = parsed(SMALL + "        criteria:\n          - So.\n          - {text: And so., weight: 3}\n")
    assert [(c.text, c.weight) for c in next(bank.questions()).criteria] == [("So.", 1), ("And so.", 3)]


def test_given_ids_and_the_given_name_are_honoured() -> None:
    bank = parsed("name: lakes\n" + SMALL + "        id: why-1\n")
    assert bank.name == "lakes"
    assert bank.question("why-1").text == "Why?"


def test_a_word_that_other_readers_take_for_a_truth_value_or_a_time_stays_a_word() -> None:
    bank = parsed(
        SMALL.replace("Storage", "no").replace("Why?", "12:30") + "        skip: never\n        tags: [on, yes]\n"
    )
    question = next(bank.questions())
    assert (bank.sections[0].title, question.text, question.tags) == ("no", "12:30", ("on", "yes"))
    assert question.skip is SkipPolicy.NEVER


def test_the_name_of_a_file_becomes_a_usable_bank_name() -> None:
    assert parsed(SMALL, "banks/AWS Data (2026).yaml").name == "aws-data-2026"


def test_a_file_whose_name_gives_no_bank_name_may_name_the_bank_inside() -> None:
    assert parsed("name: lakes\n" + SMALL, "湖.yaml").name == "lakes"
    with pytest.raises(BankFormatError, match="no bank can be named after this file"):
        parsed(SMALL, "湖.yaml")


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        ("", None, "the file is empty"),
        ("just words", 1, "should be fields with their values"),
        ("name: x\n", 1, "the file needs the field 'sections'"),
        ("sections: []\n", 1, "sections should not be empty"),
        ("sections:\n  - title: Storage\n    questions: []\n", 3, "sections[1].questions should not be empty"),
        (SMALL.replace("Why?", "42"), 4, "sections[1].questions[1].text should be a text; put it in quotes"),
        (SMALL.replace("Why?", "''"), 4, "should not be empty"),
        (SMALL.replace("Why?", '"a\\0b"'), 4, "U+0000"),
        (SMALL + "        wieght: 2\n", 5, "sections[1].questions[1] has no field 'wieght'"),
        (
            SMALL + "        criteria:\n          - So.\n          - text: x\n            weight: 0\n",
            8,
            "criteria[2].weight",
        ),
        (SMALL + "        criteria:\n          - {text: x, weight: 1.5}\n", 6, "valid integer"),
        (SMALL + "        skip: sometimes\n", 5, "'allowed', 'return' or 'never'"),
        (SMALL + "        must_have: true\n", 5, "no field 'must_have'"),
        (SMALL + "        offer_related: yes\n", 5, "should be a valid boolean"),
        (SMALL + "        time_limit_s: 0\n", 5, "greater than or equal to 1"),
        (
            SMALL + "        translations:\n          deutsche sprache: {text: Warum?}\n",
            6,
            "a language tag such as 'en'",
        ),
        (SMALL + "        id: a:b\n", 5, "letters, digits"),
        (SMALL + "        id: a\n        criteria:\n          - {id: a, text: x}\n", 7, "repeats the id 'a'"),
        ("name: Storage\n" + SMALL, 1, "lower-case letters"),
        ("bands:\n  - {name: good, minimum: 60}\n  - {name: best, minimum: 50}\n" + SMALL, 3, "bands ascend"),
        ("bands:\n  - {name: good, minimum: 60}\n  - {name: good, minimum: 70}\n" + SMALL, 3, "repeats 'good'"),
        ("bands:\n  - {name: good, minimum: 101}\n" + SMALL, 2, "less than or equal to 100"),
        ("name: a\nname: b\n" + SMALL, 2, "the field 'name' stands here twice"),
        ("a: &x [1]\nb: *x\n", 1, "anchors"),
        ("a: *x\n", 1, "aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
        ("a: !secret x\n", 1, "tags"),
        ("[" * 3000, 1, "nest deeper"),
        ("? [a]\n: b\n", 1, "expected the name of a field"),
        ("a: b: c\n", 1, "this is not YAML"),
        ("a: [1,\n", 2, "this is not YAML"),
        ("a: 1\nb: \x01\n", 2, "doesn't allow this character"),
        (SMALL + "---\n" + SMALL, 5, "a second one"),
        (SMALL.encode() + b"        tags: [caf\xe9]\n", 5, "save the file as UTF-8"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_was_expected(
    content: str | bytes, line: int | None, expected: str
) -> None:
    with pytest.raises(BankFormatError) as caught:
        parsed(content)
    assert expected in caught.value.expected
    assert caught.value.line == line


def test_of_several_faults_the_first_in_the_file_is_told() -> None:
    with pytest.raises(BankFormatError) as caught:
        parsed("name: BAD\n" + SMALL + "        time_limit_s: never\nlanguage: x\n")
    assert caught.value.line == 1
