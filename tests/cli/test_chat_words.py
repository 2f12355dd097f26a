"""The terminal's own words, and the yes and no it understands."""

import pytest

from app.cli.chat_words import COMMANDS, help_text, is_no, is_yes
from app.locale.catalogue import LANGUAGES


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("yes", "en"),
        ("Y", "en"),
        ("/consent", "en"),
        ("ja", "de"),
        ("J", "de"),
        ("yes", "de"),
        ("sí", "es"),
        ("si", "es"),
        ("हाँ", "hi"),
    ],
)
def test_yes_is_understood_in_the_language_and_in_english(said: str, language: str) -> None:
    assert is_yes(said, language)
    assert not is_no(said, language)


@pytest.mark.parametrize(
    ("said", "language"), [("no", "en"), ("N", "en"), ("/decline", "es"), ("nein", "de"), ("no", "es"), ("नहीं", "hi")]
)
def test_no_is_understood_likewise(said: str, language: str) -> None:
    assert is_no(said, language)
    assert not is_yes(said, language)


@pytest.mark.parametrize("said", ["", "maybe", "yess", "jein", "ja"])
def test_anything_else_is_neither(said: str) -> None:
    assert not is_yes(said, "en")
    assert not is_no(said, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_command_in_every_language(language: str) -> None:
    shown = help_text(language)

    assert [line.split()[0] for line in shown.splitlines()[1:]] == [*COMMANDS, "/more", "/change", "/help"]
    assert ("Write your answer" in shown) == (language == "en")
