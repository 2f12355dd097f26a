"""What must be said for a decision, a comment or an assignment to be taken: told by field, with what would do."""

from app.errors import InvalidInput
from app.grading.normalise import clean
from app.grading.outcome import Graded
from app.review.models import CommentWanted, DecisionKind, DecisionWanted
from rubric.criteria import Verdict

LONGEST_ID = 64
LONGEST_NAME = 100
LONGEST_REASON = 1000
LONGEST_COMMENT = 2000


def stored(text: str) -> str:
    """A person's words as they are kept."""
    return clean(text).text.strip()


def require_who(who: str) -> None:
    """Refuse a name that is none."""
    if not 0 < len(stored(who)) <= LONGEST_NAME:
        raise InvalidInput(f"who: say who decides, in at most {LONGEST_NAME} characters.")


def require_reason(reason: str) -> None:
    """Refuse a reason that is too long."""
    if len(stored(reason)) > LONGEST_REASON:
        raise InvalidInput(f"reason: at most {LONGEST_REASON} characters.")


def require_assignee(assignee: str) -> None:
    """Refuse a name that is too long; an empty one is nobody's."""
    if len(stored(assignee)) > LONGEST_NAME:
        raise InvalidInput(f"assignee: a name has at most {LONGEST_NAME} characters.")


def require_comment(wanted: CommentWanted) -> None:
    """Refuse a comment that says nothing or too much, or nobody's."""
    _require_id(wanted.id, "comment")
    if not 0 < len(stored(wanted.who)) <= LONGEST_NAME:
        raise InvalidInput(f"who: say who comments, in at most {LONGEST_NAME} characters.")
    if not 0 < len(stored(wanted.text)) <= LONGEST_COMMENT:
        raise InvalidInput(f"text: a comment has 1 to {LONGEST_COMMENT} characters.")


def require_text(wanted: DecisionWanted) -> None:
    """Refuse of a decision what no lookup is needed to refuse."""
    _require_id(wanted.id, "decision")
    require_who(wanted.who)
    require_reason(wanted.reason)
    if wanted.kind is not DecisionKind.OVERRIDE and wanted.verdicts:
        said = "confirmation" if wanted.kind is DecisionKind.CONFIRM else "dismissal"
        raise InvalidInput(f"verdicts: a {said} gives none; override the criteria that you see differently.")
    if wanted.kind is DecisionKind.DISMISS and not stored(wanted.reason):
        raise InvalidInput("reason: say why nobody needs to judge it, for whoever reads the report.")
    if Verdict.UNKNOWN in wanted.verdicts.values():
        raise InvalidInput("verdicts: a person says covered, partial, missing or contradicted, not unknown.")


def require_fit(wanted: DecisionWanted, graded: Graded, *, blind: bool) -> None:
    """Refuse a decision that does not fit the grade it is about."""
    ids = [line.criterion_id for line in graded.criteria]
    unknown = [given for given in wanted.verdicts if given not in ids]
    if unknown:
        raise InvalidInput(f"verdicts: the answer has no criterion {unknown[0]!r}; it has {', '.join(ids)}.")
    if blind and wanted.kind is DecisionKind.DISMISS:
        raise InvalidInput(
            "kind: this answer is in the audit sample, which would say nothing once people left out of it what they "
            "like; judge it."
        )
    if blind:
        left = [id_ for id_ in ids if id_ not in wanted.verdicts]
        if wanted.kind is DecisionKind.CONFIRM or left:
            raise InvalidInput(
                "verdicts: this answer is judged blind, so it needs a verdict for every criterion"
                f"; still without one: {', '.join(left)}."
            )
        return
    if wanted.kind is DecisionKind.OVERRIDE and not wanted.verdicts:
        raise InvalidInput("verdicts: an override names at least one criterion with its verdict; or confirm.")
    if wanted.kind is DecisionKind.OVERRIDE and not stored(wanted.reason):
        raise InvalidInput("reason: an override says why, for whoever reads the report.")


def _require_id(given: str, whose: str) -> None:
    if not 0 < len(given) <= LONGEST_ID or not given.isprintable():
        raise InvalidInput(f"id: a {whose}'s id has 1 to {LONGEST_ID} printable characters.")
