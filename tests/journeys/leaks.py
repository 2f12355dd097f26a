"""What must not reach a candidate before the end of an assessment, and how it is found in whatever they are shown.

Looked at is the whole page with its attributes, comments and scripts, the whole body of the API, or all that was
printed, without what the candidate wrote.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import lxml.etree
import lxml.html

from app.cli.terminal import safe
from app.interviews import wording
from app.locale.catalogue import LANGUAGES, translated
from rubric.bank import Bank, Question
from rubric.information import InformationSheet
from rubric.wording import content_words
from tests.journeys.channels import Shown

RUN = 4
"""Content words of a criterion one after the other that give it away, whatever stands between them."""
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_SCORE = re.compile(
    r"\bscor(?:e[ds]?|ing)\b|\bgraded? [a-f]\b|\bmarks?\b|\d\s*points?\b|\b(?:expected|which|missing) points\b|"
    r"\bpercent\b|\d\s*%|\b\d+\s*/\s*\d+\b|(?<![\d.])0?\.\d+\b|\b1\.0\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"\b(?:covered|partial(?:ly)?|missing|contradict(?:s|ed|ion)|verdicts?|criteri(?:on|a)|rubrics?|correct(?:ly)?|"
    r"incorrect(?:ly)?|wrong(?:ly)?|right answer|reference answer|well done|good (?:answer|job|point)|great|excellent|"
    r"impressive|strong|weak|poor|insufficient|incomplete|evidence|probability|credit|verfehlt|richtig|falsch|korrekt|"
    r"correcto|incorrecto|punkte?|puntos?)\b",
    re.IGNORECASE,
)
_SAID_OTHERWISE = (
    "Marks are shown to candidates in practice interviews only.",
    "compares each answer with criteria written by people",
)
"""Sentences of pages and refusals that name what is judged and tell nothing of it."""


@dataclass(frozen=True)
class Leak:
    """Something that must not be there.

    Attributes:
        what: Which promise is broken.
        found: The words.
        around: Where.
    """

    what: str
    found: str
    around: str = ""


@dataclass(frozen=True)
class Secrets:
    """What is to be kept of one bank, and what its candidates are told anyway.

    Attributes:
        criteria: Every criterion's text, in each language.
        published: Everything of the bank that may be said.
        runs: Content words of criteria one after the other that stand in nothing published.
        terms: Words of criteria that stand in nothing published and in no fixed sentence.
    """

    criteria: tuple[str, ...]
    published: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    terms: frozenset[str]


def secrets_of(bank: Bank, sheet: InformationSheet) -> Secrets:
    """What the candidates of this bank must not read."""
    criteria = tuple(
        text
        for question in bank.questions()
        for criterion in question.criteria
        for text in (criterion.text, *criterion.translations.values())
    )
    published = (
        *_published(bank),
        *(text for text in (sheet.job, sheet.company, sheet.contact, *sheet.notices) if text),
        *(answer.answer for answer in sheet.answers),
    )
    told = {run for text in (*published, *fixed_sentences()) for run in _runs(text)}
    known = {word for text in (*published, *fixed_sentences()) for word in content_words(text)}
    return Secrets(
        criteria=criteria,
        published=published,
        runs=frozenset(run for text in criteria for run in _runs(text)) - told,
        terms=frozenset(word for text in criteria for word in content_words(text) if len(word) > 2) - known,
    )


def _published(bank: Bank) -> Iterator[str]:
    yield from (bank.title, bank.name)
    for section in bank.sections:
        yield from (section.title, *section.translations.values())
        for question in section.questions:
            yield from _of_question(question)


def _of_question(question: Question) -> Iterator[str]:
    yield from (text for text in (question.text, question.follow_up, question.clarification) if text)
    for term in question.terms:
        yield from (term.term, term.gloss)
    for translation in question.translations.values():
        said = (translation.text, translation.follow_up, translation.clarification)
        yield from (text for text in said if text)


@lru_cache(maxsize=1)
def fixed_sentences() -> tuple[str, ...]:
    """Every fixed sentence of an interview, in every language of the interface."""
    english: list[str] = []
    for name, value in vars(wording).items():
        if name.isupper():
            english += [value] if isinstance(value, str) else list(value)
    return tuple(translated(text, language) for text in english for language in LANGUAGES)


def leaks(shown: Shown, secrets: Secrets, wrote: Sequence[str], *, ended: bool = False) -> list[Leak]:
    """What of the secrets stands in something that was shown.

    Args:
        shown: By any channel.
        secrets: Of the bank.
        wrote: Everything the candidate has sent so far.
        ended: Whether the interview is over: from then on the closing words may tell who grades and what counts.
    """
    text = _without(vivas_own(shown), wrote)
    said = _content(text)
    words = set(said)
    used = {word for reply in wrote for word in content_words(reply)}
    used_runs = {run for reply in wrote for run in _runs(reply)}
    folded = " ".join(text.casefold().split())
    told = " ".join(" ".join(secrets.published).casefold().split())
    found = [
        Leak("a criterion", criterion)
        for criterion in secrets.criteria
        if (whole := " ".join(criterion.casefold().split())) in folded and whole not in told and len(whole) > 3
    ]
    found += [Leak("words of a criterion", " ".join(run)) for run in sorted((secrets.runs - used_runs) & _grams(said))]
    found += [Leak("a term of a criterion", term) for term in sorted((secrets.terms - used) & words)]
    if not ended:
        found += _judgements(text, secrets)
    return found


def vivas_own(shown: Shown) -> str:
    """What was shown without the candidate's own words."""
    if shown.kind == "html":
        return _of_page(shown.body)
    if shown.kind == "json":
        return "\n".join(_of_value(json.loads(shown.body)))
    return shown.body


def _of_page(body: str) -> str:
    if not body.strip():
        return ""
    root = lxml.html.fromstring(body)
    for own in root.xpath("//*[contains(@class, 'bubble') or contains(@class, 'own__said')] | //textarea"):
        own.clear(keep_tail=True)
    parts: list[str] = []
    for element in root.iter():
        # Where scripts and comments say something, it can be read as well.
        parts += [element.text or "", element.tail or ""]
        if isinstance(element.tag, str):
            parts += [value for name, value in element.attrib.items() if name not in _NOT_WORDS]
    return "\n".join(part for part in parts if part.strip())


_NOT_WORDS = frozenset({"class", "d", "viewBox", "nonce", "value", "points", "stroke", "fill", "datetime"})


_NOT_SAID = frozenset({"draft", "state", "kind", "mode", "at", "created_at", "finished_at", "saved_at", "deadline"})


def _of_value(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        own = value.get("by") == "candidate"
        for name, inner in value.items():
            yield str(name)
            if not (own and name == "text") and name not in _NOT_SAID:
                yield from _of_value(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_value(inner)
    elif value is not None:
        yield str(value)


def _without(text: str, wrote: Sequence[str]) -> str:
    """The text without whole replies that are quoted in it, as they were sent or as a terminal shows them."""
    replies = {shown for reply in wrote if len(reply) > 7 for shown in (reply, safe(reply))}
    for reply in sorted(replies, key=len, reverse=True):
        text = text.replace(reply, " \n ")
    return text


def _judgements(text: str, secrets: Secrets) -> list[Leak]:
    for allowed in _allowed(secrets):
        text = text.replace(allowed, " \n ")
    found = []
    for what, pattern in (("a score", _SCORE), ("a verdict", _VERDICT)):
        for match in pattern.finditer(text):
            found.append(Leak(what, match[0], text[max(0, match.start() - 40) : match.end() + 40]))
    return found


@lru_cache(maxsize=8)
def _allowed_of(published: tuple[str, ...]) -> tuple[str, ...]:
    """Pieces of what may be said that hold a word which tells a judgement elsewhere, longest first."""
    pieces = {
        piece.strip()
        for text in (*published, *fixed_sentences(), *_SAID_OTHERWISE)
        for piece in re.split(r"\{\w+\}", text)
        if _SCORE.search(piece) or _VERDICT.search(piece)
    }
    return tuple(sorted(pieces, key=len, reverse=True))


def _allowed(secrets: Secrets) -> tuple[str, ...]:
    return _allowed_of(secrets.published)


def _content(text: str) -> list[str]:
    """The content words of a text one after the other, as `content_words` gives them."""
    return [stem for word in _WORD.findall(text) for stem in _stem(word)]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> tuple[str, ...]:
    return tuple(content_words(word))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _content(text)
    length = min(RUN, len(words))
    if length < 2:
        return set()
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def _grams(words: Sequence[str]) -> set[tuple[str, ...]]:
    """Every two, three … `RUN` words that follow one another."""
    return {
        tuple(words[start : start + length]) for length in range(2, RUN + 1) for start in range(len(words) - length + 1)
    }


def described(found: Iterable[Leak]) -> str:
    """The leaks, a line each."""
    return "\n".join(f"{leak.what}: {leak.found!r} {leak.around!r}" for leak in found)
