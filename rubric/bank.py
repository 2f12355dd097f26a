"""The question bank: sections of questions, each with the criteria of its reference answer.

A `Bank` is a value: equal content is an equal bank, whatever file it came from. Texts are verbatim.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from rubric.criteria import NO_TRANSLATIONS, Criterion


class SkipPolicy(StrEnum):
    """What a candidate may do with a question they do not want to answer now."""

    ALLOWED = "allowed"
    """Skipped for good."""
    RETURN = "return"
    """Skipped, and offered again before the end."""
    NEVER = "never"
    """Not skippable; "I don't know" is still an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the question that Viva may explain on request, with its fixed gloss."""

    term: str
    gloss: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTranslation:
    """A reviewed translation of what the candidate reads; None where the original stands."""

    text: str
    follow_up: str | None = None
    clarification: str | None = None


NO_QUESTION_TRANSLATIONS: Mapping[str, QuestionTranslation] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its criteria and everything prepared for its conduct.

    Attributes:
        id: Stable within its bank; empty until `rubric.ids` has assigned it.
        text: Asked word for word.
        follow_up: The prepared neutral follow-up; None means the default wording.
        clarification: The prepared clarification; None means that nothing can be added.
        terms: Words that may be explained.
        offer_related: Whether "I don't know" is met once with "anything related you have used?".
        explain_code: Whether an answer that is only code is asked for a sentence of explanation.
        time_limit_s: Seconds for the whole answer; None is no limit.
    """

    text: str
    criteria: tuple[Criterion, ...]
    id: str = ""
    follow_up: str | None = None
    clarification: str | None = None
    terms: tuple[Term, ...] = ()
    offer_related: bool = False
    explain_code: bool = False
    skip: SkipPolicy = SkipPolicy.ALLOWED
    time_limit_s: int | None = None
    tags: tuple[str, ...] = ()
    translations: Mapping[str, QuestionTranslation] = field(default_factory=lambda: NO_QUESTION_TRANSLATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled run of questions."""

    title: str
    questions: tuple[Question, ...]
    translations: Mapping[str, str] = field(default_factory=lambda: NO_TRANSLATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A named range of scores: from `minimum` (percent, 0..100, inclusive) up to the next band."""

    name: str
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """A whole question bank.

    Attributes:
        name: Identifier: lower-case letters, digits, "-" and "_".
        title: What people read; empty falls back to the name.
        language: BCP 47 tag of its texts.
        bands: Ascending by minimum; empty means that no band is named.
        minimum_completeness: Percent of the questions that must be answered before a band is named.
    """

    name: str
    sections: tuple[Section, ...]
    title: str = ""
    language: str = "en"
    bands: tuple[Band, ...] = ()
    minimum_completeness: int = 80

    def questions(self) -> Iterator[Question]:
        """Every question in the order it is asked."""
        for section in self.sections:
            yield from section.questions

    def question(self, question_id: str) -> Question:
        """The question of that id.

        Raises:
            KeyError: The bank has none of that id.
        """
        for question in self.questions():
            if question.id == question_id:
                return question
        raise KeyError(question_id)

    def section_of(self, question_id: str) -> Section:
        """The section that holds the question of that id.

        Raises:
            KeyError: No section does.
        """
        for section in self.sections:
            if any(question.id == question_id for question in section.questions):
                return section
        raise KeyError(question_id)
