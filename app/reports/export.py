"""The report as files: JSON for programs, CSV for spreadsheets.

The JSON has a published schema (`schema/report.schema.json`); its ledger uses the keys of `viva grade`.
"""

import csv
import io
import json
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from importlib import resources
from typing import Any

from app.grading.outcome import CriterionGrade, Critique, Graded, Outcome
from app.reports.report import QuestionReport, Report, ScoreRange, Tally, part_of
from app.review.record import decision_record

SCHEMA = 1
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_CSV_HEADER = (
    "interview",
    "candidate",
    "number",
    "question_id",
    "question",
    "ending",
    "score",
    "score_low",
    "score_high",
    "basis",
    "needs_review",
    "criterion_id",
    "criterion",
    "weight",
    "verdict",
    "credit",
    "probability",
    "source",
    "quote",
    "machine_verdict",
    "decided_by",
    "after_follow_up",
)


def as_json(report: Report) -> str:
    """The report as a JSON document, indented for people, ending in a line break."""
    return json.dumps(as_record(report), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def json_schema() -> Mapping[str, Any]:
    """The JSON Schema of that document."""
    text = resources.files("app.reports").joinpath("schema/report.schema.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def as_record(report: Report) -> dict[str, Any]:
    """The report as plain values; scores as numbers from 0 to 1, times as ISO 8601 in UTC."""
    return {
        "schema": SCHEMA,
        "interview": {
            "id": report.interview_id,
            "candidate": report.label,
            "mode": report.mode.value,
            "state": report.state.value,
            "automated": report.automated,
            "hand_over": report.hand_over,
            "created_at": _time(report.created_at),
            "consented_at": _time(report.consented_at),
            "finished_at": _time(report.finished_at),
        },
        "bank": {
            "name": report.bank,
            "title": report.bank_title,
            "version": report.bank_version,
            "sha256": report.bank_sha256,
        },
        "built_at": _time(report.built_at),
        "basis": report.basis,
        "overall": {
            **_tally(report.overall),
            "answered": report.answered,
            "questions": report.total,
            "completeness": _number(report.completeness),
            "criteria_assessed": report.criteria_assessed,
            "criteria_unclear": report.criteria_unclear,
            "criteria": report.criteria_total,
            "needs_review": len(report.open_reviews),
            "decided": report.decided,
            "ungraded": report.ungraded,
            "critiqued": report.critiqued,
            "critiques": report.critiques,
            "critiques_failed": report.critiques_failed,
            "band": _band(report),
        },
        "sections": [
            {"title": s.title, "answered": s.answered, "questions": s.total, **_tally(s.tally)} for s in report.sections
        ],
        "questions": [_question(question) for question in report.questions],
        "job_questions": list(report.job_questions),
    }


def as_csv(report: Report) -> str:
    """One row a criterion (one a question where nothing was graded), CRLF line ends.

    Cells that a spreadsheet would take for a formula are given a leading apostrophe.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_CSV_HEADER)
    for question in report.questions:
        head = [report.interview_id, report.label, question.number, question.id, question.text, _ending(question)]
        if not isinstance(question.outcome, Graded):
            left = [_decimal(question.tally.score.value)] * 3 if question.tally.score else []
            cells = [*head, *left]
            writer.writerow([as_cell(value) for value in (*cells, *[""] * (len(_CSV_HEADER) - len(cells)))])
            continue
        graded = question.outcome
        parts = question.answer.parts if question.answer else ()
        worth = question.tally.score or ScoreRange(graded.score, graded.score_low, graded.score_high)
        scores = [_decimal(value) for value in (worth.value, worth.low, worth.high)]
        for line in graded.criteria:
            quotes = " … ".join(evidence.quote for evidence in line.evidence)
            writer.writerow(
                [
                    as_cell(value)
                    for value in (
                        *head,
                        *scores,
                        graded.basis,
                        "yes" if graded.needs_review else "no",
                        line.criterion_id,
                        line.text,
                        line.weight,
                        line.verdict.value,
                        line.half_points / 2,
                        f"{line.probability:.3f}",
                        line.source.value,
                        quotes,
                        line.machine.verdict.value if line.machine else "",
                        question.decision.who if question.decision else "",
                        "yes" if line.half_points and part_of(line, parts) else "no",
                    )
                ]
            )
    return stream.getvalue()


def _question(question: QuestionReport) -> dict[str, Any]:
    answer = question.answer
    return {
        "id": question.id,
        "number": question.number,
        "section": question.section,
        "text": question.text,
        "ending": _ending(question),
        **_tally(question.tally),
        "parts": [part.text for part in answer.parts if part.text or not part.revision] if answer else [],
        "revision": answer.revision if answer else 0,
        "earlier": [{"text": version.text, "at": _time(version.at)} for version in question.earlier],
        "grade": _grade(question.outcome, question.grade_id, question.graded_at),
        "decision": decision_record(question.decision) if question.decision else None,
    }


def _grade(outcome: Outcome | None, grade_id: str, graded_at: datetime | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    shared = {
        "grade_id": grade_id,
        "graded_at": _time(graded_at),
        "flags": [flag.value for flag in outcome.flags],
        "provenance": _plain(outcome.provenance),
    }
    if not isinstance(outcome, Graded):
        unscored: dict[str, Any] = {"score": None, "score_low": None, "score_high": None, "basis": None, "criteria": []}
        reasons = {"needs_review": True, "review_reasons": [outcome.reason], "critique": None}
        return {"status": "ungraded", "reason": outcome.reason, **unscored, **reasons, **shared}
    return {
        "status": "graded",
        "reason": outcome.reason.value if outcome.reason else None,
        "basis": outcome.basis,
        "score": _number(outcome.score),
        "score_low": _number(outcome.score_low),
        "score_high": _number(outcome.score_high),
        "criteria": [_criterion(line) for line in outcome.criteria],
        "needs_review": outcome.needs_review,
        "review_reasons": list(outcome.review_reasons),
        "critique": _critique(outcome.critique),
        **shared,
    }


def _criterion(line: CriterionGrade) -> dict[str, Any]:
    told = {
        "id": line.criterion_id,
        "text": line.text,
        "weight": line.weight,
        "verdict": line.verdict.value,
        "credit": line.half_points / 2,
        "probability": line.probability,
        "source": line.source.value,
        "reason": line.reason,
        "flags": [flag.value for flag in line.flags],
        "evidence": [{"part": e.part, "start": e.start, "end": e.end, "quote": e.quote} for e in line.evidence],
    }
    given = line.machine
    if given is not None:
        told["machine"] = {
            "verdict": given.verdict.value,
            "credit": given.half_points / 2,
            "probability": given.probability,
            "source": given.source.value,
        }
    return told


def _critique(critique: Critique | None) -> dict[str, Any] | None:
    if critique is None:
        return None
    return {
        "status": critique.status,
        "reason": critique.reason,
        "feedback": critique.feedback,
        "strengths": list(critique.strengths),
        "gaps": list(critique.gaps),
        "misconceptions": list(critique.misconceptions),
        "unlisted": list(critique.unlisted),
        "manipulation": critique.manipulation,
        "provenance": _plain(critique.provenance),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    score: ScoreRange | None = tally.score
    return {
        "score": _number(score.value) if score else None,
        "score_low": _number(score.low) if score else None,
        "score_high": _number(score.high) if score else None,
        "credit": _number(tally.credit),
        "credit_after_follow_up": _number(tally.credit_after),
        "points": tally.points,
    }


def _band(report: Report) -> dict[str, Any] | None:
    call = report.call
    if call is None:
        return None
    return {
        "name": call.band.name if call.band else None,
        "too_close_to_call": call.is_close,
        "cut": call.cut,
        "too_incomplete": call.is_incomplete,
    }


def _ending(question: QuestionReport) -> str:
    """How the question ended: the name of a non-answer, or whether there is an answer."""
    if question.non_answer is not None:
        return question.non_answer.value
    return "answered" if question.answer and question.answer.ending else "open"


def _number(value: Fraction) -> float:
    return round(float(value), 6)


def _decimal(value: Fraction) -> str:
    return f"{float(value):.4f}"


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON values have no narrower type
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def as_cell(value: object) -> str:
    """A text for a cell of a CSV file that no spreadsheet runs as a formula."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
