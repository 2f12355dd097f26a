"""One decision about several waiting cases: each is taken by itself, on the grade that was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from app.errors import Conflict, InvalidInput, NotFound
from app.review.models import DecisionKind, DecisionWanted
from app.review.requirements import LONGEST_ID, require_assignee, require_reason, require_who, stored
from app.review.service import LARGEST_PAGE, ReviewService


class BulkKind(StrEnum):
    """What is done with all of them."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    ASSIGN = "assign"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkWanted:
    """What is asked for.

    Attributes:
        id: Given by whoever sends it, so that sending it again is harmless.
        grade_ids: The cases, each by the grade that was looked at.
        who: Who decides; not needed to assign.
        assignee: To whom they are assigned; empty gives them back.
    """

    id: str
    kind: BulkKind
    grade_ids: Sequence[str]
    who: str = ""
    reason: str = ""
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLine:
    """What became of one case.

    Attributes:
        new_grade_id: The grade that counts from then on; empty where none was made.
        refused: Why nothing was done; None where it was.
    """

    grade_id: str
    new_grade_id: str = ""
    refused: Conflict | InvalidInput | NotFound | None = None


async def settle_all(reviews: ReviewService, wanted: BulkWanted) -> tuple[BulkLine, ...]:
    """Do it case by case; one that is refused keeps none of the others back.

    Raises:
        InvalidInput: What is asked for would be refused of every case.
    """
    ids = tuple(dict.fromkeys(wanted.grade_ids))
    if not 0 < len(wanted.id) <= LONGEST_ID or not wanted.id.isprintable():
        raise InvalidInput(f"id: it has 1 to {LONGEST_ID} printable characters.")
    if not 0 < len(ids) <= LARGEST_PAGE:
        raise InvalidInput(f"reviews: choose 1 to {LARGEST_PAGE} of them.")
    if wanted.kind is BulkKind.ASSIGN:
        require_assignee(wanted.assignee)
    else:
        require_who(wanted.who)
        require_reason(wanted.reason)
    if wanted.kind is BulkKind.DISMISS and not stored(wanted.reason):
        raise InvalidInput("reason: say why nobody needs to judge them, for whoever reads the reports.")
    return tuple([await _settle(reviews, wanted, grade_id) for grade_id in ids])


async def _settle(reviews: ReviewService, wanted: BulkWanted, grade_id: str) -> BulkLine:
    try:
        if wanted.kind is BulkKind.ASSIGN:
            await reviews.assign(grade_id, wanted.assignee)
            return BulkLine(grade_id=grade_id)
        decision = await reviews.decide(
            DecisionWanted(
                id=_decision_id(wanted.id, grade_id),
                grade_id=grade_id,
                kind=DecisionKind(wanted.kind.value),
                who=wanted.who,
                reason=wanted.reason,
            )
        )
    except (Conflict, InvalidInput, NotFound) as error:
        return BulkLine(grade_id=grade_id, refused=error)
    return BulkLine(grade_id=grade_id, new_grade_id=decision.new_grade_id)


def _decision_id(bulk_id: str, grade_id: str) -> str:
    return f"rd-{sha256(f'{bulk_id} {grade_id}'.encode()).hexdigest()[:24]}"
