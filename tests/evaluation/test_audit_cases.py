"""Cases made from a bank: what is denied, swapped and counted otherwise is made from the words that are there."""

import pytest

from app.evaluation.audit_cases import (
    PADDING_WORDS,
    Case,
    Relation,
    cases,
    farthest,
    keywords,
    negated,
    other_numbers,
    padding,
    removals,
    statement,
    whole_answer,
)
from app.grading.outcome import Evidence, Graded
from rubric.bank import Bank, Question
from rubric.ids import with_ids
from tests.builders import a_bank, a_question, a_section
from tests.evaluation.comparisons import a_grade


def a_garden() -> Bank:
    tools = a_question("Which tools do you use?", "Spade: Turns the soil.", "Rake: Levels it after 2 days.", "Gloves")
    water = a_question("How do you water?", "Early in the morning.", "Deeply, once a week.")
    storms = a_question("What do you do in a storm?", "Tie the roses.", "Close the greenhouse.")
    return with_ids(a_bank(a_section("Tools", tools), a_section("Care", water, storms), name="garden"), None)


def question(place: int = 0) -> Question:
    return list(a_garden().questions())[place]


def named(name: str) -> Case:
    [found] = [case for case in cases(a_garden(), question()) if case.name == name]
    return found


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Redshift: Data warehouse for OLAP.", "Redshift is not data warehouse for OLAP."),
        ("The table should be partitioned by date.", "The table should not be partitioned by date."),
        ("Use S3 to store raw data.", "Never use S3 to store raw data."),
        ("S3 buckets for raw data.", "Never S3 buckets for raw data."),
    ],
)
def test_a_criterion_is_denied_in_words_that_fit_it(text: str, denied: str) -> None:
    assert negated(text) == denied


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("How would you design a pipeline?", "I would design a pipeline."),
        ("What is a data lake?", "I know well a data lake."),
        ("Describe a conflict.", "I can describe a conflict."),
        ("Why Spark?", "I have thought about this a lot: why Spark."),
    ],
)
def test_a_question_becomes_a_statement_that_says_nothing_new(asked: str, said: str) -> None:
    assert statement(asked) == said


def test_numbers_change_outside_brackets_and_names() -> None:
    assert other_numbers("Keep 7 days in S3 (e.g., 128 MB files).") == "Keep 52 days in S3 (e.g., 128 MB files)."
    assert other_numbers("Keep 99.9% of EC2.") == "Keep 99.9% of EC2."


def test_swapped_roles_give_each_name_what_another_does_and_concern_these_criteria_alone() -> None:
    swapped = named("roles swapped")
    assert swapped.answer == "Spade: Levels it after 2 days. Rake: Turns the soil."
    assert (swapped.relation, swapped.concerned) == (Relation.NOT_ACCEPTED, (0, 1))
    assert named("numbers changed").concerned == (1,)


def test_the_other_question_is_one_of_another_section_with_the_fewest_words_in_common() -> None:
    other = farthest(a_garden(), question())
    assert other is not None
    assert a_garden().section_of(other.id).title == "Care"


def test_keywords_are_a_list_without_a_claim() -> None:
    assert keywords(question(2)) == "roses, tie, greenhouse, close"


def test_padding_has_about_as_many_words_as_said() -> None:
    assert PADDING_WORDS <= len(padding().split()) < PADDING_WORDS * 1.2


def test_a_missing_point_is_added_to_the_half_that_lacks_it() -> None:
    added = named("a missing point added")
    assert (added.base, added.answer) == (
        "Spade: Turns the soil. Rake: Levels it after 2 days.",
        "Spade: Turns the soil. Rake: Levels it after 2 days. Gloves.",
    )
    assert added.concerned == (2,)


def test_a_removal_takes_out_the_sentences_the_evidence_stands_in() -> None:
    whole = whole_answer(question())
    start = whole.index("Levels")
    grade = a_grade(0, 2, 0, evidence=(Evidence(0, start, start + 6, "Levels"),))
    assert isinstance(grade, Graded)
    [removal] = removals(question(), grade)
    assert removal.answer == "Spade: Turns the soil. Gloves."
    assert (removal.base, removal.concerned) == (whole, (1,))


def test_harmless_changes_leave_every_word_where_it_is_or_only_move_sentences() -> None:
    same = [case for case in cases(a_garden(), question()) if case.relation is Relation.SAME]
    assert len(same) == 10
    for case in same:
        assert case.base is not None
        plain = case.answer.lower().replace("“", '"').replace("”", '"').split()
        assert sorted(plain) == sorted(case.base.lower().split()), case.name
