"""Ids of questions and criteria that outlive edits: what did not change keeps its id from version to version.

An id its author wrote stands. Any other is taken from the version before where the same words stood
there, wherever they have moved to, and is else made from the words themselves, so that a bank imported
afresh on another machine has the same ids. Case, spacing and the style of quotation marks don't make
other words; any other edit does, and what was edited gets a new id.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import count

from rubric.bank import Bank, Question
from rubric.criteria import Criterion
from rubric.errors import RubricError

DIGITS = 10
"""Hex digits of a made id: 40 bits, so that the ids of one bank hardly ever meet."""

MAX_HOLDERS = 20
"""A criterion that more questions than this share says nothing about which of them was edited."""

_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def with_ids(bank: Bank, previous: Bank | None) -> Bank:
    """The bank with an id for every question and criterion, unique among both.

    A question whose wording was edited gets a new id; while most of its criteria are the same, it is
    still known to be that question, and they keep theirs.

    Args:
        bank: Ids that are not empty are kept as they are.
        previous: The version before, with all its ids; None for a first import.

    Raises:
        RubricError: Two things of the bank were given the same id.
    """
    new = list(bank.questions())
    given = [value for value in ids_of(new) if value]
    repeated = [value for value, times in Counter(given).items() if times > 1]
    if repeated:
        raise RubricError(f"the id {repeated[0]!r} is given twice; ids are unique in a bank")
    old = list(previous.questions()) if previous else []
    ids = _Ids(given, old)
    same, edited = _pairs(new, old)
    questions = [question.id or ids.keep(old[same[i]].id if i in same else "") for i, question in enumerate(new)]
    criteria = _kept_criteria(new, old, {**same, **edited}, ids)
    numbered = iter(
        replace(
            question,
            id=questions[i] or ids.make("q", words(question.text)),
            criteria=tuple(
                replace(criterion, id=kept or ids.make("c", words(criterion.text)))
                for criterion, kept in zip(question.criteria, criteria[i], strict=True)
            ),
        )
        for i, question in enumerate(new)
    )
    return _mapped(bank, lambda _: next(numbered))


def without_ids(bank: Bank) -> Bank:
    """The bank as a format that carries no ids gives it."""
    return _mapped(
        bank,
        lambda question: replace(question, id="", criteria=tuple(replace(c, id="") for c in question.criteria)),
    )


def ids_of(questions: Iterable[Question]) -> list[str]:
    """The ids of questions and of their criteria, "" where there is none yet."""
    ids = []
    for question in questions:
        ids.append(question.id)
        ids.extend(criterion.id for criterion in question.criteria)
    return ids


def words(text: str) -> str:
    """What makes two texts the same: compatibility form, case, spacing and style of quotation marks evened out."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold().split())


class _Ids:
    """Ids in use: those given, those of the version before, and those made so far."""

    def __init__(self, given: Sequence[str], old: Sequence[Question]) -> None:
        self.used = set(given)
        self.reserved = set(ids_of(old))

    def keep(self, value: str) -> str:
        """The id, now in use; empty when it is taken already."""
        if not value or value in self.used:
            return ""
        self.used.add(value)
        return value

    def make(self, kind: str, text: str) -> str:
        """An id made from the text that is not in use, nor was for anything else in the version before."""
        for attempt in count():
            digest = hashlib.sha256(f"{text}\n{attempt}".encode() if attempt else text.encode()).hexdigest()
            value = f"{kind}-{digest[:DIGITS]}"
            if value not in self.used and value not in self.reserved:
                self.used.add(value)
                return value
        raise AssertionError("counting ends never")


def _pairs(new: Sequence[Question], old: Sequence[Question]) -> tuple[dict[int, int], dict[int, int]]:
    """Index of the old question for each new one: those with the same words (or id), and those that were edited."""
    same: dict[int, int] = {}
    free = set(range(len(old)))
    by_id = {question.id: j for j, question in enumerate(old)}
    for i, question in enumerate(new):
        if question.id in by_id:
            same[i] = by_id[question.id]
            free.discard(same[i])
    for key in (_whole, lambda question: words(question.text)):
        waiting: dict[object, list[int]] = defaultdict(list)
        for j in sorted(free):
            waiting[key(old[j])].append(j)
        for i, question in enumerate(new):
            if i not in same and not question.id and waiting[key(question)]:
                same[i] = waiting[key(question)].pop(0)
                free.discard(same[i])
    edited: dict[int, int] = {}
    for _, i, j in sorted(_likely(new, old, [i for i in range(len(new)) if i not in same], free)):
        if i not in edited and j in free:
            edited[i] = j
            free.discard(j)
    return same, edited


def _whole(question: Question) -> object:
    return words(question.text), tuple(sorted(words(criterion.text) for criterion in question.criteria))


def _likely(
    new: Sequence[Question], old: Sequence[Question], unpaired: Sequence[int], free: set[int]
) -> Iterator[tuple[tuple[float, float], int, int]]:
    """Pairs that share most of their criteria, the likeliest sorting first."""
    holders: dict[str, set[int]] = defaultdict(set)
    for j in free:
        for criterion in old[j].criteria:
            holders[words(criterion.text)].add(j)
    for i in unpaired:
        mine = Counter(words(criterion.text) for criterion in new[i].criteria)
        for j in set().union(*(holders[key] for key in mine if len(holders[key]) <= MAX_HOLDERS)):
            theirs = Counter(words(criterion.text) for criterion in old[j].criteria)
            share = (mine & theirs).total() / max(mine.total(), theirs.total())
            if share > 0.5:
                likeness = SequenceMatcher(None, new[i].text, old[j].text, autojunk=False).ratio()
                yield (-share, -likeness), i, j


def _kept_criteria(
    new: Sequence[Question], old: Sequence[Question], pairs: dict[int, int], ids: _Ids
) -> list[list[str]]:
    """Given and kept ids of each question's criteria, "" where one must be made.

    The old question is looked through first, then the whole old bank for criteria that moved.
    """
    kept = [[criterion.id for criterion in question.criteria] for question in new]
    for i, j in sorted(pairs.items()):
        _claim(new[i].criteria, kept[i], _by_words(old[j].criteria), ids)
    waiting = _by_words([criterion for question in old for criterion in question.criteria])
    for question, row in zip(new, kept, strict=True):
        _claim(question.criteria, row, waiting, ids)
    return kept


def _claim(criteria: Sequence[Criterion], row: list[str], waiting: dict[str, list[str]], ids: _Ids) -> None:
    for c, criterion in enumerate(criteria):
        candidates = waiting.get(words(criterion.text), [])
        while not row[c] and candidates:
            row[c] = ids.keep(candidates.pop(0))


def _by_words(criteria: Sequence[Criterion]) -> dict[str, list[str]]:
    waiting: dict[str, list[str]] = defaultdict(list)
    for criterion in criteria:
        waiting[words(criterion.text)].append(criterion.id)
    return waiting


def _mapped(bank: Bank, change: Callable[[Question], Question]) -> Bank:
    """The bank with each question changed, in order."""
    return replace(
        bank,
        sections=tuple(
            replace(section, questions=tuple(change(question) for question in section.questions))
            for section in bank.sections
        ),
    )
