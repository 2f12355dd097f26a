"""Whether words that reach a criterion claim what it says: the same words can reject it, turn it round or be about
something else.

Similarity does not see this, and a lenient judge may not. These rules read English words only and are often enough
wrong that they never change a mark: they ask for a person.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.grading.lexicon import content_stems, denials, numbers, opposed, stem, words
from app.grading.segments import clauses, segments
from app.grading.views import label

MIN_DENIED_STEMS = 2
"""Content words of a criterion's clause that a denial must repeat, all of them."""
MIN_SWAPPED_WORDS = 2
"""Words of a predicate that stand with another subject, and none with its own, from which roles look swapped."""
_REJECTING = re.compile(
    r"\b(?:(?:is|are|was|be|it's|that's) (?:\w+ )?(?:a mistake|wrong|nonsense|a myth|false|an error)|a mistake|bad (?:idea|practice)"
    r"|not true|misconception)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:unlike|than|versus|vs\.?|not|compared (?:to|with)|instead of|rather than)\W+$", re.IGNORECASE
)
_ASIDE = re.compile(r"\([^)]*\)")
_NAME = re.compile(r"[A-Z]|\d")


def clashes(criterion: str, quote: str) -> bool:
    """Whether the quote rejects or turns round what the criterion says, or counts the same thing otherwise."""
    if _REJECTING.search(quote) and not _REJECTING.search(criterion):
        return True
    return opposed(criterion, quote) > 0 or _other_number(criterion, quote)


def denies(criterion: str, passage: str) -> bool:
    """Whether one of the two denies something and the other does not."""
    return denials(criterion) % 2 != denials(passage) % 2


def surroundings(text: str, start: int, end: int) -> str:
    """The clauses of a text that a span of it lies in."""
    places = [clause for segment in segments(text) for clause in clauses(text, segment)]
    met = [place for place in places if place.start < end and start < place.end]
    return text[min([start, *(place.start for place in met)]) : max([end, *(place.end for place in met)])]


def is_about_another(question: str, criterion: str, quote: str) -> bool:
    """Whether the quote names none of what the criterion names (asides in brackets apart), but something of its own."""
    if not _names(_ASIDE.sub("", criterion)) or _capitalised(criterion) & _stems(quote):
        return False
    return bool(_names(quote) - _stems(question) - _stems(criterion))


def is_denied(criterion: str, answer: str) -> bool:
    """Whether a clause of the answer repeats the words of a clause of the criterion and denies it, or the reverse."""
    said = _read(answer)
    return any(
        len(stems) >= MIN_DENIED_STEMS and any(stems <= theirs and denied != other for theirs, other in said)
        for stems, denied in _read(criterion)
    )


def swapped(criteria: Sequence[str], answer: str) -> tuple[bool, ...]:
    """Of criteria such as "X: …", whether the answer says of a sibling's X what the criterion says of its own.

    Returns:
        One a criterion, in order; False for those of another form.
    """
    labels = [content_stems(label(text)) for text in criteria]
    predicates = [content_stems(text.partition(":")[2]) for text in criteria]
    labelled = [index for index, name in enumerate(labels) if name]
    found = [False] * len(criteria)
    if len(labelled) < 2:
        return tuple(found)
    said = [pair for place in segments(answer) for pair in _subjects(answer[place.start : place.end], labels)]
    for index in labelled:
        others = frozenset().union(*(predicates[other] for other in labelled if other != index))
        own = predicates[index] - others - frozenset().union(*labels)
        told = {subject: {word for whose, word in said if whose == subject and word in own} for subject, _ in said}
        rivals = max((len(told.get(other, ())) for other in labelled if other != index), default=0)
        found[index] = rivals >= min(MIN_SWAPPED_WORDS, len(own)) > 0 and not told.get(index)
    return tuple(found)


def _subjects(sentence: str, labels: Sequence[frozenset[str]]) -> Iterator[tuple[int, str]]:
    """(index of the label it is said of, stem) of each content word: the last label named before it."""
    subject: int | None = None
    for word in words(sentence):
        root = stem(word.text)
        named = next((index for index, name in enumerate(labels) if root in name), None)
        if named is None:
            if subject is not None and word.is_content:
                yield subject, root
        elif not _COMPARED.search(sentence, 0, word.start):
            subject = named


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[tuple[frozenset[str], bool], ...]:
    """The content words of each clause, and whether it denies."""
    places = [clause for segment in segments(text) for clause in clauses(text, segment)]
    quoted = [text[place.start : place.end] for place in places]
    return tuple((content_stems(clause), denials(clause) % 2 == 1) for clause in quoted)


def _other_number(criterion: str, quote: str) -> bool:
    """Whether both count the same thing and not alike, or the same number of different things."""
    said = numbers(quote)
    return any(
        (value, unit) not in said and any((value == other) != (unit == counted) for other, counted in said)
        for value, unit in numbers(criterion)
        if unit
    )


def _names(text: str) -> frozenset[str]:
    """Stems of words written as names: with a capital or a digit, but not only because they open a sentence."""
    opening = {place.start for place in segments(text)}
    return frozenset(
        stem(word.text)
        for word in words(text)
        if word.is_content and _NAME.search(word.text[1:] if word.start in opening else word.text)
    )


def _capitalised(text: str) -> frozenset[str]:
    return frozenset(stem(word.text) for word in words(text) if not word.text.islower())


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word.text) for word in words(text))
