"""Screenings for tests: a small bank, its policy, files of answers, and marks."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from app.grading.grader import BankRef
from app.interviews.models import Ending, State
from app.screening.answer_table import parse_table
from app.screening.candidates import FileCandidate, by_person
from app.screening.mapping import propose
from app.screening.marks import AnswerState, CandidateState, Mark
from app.screening.policy import Policy
from app.screening.policy_file import PolicyFile, resolved
from app.screening.preview import Preview, preview
from app.screening.screening import Screening, ScreeningState
from rubric.bank import Bank, Question
from rubric.criteria import Criterion, Verdict
from tests.builders import a_bank_of
from tests.interviews.fakes import START

QUESTIONS = ("store", "move", "guard")
BANK: Bank = a_bank_of(
    Question(
        id="store",
        text="How do you store raw data?",
        criteria=(Criterion(id="c-s3", text="object storage"), Criterion(id="c-date", text="partition by date")),
    ),
    Question(id="move", text="How do you move it?", criteria=(Criterion(id="c-glue", text="a Glue job"),)),
    Question(
        id="guard",
        text="How do you guard it?",
        criteria=(Criterion(id="c-iam", text="least privilege", must_have=True),),
    ),
    name="lake",
)
REF = BankRef("lake", 1, "ab" * 32)


def a_policy(**fields: object) -> Policy:
    """A policy of the small bank, by default with everything in it."""
    return resolved(PolicyFile.model_validate(fields), BANK)


def a_screening(policy: Policy | None = None, *, state: ScreeningState = ScreeningState.ACTIVE) -> Screening:
    """A screening with the small bank."""
    return Screening(
        id="sc-1",
        name="Autumn",
        bank=REF,
        policy=policy or a_policy(),
        language="en",
        state=state,
        created_at=START,
    )


def looked_through(text: str, source: str = "answers.csv", *given: str, empty_is_blank: bool = False) -> Preview:
    """A file as a screening of all questions would take it."""
    table = parse_table(text.encode(), source=source)
    mapping = propose(table, BANK, given)
    return preview(table, mapping, BANK, QUESTIONS, empty_is_blank=empty_is_blank)


def people(*rows: tuple[str, str, str]) -> list[FileCandidate]:
    """Candidates with their answers, each (candidate, question, answer)."""
    lines = "\n".join(f'{candidate},{question},"{answer}"' for candidate, question, answer in rows)
    return list(by_person(looked_through(f"candidate,question,answer\n{lines}\n").answers))


def a_mark(
    score: float | Fraction,
    spread: float | Fraction = 0,
    *,
    verdicts: Mapping[str, Verdict] | None = None,
    flags: Sequence[str] = (),
    waits: bool = False,
) -> Mark:
    """A mark with an interval of that half-width, within 0..1."""
    value, half = Fraction(score).limit_denominator(1000), Fraction(spread).limit_denominator(1000)
    return Mark(
        score=value,
        low=max(value - half, Fraction(0)),
        high=min(value + half, Fraction(1)),
        verdicts=verdicts or {},
        flags=tuple(flags),
        waits=waits,
    )


def a_candidate(number: int, marks: Mapping[str, Mark | None], *, state: State = State.FINISHED) -> CandidateState:
    """A candidate who answered these questions; None is an answer without a grade."""
    return CandidateState(
        number=number,
        key=f"p{number}",
        name=f"Person {number}",
        interview_id=f"iv-{number}",
        state=state,
        automated=True,
        answers=tuple(
            AnswerState(question_id=id_, ending=Ending.ANSWERED, has_text=True, mark=mark)
            for id_, mark in marks.items()
        ),
    )


def scored(number: int, score: float, spread: float = 0, **fields: object) -> CandidateState:
    """A candidate with the same mark on every question, the must-have met."""
    covered = {"c-iam": Verdict.COVERED}
    mark = a_mark(score, spread, verdicts=covered, **fields)  # type: ignore[arg-type]
    return a_candidate(number, dict.fromkeys(QUESTIONS, mark))
