"""An outcome as the JSON object that leaves Viva, and back.

The shape is published in `schema/grade.schema.json`; later versions only add keys. Floats are rounded to 4 decimals;
what a score is computed from (half-points and weights) stands in the record, so it comes back exact.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any

from app.grading.grader import GradeRequest
from app.grading.outcome import (
    CriterionGrade,
    Critique,
    Evidence,
    Flag,
    Graded,
    Judgement,
    MachineVerdict,
    Outcome,
    Source,
    StopReason,
    Ungraded,
)
from rubric.criteria import Criterion, Verdict
from rubric.scoring import FULL, score

SCHEMA = 1
DECIMALS = 4
NOTHING_KNOWN = 0.5
CRITIQUE_PROVENANCE = (
    "model",
    "prompt",
    "prompt_version",
    "prompt_sha256",
    "schema_sha256",
    "language",
    "vouched_language",
    "decoy",
    "decoy_text",
    "exemplars",
    "exemplars_missed",
    "second_look",
    "returned_model",
    "system_fingerprint",
    "output_mode",
    "raw_replies",
)

_VOID_TOLD = "its verdicts can't be trusted"


def to_record(
    outcome: Outcome,
    *,
    grade_id: str,
    row_id: str | int | None,
    request: GradeRequest | None = None,
    audit_sample: bool | None = None,
) -> dict[str, Any]:
    """The JSON object of an outcome.

    Args:
        outcome: What grading gave.
        grade_id: Identifies this grade for ever.
        row_id: The id of the row or answer it belongs to; None when it has none.
        request: What was graded, so that an ungraded outcome can list its criteria; None when it is not known.
        audit_sample: Whether the answer was drawn for the audit; None leaves the key out, for readers who must not
            know before they have judged it themselves.
    """
    if isinstance(outcome, Graded):
        record = _graded(outcome, grade_id, row_id)
    else:
        record = _ungraded(outcome, grade_id, row_id, request)
    return record if audit_sample is None else {**record, "audit_sample": audit_sample}


def practice_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the candidate of a practice interview sees it: nothing of the machinery, the decoy above all."""
    told = {**record, "provenance": {}, "review_reasons": [], "flags": _without_decoy(record["flags"])}
    told.pop("audit_sample", None)
    told["criteria"] = [_practice_line(line) for line in record["criteria"]]
    critique = record["critique"]
    if critique is not None and critique["status"] == "void":
        told["basis"] = f"semantic, critique failed: {_VOID_TOLD}"
        told["critique"] = {**critique, "status": "failed", "reason": _VOID_TOLD}
    return told


def _practice_line(line: Mapping[str, Any]) -> dict[str, Any]:
    told = {**line, "flags": _without_decoy(line["flags"])}
    if line["source"] == Source.PERSON:
        # A reviewer writes to whoever reads the report.
        told["reason"] = ""
        told.pop("machine", None)
    return told


def _without_decoy(flags: Sequence[str]) -> list[str]:
    return [flag for flag in flags if flag != Flag.DECOY]


def from_record(record: Mapping[str, Any]) -> Outcome:
    """The outcome of a record; `to_record` of it gives an equal record.

    Raises:
        KeyError, ValueError: This is no record of schema 1.
    """
    if record["schema"] != SCHEMA:
        raise ValueError(f"a grade of schema {record['schema']!r}; this version of Viva reads schema {SCHEMA}")
    flags = tuple(Flag(flag) for flag in record["flags"])
    if record["status"] == "ungraded":
        return Ungraded(reason=record["reason"], flags=flags, provenance=record["provenance"])
    criteria = tuple(_criterion_from(line) for line in record["criteria"])
    return Graded(
        basis=record["basis"],
        score=score([(criterion.half_points, criterion.weight) for criterion in criteria]),
        score_low=_fraction(record["score_low"]),
        score_high=_fraction(record["score_high"]),
        criteria=criteria,
        reason=StopReason(record["reason"]) if record["reason"] is not None else None,
        flags=flags,
        review_reasons=tuple(record["review_reasons"]),
        critique=_critique_from(record["critique"], record["provenance"]),
        provenance=record["provenance"],
    )


def grade_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of a record."""
    schema: dict[str, Any] = json.loads(files("app.grading").joinpath("schema/grade.schema.json").read_text("utf-8"))
    return schema


def _graded(outcome: Graded, grade_id: str, row_id: str | int | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "grade_id": grade_id,
        "id": row_id,
        "status": "graded",
        "reason": outcome.reason.value if outcome.reason is not None else None,
        "basis": outcome.basis,
        "score": _decimal(outcome.score),
        "score_low": _decimal(outcome.score_low, ROUND_FLOOR),
        "score_high": _decimal(outcome.score_high, ROUND_CEILING),
        "criteria": [_criterion(criterion) for criterion in outcome.criteria],
        "flags": [flag.value for flag in outcome.flags],
        "needs_review": outcome.needs_review,
        "review_reasons": list(outcome.review_reasons),
        "critique": _critique(outcome.critique) if outcome.critique is not None else None,
        "provenance": dict(outcome.provenance),
    }


def _ungraded(
    outcome: Ungraded, grade_id: str, row_id: str | int | None, request: GradeRequest | None
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "grade_id": grade_id,
        "id": row_id,
        "status": "ungraded",
        "reason": outcome.reason,
        "basis": None,
        "score": None,
        "score_low": None,
        "score_high": None,
        "criteria": [_unread(criterion) for criterion in request.criteria] if request is not None else [],
        "flags": [flag.value for flag in outcome.flags],
        "needs_review": True,
        "review_reasons": ["The answer has no grade yet."],
        "critique": None,
        "provenance": dict(outcome.provenance),
    }


def _criterion(criterion: CriterionGrade) -> dict[str, Any]:
    line = {
        "id": criterion.criterion_id,
        "text": criterion.text,
        "verdict": criterion.verdict.value,
        "credit": criterion.half_points / FULL,
        "probability": round(criterion.probability, DECIMALS),
        "source": criterion.source.value,
        "evidence": [_evidence(span) for span in criterion.evidence],
        "weight": criterion.weight,
        "flags": [flag.value for flag in criterion.flags],
        "reason": criterion.reason,
    }
    return line if criterion.machine is None else {**line, "machine": _machine(criterion.machine)}


def _machine(given: MachineVerdict) -> dict[str, Any]:
    return {
        "verdict": given.verdict.value,
        "credit": given.half_points / FULL,
        "probability": round(given.probability, DECIMALS),
        "source": given.source.value,
    }


def _unread(criterion: Criterion) -> dict[str, Any]:
    """A criterion of which nothing is known: the middle of every range, never a zero."""
    return {
        "id": criterion.id,
        "text": criterion.text,
        "verdict": Verdict.UNKNOWN.value,
        "credit": NOTHING_KNOWN,
        "probability": NOTHING_KNOWN,
        "source": Source.SEMANTIC.value,
        "evidence": [],
        "weight": criterion.weight,
        "flags": [],
        "reason": "",
    }


def _evidence(span: Evidence) -> dict[str, Any]:
    return {"part": span.part, "start": span.start, "end": span.end, "quote": span.quote}


def _critique(critique: Critique) -> dict[str, Any]:
    return {
        "status": critique.status,
        "feedback": critique.feedback,
        "strengths": list(critique.strengths),
        "gaps": list(critique.gaps),
        "misconceptions": list(critique.misconceptions),
        "unlisted": list(critique.unlisted),
        "reason": critique.reason,
        "retry": critique.retry,
        "manipulation": critique.manipulation,
        "judgements": [
            {
                "id": judgement.criterion_id,
                "verdict": judgement.verdict.value if judgement.verdict is not None else None,
                "evidence": _evidence(judgement.evidence) if judgement.evidence is not None else None,
                "reason": judgement.reason,
                **({"confirmed": True} if judgement.confirmed else {}),
            }
            for judgement in critique.judgements
        ],
    }


def _criterion_from(line: Mapping[str, Any]) -> CriterionGrade:
    return CriterionGrade(
        criterion_id=line["id"],
        text=line["text"],
        weight=line["weight"],
        verdict=Verdict(line["verdict"]),
        half_points=round(line["credit"] * FULL),
        probability=line["probability"],
        source=Source(line["source"]),
        evidence=tuple(Evidence(**span) for span in line["evidence"]),
        flags=tuple(Flag(flag) for flag in line["flags"]),
        reason=line["reason"],
        machine=_machine_from(line["machine"]) if "machine" in line else None,
    )


def _machine_from(given: Mapping[str, Any]) -> MachineVerdict:
    return MachineVerdict(
        Verdict(given["verdict"]), round(given["credit"] * FULL), given["probability"], Source(given["source"])
    )


def _critique_from(data: Mapping[str, Any] | None, provenance: Mapping[str, Any]) -> Critique | None:
    if data is None:
        return None
    measured = provenance.get("measured", {}).get("critique")
    told = {key: provenance[key] for key in CRITIQUE_PROVENANCE if key in provenance}
    return Critique(
        status=data["status"],
        reason=data["reason"],
        retry=data["retry"],
        judgements=tuple(
            Judgement(
                criterion_id=judgement["id"],
                verdict=Verdict(judgement["verdict"]) if judgement["verdict"] is not None else None,
                evidence=Evidence(**judgement["evidence"]) if judgement["evidence"] is not None else None,
                reason=judgement["reason"],
                confirmed=judgement.get("confirmed", False),
            )
            for judgement in data["judgements"]
        ),
        feedback=data["feedback"],
        strengths=tuple(data["strengths"]),
        gaps=tuple(data["gaps"]),
        misconceptions=tuple(data["misconceptions"]),
        unlisted=tuple(data["unlisted"]),
        manipulation=data["manipulation"],
        vouched_language=provenance.get("vouched_language"),
        provenance={**told, "measured": measured} if measured else told,
    )


def _decimal(value: Fraction, rounding: str = ROUND_HALF_EVEN) -> float:
    """The fraction as a float of 4 decimals; the ends of an interval are rounded outwards."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal(1).scaleb(-DECIMALS), rounding=rounding))


def _fraction(value: float) -> Fraction:
    return Fraction(Decimal(str(value)))
