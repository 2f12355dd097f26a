"""The same words can claim something else: what reads like that is held for a person."""

import pytest

from app.grading.claims import clashes, denies, is_about_another, is_denied, surroundings, swapped

DATABASES = (
    "Redshift: Data warehouse for OLAP.",
    "RDS: Relational database for OLTP.",
    "Scaling is part of the price.",
)


@pytest.mark.parametrize(
    "quote",
    [
        "Some people store raw data in S3, which is a mistake.",
        "We delete raw data from S3 at once.",
        "Raw data leaves S3 after 30 seconds.",
    ],
)
def test_words_that_reject_turn_round_or_count_otherwise_clash(quote: str) -> None:
    assert clashes("Store raw data in S3 for 30 days.", quote)


def test_a_paraphrase_does_not_clash() -> None:
    assert not clashes("Store raw data in S3 for 30 days.", "For 30 days the raw files stay in S3.")


def test_naming_one_of_two_opposites_that_the_criterion_names_both_does_not_clash() -> None:
    assert not clashes("Object storage for raw and processed data.", "everything raw lands there as objects")
    assert not clashes("Compare before and after.", "I look at the last result before I start")


def test_predicates_said_of_each_other_are_swapped() -> None:
    assert swapped(DATABASES, "RDS is the data warehouse for OLAP, Redshift is the relational database.") == (
        True,
        True,
        False,
    )
    assert swapped(DATABASES, "RDS is the warehouse for OLAP.") == (True, False, False)


@pytest.mark.parametrize(
    "answer",
    [
        "Redshift is the data warehouse for OLAP, RDS the relational database for OLTP.",
        "Unlike RDS, Redshift is a data warehouse for OLAP.",
        "Redshift, unlike RDS, is a data warehouse for OLAP.",
        "One is a data warehouse, the other a relational database.",
        "",
    ],
)
def test_predicates_said_of_their_own_or_of_nothing_are_not_swapped(answer: str) -> None:
    assert swapped(DATABASES, answer) == (False, False, False)


def test_one_criterion_with_a_label_has_nothing_to_be_swapped_with() -> None:
    assert swapped(DATABASES[:1], "RDS is the data warehouse for OLAP.") == (False,)


def test_a_clause_that_repeats_the_criterion_and_denies_it_is_found_beside_one_that_affirms_it() -> None:
    criterion = "Athena is schema-on-read; no schema is needed before writing."
    assert is_denied(criterion, "Athena is schema-on-read. So Athena needs the schema before writing.")
    assert not is_denied(criterion, "Athena is schema-on-read. You need no schema before writing.")
    assert is_denied("Partition the data by date.", "I would never partition the data by date.")
    assert not is_denied("Partition the data by date.", "Never one big file: partition the data by date.")


def test_a_quote_that_names_something_else_instead_is_about_another_thing() -> None:
    question, criterion = "Where do raw files go?", "Use S3 to store raw input data."
    assert is_about_another(question, criterion, "Obviously raw input belongs in DynamoDB only")
    assert not is_about_another(question, criterion, "the raw input goes to a bucket")
    assert not is_about_another(question, criterion, "raw input in S3, tables in DynamoDB")
    assert not is_about_another("Is DynamoDB for raw files?", criterion, "raw input is not for DynamoDB")
    assert not is_about_another(
        question, "Hash with a slow algorithm (e.g., Argon2).", "bcrypt with 12 rounds, by NIST"
    )


def test_a_passage_denies_what_the_criterion_affirms() -> None:
    answer = "We log in with keys, so nobody shares passwords. They never rotate."
    assert surroundings(answer, 3, 9) == "We log in with keys"
    assert denies("Keys rotate.", surroundings(answer, answer.index("rotate"), answer.index("rotate") + 6))
    assert not denies("Log in with keys.", surroundings(answer, 3, 9))
