"""Interviews and grades for reports, as small as the test needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from app.grading.grader import BankRef
from app.grading.outcome import CriterionGrade, Critique, Evidence, Graded, Outcome, Source
from app.interviews.models import Answer, Ending, GradeRecord, Interview, Mode, Part, Script, State
from rubric.bank import Band, Bank, Question, Section
from rubric.criteria import Criterion, Verdict
from rubric.scoring import score

NOW = datetime(2026, 3, 14, 11, 30, tzinfo=UTC)
BEGUN = NOW - timedelta(minutes=48)
CREDIT = {"covered": 2, "partial": 1, "missing": 0, "contradicted": 0, "unknown": 1}


def script(*, bands: tuple[Band, ...] = ()) -> Script:
    """Two sections: q1 and q2 with two criteria each in the first, q3 with one in the second."""

    def question(number: int, criteria: int) -> Question:
        texts = [Criterion(id=f"q{number}c{place}", text=f"Point {place}") for place in range(1, criteria + 1)]
        return Question(id=f"q{number}", text=f"Question {number}?", criteria=tuple(texts))

    bank = Bank(
        name="lake",
        title="Data lakes",
        bands=bands,
        sections=(
            Section(title="Storage", questions=(question(1, 2), question(2, 2))),
            Section(title="Querying", questions=(question(3, 1),)),
        ),
    )
    return Script(bank, ("q1", "q2", "q3"), "en")


def answer(question_id: str, *texts: str, ending: Ending | None = Ending.ANSWERED) -> Answer:
    parts = tuple(Part(number=number, text=text) for number, text in enumerate(texts))
    return Answer(id=f"a-{question_id}", question_id=question_id, parts=parts, ending=ending, opened_at=BEGUN)


def interview(*answers: Answer, state: State = State.FINISHED, automated: bool = True, label: str = "") -> Interview:
    return Interview(
        id="iv-1",
        bank=BankRef("lake", 1, "5" * 64),
        mode=Mode.ASSESSMENT,
        language="en",
        plan=("q1", "q2", "q3"),
        state=state,
        created_at=BEGUN,
        consented_at=BEGUN,
        finished_at=NOW,
        automated=automated,
        label=label,
        answers=answers,
    )


def graded(
    *verdicts: str,
    low: Fraction | None = None,
    high: Fraction | None = None,
    critique: Critique | None = None,
    reasons: Sequence[str] = (),
    quote: str = "",
) -> Graded:
    """A grade with these verdicts, one a criterion; the first one quotes the beginning of the first part."""
    evidence = (Evidence(0, 0, len(quote), quote),) if quote else ()
    lines = tuple(
        CriterionGrade(
            criterion_id=f"c{place}",
            text=f"Point {place}",
            weight=1,
            verdict=Verdict(verdict),
            half_points=CREDIT[verdict],
            probability=0.5,
            source=Source.SEMANTIC,
            evidence=evidence if place == 1 else (),
        )
        for place, verdict in enumerate(verdicts, 1)
    )
    value = score([(line.half_points, line.weight) for line in lines])
    return Graded(
        basis="semantic",
        score=value,
        score_low=value if low is None else low,
        score_high=value if high is None else high,
        criteria=lines,
        critique=critique,
        review_reasons=tuple(reasons),
    )


def record(question_id: str, outcome: Outcome) -> GradeRecord:
    return GradeRecord(
        id=f"g-{question_id}", answer_id=f"a-{question_id}", answer_revision=0, created_at=NOW, outcome=outcome
    )


def grades(**outcomes: Outcome) -> dict[str, GradeRecord]:
    return {question_id: record(question_id, outcome) for question_id, outcome in outcomes.items()}
