"""What of reviews goes over the wire, with examples."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.api.pages import NEXT
from app.api.wire import Line, Name
from app.review.bulk import BulkKind
from app.review.models import MOST_COUNTED, DecisionKind
from app.review.requirements import LONGEST_COMMENT, LONGEST_REASON
from app.review.service import LARGEST_PAGE
from rubric.criteria import Verdict

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


BY_KEY = "an API key's own name where it is left out"


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
    assignee: str | None = Field(description="Who has taken it on; null while nobody has.")


class QueueSchema(BaseModel):
    """A stretch of the queue, longest waiting first."""

    model_config = _example(
        total=1,
        more=False,
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
                "assignee": "Ada",
            }
        ],
    )

    total: int = Field(description=f"How many wait in all, counted up to {MOST_COUNTED}.")
    more: bool = Field(description="Whether more wait than were counted.")
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


class CommentSchema(BaseModel):
    """What somebody of the team said about an answer; candidates never see it."""

    model_config = _example(id="rc-1", who="Ada", text="Is object storage enough here?", at="2026-01-05T11:00:00Z")

    id: str
    who: str
    text: str
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
        waits=False,
        assignee=None,
        comments=[],
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
    waits: bool = Field(description="Whether it is in the queue.")
    assignee: str | None = Field(description="Who has taken it on; null while nobody has.")
    comments: list[CommentSchema] = Field(description="Oldest first; none while it is blind.")


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
    who: Line = Field("", description=f"Who decides; {BY_KEY}.")
    reason: str = Field("", max_length=4 * LONGEST_REASON, description="Why; an override and a dismissal need one.")
    verdicts: dict[str, Verdict] = Field(
        default_factory=dict, max_length=400, description="Criterion id to verdict; all criteria where it is blind."
    )


class CommentOnSchema(BaseModel):
    """A comment. Sending the same id again is harmless."""

    model_config = _example(id="rc-1", who="Ada", text="Is object storage enough here?")

    id: Name = Field(description="Yours to choose, new for every comment.")
    who: Line = Field("", description=f"Who comments; {BY_KEY}.")
    text: str = Field(max_length=4 * LONGEST_COMMENT)


class AssignSchema(BaseModel):
    """Who takes a waiting case on."""

    model_config = _example(assignee="Ada")

    assignee: Line | None = Field(description="A name; null gives it back.")


class BulkSchema(BaseModel):
    """One decision about several waiting cases. Sending the same id again is harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "bulk-1",
                    "kind": "dismiss",
                    "reviews": ["gr-0123456789abcdef", "gr-123456789abcdef0"],
                    "who": "Ada",
                    "reason": "The position is filled.",
                },
                {"id": "bulk-2", "kind": "assign", "reviews": ["gr-0123456789abcdef"], "assignee": "Ben"},
            ]
        }
    )

    id: Name = Field(description="Yours to choose, new for every request.")
    kind: BulkKind
    reviews: list[Name] = Field(min_length=1, max_length=LARGEST_PAGE, description="As the queue names them.")
    who: Line = Field("", description=f"Who decides; {BY_KEY}.")
    reason: str = Field("", max_length=4 * LONGEST_REASON, description="Why; a dismissal needs one.")
    assignee: Line | None = Field(None, description="To whom they are assigned; null gives them back.")


class SettledSchema(BaseModel):
    """What became of one case."""

    id: str
    new_grade_id: str | None = Field(description="The grade that counts from now on; null where none was made.")
    refused: str | None = Field(description="Why nothing was done; null where it was.")


class BulkResultSchema(BaseModel):
    """What became of several cases; those that were refused kept none of the others back."""

    model_config = _example(
        done=1,
        refused=1,
        reviews=[
            {"id": "gr-0123456789abcdef", "new_grade_id": "gr-fedcba9876543210", "refused": None},
            {
                "id": "gr-123456789abcdef0",
                "new_grade_id": None,
                "refused": "The answer has a newer grade, so this one can't be decided about; look at gr-23456789abcdef01.",
            },
        ],
    )

    done: int
    refused: int
    reviews: list[SettledSchema]
