"""What a decision makes of a grade, and of a correction: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from app.grading.exemplars import Exemplar, excerpt_of
from app.grading.interval import IntervalLine, score_interval
from app.grading.ledger import odds
from app.grading.outcome import DECISION, CriterionGrade, CriterionReading, Graded, MachineVerdict, Reading, Source
from app.review.models import Case, Decision, DecisionKind
from rubric.criteria import HALF_POINTS, Criterion, Verdict
from rubric.scoring import score


def decided(graded: Graded, reading: Reading | None, decision: Decision) -> Graded:
    """The grade after a person's decision; it needs no review any more.

    Criteria that the person gave a verdict are certain, and so is every verdict they confirmed; the others keep the
    machine's odds, as does `unknown`, which nobody can confirm. A critique that is still to come is no longer waited
    for: it may not change what a person decided. A dismissal leaves every verdict as uncertain as it was.
    """
    lines = [_line(line, decision) for line in graded.criteria]
    low, high = graded.score_low, graded.score_high
    if decision.kind is not DecisionKind.DISMISS:
        low, high = score_interval(_odds(graded, reading, lines, decision))
    pending = graded.critique is not None and graded.critique.status == "pending"
    return replace(
        graded,
        basis="semantic" if pending else graded.basis,
        critique=None if pending else graded.critique,
        score=score([(line.half_points, line.weight) for line in lines]),
        score_low=low,
        score_high=high,
        criteria=tuple(lines),
        review_reasons=(),
        provenance={**graded.provenance, DECISION: {"id": decision.id, "grade_id": decision.grade_id}},
    )


def corrections(case: Case, graded: Graded, decision: Decision) -> tuple[Exemplar, ...]:
    """What others can be judged by: the verdicts that differ from the machine's.

    None where the answer is in the audit sample: what measures the grader must not have taught it.
    """
    if case.grade.audit_sample or decision.blind:
        return ()
    return tuple(
        Exemplar(
            id=_exemplar_id(decision.id, line.criterion_id),
            answer_id=case.answer.id,
            criterion_id=line.criterion_id,
            criterion=line.text,
            bank=case.interview.bank.name,
            question_id=case.answer.question_id,
            excerpt=_excerpt(case, line.criterion_id),
            verdict=line.verdict,
            note=excerpt_of(line.reason),
        )
        for line in graded.criteria
        if line.machine is not None and line.machine.verdict is not line.verdict
    )


def asked_criteria(graded: Graded) -> tuple[Criterion, ...]:
    """The criteria of a grade without anything that was given for them."""
    return tuple(Criterion(id=line.criterion_id, text=line.text, weight=line.weight) for line in graded.criteria)


def _line(line: CriterionGrade, decision: Decision) -> CriterionGrade:
    verdict = decision.verdicts.get(line.criterion_id)
    if verdict is None:
        return line
    given = line.machine or MachineVerdict(line.verdict, line.half_points, line.probability, line.source)
    return replace(
        line,
        verdict=verdict,
        half_points=HALF_POINTS[verdict],
        probability=float(HALF_POINTS[verdict] > 0),
        source=Source.PERSON,
        # What is missing has nothing to show.
        evidence=() if verdict is Verdict.MISSING else line.evidence,
        reason=decision.reason,
        machine=given,
    )


def _odds(
    graded: Graded, reading: Reading | None, lines: Sequence[CriterionGrade], decision: Decision
) -> list[IntervalLine]:
    known: Mapping[str, IntervalLine] = {}
    if reading is not None:
        machine = odds(asked_criteria(graded), reading, graded.critique)
        known = dict(zip((line.criterion_id for line in graded.criteria), machine, strict=True))
    return [_odds_of(line, known.get(line.criterion_id), decision) for line in lines]


def _odds_of(line: CriterionGrade, machine: IntervalLine | None, decision: Decision) -> IntervalLine:
    confirmed = decision.kind is DecisionKind.CONFIRM and line.verdict is not Verdict.UNKNOWN
    if machine is not None and not confirmed and line.source is not Source.PERSON:
        return machine
    certain = confirmed or line.source is Source.PERSON
    return IntervalLine(
        half_points=line.half_points,
        weight=line.weight,
        probability=line.probability,
        probability_full=line.probability,
        bounds=(line.half_points, line.half_points) if certain else None,
    )


def _exemplar_id(decision_id: str, criterion_id: str) -> str:
    """One for each decision, so that what stands under an id never changes."""
    return f"ex-{sha256(f'{decision_id} {criterion_id}'.encode()).hexdigest()[:24]}"


def _excerpt(case: Case, criterion_id: str) -> str:
    """What of the answer was read for the criterion, else its beginning."""
    outcome, reading = case.grade.outcome, case.grade.reading
    lines: list[CriterionGrade | CriterionReading] = []
    lines += outcome.criteria if isinstance(outcome, Graded) else ()
    lines += reading.criteria if reading is not None else ()
    quotes = [span.quote for line in lines if line.criterion_id == criterion_id for span in line.evidence]
    return excerpt_of(quotes[0] if quotes else " ".join(part.text for part in case.answer.parts))
