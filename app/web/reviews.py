"""One answer of the review queue: a page to decide about it, take it on and talk about it, with plain forms."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from app.access.principal import OperatorOnly
from app.errors import InvalidInput
from app.grading.outcome import CriterionGrade, Graded
from app.review.models import CommentWanted, DecisionKind, DecisionWanted, ReviewItem
from app.review.requirements import LONGEST_COMMENT, LONGEST_NAME, LONGEST_REASON
from app.web import words
from app.web.reviewer import keep_reviewer, reviewer
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page
from rubric.criteria import Criterion, Verdict

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
    if form.get("how") == "dismiss":
        kind, verdicts = DecisionKind.DISMISS, {}
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
    return _back(request, decision.new_grade_id, form)


@router.post("/{grade_id}/comments")
async def comment(request: Request, desk: Desk, _: OperatorOnly, grade_id: str) -> Response:
    """Say something about the answer to the team."""
    form = _texts(await request.form())
    try:
        await desk.reviews.comment(
            CommentWanted(
                id=form.get("comment", ""), grade_id=grade_id, who=form.get("who", ""), text=form.get("text", "")
            )
        )
    except InvalidInput as error:
        return _review_page(request, await desk.reviews.show(grade_id), form, str(error))
    return _back(request, grade_id, form, "#comments")


@router.post("/{grade_id}/assignee")
async def assign(request: Request, desk: Desk, _: OperatorOnly, grade_id: str) -> Response:
    """Note who takes the case on."""
    form = _texts(await request.form())
    try:
        await desk.reviews.assign(grade_id, form.get("assignee", ""))
    except InvalidInput as error:
        return _review_page(request, await desk.reviews.show(grade_id), form, str(error))
    return RedirectResponse(f"/reviews/{quote(grade_id)}", 303)


def _back(request: Request, grade_id: str, form: Mapping[str, str], part: str = "") -> Response:
    response = RedirectResponse(f"/reviews/{quote(grade_id)}{part}", 303)
    keep_reviewer(response, request, form.get("who", ""))
    return response


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
        comment_id=form.get("comment") or f"rc-{secrets.token_hex(8)}",
        text=form.get("text", ""),
        who=form.get("who", "") or reviewer(request),
        longest_name=LONGEST_NAME,
        longest_reason=LONGEST_REASON,
        longest_comment=LONGEST_COMMENT,
        reason=form.get("reason", ""),
        # The sentence names the field first, as programs want it.
        error=error.partition(": ")[2] or error,
    )


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}
