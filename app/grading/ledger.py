"""Who may change a mark: the local reading and the critique joined by fixed rules, criterion by criterion.

S is the verdict of the local (semantic) reading, L the critique's. The rules bear letters, here and in the tests:

    (f) L's id was dropped, duplicated or unknown, or its verdict is off the menu: S, flagged, for review.
    (g) The critique as a whole failed or is void: S for all, for review.
    (h) S is unknown: L where it has a verified quote, or is missing with a reason; else S.
    (d) L is contradicted: with a verified quote L; without, flagged and treated as missing below.
    (a) L equals S: S.
    (b) L is higher: with a verified quote L; without S, flagged.
    (c) L is lower, or another verdict of equal credit: with a reason L; without S, flagged.
    (e) L was taken, differs from S by a full credit, and S was confident: for review too, unless a second look
        confirmed L.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any

from app.grading.checks import oddities
from app.grading.critique import is_too_long
from app.grading.doubts import SETTLED_BY_A_CRITIQUE
from app.grading.grader import GradeRequest
from app.grading.interval import IntervalLine, score_interval
from app.grading.language import NOT_READ, NOT_VOUCHED_FOR
from app.grading.manipulation import Manipulation, manipulations
from app.grading.outcome import (
    CriterionGrade,
    CriterionReading,
    Critique,
    Evidence,
    Flag,
    Graded,
    Judgement,
    Reading,
    Source,
)
from app.grading.second_look import is_passed_over
from rubric.criteria import HALF_POINTS, Criterion, Verdict
from rubric.scoring import FULL, score

CONFIDENT_BELOW = 0.1
CONFIDENT_ABOVE = 0.9
MAX_SHOWN_CHARS = 80
_DOUBTED = frozenset({Flag.UNVERIFIED_QUOTE, Flag.NO_REASON, Flag.UNJUDGED})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whose verdict counts for one criterion.

    Attributes:
        verdict: The critique's verdict where it is taken (a contradiction without a quote is `missing`); else None.
        flags: What was wrong with the critique's claim.
        opposed: Whether rule (e) asks for a person.
    """

    verdict: Verdict | None
    flags: tuple[Flag, ...] = ()
    opposed: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    grade: CriterionGrade
    odds: IntervalLine
    review: str | None


def fuse(request: GradeRequest, reading: Reading, critique: Critique | None) -> Graded:
    """The grade of an answer from its local reading and, where one was asked for, its critique.

    Args:
        request: The answer with its criteria.
        reading: One `CriterionReading` a criterion, in the request's order.
        critique: None when none is asked for (no model is configured, or the pre-check stopped the answer); with
            status "pending" while it is still to come.
    """
    judgements = _judgements(reading, critique)
    lines = _lines(request.criteria, reading, judgements)
    low, high = score_interval([line.odds for line in lines])
    tried = manipulations(request.parts) if reading.stopped is None else ()
    odd = oddities(request, reading.criteria, judgements)
    reasons = [
        *tried,
        *odd,
        *_reading_reasons(reading, critique),
        *_critique_reasons(request, critique),
        *(line.review for line in lines),
    ]
    return Graded(
        basis=_basis(critique),
        score=score([(line.grade.half_points, line.grade.weight) for line in lines]),
        score_low=low,
        score_high=high,
        criteria=tuple(line.grade for line in lines),
        reason=reading.stopped,
        flags=_flags(request, reading, critique, lines, is_manipulative=bool(tried)),
        review_reasons=tuple(dict.fromkeys(reason for reason in reasons if reason)),
        critique=critique,
        provenance=_provenance(request, reading, critique),
    )


def odds(criteria: Sequence[Criterion], reading: Reading, critique: Critique | None) -> tuple[IntervalLine, ...]:
    """What the interval of a grade rests on, a line a criterion, in the order in which `fuse` joins them."""
    return tuple(line.odds for line in _lines(criteria, reading, _judgements(reading, critique)))


def decide(read: CriterionReading, judgement: Judgement) -> Decision:
    """Rules (f), (h), (d), (a), (b), (c) in that order, then (e)."""
    taken, flags = _taken(read.verdict, judgement)
    if taken is None:
        return Decision(None, flags)
    if judgement.confirmed:  # a second look settled what (e) would ask a person for
        return Decision(taken, flags)
    # A reading that can't know (of another language, say) is confident of nothing, whatever its numbers.
    known = read.verdict is not Verdict.UNKNOWN
    confident = known and (read.probability <= CONFIDENT_BELOW or read.probability >= CONFIDENT_ABOVE)
    return Decision(taken, flags, opposed=confident and abs(HALF_POINTS[taken] - read.half_points) >= FULL)  # (e)


def _taken(reading: Verdict, judgement: Judgement) -> tuple[Verdict | None, tuple[Flag, ...]]:
    verdict, quoted, reasoned = judgement.verdict, judgement.evidence is not None, bool(judgement.reason.strip())
    flags: tuple[Flag, ...] = ()
    if verdict is None:  # (f)
        return None, (Flag.UNJUDGED,)
    if reading is Verdict.UNKNOWN:  # (h)
        return (verdict if quoted or (verdict is Verdict.MISSING and reasoned) else None), flags
    if verdict is Verdict.CONTRADICTED:  # (d)
        if quoted:
            return verdict, flags
        verdict, flags = Verdict.MISSING, (Flag.UNVERIFIED_QUOTE,)
    if verdict is reading:  # (a)
        return None, flags
    if HALF_POINTS[verdict] > HALF_POINTS[reading]:  # (b)
        return (verdict, flags) if quoted else (None, (*flags, Flag.UNVERIFIED_QUOTE))
    return (verdict, flags) if reasoned else (None, (*flags, Flag.NO_REASON))  # (c)


def shifted(probability: float, probability_full: float, verdict: Verdict) -> tuple[float, float]:
    """P(credit >= 1/2) and P(credit = 1) once the critique's verdict was taken.

    The calibrated probabilities are moved half of the way to what the verdict says, so that they always stand on
    its side of 1/2 and keep the order the reading saw.
    """
    if verdict is Verdict.COVERED:
        return (1 + probability) / 2, (1 + probability_full) / 2
    if verdict is Verdict.PARTIAL:
        return (1 + probability) / 2, probability_full / 2
    below = min(probability, 0.98) / 2
    return below, min(probability_full / 2, below)


def _judgements(reading: Reading, critique: Critique | None) -> Mapping[str, Judgement]:
    if critique is None or critique.status != "done" or reading.stopped is not None:
        return {}
    return {judgement.criterion_id: judgement for judgement in critique.judgements}


def _lines(criteria: Sequence[Criterion], reading: Reading, judgements: Mapping[str, Judgement]) -> list[_Line]:
    pairs = zip(criteria, reading.criteria, strict=True)
    return [_line(criterion, read, judgements.get(criterion.id)) for criterion, read in pairs]


def _line(criterion: Criterion, read: CriterionReading, judgement: Judgement | None) -> _Line:
    decision = Decision(None) if judgement is None else decide(read, judgement)
    grade = CriterionGrade(
        criterion_id=criterion.id,
        text=criterion.text,
        weight=criterion.weight,
        verdict=read.verdict,
        half_points=read.half_points,
        probability=read.probability,
        source=Source.SEMANTIC,
        evidence=read.evidence,
        flags=tuple(dict.fromkeys((*read.flags, *decision.flags))),
        reason=judgement.reason if judgement is not None else "",
    )
    probability_full = read.probability_full
    if decision.verdict is not None:
        probability, probability_full = shifted(read.probability, read.probability_full, decision.verdict)
        grade = replace(
            grade,
            verdict=decision.verdict,
            half_points=HALF_POINTS[decision.verdict],
            probability=probability,
            source=Source.CRITIQUE,
            evidence=_evidence(read, judgement, decision.verdict),
        )
    odds = IntervalLine(
        half_points=grade.half_points,
        weight=grade.weight,
        probability=grade.probability,
        probability_full=probability_full,
        bounds=_bounds(read, judgement, decision),
    )
    return _Line(grade, odds, _review(criterion, read, decision))


def _evidence(read: CriterionReading, judgement: Judgement | None, verdict: Verdict) -> tuple[Evidence, ...]:
    """The critique's quote, else the reading's spans; what is missing has nothing to show."""
    if verdict is Verdict.MISSING:
        return ()
    if judgement is not None and judgement.evidence is not None:
        return (judgement.evidence,)
    return read.evidence


def _bounds(read: CriterionReading, judgement: Judgement | None, decision: Decision) -> tuple[int, int] | None:
    """Half-points at worst and at best where the two disagree without proof; None leaves it to the probabilities."""
    if not (decision.opposed or _DOUBTED & set(decision.flags)):
        return None
    claimed = HALF_POINTS.get(judgement.verdict, 0) if judgement is not None and judgement.verdict is not None else 0
    return 0, max(read.half_points, claimed)


def _review(criterion: Criterion, read: CriterionReading, decision: Decision) -> str | None:
    shown = criterion.text if len(criterion.text) <= MAX_SHOWN_CHARS else criterion.text[:MAX_SHOWN_CHARS] + "…"
    if Flag.UNJUDGED in decision.flags:
        return f"The critique gave no usable verdict on “{shown}”."
    if decision.opposed:
        return f"The critique and the confident local reading disagree by a full credit on “{shown}”."
    if decision.verdict is None and read.verdict is Verdict.UNKNOWN:
        return f"“{shown}” could not be judged; its credit is only an estimate."
    return None


def _reading_reasons(reading: Reading, critique: Critique | None) -> Sequence[str]:
    """Why the local reading asks for a person; of what it can't judge the critique may be able to."""
    if critique is None or critique.status != "done":
        return reading.review_reasons
    vouched = critique.vouched_language is not None
    left = [reason for reason in reading.review_reasons if reason not in SETTLED_BY_A_CRITIQUE]
    told = [NOT_VOUCHED_FOR if reason == NOT_READ else reason for reason in left]
    return [reason for reason in told if not (vouched and reason == NOT_VOUCHED_FOR)]


def _critique_reasons(request: GradeRequest, critique: Critique | None) -> list[str]:
    """Why the critique as a whole asks for a person, rule (g) among them."""
    if critique is None:
        return []
    reasons = {
        "pending": "The critique is still to come.",
        "failed": f"The critique failed: {critique.reason}.",
        "void": f"The critique is void: {critique.reason}.",
    }
    found = [reasons[critique.status]] if critique.status in reasons else []
    if critique.status == "done" and is_passed_over(critique):
        found.append("What the critique left undecided was not asked about again; only a drawn share of answers is.")
    if critique.manipulation:
        found.append(Manipulation.INSTRUCTION)
    if is_too_long(request):
        found.append("The answer is so long that the critique saw only its beginning and its end.")
    return found


def _flags(
    request: GradeRequest,
    reading: Reading,
    critique: Critique | None,
    lines: Sequence[_Line],
    *,
    is_manipulative: bool,
) -> tuple[Flag, ...]:
    """Every flag of the answer and of its criteria, each once, in the order of the closed list."""
    found = set(reading.flags).union(*(line.grade.flags for line in lines))
    if request.replaced_characters:
        found.add(Flag.REPLACED_CHARACTERS)
    if is_manipulative or (critique is not None and critique.manipulation):
        found.add(Flag.MANIPULATION)
    if critique is not None and critique.status == "void":
        found.add(Flag.DECOY)
    if critique is not None and is_too_long(request):
        found.add(Flag.TOO_LONG)
    return tuple(flag for flag in Flag if flag in found)


def _basis(critique: Critique | None) -> str:
    if critique is None:
        return "semantic"
    if critique.status == "done":
        return "semantic+critique"
    if critique.status == "pending":
        return f"semantic, critique pending: {critique.reason or 'still to come'}"
    return f"semantic, critique failed: {critique.reason}"


def _provenance(request: GradeRequest, reading: Reading, critique: Critique | None) -> Mapping[str, Any]:
    """What the grade rests on; what varies from run to run stands under "measured"."""
    bank = request.bank
    told = critique.provenance if critique is not None else {}
    measured = {"reading": reading.provenance.get("measured"), "critique": told.get("measured")}
    return {
        "viva": _viva_version(),
        "bank": bank.name if bank else None,
        "bank_version": bank.version if bank else None,
        "bank_sha256": bank.sha256 if bank else None,
        "question_id": request.question_id or None,
        **reading.provenance,
        **told,
        "replaced_characters": request.replaced_characters,
        "measured": {stage: figures for stage, figures in measured.items() if figures},
    }


@cache
def _viva_version() -> str:
    return version("viva")
