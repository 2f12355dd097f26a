"""Every sentence a candidate may read stands in every catalogue, whole, and nothing else does."""

import re
from collections.abc import Iterable
from string import Formatter

import pytest

from app.interviews import wording
from app.interviews.turn_class import TurnClass
from app.interviews.turn_rules import by_rules
from app.locale.catalogue import ENGLISH, LANGUAGES, translated
from app.web.chat_view import QUIET_COMMANDS
from tests.packaging.scripts_folder import load_script

messages = load_script("messages")
TRANSLATED = sorted(LANGUAGES.keys() - {ENGLISH})
QUOTED = re.compile("[“„«](.+?)[”“»]")
LABELS = [*(name for _, name in QUIET_COMMANDS), "Change", "Done", "Submit"]
WANTED = {message.id for message in messages.extracted() if message.id}


def as_texts(message: str | Iterable[str]) -> tuple[str, ...]:
    """A sentence, or all forms of a counted one."""
    return (message,) if isinstance(message, str) else tuple(message)


def placeholders(text: str) -> list[str]:
    """What the sentence leaves open, by name."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def edges(text: str) -> tuple[str, str]:
    """The white space around a sentence."""
    return re.match(r"\s*", text)[0], re.search(r"\s*$", text)[0]  # type: ignore[index]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_has_its_translation_and_no_other_is_kept(language: str) -> None:
    known = {message.id: message for message in messages.catalogue(language) if message.id}
    assert WANTED - known.keys() == set(), "run: make messages, and translate what is new"
    assert known.keys() - WANTED == set(), "run: make messages"
    assert [key for key, message in known.items() if message.fuzzy or not messages.is_translated(message.string)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translation_leaves_open_what_the_sentence_leaves_open(language: str) -> None:
    for message in messages.catalogue(language):
        if message.id:
            wanted = {tuple(placeholders(text)) for text in as_texts(message.id)}
            assert {tuple(placeholders(text)) for text in as_texts(message.string)} == wanted, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_translation_begins_and_ends_like_the_sentence(language: str) -> None:
    for message in messages.catalogue(language):
        if message.id:
            assert {edges(text) for text in as_texts(message.string)} == {edges(as_texts(message.id)[0])}, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_sentence_that_names_a_button_names_it_as_the_button_does(language: str) -> None:
    for message in messages.catalogue(language):
        for label in LABELS:
            if re.search(rf"[Cc]hoose “?{label}\b", as_texts(message.id)[0]):
                assert translated(label, language) in message.string, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_is_written_as_make_messages_writes_it(language: str) -> None:
    assert messages.updated(language) == (messages.FOLDER / f"{language}.po").read_bytes()


def test_words_that_templates_say_are_among_the_sentences() -> None:
    templates = [(messages.ROOT / path).read_text("utf-8") for path in messages.TEMPLATES]
    named = {name for template in templates for name in re.findall(r"\bt\(words\.(\w+)", template)}

    assert "STATES" in named
    assert named <= messages.CONSTANTS["app/web/words.py"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("sentence", "turn"), [(wording.COLLECTING, TurnClass.DONE), (wording.SKIP_NEVER, TurnClass.DONT_KNOW)]
)
def test_words_that_a_sentence_offers_are_understood(sentence: str, turn: TurnClass, language: str) -> None:
    offered = QUOTED.findall(translated(sentence, language))[-1]

    assert by_rules(offered, question="How would you store raw data?", said=(), longest=1000).turn is turn
