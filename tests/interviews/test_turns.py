"""What a typed reply asks for, and whether it says that there is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interviews.turns import asked_term, is_no


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("What is ETL?", "etl"),
        ("what’s a data lake", "data lake"),
        ("What does CDC stand for?", "cdc"),
        ("what does raw data mean", "raw data"),
        ("What is meant by “raw data”?", "raw data"),
        ("Can you explain the partition key?", "partition key"),
    ],
)
def test_a_question_what_a_term_means_names_the_term(text: str, term: str) -> None:
    assert asked_term(text) == term


@pytest.mark.parametrize(
    "text",
    [
        "What does the business need?",
        "What matters is the key",
        "What is best depends on the team",
        "I would ask: what is the freshness they need?",
        "ETL",
        "",
        "?",
    ],
)
def test_an_answer_is_not_taken_for_a_question_about_a_term(text: str) -> None:
    assert asked_term(text) is None


@pytest.mark.parametrize(
    "text", ["No", "no.", "Nope, sorry!", "No, nothing related", "I haven’t", "Not really", "None"]
)
def test_a_plain_no_says_that_there_is_nothing(text: str) -> None:
    assert is_no(text)


@pytest.mark.parametrize(
    "text", ["No, but I used Kafka", "Nothing beats S3", "", "none of the queues we used", "NoSQL", "not at all " * 600]
)
def test_a_no_with_something_to_it_is_an_answer(text: str) -> None:
    assert not is_no(text)


@given(st.text(max_size=400))
def test_any_text_at_all_is_looked_at_without_an_error(text: str) -> None:
    asked_term(text)
    is_no(text)
