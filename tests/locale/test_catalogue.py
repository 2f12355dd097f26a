"""What a reader gets: the sentence in their language, and the language that their browser asks for."""

import pytest

from app.errors import InvalidInput
from app.interviews import wording
from app.locale.catalogue import LANGUAGES, best_language, direction, number, translated, translated_count


def test_sentence_is_said_in_the_language_asked_for() -> None:
    assert translated(wording.LAST, "de") == "Danke."
    assert translated(wording.LAST, "es") == "Gracias."
    assert translated(wording.LAST, "hi") == "धन्यवाद।"


@pytest.mark.parametrize("language", ["en", "fr", "", "../de", "DE"])
def test_english_stands_where_the_language_is_english_or_unknown(language: str) -> None:
    assert translated(wording.NEXT, language) == wording.NEXT


@pytest.mark.parametrize("text", ["", "How would you store raw data?"])
def test_text_that_is_not_a_sentence_of_vivas_stays_as_it_is(text: str) -> None:
    assert translated(text, "de") == text


def test_count_takes_the_form_that_fits_it() -> None:
    assert wording.questions(1, "de") == "1 vorbereitete Frage"
    assert wording.questions(12, "de") == "12 vorbereitete Fragen"
    assert wording.questions(1) == "1 prepared question"
    assert translated_count("{count} word", "{count} words", 1200, "en") == "1,200 words"


def test_digits_are_grouped_as_the_language_groups_them() -> None:
    assert [number(120000, language) for language in LANGUAGES] == ["120,000", "120.000", "120.000", "1,20,000"]


def test_every_language_here_runs_from_left_to_right() -> None:
    assert {direction(language) for language in LANGUAGES} == {"ltr"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, es;q=0.7, de;q=0.8", "de"),
        ("HI-in", "hi"),
        ("es;q=0, de;q=0.1", "de"),
        ("fr, *;q=0.5", "en"),
        ("de;q=very, es", "es"),
        ("de;q=nan, es;q=7", "en"),
        ("de ; q=0.4 , es ; q=0.6", "es"),
        (",;=;q=,", "en"),
        ("", "en"),
    ],
)
def test_first_page_speaks_the_language_the_browser_prefers(header: str, language: str) -> None:
    assert best_language(header) == language


def test_sentence_is_filled_in_where_values_are_given_and_left_open_else() -> None:
    assert translated("Received {time}", "de", time="9:30") == "Eingegangen 9:30"
    assert translated("Received {time}", "de") == "Eingegangen {time}"


def test_refusal_can_be_told_in_another_language() -> None:
    refused = InvalidInput(wording.TOO_LONG, length=501, limit=500)

    assert str(refused) == wording.TOO_LONG.format(length=501, limit=500)
    assert translated(refused.sentence, "es", **refused.values).startswith("Esa respuesta tiene 501 caracteres")
