"""The shapes of the interview API, made from the domain's values and holding nothing but what their reader may see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.api.wire import Line, Name, Reply
from app.interviews.models import Command, Entry, Interview, Kind, Mode, State, Step, standing
from app.interviews.store import InterviewSummary


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class OpenSchema(BaseModel):
    """What an interview is to be about."""

    model_config = _example(bank="aws_data_engineer", mode="practice", sections=[], limit=5, label="Candidate 7")

    bank: Name = Field(description="Name of an imported bank; its newest version is used.")
    mode: Mode = Mode.ASSESSMENT
    sections: list[Line] = Field(default_factory=list, max_length=200, description="Titles; all sections when empty.")
    limit: int | None = Field(None, ge=1, description="Ask only the first so many questions.")
    label: Line = Field("", description="What the hiring team calls the candidate; shown to nobody else.")


class EntrySchema(BaseModel):
    """One line of the transcript."""

    seq: int
    by: str = Field(description="viva or candidate")
    kind: Kind
    text: str
    at: datetime
    number: int | None = Field(description="The question's place, from 1; null where no question is meant.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The entry as it is sent."""
        who = "candidate" if entry.by_candidate else "viva"
        return cls(seq=entry.seq, by=who, kind=entry.kind, text=entry.text, at=entry.at, number=entry.number or None)


class StandingSchema(BaseModel):
    """Question `number` of `total`; number is null before the first and after the last."""

    number: int | None
    total: int
    section: str
    done: int


class StepSchema(BaseModel):
    """What comes next."""

    model_config = _example(
        interview_id="iv-0123456789abcdef",
        mode="assessment",
        state="asking",
        standing={"number": 3, "total": 10, "section": "Storage", "done": 2},
        said=[
            {
                "seq": 9,
                "by": "viva",
                "kind": "question",
                "text": "How do you partition data in S3?",
                "at": "2026-01-05T09:30:00Z",
                "number": 3,
            }
        ],
        question="How do you partition data in S3?",
        question_id="q-partition",
        waiting=False,
        is_over=False,
    )

    interview_id: str
    mode: Mode
    state: State
    standing: StandingSchema
    said: list[EntrySchema] = Field(description="What Viva says with this step.")
    question: str | None = Field(description="The question that is open now.")
    question_id: str | None
    waiting: bool = Field(description="The reply is stored and still being read: ask for the step again shortly.")
    is_over: bool

    @classmethod
    def of(cls, step: Step) -> Self:
        """The step as it is sent."""
        interview = step.interview
        return cls(
            interview_id=interview.id,
            mode=interview.mode,
            state=interview.state,
            standing=_standing(step),
            said=[EntrySchema.of(entry) for entry in step.said],
            question=None if interview.current is None else step.script.text(interview.current),
            question_id=interview.current,
            waiting=step.waiting,
            is_over=interview.is_over,
        )


class OpenedSchema(BaseModel):
    """A new interview; the token and the link are shown this once and kept nowhere."""

    id: str
    token: str = Field(description="The candidate's bearer token.")
    link: str = Field(description="The address that the candidate opens.")
    step: StepSchema


class ReceiptSchema(BaseModel):
    """What a candidate keeps of a finished interview."""

    model_config = _example(
        interview_id="iv-0123456789abcdef", finished_at="2026-01-05T10:04:00Z", answered=9, total=10
    )

    interview_id: str
    finished_at: datetime | None
    answered: int
    total: int


class InterviewSchema(BaseModel):
    """One interview as its candidate may see it: what was said, and a receipt at the end."""

    id: str
    bank: str
    bank_version: int
    mode: Mode
    state: State
    created_at: datetime
    finished_at: datetime | None
    standing: StandingSchema
    transcript: list[EntrySchema]
    receipt: ReceiptSchema | None

    @classmethod
    def of(cls, step: Step) -> Self:
        """The interview as it is sent."""
        interview = step.interview
        return cls(
            id=interview.id,
            bank=interview.bank.name,
            bank_version=interview.bank.version,
            mode=interview.mode,
            state=interview.state,
            created_at=interview.created_at,
            finished_at=interview.finished_at,
            standing=_standing(step),
            transcript=[EntrySchema.of(entry) for entry in interview.transcript],
            receipt=_receipt(interview) if interview.is_over else None,
        )


class SummarySchema(BaseModel):
    """One line of the list of interviews."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "iv-0123456789abcdef",
                    "label": "Candidate 7",
                    "bank": "aws_data_engineer",
                    "bank_version": 1,
                    "mode": "assessment",
                    "state": "finished",
                    "automated": True,
                    "hand_over": False,
                    "created_at": "2026-01-05T09:30:00Z",
                    "finished_at": "2026-01-05T10:04:00Z",
                    "answered": 9,
                    "total": 10,
                    "needs_review": 2,
                }
            ]
        },
    )

    id: str
    label: str
    bank: str
    bank_version: int
    mode: Mode
    state: State
    automated: bool
    hand_over: bool
    created_at: datetime
    finished_at: datetime | None
    answered: int
    total: int
    needs_review: int

    @classmethod
    def of(cls, summary: InterviewSummary) -> Self:
        """The line as it is sent."""
        return cls.model_validate(summary)


class MessageSchema(BaseModel):
    """One delivery: a reply or a command. Sending the same id again is harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "5f1c", "text": "We keep raw files in S3, one prefix a day."},
                {"id": "5f1d", "command": "repeat"},
            ]
        }
    )

    id: Name = Field(description="Yours to choose, new for every delivery.")
    text: Reply | None = None
    command: Command | None = None
    channel: str = Field("api", pattern="^(api|terminal)$")
    seen: int | None = Field(
        None, description="seq of the last entry shown to the candidate; a reply to something older is refused."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.text is None) == (self.command is None):
            raise ValueError("send either text or command")
        return self


class TypedSchema(BaseModel):
    """What the candidate has typed so far."""

    model_config = _example(text="We keep raw files in", seen=9)

    text: Reply
    seen: int | None = Field(
        None, description="seq of the last entry shown; what was typed before the newest reply is let go."
    )


class DraftSchema(BaseModel):
    """What the candidate typed and has not sent."""

    model_config = _example(text="We keep raw files in", saved_at="2026-01-05T09:31:00Z")

    text: Reply
    saved_at: datetime | None = None


def _standing(step: Step) -> StandingSchema:
    now = standing(step.interview, step.script)
    return StandingSchema(number=now.number or None, total=now.total, section=now.section, done=now.done)


def _receipt(interview: Interview) -> ReceiptSchema:
    return ReceiptSchema(
        interview_id=interview.id,
        finished_at=interview.finished_at,
        answered=sum(answer.is_final for answer in interview.answers),
        total=len(interview.plan),
    )
