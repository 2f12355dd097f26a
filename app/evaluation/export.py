"""The evaluation as a JSON document; its shape is published in `schema/evaluation.schema.json`."""

import json
from typing import Any

from app.evaluation.evaluation import WORST, Accepted, Bin, Disagreement, Evaluation, FlagRow, Row
from app.evaluation.figures import Figure
from app.evaluation.resampling import LEVEL, RESAMPLES, SEED
from rubric.scoring import FULL

SCHEMA = 1
DECIMALS = 4


def as_json(evaluation: Evaluation) -> str:
    """The evaluation as a JSON document, indented for people, ending in a line break."""
    return json.dumps(as_record(evaluation), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_record(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as plain values; shares, credits and scores as numbers from 0 to 1."""
    source = evaluation.source
    return {
        "schema": SCHEMA,
        "source": {
            "labelled": source.labelled,
            "grades": source.grades,
            "answers": source.answers,
            "graded": source.answers - source.ungraded,
            "ungraded": source.ungraded,
            "questions": source.questions,
            "bases": source.bases,
        },
        "intervals": {"level": LEVEL, "resamples": RESAMPLES, "seed": SEED, "over": "questions"},
        "figures": [_figure(figure) for figure in evaluation.all_figures],
        "accepted_figures": [_figure(figure) for figure in evaluation.accepted_figures],
        "agreement_matrix": {
            "credits": [0, 0.5, 1],
            "counts": [list(row) for row in evaluation.matrix],
        },
        "calibration": [_bin(each) for each in evaluation.calibration],
        "accepted": _accepted(evaluation.operating),
        "accepted_curve": [_accepted(point) for point in evaluation.curve],
        "by_bank": [_row(row) for row in evaluation.by_bank],
        "by_style": [_row(row) for row in evaluation.by_style],
        "by_question": [_row(row) for row in evaluation.by_question],
        "by_score_band": [_row(row) for row in evaluation.by_band],
        "flags": [_flag(row) for row in evaluation.flags],
        "worst_disagreements": [_disagreement(each) for each in evaluation.worst[:WORST]],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "title": figure.title,
        "unit": figure.unit,
        "count": figure.count,
        "value": _rounded(figure.value),
        "low": _rounded(figure.low),
        "high": _rounded(figure.high),
        "undefined": figure.undefined or None,
    }


def _bin(each: Bin) -> dict[str, Any]:
    return {
        "low": each.low,
        "high": each.high,
        "count": each.count,
        "mean_probability": _rounded(each.mean),
        "observed": _rounded(each.observed),
    }


def _accepted(point: Accepted) -> dict[str, Any]:
    return {
        "share": _rounded(point.share),
        "answers": point.answers,
        "criteria": point.criteria,
        "wrong": _rounded(point.wrong),
        "off_by_a_full_credit": _rounded(point.far_off),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "group": row.group or None,
        "answers": row.answers,
        "criteria": row.criteria,
        "person": _rounded(row.person),
        "grader": _rounded(row.grader),
        "wrong": _rounded(row.wrong),
        "off_by_a_full_credit": _rounded(row.far_off),
        "qwk": _figure(row.qwk),
        "rmse": _figure(row.rmse),
        "accepted": _accepted(row.accepted),
    }


def _flag(row: FlagRow) -> dict[str, Any]:
    return {
        "flag": row.flag,
        "noted_as": row.noted_as or None,
        "raised": row.raised,
        "noted": row.noted,
        "found": row.found,
        "others": row.others,
        "false_alarms": row.false_alarms,
    }


def _disagreement(each: Disagreement) -> dict[str, Any]:
    answer, mark = each.compared.answer, each.mark
    return {
        "id": answer.id or None,
        "group": each.compared.key[0],
        "style": answer.style or None,
        "question": answer.question,
        "answer": answer.answer,
        "number": each.number,
        "criterion": mark.text,
        "person_credit": mark.person / FULL if mark.person >= 0 else None,
        "person_quote": mark.quote or None,
        "credit": mark.grader / FULL,
        "verdict": mark.verdict.value,
        "probability": _rounded(mark.probability),
        "source": mark.source.value,
        "evidence": [
            {"part": span.part, "start": span.start, "end": span.end, "quote": span.quote} for span in mark.evidence
        ],
        "needs_review": not each.compared.is_accepted,
        "review_reasons": list(each.compared.review_reasons),
        "flags": [flag.value for flag in each.compared.flags],
    }
