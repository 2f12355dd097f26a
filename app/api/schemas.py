"""The shapes of the interview API, made from the domain's values and holding nothing but what their reader may see."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from app.api.pages import NEXT
from app.api.wire import Line, Name, Reply
from app.interviews import clock
from app.interviews.models import (
    Command,
    Entry,
    Interview,
    Kind,
    Mode,
    Request,
    RequestKind,
    State,
    Step,
    standing,
)
from app.interviews.store import InterviewSummary
from app.interviews.wishes import LONGEST_REASON, MOST_TIME
from app.interviews.withheld import readable

_TOLD_OF = frozenset(RequestKind) - {RequestKind.ABUSE, RequestKind.DISTRESS}
"""What a candidate is told the state of."""


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


_STEP: dict[str, JsonValue] = {
    "interview_id": "iv-0123456789abcdef",
    "mode": "assessment",
    "state": "asking",
    "standing": {"number": 3, "total": 10, "section": "Storage", "done": 2},
    "said": [
        {
            "seq": 9,
            "by": "viva",
            "kind": "question",
            "text": "How do you partition data in S3?",
            "at": "2026-01-05T09:30:00Z",
            "number": 3,
        }
    ],
    "question": "How do you partition data in S3?",
    "question_id": "q-partition",
    "interface": "en",
    "collecting": False,
    "deadline": "2026-01-05T09:35:00Z",
    "waiting": False,
    "is_over": False,
}
_SUMMARY: JsonValue = {
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
    def of(cls, entry: Entry, seq: int) -> Self:
        """The entry as it is sent, as number `seq` of what its reader is shown."""
        who = "candidate" if entry.by_candidate else "viva"
        return cls(seq=seq, by=who, kind=entry.kind, text=entry.text, at=entry.at, number=entry.number or None)


class StandingSchema(BaseModel):
    """Question `number` of `total`; number is null before the first and after the last."""

    number: int | None
    total: int
    section: str
    done: int


class StepSchema(BaseModel):
    """What comes next."""

    model_config = _example(**_STEP)

    interview_id: str
    mode: Mode
    state: State
    standing: StandingSchema
    said: list[EntrySchema] = Field(description="What Viva says with this step.")
    question: str | None = Field(description="The question that is open now.")
    question_id: str | None
    interface: str = Field(description="Language of Viva's own words, ISO 639-1; questions are in the bank's.")
    collecting: bool = Field(description="An answer in several messages is under way; the command done completes it.")
    deadline: datetime | None = Field(
        description="When the time for the open question is up, by the server's clock; null without a limit, while the "
        "interview is paused, and to the operator."
    )
    waiting: bool = Field(description="The reply is stored and still being read: ask for the step again shortly.")
    is_over: bool

    @classmethod
    def of(cls, step: Step, *, to_candidate: bool) -> Self:
        """The step as it is sent; nothing tells the operator that a candidate has more time than others."""
        interview = step.interview
        answer = None if interview.current is None else interview.answer_to(interview.current)
        told = _told(interview, to_candidate=to_candidate, since=step.since)
        return cls(
            interview_id=interview.id,
            mode=interview.mode,
            state=interview.state,
            standing=_standing(step),
            said=[entry for entry in told if entry.by == "viva"],
            question=None if interview.current is None else step.script.text(interview.current),
            question_id=interview.current,
            interface=interview.interface,
            collecting=answer is not None and answer.collecting is not None,
            deadline=clock.deadline(interview, step.script) if to_candidate else None,
            waiting=step.waiting,
            is_over=interview.is_over,
        )


class OpenedSchema(BaseModel):
    """A new interview; the token and the link are shown this once and kept nowhere."""

    model_config = _example(
        id="iv-0123456789abcdef",
        token="q0…",  # noqa: S106 (an example)
        link="https://viva.example.org/i/q0…",
        step=_STEP,
    )

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


class OwnAnswerSchema(BaseModel):
    """An answer as it stands, without anything that it is worth."""

    question_id: str
    number: int
    question: str
    text: str = Field(description="All that was written, paragraphs apart; empty where the question was left alone.")
    revision: int = Field(description="How often it was changed.")


class OwnRequestSchema(BaseModel):
    """Something that the candidate asked people for, and whether somebody dealt with it."""

    kind: RequestKind
    question_id: str | None
    at: datetime
    settled_at: datetime | None = Field(description="Null while it waits.")


class InterviewSchema(BaseModel):
    """One interview as its candidate may see it: what was said, and a receipt at the end.

    The operator reads the same without what is personal, and without what the candidate asked people for.
    """

    model_config = _example(
        id="iv-0123456789abcdef",
        bank="data_lakes",
        bank_version=1,
        mode="assessment",
        state="finished",
        created_at="2026-01-05T09:30:00Z",
        finished_at="2026-01-05T10:04:00Z",
        standing={"number": None, "total": 1, "section": "", "done": 1},
        transcript=[
            {
                "seq": 5,
                "by": "candidate",
                "kind": "reply",
                "text": "Land it in object storage, as it arrives.",
                "at": "2026-01-05T09:32:00Z",
                "number": None,
            }
        ],
        answers=[
            {
                "question_id": "q-storage",
                "number": 1,
                "question": "How would you store raw data?",
                "text": "Land it in object storage, as it arrives.",
                "revision": 0,
            }
        ],
        requests=[],
        receipt={
            "interview_id": "iv-0123456789abcdef",
            "finished_at": "2026-01-05T10:04:00Z",
            "answered": 1,
            "total": 1,
        },
    )

    id: str
    bank: str
    bank_version: int
    mode: Mode
    state: State
    created_at: datetime
    finished_at: datetime | None
    standing: StandingSchema
    transcript: list[EntrySchema]
    answers: list[OwnAnswerSchema] = Field(
        description="Final answers in the order of the questions. Until the interview is submitted each can be changed: "
        "send a message with `revises`. In practice also after its end."
    )
    requests: list[OwnRequestSchema] = Field(description="Empty to the operator, who has /requests.")
    receipt: ReceiptSchema | None

    @classmethod
    def of(cls, step: Step, *, to_candidate: bool) -> Self:
        """The interview as it is sent."""
        interview = step.interview
        asked = interview.requests if to_candidate else ()
        return cls(
            id=interview.id,
            bank=interview.bank.name,
            bank_version=interview.bank.version,
            mode=interview.mode,
            state=interview.state,
            created_at=interview.created_at,
            finished_at=interview.finished_at,
            standing=_standing(step),
            transcript=_told(interview, to_candidate=to_candidate),
            answers=_own_answers(step),
            requests=[_own_request(request) for request in asked if request.kind in _TOLD_OF],
            receipt=_receipt(interview) if interview.is_over else None,
        )


class SummarySchema(BaseModel):
    """One line of the list of interviews."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_SUMMARY]})

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


class SummariesSchema(BaseModel):
    """A page of the list of interviews, newest first."""

    model_config = _example(
        interviews=[_SUMMARY], next="W1siMjAyNi0wMS0wNVQwOTozMDowMCswMDowMCIsIml2LTAxMjM0NTY3ODlhYmNkZWYiXV0"
    )

    interviews: list[SummarySchema]
    next: str | None = NEXT


class MessageSchema(BaseModel):
    """One delivery: a reply or a command. Sending the same id again is harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "5f1c", "text": "We keep raw files in S3, one prefix a day."},
                {"id": "5f1d", "command": "repeat"},
                {"id": "5f1e", "text": "First, the files are landed.", "more": True},
                {"id": "5f1f", "text": "I meant one prefix an hour.", "revises": "q-storage"},
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

    more: bool = Field(
        False, description="The answer goes on in another message; it is read once a message comes without, or done."
    )
    revises: Line = Field(
        "", description="Id of the question whose earlier answer this text takes the place of; empty for the open one."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.text is None) == (self.command is None):
            raise ValueError("send either text or command")
        if self.command is not None and (self.more or self.revises):
            raise ValueError("more and revises belong to a text")
        if self.more and self.revises:
            raise ValueError("a changed answer is one message; send either more or revises")
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


class ContestSchema(BaseModel):
    """What a candidate thinks was misunderstood."""

    model_config = _example(question_id="q-partition", reason="I named the partition key in my second sentence.")

    question_id: Name
    reason: str = Field(
        min_length=1, max_length=4 * LONGEST_REASON, description=f"At most {LONGEST_REASON} characters."
    )


class LanguageSchema(BaseModel):
    """A language of the interface."""

    model_config = _example(language="de")

    language: Name = Field(description="ISO 639-1: en, de, es or hi.")


class AccommodationSchema(BaseModel):
    """What a candidate is given, as far as it changes; whoever grades never sees it."""

    model_config = _example(extra_time=150, plain_wording=True)

    extra_time: int | None = Field(
        None, ge=0, le=MOST_TIME, description="Percent of every time limit, at least 100; 0 lifts them."
    )
    plain_wording: bool | None = Field(
        None, description="Whether each question comes with its prepared clarification from now on."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.extra_time is None and self.plain_wording is None:
            raise ValueError("say what changes: extra_time, plain_wording, or both")
        return self


def _own_answers(step: Step) -> list[OwnAnswerSchema]:
    found = [step.interview.answer_to(question_id) for question_id in step.interview.plan]
    return [
        OwnAnswerSchema(
            question_id=answer.question_id,
            number=step.script.number(answer.question_id),
            question=step.script.text(answer.question_id),
            text="\n\n".join(part.text for part in answer.parts if part.text),
            revision=answer.revision,
        )
        for answer in found
        if answer is not None and answer.is_final
    ]


def _own_request(request: Request) -> OwnRequestSchema:
    return OwnRequestSchema(
        kind=request.kind,
        question_id=request.question_id or None,
        at=request.at,
        settled_at=request.settled_at,
    )


def _told(interview: Interview, *, to_candidate: bool, since: int = 0) -> list[EntrySchema]:
    shown = interview.transcript if to_candidate else readable(interview.transcript)
    # Numbered anew: a gap would tell that something is left out, and so who has more time.
    return [EntrySchema.of(entry, seq) for seq, entry in enumerate(shown) if entry.seq >= since]


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
