"""The operator's review queue: what waits, and one page to decide about it with a plain form."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from app.access.principal import OperatorOnly
from app.errors import InvalidInput
from app.grading.outcome import CriterionGrade, Graded
from app.review.models import DecisionKind, DecisionWanted, ReviewItem
from app.web import words
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page
from rubric.criteria import Criterion, Verdict

PAGE = 50
router = APIRouter(prefix="/reviews", include_in_schema=False, max_body_size=LARGEST_FORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionChoice:
    """One criterion with what may be chosen for it.

    Attributes:
        given: What counts so far; None while it is judged blind.
        chosen: The verdict the form came with; empty keeps what counts.
    """

    number: int
    criterion: Criterion
    given: CriterionGrade | None
    chosen: str = ""

    @property
    def source(self) -> str:
        """Whose verdict counts so far."""
        return words.source(self.given, None) if self.given else ""


@router.get("")
async def list_page(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    audit: Annotated[bool, Query()] = False,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Response:
    """What waits for a person, longest waiting first."""
    queue = await desk.reviews.queue(audit_only=audit, limit=PAGE, offset=offset)
    following = offset + PAGE if offset + PAGE < queue.total else None
    return page(request, "reviews.html", queue=queue, audit=audit, offset=offset, following=following)


@router.get("/{grade_id}")
async def review_page(request: Request, desk: Desk, _: OperatorOnly, grade_id: str) -> Response:
    """One answer; what the machine gave is left out while it is to be judged blind."""
    return _review_page(request, await desk.reviews.show(grade_id), {})


@router.post("/{grade_id}")
async def decide(request: Request, desk: Desk, _: OperatorOnly, grade_id: str) -> Response:
    """Record a decision; what does not fit comes back on the same page with everything that was chosen."""
    item = await desk.reviews.show(grade_id)
    form = _texts(await request.form())
    chosen = {criterion.id: form.get(f"v{number}", "") for number, criterion in enumerate(item.criteria, 1)}
    verdicts = {id_: Verdict(verdict) for id_, verdict in chosen.items() if verdict in set(Verdict)}
    kind = DecisionKind.OVERRIDE if verdicts or item.is_blind else DecisionKind.CONFIRM
    try:
        decision = await desk.reviews.decide(
            DecisionWanted(
                id=form.get("decision", ""),
                grade_id=grade_id,
                kind=kind,
                who=form.get("who", ""),
                reason=form.get("reason", ""),
                verdicts=verdicts,
            )
        )
    except InvalidInput as error:
        return _review_page(request, item, form, str(error))
    return RedirectResponse(f"/reviews/{decision.new_grade_id}", 303)


def _review_page(request: Request, item: ReviewItem, form: Mapping[str, str], error: str = "") -> Response:
    outcome = item.grade.outcome if item.grade is not None else None
    graded = outcome if isinstance(outcome, Graded) else None
    given = {line.criterion_id: line for line in graded.criteria} if graded else {}
    return page(
        request,
        "review.html",
        422 if error else 200,
        item=item,
        graded=graded,
        choices=[
            CriterionChoice(
                number=number,
                criterion=criterion,
                given=given.get(criterion.id),
                chosen=form.get(f"v{number}", ""),
            )
            for number, criterion in enumerate(item.criteria, 1)
        ],
        verdicts=[verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN],
        decision_id=form.get("decision") or f"rd-{secrets.token_hex(8)}",
        who=form.get("who", ""),
        reason=form.get("reason", ""),
        # The sentence names the field first, as programs want it.
        error=error.partition(": ")[2] or error,
    )


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
