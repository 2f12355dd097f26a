"""Answers of different candidates that are nearly the same in their wording: a hint for people, never a verdict.

Wording tells copying; meaning does not, since all good answers to a question mean the same. What is compared are runs of
four words. Each answer is held beside the first of every group so far alone, so a text that went round among a
thousand people is one group, and the time grows with the number of answers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from app.grading.normalise import words

RUN = 4
"""Words of a run."""
FEWEST_WORDS = 12
"""Shorter answers are alike by chance."""
LEAST = Fraction(1, 2)
"""Share of runs in common, of all that either answer has, from which two are called alike."""
MOST_HOLDERS = 50
"""A run that more groups share is a common phrase, and tells nothing."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One candidate's answer in a group.

    Attributes:
        share: Runs in common with the first answer of the group, of all that either has; 1 for the first itself.
    """

    candidate: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class AlikeGroup:
    """Answers to one question that are alike, by two candidates or more; the first came first."""

    question_id: str
    members: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two candidates with answers that are alike, and how many."""

    first: str
    second: str
    answers: int


@dataclass(slots=True)
class _Group:
    """A group while it grows: the runs of its first answer, and who is in it."""

    runs: frozenset[int]
    members: list[Alike]


@dataclass(slots=True)
class _Question:
    """The groups of one question, and which of them hold a run."""

    groups: list[_Group] = field(default_factory=list)
    holders: dict[int, list[int]] = field(default_factory=dict)

    def add(self, candidate: str, runs: frozenset[int]) -> None:
        """Put an answer into the group it is most like, or into one of its own."""
        shared = Counter(
            holder for run in runs if len(holders := self.holders.get(run, ())) <= MOST_HOLDERS for holder in holders
        )
        for place, count in shared.most_common(1):
            group = self.groups[place]
            share = Fraction(count, len(runs | group.runs))
            if share >= LEAST:
                group.members.append(Alike(candidate, share))
                return
        for run in runs:
            self.holders.setdefault(run, []).append(len(self.groups))
        self.groups.append(_Group(runs, [Alike(candidate, Fraction(1))]))


def alike(texts: Mapping[str, Mapping[str, str]]) -> tuple[AlikeGroup, ...]:
    """The groups of answers that are alike, the largest first.

    Args:
        texts: By candidate and question id, in the order the candidates came.
    """
    questions: dict[str, _Question] = {}
    for candidate, answers in texts.items():
        for question_id, text in answers.items():
            runs = _runs(text)
            if runs:
                questions.setdefault(question_id, _Question()).add(candidate, runs)
    found = list(_groups(questions))
    found.sort(key=lambda group: -len(group.members))
    return tuple(found)


def pairs(groups: Iterable[AlikeGroup]) -> tuple[Pair, ...]:
    """Candidates who share more than one group, those who share most first.

    One answer alike happens; many are worth a look. A text that went round among more than `MOST_HOLDERS` people says
    nothing of any two of them.
    """
    shared = Counter[tuple[str, str]]()
    for group in groups:
        if len(group.members) <= MOST_HOLDERS:
            shared.update(combinations([member.candidate for member in group.members], 2))
    return tuple(Pair(*two, count) for two, count in shared.most_common() if count > 1)


def _groups(questions: Mapping[str, _Question]) -> Iterator[AlikeGroup]:
    for question_id, question in questions.items():
        for group in question.groups:
            if len(group.members) > 1:
                yield AlikeGroup(question_id, tuple(group.members))


def _runs(text: str) -> frozenset[int]:
    said = words(text)
    if len(said) < FEWEST_WORDS:
        return frozenset()
    return frozenset(map(hash, _windows(said)))


def _windows(said: Iterable[str]) -> Iterator[tuple[str, ...]]:
    listed = tuple(said)
    return (listed[start : start + RUN] for start in range(len(listed) - RUN + 1))
