"""Whether a bank can be gamed: cases made from it are graded, and what must hold of each grade is checked."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.errors import InvalidInput
from app.evaluation.audit_cases import Case, Relation, cases, removals, whole_answer
from app.evaluation.grading_run import Asked, grade_all
from app.grading.outcome import Graded, Outcome
from app.screening.batch import BlockGrader
from rubric.bank import Bank, Question
from rubric.scoring import FULL

ALONE = frozenset({Relation.NO_CREDIT, Relation.NOT_ACCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A criterion for which a relation does not hold; `number` is its place, from 1; credits are half-points.

    Attributes:
        before: Half-points in the answer it is compared with; None where it stands alone.
    """

    number: int
    criterion: str
    half_points: int
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A case with its grade and what does not hold of it.

    Attributes:
        score: None where it could not be graded, which breaks the check.
        is_accepted: Whether it would count without a person having looked.
        slips: Empty when the relation holds.
        broken: Why it does not hold, in a sentence; empty when it does.
    """

    case: Case
    score: Fraction | None
    is_accepted: bool
    slips: tuple[Slip, ...]
    broken: str

    @property
    def holds(self) -> bool:
        """Whether what must hold of it does."""
        return not self.broken

    @property
    def is_held(self) -> bool:
        """Whether undue credit is there, but waits for a person."""
        return self.holds and self.case.relation in ALONE and bool(self.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAudit:
    """A question with every check of it."""

    question: Question
    number: int
    section: str
    checks: tuple[Check, ...]

    @property
    def broken(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.holds)

    @property
    def held(self) -> tuple[Check, ...]:
        """The cases whose undue credit waits for a person."""
        return tuple(check for check in self.checks if check.is_held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A bank with what was found.

    Attributes:
        bases: Grades by what they rest on.
        skipped: Questions without criteria, which cannot be graded at all.
    """

    bank: str
    version: int | None
    questions: tuple[QuestionAudit, ...]
    skipped: tuple[str, ...]
    bases: dict[str, int]

    @property
    def checks(self) -> int:
        """How many checks were run."""
        return sum(len(question.checks) for question in self.questions)

    @property
    def broken(self) -> int:
        """How many of them do not hold."""
        return sum(len(question.broken) for question in self.questions)

    @property
    def broken_unseen(self) -> int:
        """How many of these are in grades that count without a person."""
        return sum(check.is_accepted for question in self.questions for check in question.broken)

    @property
    def passes(self) -> bool:
        """Whether everything holds."""
        return self.broken == 0 and not self.skipped

    def by_name(self) -> dict[str, tuple[int, int]]:
        """Checks run and broken, by the name of their case."""
        run: Counter[str] = Counter()
        broken: Counter[str] = Counter()
        for question in self.questions:
            for check in question.checks:
                run[check.case.name] += 1
                broken[check.case.name] += not check.holds
        return {name: (count, broken[name]) for name, count in run.items()}


async def audit(
    bank: Bank,
    grader: BlockGrader,
    *,
    version: int | None = None,
    only: Sequence[str] = (),
    concurrency: int = 1,
    advance: Callable[[], object] = lambda: None,
) -> Audit:
    """Grade every case of a bank and check it.

    Args:
        bank: With ids.
        grader: The product's, for inline rubrics.
        version: Of the bank, where it has one.
        only: Ids of the questions to look at; empty means all.
        concurrency: Critiques under way at a time.
        advance: Called once a grade.

    Raises:
        InvalidInput: No question of the bank can be graded.
    """
    chosen = [question for question in bank.questions() if question.criteria and (not only or question.id in only)]
    if not chosen:
        raise InvalidInput(f"The bank {bank.name!r} has no question with criteria, so there is nothing to audit.")
    first = [(question, case) for question in chosen for case in cases(bank, question)]
    texts = dict.fromkeys(_asked(question, text) for question, case in first for text in _texts(case))
    texts |= dict.fromkeys(_asked(question, whole_answer(question)) for question in chosen)
    found = await _graded(list(texts), grader, concurrency, advance)
    second = [
        (question, case)
        for question in chosen
        if isinstance(whole := found[_asked(question, whole_answer(question))], Graded)
        for case in removals(question, whole)
    ]
    more = dict.fromkeys(_asked(question, case.answer) for question, case in second)
    found |= await _graded([asked for asked in more if asked not in found], grader, concurrency, advance)
    checks: dict[str, list[Check]] = {question.id: [] for question in chosen}
    for question, case in (*first, *second):
        checks[question.id].append(_check(question, case, found))
    return Audit(
        bank=bank.name,
        version=version,
        questions=tuple(
            QuestionAudit(
                question=question,
                number=number,
                section=bank.section_of(question.id).title,
                checks=tuple(checks[question.id]),
            )
            for number, question in enumerate(bank.questions(), start=1)
            if question.id in checks
        ),
        skipped=tuple(question.text for question in bank.questions() if not question.criteria),
        bases=dict(sorted(Counter(_basis(outcome) for outcome in found.values()).items())),
    )


def _texts(case: Case) -> tuple[str, ...]:
    return (case.answer,) if case.base is None else (case.answer, case.base)


def _asked(question: Question, answer: str) -> Asked:
    return Asked(question.text, tuple(criterion.text for criterion in question.criteria), answer)


async def _graded(
    asked: Sequence[Asked], grader: BlockGrader, concurrency: int, advance: Callable[[], object]
) -> dict[Asked, Outcome]:
    outcomes = await grade_all(asked, grader, concurrency=concurrency, advance=advance)
    return dict(zip(asked, outcomes, strict=True))


def _basis(outcome: Outcome) -> str:
    return outcome.basis.split(":", maxsplit=1)[0] if isinstance(outcome, Graded) else "ungraded"


def _check(question: Question, case: Case, found: dict[Asked, Outcome]) -> Check:
    outcome = found[_asked(question, case.answer)]
    before = found[_asked(question, case.base)] if case.base is not None else None
    if not isinstance(outcome, Graded) or not isinstance(before, Graded | None):
        return Check(case=case, score=None, is_accepted=False, slips=(), broken="It could not be graded.")
    slips = tuple(_slips(case, outcome, before))
    return Check(
        case=case,
        score=outcome.score,
        is_accepted=not outcome.needs_review,
        slips=slips,
        broken=_broken(case, slips, outcome, before),
    )


def _slips(case: Case, outcome: Graded, before: Graded | None) -> list[Slip]:
    """The concerned criteria that break the relation."""
    concerned = case.concerned or tuple(range(len(outcome.criteria)))
    slips = []
    for place in concerned:
        line = outcome.criteria[place]
        earlier = before.criteria[place] if before is not None else None
        given = line.half_points
        breaks = {
            Relation.NO_CREDIT: given > 0,
            Relation.NOT_ACCEPTED: given > 0 and not outcome.needs_review,
            Relation.SAME: earlier is not None and (line.verdict, given) != (earlier.verdict, earlier.half_points),
            Relation.NOT_HIGHER: earlier is not None and given > earlier.half_points,
            Relation.NOT_LOWER: earlier is not None and given < earlier.half_points,
        }
        if breaks[case.relation]:
            slips.append(
                Slip(
                    number=place + 1,
                    criterion=line.text,
                    half_points=given,
                    before=earlier.half_points if earlier is not None else None,
                )
            )
    return slips


def _broken(case: Case, slips: Sequence[Slip], outcome: Graded, before: Graded | None) -> str:
    """Why the relation does not hold; empty when it does."""
    if case.relation is Relation.NOT_LOWER and before is not None and outcome.score < before.score and not slips:
        return f"The score falls from {float(before.score):.2f} to {float(outcome.score):.2f}."
    if not slips:
        return ""
    told = "; ".join(f"criterion {slip.number}: {_change(slip)}" for slip in slips)
    return f"{told} ({'held for review' if outcome.needs_review else 'accepted'})."


def _change(slip: Slip) -> str:
    now = _credit(slip.half_points)
    if slip.before is None:
        return f"credit {now}"
    return "another verdict" if slip.before == slip.half_points else f"{_credit(slip.before)} becomes {now}"


def _credit(half_points: int) -> str:
    return {0: "0", 1: "½", FULL: "1"}[half_points]
