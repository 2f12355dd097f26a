"""Screenings and their progress as plain values, for files and the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.screening.invitations import Invitation
from app.screening.likeness import AlikeGroup, pairs
from app.screening.policy_file import policy_record
from app.screening.screening import Progress, Screening


def screening_record(screening: Screening) -> dict[str, Any]:
    """A screening; times as ISO 8601 in UTC."""
    return {
        "id": screening.id,
        "name": screening.name,
        "state": screening.state.value,
        "version": screening.version,
        "bank": {"name": screening.bank.name, "version": screening.bank.version, "sha256": screening.bank.sha256},
        "policy": policy_record(screening.policy),
        "language": screening.language,
        "deadline": _time(screening.deadline),
        "retention_days": screening.retention_days,
        "created_at": _time(screening.created_at),
        "activated_at": _time(screening.activated_at),
        "closed_at": _time(screening.closed_at),
    }


def progress_record(progress: Progress) -> dict[str, Any]:
    """How far the grading is."""
    return {
        "candidates": progress.candidates,
        "answers": progress.answers,
        "graded": progress.graded,
        "critiques_pending": progress.critiques_pending,
        "critiques_failed": progress.critiques_failed,
        "unread": progress.unread,
        "waiting": progress.waiting,
        "is_done": progress.is_done,
        "failures": [{"reason": reason, "answers": count} for reason, count in progress.failures],
    }


def invitation_record(invitation: Invitation, at: datetime) -> dict[str, Any]:
    """Somebody who was invited, and where they stand at that time; no address and no link."""
    return {
        "candidate": invitation.key,
        "name": invitation.name,
        "interview_id": invitation.interview_id,
        "state": invitation.state(at).value,
        "invited_at": _time(invitation.invited_at),
        "opened_at": _time(invitation.opened_at),
        "expires_at": _time(invitation.expires_at),
        "mailed_at": _time(invitation.mailed_at),
    }


def alike_record(groups: Sequence[AlikeGroup]) -> dict[str, Any]:
    """Answers that are alike, and who shares several; shares from 0 to 1."""
    return {
        "groups": [
            {
                "question_id": group.question_id,
                "candidates": [
                    {"candidate": one.candidate, "share": round(float(one.share), 4)} for one in group.members
                ],
            }
            for group in groups
        ],
        "pairs": [{"candidates": [pair.first, pair.second], "answers": pair.answers} for pair in pairs(groups)],
    }


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
