"""The catalogues: a sentence of Viva's in another language, and which language suits a reader.

The English text is the key of every translation, and what is shown where there is none. What a bank says (questions,
prepared follow-ups, clarifications) is never translated here: it has reviewed translations of its own.
"""

from datetime import UTC, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch", "es": "Español", "hi": "हिन्दी"}
"""Every language of the interface, by its code and in its own words."""


def translated(text: str, language: str, /, **values: object) -> str:
    """The text in that language; the text itself where the language is English or unknown, or has no word for it.

    Args:
        text: In English.
        language: Of the reader.
        values: What stands in its braces; without any, braces stay as they are.
    """
    # The empty key of a catalogue is its header.
    said = _catalogue(language).gettext(text) if text else text
    return said.format(**values) if values else said


def translated_count(one: str, several: str, count: int, language: str) -> str:
    """The form of the sentence that fits the count, which fills its `{count}` as that language writes numbers."""
    return _catalogue(language).ngettext(one, several, count).format(count=number(count, language))


def number(value: int, language: str) -> str:
    """A whole number, its digits grouped as that language groups them."""
    return format_decimal(value, locale=known(language))


def moment(at: datetime, language: str) -> str:
    """A day and time as that language writes them, by universal time, which it names."""
    there = at.astimezone(UTC)
    return f"{format_date(there, 'long', locale=known(language))}, {there:%H:%M} UTC"


def direction(language: str) -> str:
    """Which way that language is written: "ltr" or "rtl"."""
    return Locale(known(language)).text_direction


def known(language: str) -> str:
    """That language if it is one of the interface's, else English."""
    return language if language in LANGUAGES else ENGLISH


def best_language(accept_language: str) -> str:
    """The language of the interface that an Accept-Language header prefers; English where it names none of them.

    A regional tag counts as its language: "de-AT" is German. What cannot be read is passed over.
    """
    ranges = [_language_range(part) for part in accept_language.split(",")]
    wanted = sorted((-quality, place, tag) for place, (tag, quality) in enumerate(ranges) if quality > 0)
    tags = (tag.partition("-")[0] for _, _, tag in wanted)
    return next((tag for tag in tags if tag in LANGUAGES), ENGLISH)


def _language_range(text: str) -> tuple[str, float]:
    """A tag and its quality, 0 where it is not wanted or not readable."""
    tag, _, weight = text.strip().lower().partition(";")
    try:
        quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
    except ValueError:
        quality = 0.0
    return tag.strip(), quality if 0 <= quality <= 1 else 0.0


@cache
def _catalogue(language: str) -> NullTranslations:
    """The sentences of one language, read once."""
    if language not in LANGUAGES or language == ENGLISH:
        return NullTranslations()
    with (files("app.locale") / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_name(tag: str, language: str) -> str:
    """What a language is called in another one: "de" is "German" in English."""
    return Locale.parse(tag, sep="-").get_language_name(known(language)) or tag
