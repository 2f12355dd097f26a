"""Whether a bank can be graded fairly: criteria that can't be told apart, questions that say too much.

Findings advise; none keeps a bank from being imported. The cosines were chosen by reading the nearest pairs of
the shipped bank with the bundled model: of its 7,381 pairs of criteria the six at .87 and above make the
same point, and from .868 down come pairs that only share their subject. Another embedder spreads its
cosines otherwise, so its findings want more reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rubric.bank import Bank, Question
from rubric.criteria import Criterion
from rubric.wording import content_words, given_away, points, word_count
from vectorstore.embeddings import Embedder, Vectors

TWIN_COSINE = 0.87
GIVEN_AWAY_COSINE = 0.80
GIVEN_AWAY_WORDS = 0.75
MAX_CRITERIA = 12
MAX_QUESTION_WORDS = 60
MAX_CRITERION_WORDS = 30


class Code(StrEnum):
    """What is wrong."""

    TWINS = "twins"
    COMPOUND = "compound"
    OWN_ANSWER = "own_answer"
    GIVES_AWAY = "gives_away"
    TOLD_ON_THE_WAY = "told_on_the_way"
    NO_CRITERIA = "no_criteria"
    MANY_CRITERIA = "many_criteria"
    LONG_QUESTION = "long_question"
    LONG_CRITERION = "long_criterion"


class Severity(StrEnum):
    """How much it matters."""

    ERROR = "error"
    """Answers can't be graded."""
    WARNING = "warning"
    """Grades will be less fair or less sharp than they could be."""
    NOTE = "note"
    """Worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend, with the ids concerned.

    Attributes:
        question_id: The question to change.
        criterion_ids: The criteria concerned, of this question or of another.
        sentence: What is wrong, with the texts concerned.
        remedy: What to do about it.
    """

    code: Code
    severity: Severity
    question_id: str
    criterion_ids: tuple[str, ...]
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Placed:
    """A criterion with its question and that question's place in the order of asking."""

    criterion: Criterion
    question: Question
    order: int


async def lint(bank: Bank, embedder: Embedder) -> list[Finding]:
    """Everything worth mending in a bank with ids, in the order of its questions.

    Raises:
        EmbedderUnavailable: The embedding model can't be loaded or reached.
    """
    questions = list(bank.questions())
    placed = [_Placed(criterion, q, order) for order, q in enumerate(questions) for criterion in q.criteria]
    findings = [finding for question in questions for finding in _of_wording(question)]
    if placed:
        vectors = await embedder.embed([at.criterion.text for at in placed])
        asked = await embedder.embed([question.text for question in questions])
        findings += _twins(placed, vectors @ vectors.T)
        findings += _said_by_questions(questions, placed, asked @ vectors.T)
        findings += _told_on_the_way(questions, placed)
    order = {question.id: index for index, question in enumerate(questions)}
    return sorted(findings, key=lambda finding: order[finding.question_id])


def _of_wording(question: Question) -> Iterator[Finding]:
    """What can be seen without an embedding."""
    if not question.criteria:
        yield Finding(
            code=Code.NO_CRITERIA,
            severity=Severity.ERROR,
            question_id=question.id,
            criterion_ids=(),
            sentence=f"{_quoted(question.text)} has no criteria, so no answer to it can be graded.",
            remedy="Add the points that a good answer makes.",
        )
    if len(question.criteria) > MAX_CRITERIA:
        yield Finding(
            code=Code.MANY_CRITERIA,
            severity=Severity.WARNING,
            question_id=question.id,
            criterion_ids=(),
            sentence=f"{_quoted(question.text)} has {len(question.criteria)} criteria; nobody says so many in one answer.",
            remedy=f"Split the question, or keep the {MAX_CRITERIA} that matter most.",
        )
    if (length := word_count(question.text)) > MAX_QUESTION_WORDS:
        yield Finding(
            code=Code.LONG_QUESTION,
            severity=Severity.WARNING,
            question_id=question.id,
            criterion_ids=(),
            sentence=f"{_quoted(question.text)} has {length} words; more than {MAX_QUESTION_WORDS} are hard to keep in mind.",
            remedy="Shorten it, or move the background to its clarification.",
        )
    for criterion in question.criteria:
        yield from _of_criterion(question, criterion)


def _of_criterion(question: Question, criterion: Criterion) -> Iterator[Finding]:
    if (length := word_count(criterion.text)) > MAX_CRITERION_WORDS:
        yield Finding(
            code=Code.LONG_CRITERION,
            severity=Severity.WARNING,
            question_id=question.id,
            criterion_ids=(criterion.id,),
            sentence=f"The criterion {_quoted(criterion.text)} has {length} words, more than {MAX_CRITERION_WORDS}.",
            remedy="Say the one point in a sentence; make others criteria of their own.",
        )
    parts = points(criterion.text)
    if len(parts) > 1:
        yield Finding(
            code=Code.COMPOUND,
            severity=Severity.NOTE,
            question_id=question.id,
            criterion_ids=(criterion.id,),
            sentence=f"The criterion {_quoted(criterion.text)} makes {len(parts)} points, so half of it earns half a credit.",
            remedy="Split it: " + " / ".join(parts),
        )


def _twins(placed: list[_Placed], cosines: Vectors) -> Iterator[Finding]:
    """Pairs of criteria that the embedding can't tell apart."""
    for i, first in enumerate(placed):
        for j in range(i + 1, len(placed)):
            if cosines[i, j] >= TWIN_COSINE:
                yield _twin(first, placed[j], float(cosines[i, j]))


def _twin(first: _Placed, second: _Placed, cosine: float) -> Finding:
    within = first.order == second.order
    pair = f"{_quoted(first.criterion.text)} and {_quoted(second.criterion.text)}"
    where = "of one question" if within else f"of {_quoted(first.question.text)} and {_quoted(second.question.text)}"
    return Finding(
        code=Code.TWINS,
        severity=Severity.WARNING if within else Severity.NOTE,
        question_id=first.question.id,
        criterion_ids=(first.criterion.id, second.criterion.id),
        sentence=f"The criteria {pair} {where} are hardly told apart (cosine {cosine:.2f}).",
        remedy="Merge them, or say what sets them apart: one sentence now earns both."
        if within
        else "Keep it where it is asked for, or accept that one sentence answers both questions.",
    )


def _said_by_questions(questions: list[Question], placed: list[_Placed], cosines: Vectors) -> Iterator[Finding]:
    """Criteria that the wording of a question gives away: its own, or one of another question."""
    for order, question in enumerate(questions):
        for index, at in enumerate(placed):
            own = at.order == order
            # a question and its criteria are near by nature, so only its words can give them away
            if _says(question.text, at.criterion.text) or (not own and cosines[order, index] >= GIVEN_AWAY_COSINE):
                yield _given_away(question, at, own=own, earlier=order < at.order)


def _says(said: str, criterion: str) -> bool:
    return len(content_words(criterion)) > 1 and given_away(criterion, said) >= GIVEN_AWAY_WORDS


def _told_on_the_way(questions: list[Question], placed: list[_Placed]) -> Iterator[Finding]:
    """Criteria that a candidate can read in a follow-up, a clarification or a gloss before they answer for them."""
    for order, question in enumerate(questions):
        for language, texts in _prepared(question):
            for at in placed:
                expected = at.criterion.translations.get(language, at.criterion.text)
                told = [name for name, text in texts if at.order >= order and _says(text, expected)]
                if told:
                    yield _told(question, at, told[0], language)


def _prepared(question: Question) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """What is prepared to be said about a question beside its text: by language, with the name of each."""
    glosses = [(f"gloss of “{term.term}”", f"{term.term} {term.gloss}") for term in question.terms]
    yield "", _named(question.follow_up, question.clarification) + glosses
    for language, translation in question.translations.items():
        yield language, _named(translation.follow_up, translation.clarification)


def _named(follow_up: str | None, clarification: str | None) -> list[tuple[str, str]]:
    return [(name, text) for name, text in (("follow-up", follow_up), ("clarification", clarification)) if text]


def _told(question: Question, at: _Placed, name: str, language: str) -> Finding:
    where = f"{name} in {language}" if language else name
    whose = "its criterion" if at.question is question else f"of {_quoted(at.question.text)} the criterion"
    return Finding(
        code=Code.TOLD_ON_THE_WAY,
        severity=Severity.WARNING,
        question_id=question.id,
        criterion_ids=(at.criterion.id,),
        sentence=f"The {where} of {_quoted(question.text)} already says {whose} {_quoted(at.criterion.text)}.",
        remedy="Word it so that it says nothing of what is expected.",
    )


def _given_away(question: Question, at: _Placed, *, own: bool, earlier: bool) -> Finding:
    criterion = _quoted(at.criterion.text)
    if own:
        return Finding(
            code=Code.OWN_ANSWER,
            severity=Severity.WARNING,
            question_id=question.id,
            criterion_ids=(at.criterion.id,),
            sentence=f"{_quoted(question.text)} already says its criterion {criterion}; repeating it earns nothing.",
            remedy="Ask without naming the point, or expect more than the question says.",
        )
    return Finding(
        code=Code.GIVES_AWAY,
        severity=Severity.WARNING if earlier else Severity.NOTE,
        question_id=question.id,
        criterion_ids=(at.criterion.id,),
        sentence=f"{_quoted(question.text)} gives away the criterion {criterion} of {_quoted(at.question.text)}"
        + ("." if earlier else ", though it is asked later."),
        remedy="Reword this question, or ask it after the other." if earlier else "Fine unless the order changes.",
    )


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 90 else text[:89] + '…'}”"
