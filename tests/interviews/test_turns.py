"""What a typed reply is when it is no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.phrases import SKIP
from app.interviews.models import Command
from app.interviews.turns import as_command, asked_term, is_no


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Repeat please", Command.REPEAT),
        ("  could you repeat   the question?  ", Command.REPEAT),
        ("I don’t understand the question.", Command.CLARIFY),
        ("SKIP", Command.SKIP),
        ("Next question please!", Command.SKIP),
        ("i need a break", Command.PAUSE),
        ("can I skip this one please", Command.SKIP),
        ("pass", Command.SKIP),
        ("next", Command.SKIP),
        ("Skip it!", Command.SKIP),
        ("Let’s move on", Command.SKIP),
        ("weiter", Command.SKIP),
        ("Überspringen, bitte", Command.SKIP),
        ("Sorry, could we go to the next question?", Command.SKIP),
        ("Can I talk to a human?", Command.PERSON),
        ("could I please speak with a real person", Command.PERSON),
        ("I'd like to talk to someone, please.", Command.PERSON),
        ("Kann ich mit einem Menschen sprechen?", Command.PERSON),
        ("Stop.", Command.STOP),
        ("Please stop the interview, thanks", Command.STOP),
        ("let's continue", Command.RESUME),
    ],
)
def test_a_whole_reply_that_is_a_fixed_phrase_is_a_command(text: str, command: Command) -> None:
    assert as_command(text) is command


@pytest.mark.parametrize(
    "text",
    [
        "Skip the header row, then parse the rest",
        "I would repeat the load until it succeeds",
        "stop the stream and replay it",
        "pause consumers, then drain the queue",
        "",
        "S3",
        "I don't know, next please",
        "pass the records on to the next stage",
        "please",
        "next " * 500,
    ],
)
def test_an_answer_that_only_contains_such_a_word_is_an_answer(text: str) -> None:
    assert as_command(text) is None


def test_every_phrase_that_grading_takes_for_a_skip_is_one_in_the_interview() -> None:
    for phrases in SKIP.values():
        assert {as_command(phrase) for phrase in phrases} == {Command.SKIP}


def test_nobody_withdraws_or_submits_by_a_phrase() -> None:
    assert {as_command(text) for text in ("withdraw", "submit", "yes", "decline", "consent")} == {None}


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
    as_command(text)
    asked_term(text)
    is_no(text)
