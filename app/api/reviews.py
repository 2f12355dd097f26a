"""The review queue over the API: what waits for a person, who takes it on, what is said of it and decided."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.principal import KeyHolder, ReadsReviews, Team, WritesReviews
from app.api.pages import LINKED, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.review_schemas import (
    AssignSchema,
    BulkResultSchema,
    BulkSchema,
    CommentOnSchema,
    CommentSchema,
    DecideSchema,
    QueueSchema,
    ReviewSchema,
)
from app.api.wire import Line, ServicesHere
from app.review.bulk import BulkWanted, settle_all
from app.review.models import CommentWanted, DecisionWanted, Sought
from app.review.reasons import ReviewReason
from app.review.record import bulk_record, comment_record, item_record, queue_record

router = APIRouter(prefix="/reviews", tags=["reviews"], route_class=PlatformRoute)


@router.get("", responses=LINKED)
async def list_reviews(
    _: ReadsReviews,
    services: ServicesHere,
    request: Request,
    response: Response,
    bank: Annotated[Line | None, Query(description="Only answers to this bank's questions.")] = None,
    screening: Annotated[Line | None, Query(description="Only candidates of the screening of this id.")] = None,
    assignee: Annotated[
        Line | None, Query(description="Only what this person has taken on; empty for what nobody has.")
    ] = None,
    reason: Annotated[ReviewReason | None, Query(description="Only what waits for this above all.")] = None,
    audit: Annotated[bool, Query(description="Only the audit sample; the same as reason=audit.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> QueueSchema:
    """What waits for a person, longest waiting first."""
    (after,) = places_of(cursor, 1)
    sought = Sought(bank=bank, screening=screening, assignee=assignee, reason=ReviewReason.AUDIT if audit else reason)
    queue = await services.reviews.queue(sought, limit=limit, after=after)
    following = None if queue.following is None else cursor_of([queue.following])
    link_next(request, response, following)
    return QueueSchema.model_validate({**queue_record(queue), "next": following})


@router.post("/bulk", dependencies=[Once], responses=problems("still-being-done", "key-reused"))
async def settle_several(body: BulkSchema, by: WritesReviews, services: ServicesHere) -> BulkResultSchema:
    """Confirm, dismiss or assign several cases.

    Each is taken by itself, on the grade that is named: where the answer has a newer one, or is to be judged blind, that
    case is refused, and the others go through.
    """
    wanted = BulkWanted(
        id=body.id,
        kind=body.kind,
        grade_ids=body.reviews,
        who=_who(body.who, by),
        reason=body.reason,
        assignee=body.assignee or "",
    )
    return BulkResultSchema.model_validate(bulk_record(await settle_all(services.reviews, wanted)))


@router.get("/{grade_id}", responses=problems("not-found"))
async def show_review(grade_id: str, _: ReadsReviews, services: ServicesHere) -> ReviewSchema:
    """One answer with its criteria; what the machine gave is left out while it is to be judged blind."""
    return ReviewSchema.model_validate(item_record(await services.reviews.show(grade_id)))


@router.post(
    "/{grade_id}/decisions",
    status_code=201,
    dependencies=[Once],
    responses=problems("not-found", "conflict", "already-received", "still-being-done", "key-reused"),
)
async def decide(grade_id: str, body: DecideSchema, by: WritesReviews, services: ServicesHere) -> ReviewSchema:
    """Confirm what the machine gave, override it, or dismiss the case; gives the review of the grade that counts now."""
    decision = await services.reviews.decide(
        DecisionWanted(
            id=body.id,
            grade_id=grade_id,
            kind=body.kind,
            who=_who(body.who, by),
            reason=body.reason,
            verdicts=body.verdicts,
        )
    )
    return ReviewSchema.model_validate(item_record(await services.reviews.show(decision.new_grade_id)))


@router.post(
    "/{grade_id}/comments",
    status_code=201,
    dependencies=[Once],
    responses=problems("not-found", "conflict", "still-being-done", "key-reused"),
)
async def comment(grade_id: str, body: CommentOnSchema, by: WritesReviews, services: ServicesHere) -> CommentSchema:
    """Say something about an answer to the team. Candidates never see it; it goes with the interview."""
    said = await services.reviews.comment(
        CommentWanted(id=body.id, grade_id=grade_id, who=_who(body.who, by), text=body.text)
    )
    return CommentSchema.model_validate(comment_record(said))


@router.put("/{grade_id}/assignee", responses=problems("not-found", "conflict"))
async def assign(grade_id: str, body: AssignSchema, _: WritesReviews, services: ServicesHere) -> ReviewSchema:
    """Note who takes a waiting case on, or that nobody does."""
    await services.reviews.assign(grade_id, body.assignee or "")
    return ReviewSchema.model_validate(item_record(await services.reviews.show(grade_id)))


def _who(given: str, by: Team) -> str:
    """Whoever is named; else the name of the key that asks."""
    return given or (by.name if isinstance(by, KeyHolder) else "")
