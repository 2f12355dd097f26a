"""What a reviewer is shown, as JSON objects: nothing of the machine's while an answer is to be judged blind."""

from collections.abc import Sequence
from typing import Any

from app.grading.record import to_record
from app.review.bulk import BulkLine
from app.review.models import Comment, Decision, Queue, ReviewItem, Waiting


def queue_record(queue: Queue) -> dict[str, Any]:
    """A stretch of the queue."""
    return {"total": queue.total, "more": queue.is_more, "reviews": [_line(line) for line in queue.lines]}


def item_record(item: ReviewItem) -> dict[str, Any]:
    """One answer for its reviewer; `grade` has the shape of the schema grade-output, and is null while it is blind."""
    grade = item.grade
    return {
        "id": item.id,
        "blind": item.is_blind,
        "open": item.is_open,
        "interview_id": item.interview_id or None,
        "label": item.label or None,
        "bank": item.bank,
        "bank_version": item.bank_version,
        "question_id": item.question_id,
        "question": item.question,
        "parts": [{"asked": part.asked, "text": part.text} for part in item.parts],
        "criteria": [
            {"id": criterion.id, "text": criterion.text, "weight": criterion.weight} for criterion in item.criteria
        ],
        "grade": None if grade is None else to_record(grade.outcome, grade_id=grade.id, row_id=item.question_id),
        "decision": None if item.decision is None else decision_record(item.decision),
        "waits": item.waits,
        "assignee": item.assignee or None,
        "comments": [comment_record(comment) for comment in item.comments],
    }


def comment_record(comment: Comment) -> dict[str, Any]:
    """A comment."""
    return {"id": comment.id, "who": comment.who, "text": comment.text, "at": comment.at.isoformat()}


def bulk_record(lines: Sequence[BulkLine]) -> dict[str, Any]:
    """What became of each of several cases."""
    return {
        "done": sum(line.refused is None for line in lines),
        "refused": sum(line.refused is not None for line in lines),
        "reviews": [
            {
                "id": line.grade_id,
                "new_grade_id": line.new_grade_id or None,
                "refused": None if line.refused is None else str(line.refused),
            }
            for line in lines
        ],
    }


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision as it was made."""
    return {
        "id": decision.id,
        "grade_id": decision.grade_id,
        "new_grade_id": decision.new_grade_id,
        "kind": decision.kind.value,
        "blind": decision.blind,
        "who": decision.who,
        "reason": decision.reason,
        "verdicts": {criterion_id: verdict.value for criterion_id, verdict in decision.verdicts.items()},
        "review_reasons": list(decision.review_reasons),
        "at": decision.at.isoformat(),
    }


def _line(line: Waiting) -> dict[str, Any]:
    return {
        "id": line.grade_id,
        "blind": line.is_blind,
        "interview_id": line.interview_id or None,
        "label": line.label or None,
        "bank": line.bank,
        "bank_version": line.bank_version,
        "question_id": line.question_id,
        "graded_at": line.graded_at.isoformat(),
        "reasons": list(line.reasons),
        "assignee": line.assignee or None,
    }
