"""What an audit found, as a JSON document; its shape is published in `schema/audit.schema.json`."""

import json
from typing import Any

from app.evaluation.audit import Audit, Check, QuestionAudit
from rubric.scoring import FULL

SCHEMA = 1
DECIMALS = 4


def as_json(audit: Audit) -> str:
    """The audit as a JSON document, indented for people, ending in a line break."""
    return json.dumps(as_record(audit), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_record(audit: Audit) -> dict[str, Any]:
    """The audit as plain values."""
    return {
        "schema": SCHEMA,
        "bank": audit.bank,
        "version": audit.version,
        "passes": audit.passes,
        "checks": audit.checks,
        "broken": audit.broken,
        "broken_unseen": audit.broken_unseen,
        "questions_without_criteria": list(audit.skipped),
        "bases": audit.bases,
        "cases": [{"name": name, "checks": run, "broken": broken} for name, (run, broken) in audit.by_name().items()],
        "questions": [_question(question) for question in audit.questions],
    }


def _question(audited: QuestionAudit) -> dict[str, Any]:
    return {
        "id": audited.question.id,
        "number": audited.number,
        "section": audited.section,
        "text": audited.question.text,
        "checks": len(audited.checks),
        "broken": [_check(check) for check in audited.broken],
        "held_for_review": [_check(check) for check in audited.held],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "case": check.case.name,
        "must_hold": check.case.relation.value,
        "why": check.broken or None,
        "score": None if check.score is None else round(float(check.score), DECIMALS),
        "accepted": check.is_accepted,
        "criteria": [
            {
                "number": slip.number,
                "text": slip.criterion,
                "credit": slip.half_points / FULL,
                "before": None if slip.before is None else slip.before / FULL,
            }
            for slip in check.slips
        ],
        "answer": check.case.answer,
        "compared_with": check.case.base,
    }
