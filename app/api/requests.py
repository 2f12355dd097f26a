"""What waits for people over the API, for the operator: what candidates ask for, and answers no machine could grade."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.access.principal import ReadsReviews, WritesReviews
from app.api.pages import LARGEST_PAGE, LINKED, NEXT, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import PlatformRoute
from app.api.problems import problems
from app.api.wire import Line, Name, ServicesHere
from app.interviews.models import RequestKind
from app.interviews.store import PendingRequest, Place, UngradedAnswer

router = APIRouter(prefix="/requests", tags=["requests"], route_class=PlatformRoute)


class RequestSchema(BaseModel):
    """One request that nobody has settled yet."""

    id: str
    kind: RequestKind
    interview_id: str
    label: str
    bank: str
    question_id: str | None = Field(description="What is contested; the question that was open else.")
    criterion_id: str | None
    text: str = Field(description="In the candidate's words; empty where they are withheld.")
    at: datetime
    extra_time: int = Field(description="Percent of every time limit that the candidate has now; 0 is no limit.")
    plain_wording: bool = Field(description="Whether each question comes with its prepared clarification.")

    @classmethod
    def of(cls, pending: PendingRequest) -> Self:
        """The request as it is sent."""
        request = pending.request
        return cls(
            id=request.id,
            kind=request.kind,
            interview_id=pending.interview_id,
            label=pending.label,
            bank=pending.bank,
            question_id=request.question_id or None,
            criterion_id=request.criterion_id or None,
            text=request.text,
            at=request.at,
            extra_time=pending.extra_time,
            plain_wording=pending.plain_wording,
        )


class UngradedSchema(BaseModel):
    """An answer of an assessment without a grade, for a person to read."""

    model_config = ConfigDict(from_attributes=True)

    interview_id: str
    label: str
    bank: str
    question_id: str
    at: datetime
    reason: str


class RequestsSchema(BaseModel):
    """Everything that waits, longest waiting first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "requests": [
                        {
                            "id": "iv-0123456789abcdef.r1",
                            "kind": "job_question",
                            "interview_id": "iv-0123456789abcdef",
                            "label": "Candidate 7",
                            "bank": "aws_data_engineer",
                            "question_id": "q-storage",
                            "criterion_id": None,
                            "text": "Is the team remote?",
                            "at": "2026-01-05T09:40:00Z",
                            "extra_time": 100,
                            "plain_wording": False,
                        }
                    ],
                    "ungraded": [],
                    "next": None,
                }
            ]
        }
    )

    requests: list[RequestSchema]
    ungraded: list[UngradedSchema]
    next: str | None = NEXT

    @classmethod
    def of(cls, requests: Sequence[PendingRequest], ungraded: Sequence[UngradedAnswer], following: str | None) -> Self:
        """What waits, as it is sent."""
        return cls(
            requests=[RequestSchema.of(pending) for pending in requests],
            ungraded=[UngradedSchema.model_validate(answer) for answer in ungraded],
            next=following,
        )


class SettleSchema(BaseModel):
    """Who dealt with a request, and what was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "Ada", "note": "Answered by mail."}]})

    who: Name
    note: Line = Field("", description="For the record; the candidate does not see it.")


@router.get("", responses=LINKED)
async def list_requests(
    _: ReadsReviews,
    services: ServicesHere,
    request: Request,
    response: Response,
    limit: Limit = LARGEST_PAGE,
    cursor: Cursor = None,
) -> RequestsSchema:
    """What candidates asked people for, interviews that a person grades among it, and answers without a grade.

    A page holds at most `limit` of each.
    """
    asked, unread = places_of(cursor, 2)
    requests = await services.wishes.requests(limit=limit + 1, after=asked)
    ungraded = await services.wishes.ungraded(limit=limit + 1, after=unread)
    following = None
    if max(len(requests), len(ungraded)) > limit:
        # A list that has come to its end stays there.
        shown_asked, shown_unread = requests[:limit], ungraded[:limit]
        if shown_asked:
            asked = Place(shown_asked[-1].request.at, shown_asked[-1].request.id)
        if shown_unread:
            unread = Place(shown_unread[-1].at, shown_unread[-1].grade_id)
        following = cursor_of([asked, unread])
    link_next(request, response, following)
    return RequestsSchema.of(requests[:limit], ungraded[:limit], following)


@router.post("/{request_id}/settle", status_code=204, responses=problems("not-found"))
async def settle_request(request_id: str, body: SettleSchema, _: WritesReviews, services: ServicesHere) -> None:
    """Note that a person dealt with a request; its candidate sees that it is settled."""
    await services.wishes.settle(request_id, who=body.who, note=body.note)
