"""Between rows and values of screenings: nothing is decided here."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from app.grading.grader import BankRef
from app.interviews.models import Ending
from app.screening.marks import AnswerState, Mark
from app.screening.policy_file import policy_from_json
from app.screening.screening import Screening, ScreeningState
from rubric.criteria import Verdict


@dataclass(frozen=True, slots=True)
class _Line:
    criterion_id: str
    verdict: Verdict
    flags: list[str]


@dataclass(frozen=True, slots=True)
class _Graded:
    """What a ranking needs of a stored grade; the rest of it is passed over unread."""

    score: Fraction
    score_low: Fraction
    score_high: Fraction
    flags: list[str]
    criteria: list[_Line]


@dataclass(frozen=True, slots=True)
class _Ungraded:
    reason: str


_GRADED = TypeAdapter(_Graded)
_UNGRADED = TypeAdapter(_Ungraded)


def screening_row(screening: Screening) -> dict[str, Any]:
    """A screening without what its versions hold."""
    return {
        "id": screening.id,
        "name": screening.name,
        "state": screening.state.value,
        "version": screening.version,
        "language": screening.language,
        "deadline": screening.deadline,
        "retention_days": screening.retention_days,
        "created_at": screening.created_at,
        "activated_at": screening.activated_at,
        "closed_at": screening.closed_at,
    }


def screening_value(row: Row[Any]) -> Screening:
    """The screening of a row that holds its newest version, too."""
    return Screening(
        id=row.id,
        name=row.name,
        bank=BankRef(row.bank_name, row.bank_version, row.bank_sha256),
        policy=policy_from_json(row.policy),
        language=row.language,
        state=ScreeningState(row.state),
        created_at=row.created_at,
        version=row.version,
        deadline=row.deadline,
        retention_days=row.retention_days,
        activated_at=row.activated_at,
        closed_at=row.closed_at,
    )


def answer_state(row: Row[Any]) -> AnswerState:
    """The answer of a row with its newest grade, if it has one."""
    graded = _GRADED.validate_json(row.outcome) if row.status == "graded" else None
    return AnswerState(
        question_id=row.question_id,
        ending=Ending(row.ending) if row.ending else None,
        has_text=row.has_text,
        mark=None if graded is None else _mark(graded, row),
        trouble=_UNGRADED.validate_json(row.outcome).reason if row.status == "ungraded" else "",
    )


def _mark(graded: _Graded, row: Row[Any]) -> Mark:
    flags = {flag for line in graded.criteria for flag in line.flags} | set(graded.flags)
    return Mark(
        score=graded.score,
        low=graded.score_low,
        high=graded.score_high,
        verdicts={line.criterion_id: line.verdict for line in graded.criteria},
        flags=tuple(sorted(flags)),
        waits=row.needs_review and not row.is_decided,
        critique=row.critique,
        is_decided=row.is_decided,
    )
