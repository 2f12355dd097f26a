"""What to study next, as practice sums it up: the sections that went least well first, with what was not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.grading.outcome import Graded
from app.reports.report import QuestionReport, Report
from app.web.report_view import Found, found_in
from rubric.criteria import Verdict

_MISSED = frozenset({Verdict.MISSING, Verdict.PARTIAL, Verdict.CONTRADICTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuestion:
    """One question of a section.

    Attributes:
        missed: Expected points that were not found, or only in part.
        expected: Everything that a good answer holds.
    """

    number: int
    id: str
    text: str
    missed: tuple[str, ...]
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySection:
    """One section, with how much of it was found."""

    title: str
    found: Found
    questions: tuple[StudyQuestion, ...]

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to study in it."""
        return not any(question.missed for question in self.questions)


def study(report: Report) -> tuple[StudySection, ...]:
    """Every section, the least well met first; those met alike stay in the bank's order."""
    by_title: dict[str, list[QuestionReport]] = {}
    for question in report.questions:
        by_title.setdefault(question.section, []).append(question)
    ranked = sorted(by_title.items(), key=lambda section: _share(section[1]))
    return tuple(
        StudySection(title=title, found=found_in(questions), questions=tuple(map(_question, questions)))
        for title, questions in ranked
    )


def _share(questions: Sequence[QuestionReport]) -> Fraction:
    """Share of the points that were earned; what was not answered earned none."""
    points = sum(criterion.weight for question in questions for criterion in question.criteria)
    return sum((question.tally.credit for question in questions), Fraction(0)) / points if points else Fraction(1)


def _question(question: QuestionReport) -> StudyQuestion:
    expected = tuple(criterion.text for criterion in question.criteria)
    lines = question.outcome.criteria if isinstance(question.outcome, Graded) else None
    is_read = lines is not None or (question.answer is not None and question.answer.has_text)
    missed = tuple(line.text for line in lines or () if line.verdict in _MISSED)
    return StudyQuestion(
        number=question.number,
        id=question.id,
        text=question.text,
        missed=missed if is_read else expected,
        expected=expected,
    )
