"""The review queue over the API, for the operator: what waits for a person, and what they decide."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.access.principal import ReadsReviews, WritesReviews
from app.api.pages import LINKED, NEXT, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import Line, Name, ServicesHere
from app.interviews.store import Place
from app.review.models import DecisionKind, DecisionWanted
from app.review.record import item_record, queue_record
from app.review.service import LONGEST_REASON
from rubric.criteria import Verdict

router = APIRouter(prefix="/reviews", tags=["reviews"], route_class=PlatformRoute)

_DECISION: JsonValue = {
    "id": "d-5f1c",
    "grade_id": "gr-0123456789abcdef",
    "new_grade_id": "gr-fedcba9876543210",
    "kind": "override",
    "blind": False,
    "who": "Ada",
    "reason": "Object storage is named only to reject it.",
    "verdicts": {"c-1": "missing"},
    "review_reasons": ["The critique and the confident local reading disagree by a full credit."],
    "at": "2026-01-05T12:00:00Z",
}
_BANK: dict[str, JsonValue] = {"bank": "aws_data_engineer", "bank_version": 1, "question_id": "q-storage"}


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class WaitingSchema(BaseModel):
    """One answer that waits for a person."""

    id: str = Field(description="Of the grade; it names the review.")
    blind: bool = Field(description="In the audit sample: a person judges it without seeing what the machine gave.")
    interview_id: str | None = Field(description="Null while it is blind.")
    label: str | None = Field(description="Null while it is blind.")
    bank: str
    bank_version: int
    question_id: str
    graded_at: datetime
    reasons: list[str] = Field(description="Why a person should look; none while it is blind.")


class QueueSchema(BaseModel):
    """A stretch of the queue, longest waiting first."""

    model_config = _example(
        total=1,
        next=None,
        reviews=[
            {
                "id": "gr-0123456789abcdef",
                "blind": False,
                "interview_id": "iv-0123456789abcdef",
                "label": "Candidate 7",
                **_BANK,
                "graded_at": "2026-01-05T10:04:00Z",
                "reasons": ["The critique failed: no reply within 60 s."],
            }
        ],
    )

    total: int = Field(description="How many wait in all.")
    reviews: list[WaitingSchema]
    next: str | None = NEXT


class PartSchema(BaseModel):
    """What was asked, and the reply, verbatim."""

    asked: str
    text: str


class AskedCriterionSchema(BaseModel):
    """A criterion without anything that was given for it."""

    id: str
    text: str
    weight: int


class DecisionSchema(BaseModel):
    """A decision as it was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECISION]})

    id: str
    grade_id: str = Field(description="The grade it was made about.")
    new_grade_id: str = Field(description="The grade it made, which counts from then on.")
    kind: DecisionKind
    blind: bool
    who: str
    reason: str
    verdicts: dict[str, Verdict]
    review_reasons: list[str]
    at: datetime


class ReviewSchema(BaseModel):
    """One answer for its reviewer."""

    model_config = _example(
        id="gr-fedcba9876543210",
        blind=False,
        open=False,
        interview_id="iv-0123456789abcdef",
        label="Candidate 7",
        **_BANK,
        question="How would you store raw data?",
        parts=[{"asked": "How would you store raw data?", "text": "Not in S3, that is for sure."}],
        criteria=[{"id": "c-1", "text": "Land it in object storage", "weight": 1}],
        grade=None,
        decision=_DECISION,
    )

    id: str
    blind: bool
    open: bool = Field(description="Whether it is the grade that counts and no person has decided about it.")
    interview_id: str | None
    label: str | None
    bank: str
    bank_version: int
    question_id: str
    question: str
    parts: list[PartSchema]
    criteria: list[AskedCriterionSchema]
    grade: dict[str, Any] | None = Field(description="In the shape of the schema grade-output; null while it is blind.")
    decision: DecisionSchema | None = Field(description="The latest about this answer.")


class DecideSchema(BaseModel):
    """A decision. Sending the same id again is harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "d-5f1b", "kind": "confirm", "who": "Ada"},
                {
                    "id": "d-5f1c",
                    "kind": "override",
                    "who": "Ada",
                    "reason": "Object storage is named only to reject it.",
                    "verdicts": {"c-1": "missing"},
                },
            ]
        }
    )

    id: Name = Field(description="Yours to choose, new for every decision.")
    kind: DecisionKind
    who: Line = Field(description="Who decides.")
    reason: str = Field("", max_length=4 * LONGEST_REASON, description="Why; an override needs one.")
    verdicts: dict[str, Verdict] = Field(
        default_factory=dict, max_length=400, description="Criterion id to verdict; all criteria where it is blind."
    )


@router.get("", responses=LINKED)
async def list_reviews(
    _: ReadsReviews,
    services: ServicesHere,
    request: Request,
    response: Response,
    bank: Annotated[Line | None, Query(description="Only answers to this bank's questions.")] = None,
    audit: Annotated[bool, Query(description="Only the audit sample.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> QueueSchema:
    """What waits for a person, longest waiting first."""
    (after,) = places_of(cursor, 1)
    queue = await services.reviews.queue(bank=bank, audit_only=audit, limit=limit, after=after)
    last = queue.lines[-1] if queue.goes_on else None
    following = None if last is None else cursor_of([Place(last.graded_at, last.grade_id)])
    link_next(request, response, following)
    return QueueSchema.model_validate({**queue_record(queue), "next": following})


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
async def decide(grade_id: str, body: DecideSchema, _: WritesReviews, services: ServicesHere) -> ReviewSchema:
    """Confirm what the machine gave or override it; gives the review of the grade that counts from then on."""
    decision = await services.reviews.decide(
        DecisionWanted(
            id=body.id, grade_id=grade_id, kind=body.kind, who=body.who, reason=body.reason, verdicts=body.verdicts
        )
    )
    return ReviewSchema.model_validate(item_record(await services.reviews.show(decision.new_grade_id)))
