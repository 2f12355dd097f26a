"""What a reviewer is shown of one answer in a terminal."""

from typing import TYPE_CHECKING

from app.cli.terminal import safe

if TYPE_CHECKING:
    from app.review.models import ReviewItem


def review_text(item: "ReviewItem") -> str:
    """The answer with its criteria and, unless it is to be judged blind, what the machine gave."""
    head = f"{item.bank} v{item.bank_version}, {item.question_id}"
    lines = [
        f"{item.id}  {head}" + (f"  {item.label or '(no label)'}, {item.interview_id}" if item.interview_id else "")
    ]
    for part in item.parts:
        lines += ["", f"Q: {part.asked}", f"A: {part.text}"]
    lines.append("")
    if item.is_blind:
        lines += ["In the audit sample: judge it without knowing what the machine gave.", ""]
        lines += [f"{place}. [{one.id}] {one.text} (weight {one.weight})" for place, one in enumerate(item.criteria, 1)]
        return safe("\n".join(lines))
    return safe("\n".join(lines)) + marks_text(item)


def marks_text(item: "ReviewItem") -> str:
    """The ledger with what is to be known about it."""
    from app.grading.outcome import Graded  # noqa: PLC0415 (slow to import)

    outcome = item.grade.outcome if item.grade is not None else None
    if not isinstance(outcome, Graded):
        return ""
    lines = [f"Score {float(outcome.score):.2f} ({float(outcome.score_low):.2f} to {float(outcome.score_high):.2f})"]
    for place, line in enumerate(outcome.criteria, start=1):
        machine = f"; the machine: {line.machine.verdict}" if line.machine is not None else ""
        lines.append(f"{place}. [{line.criterion_id}] {line.text}: {line.verdict} ({line.source}{machine})")
        lines += [f"      “{span.quote}”" for span in line.evidence]
        lines += [f"      {line.reason}"] if line.reason else []
    lines += [f"! {reason}" for reason in outcome.review_reasons]
    if item.decision is not None:
        made = item.decision
        lines.append(
            f"Decided by {made.who}, {made.at:%Y-%m-%d %H:%M} UTC: {made.kind}{', blind' if made.blind else ''}."
        )
    lines += [f"Taken on by {item.assignee}."] if item.assignee else []
    lines += [f"{said.who}, {said.at:%Y-%m-%d %H:%M} UTC: {said.text}" for said in item.comments]
    return safe("\n".join(lines))
