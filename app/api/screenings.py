"""Screenings over the API: rules for many candidates, their answers from files, how far grading is, and the ranking."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Body, Form, Query, Response, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from app.access.principal import ReadsScreenings, WritesScreenings
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import Line, Name, ServicesHere
from app.errors import InvalidInput
from app.screening.answer_table import parse_table
from app.screening.candidates import Taken
from app.screening.mapping import propose
from app.screening.policy_file import PolicyFile
from app.screening.preview import Preview, preview
from app.screening.record import progress_record, screening_record
from app.screening.results import exported
from app.screening.screening import Progress, Screening, ScreeningState
from app.screening.service import Change
from rubric.bank import Bank

router = APIRouter(prefix="/screenings", tags=["screenings"], route_class=PlatformRoute)
MOST_PROBLEMS = 200
"""Cells that a preview names one by one."""
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
_POLICY: dict[str, JsonValue] = {"cuts": {"decline_below": 40, "advance_from": 70}}
_SCREENING: dict[str, JsonValue] = {
    "id": "sc-0123456789abcdef",
    "name": "Autumn",
    "state": "active",
    "version": 1,
    "bank": {"name": "data_lakes", "version": 1, "sha256": "e8a3…"},
    "policy": {"questions": ["q-storage"]},
    "language": "en",
    "deadline": None,
    "retention_days": 180,
    "created_at": "2026-01-05T09:00:00Z",
    "activated_at": "2026-01-05T09:01:00Z",
    "closed_at": None,
}
_PROGRESS: dict[str, JsonValue] = {
    "candidates": 30,
    "answers": 300,
    "graded": 296,
    "critiques_pending": 0,
    "critiques_failed": 3,
    "unread": 1,
    "waiting": 12,
    "is_done": True,
    "failures": [{"reason": "The critique failed: no reply within 60 s.", "answers": 3}],
}
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The results, as asked for: a record, or a row, a candidate.",
        "content": {
            "application/jsonl": {
                "schema": {"type": "string", "description": "Lines in the shape of the schema screening-results."},
                "example": '{"schema": 1, "screening": "sc-0123456789abcdef", …}\n',
            },
            "text/csv": {"schema": {"type": "string"}, "example": "place,group,…\n1,1,…\n"},
            _MEDIA["xlsx"]: {"schema": {"type": "string", "format": "binary"}, "example": "PK…"},
            _MEDIA["parquet"]: {"schema": {"type": "string", "format": "binary"}, "example": "PAR1…"},
        },
    }
}


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class BankRefSchema(BaseModel):
    """A version of a bank."""

    name: str
    version: int
    sha256: str


class ScreeningSchema(BaseModel):
    """A screening; from its activation on its bank and its rules are fixed."""

    model_config = _example(**_SCREENING)

    id: str
    name: str
    state: ScreeningState
    version: int = Field(description="Of its rules.")
    bank: BankRefSchema
    policy: dict[str, Any] = Field(description="The rules in force, by ids.")
    language: str
    deadline: datetime | None
    retention_days: int | None
    created_at: datetime
    activated_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, screening: Screening) -> Self:
        """The screening as it is sent."""
        return cls.model_validate(screening_record(screening))


class ScreeningsSchema(BaseModel):
    """Every screening."""

    model_config = _example(screenings=[_SCREENING])

    screenings: list[ScreeningSchema]


class CreateSchema(BaseModel):
    """What a screening is to be about."""

    model_config = _example(name="Autumn", bank="data_lakes", policy=_POLICY, retention_days=180)

    name: Name
    bank: Name = Field(description="Its newest version is used, and stays the screening's.")
    policy: PolicyFile = Field(
        PolicyFile(), description="In the shape of the schema policy; everything may be left out."
    )
    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$")] = Field(
        None, description="The bank's where left out."
    )
    deadline: AwareDatetime | None = None
    retention_days: int | None = Field(None, ge=1, le=36_500)


class FailureSchema(BaseModel):
    """A reason why answers have no complete grade."""

    reason: str
    answers: int


class ProgressSchema(BaseModel):
    """How far the grading is."""

    model_config = _example(**_PROGRESS)

    candidates: int
    answers: int
    graded: int
    critiques_pending: int
    critiques_failed: int
    unread: int
    waiting: int = Field(description="Answers that wait for a person.")
    is_done: bool
    failures: list[FailureSchema]

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """The progress as it is sent."""
        return cls.model_validate(progress_record(progress))


class CellSchema(BaseModel):
    """A cell, or a row, that is left out."""

    row: int
    column: str
    problem: str


class PreviewSchema(BaseModel):
    """What a file holds, and what became of it."""

    model_config = _example(
        mapping="A row an answer: candidate from 'candidate', question from 'question', answer from 'answer'.",
        rows=300,
        candidates=30,
        answers=299,
        repeated=0,
        problems=[{"row": 17, "column": "answer", "problem": "empty, so nothing is taken from it"}],
        more_problems=0,
        taken={"new": 299, "changed": 0, "same": 0, "erased": 0, "closed": 0},
    )

    mapping: str = Field(description="What is taken from where.")
    rows: int
    candidates: int
    answers: int
    repeated: int = Field(description="Rows that say again what an earlier one said.")
    problems: list[CellSchema] = Field(description=f"The first {MOST_PROBLEMS}.")
    more_problems: int
    taken: dict[str, int] | None = Field(
        description="Answers by what became of them; null where it was only looked at."
    )

    @classmethod
    def of(cls, found: Preview, taken: Taken | None) -> Self:
        """The preview as it is sent."""
        shown = found.problems[:MOST_PROBLEMS]
        counts = ("new", "changed", "same", "erased", "closed")
        return cls(
            mapping=found.mapping.told(),
            rows=found.rows,
            candidates=found.candidates,
            answers=len(found.answers),
            repeated=found.repeated,
            problems=[CellSchema(row=one.row, column=one.column, problem=one.what) for one in shown],
            more_problems=len(found.problems) - len(shown),
            taken=None if taken is None else {name: getattr(taken, name) for name in counts},
        )


class FlipSchema(BaseModel):
    """A candidate whose proposal changes with the rules."""

    interview_id: str
    candidate: str
    then: str
    now: str


class ChangeSchema(BaseModel):
    """Other rules, and whom they flip."""

    model_config = _example(
        screening=_SCREENING,
        adopted=False,
        candidates=30,
        groups=4,
        flips=[
            {"interview_id": "iv-0123456789abcdef", "candidate": "p-7", "then": "look", "now": "advance"},
        ],
    )

    screening: ScreeningSchema = Field(description="As it would be, or is from now on.")
    adopted: bool
    candidates: int
    groups: int = Field(description="How many others stand in another group only.")
    flips: list[FlipSchema]

    @classmethod
    def of(cls, change: Change, screening: Screening, *, adopted: bool) -> Self:
        """The change as it is sent."""
        flips = [
            FlipSchema(
                interview_id=flip.now.candidate.interview_id,
                candidate=flip.now.candidate.key,
                then=flip.proposals[0],
                now=flip.proposals[1],
            )
            for flip in change.flips.proposals
        ]
        return cls(
            screening=ScreeningSchema.of(screening),
            adopted=adopted,
            candidates=change.flips.candidates,
            groups=change.flips.groups,
            flips=flips,
        )


@router.get("")
async def list_screenings(_: ReadsScreenings, services: ServicesHere) -> ScreeningsSchema:
    """Every screening."""
    return ScreeningsSchema(screenings=[ScreeningSchema.of(one) for one in await services.screenings.store.list()])


@router.post(
    "", status_code=201, dependencies=[Once], responses=problems("not-found", "still-being-done", "key-reused")
)
async def create_screening(body: CreateSchema, _: WritesScreenings, services: ServicesHere) -> ScreeningSchema:
    """Make a draft of a screening; it takes answers once it is activated."""
    return ScreeningSchema.of(
        await services.screenings.create(
            name=body.name,
            bank=body.bank,
            policy=body.policy,
            language=body.language,
            deadline=body.deadline,
            retention_days=body.retention_days,
        )
    )


@router.get("/{screening_id}", responses=problems("not-found"))
async def show_screening(screening_id: str, _: ReadsScreenings, services: ServicesHere) -> ScreeningSchema:
    """A screening with its rules in force."""
    return ScreeningSchema.of(await services.screenings.load(screening_id))


@router.post("/{screening_id}/activate", responses=problems("not-found", "conflict"))
async def activate_screening(screening_id: str, _: WritesScreenings, services: ServicesHere) -> ScreeningSchema:
    """Fix bank and rules, so that it takes answers; the same again is harmless."""
    return ScreeningSchema.of(await services.screenings.activate(screening_id))


@router.post("/{screening_id}/close", responses=problems("not-found", "conflict"))
async def close_screening(screening_id: str, _: WritesScreenings, services: ServicesHere) -> ScreeningSchema:
    """Take no more answers; results stay."""
    return ScreeningSchema.of(await services.screenings.close(screening_id))


@router.post(
    "/{screening_id}/answers",
    dependencies=[Once],
    responses=problems("not-found", "conflict", "still-being-done", "key-reused"),
    openapi_extra={
        "requestBody": {
            "content": {
                "multipart/form-data": {
                    "example": {"file": "candidate,question,answer\np-7,q-storage,In object storage.\n"}
                }
            }
        }
    },
)
async def take_answers(
    screening_id: str,
    _: WritesScreenings,
    services: ServicesHere,
    file: UploadFile,
    mapping: Annotated[
        list[Line] | None, Form(alias="map", description="COLUMN=FIELD, as `viva screen run --map` takes it.")
    ] = None,
    empty_is_blank: Annotated[
        bool, Form(description="Whether an empty cell counts 0 instead of being left open.")
    ] = False,
    preview_only: Annotated[bool, Form(description="Only look through the file.")] = False,
) -> PreviewSchema:
    """Take the answers of a file (.csv, .xlsx, .jsonl) and have them graded; what is there already is left as it is.

    A large file is sent in parts: they add up. Grading goes on by itself; ask for the progress.
    """
    if not file.filename:
        raise InvalidInput("file: it has no name; its suffix tells the format, such as answers.csv.")
    screening = await services.screenings.load(screening_id)
    bank = await services.screenings.bank(screening)
    wanted = _Wanted(await file.read(), file.filename, tuple(mapping or ()), empty_is_blank)
    found = await asyncio.to_thread(_look, wanted, bank, screening.policy.questions)
    taken = None if preview_only else await services.screenings.take(screening, found)
    return PreviewSchema.of(found, taken)


@router.get("/{screening_id}/progress", responses=problems("not-found"))
async def show_progress(screening_id: str, _: ReadsScreenings, services: ServicesHere) -> ProgressSchema:
    """How far the grading is, and what failed for which reason."""
    return ProgressSchema.of(await services.screenings.progress(screening_id))


@router.get(
    "/{screening_id}/results", response_model=None, response_class=Response, responses=_EXPORTED | problems("not-found")
)
async def show_results(
    screening_id: str,
    _: ReadsScreenings,
    services: ServicesHere,
    as_format: Annotated[Literal["csv", "xlsx", "jsonl", "parquet"], Query(alias="format")] = "jsonl",
) -> Response:
    """Everybody's standing as it is now, in the order of the ranking; a proposal is no decision."""
    results = await services.screenings.results(screening_id)
    content = await asyncio.to_thread(exported, results, as_format)
    headers = {"Content-Disposition": f'attachment; filename="{results.screening.id}.{as_format}"'}
    return Response(content, media_type=_MEDIA[as_format], headers=headers)


@router.put("/{screening_id}/policy", responses=problems("not-found", "conflict"))
async def change_policy(
    screening_id: str,
    body: Annotated[PolicyFile, Body(openapi_examples={"cuts": {"value": _POLICY}})],
    _: WritesScreenings,
    services: ServicesHere,
    preview_only: Annotated[bool, Query(description="Only tell whom the rules would flip.")] = True,
) -> ChangeSchema:
    """Tell whom other rules would flip, and put them in force where `preview_only` is false.

    The body has the shape of the schema policy.
    """
    change = await services.screenings.change(await services.screenings.proposed(screening_id, body))
    if preview_only:
        return ChangeSchema.of(change, change.screening, adopted=False)
    return ChangeSchema.of(change, await services.screenings.adopt(change), adopted=True)


@router.delete("/{screening_id}", status_code=204, responses=problems("not-found"))
async def delete_screening(screening_id: str, _: WritesScreenings, services: ServicesHere, reason: Line = "") -> None:
    """Remove a screening with all its candidates and everything that came of them."""
    await services.screenings.store.delete(screening_id, reason=reason, at=services.clock())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A file, and how it is to be read."""

    data: bytes
    source: str
    mapping: tuple[str, ...]
    empty_is_blank: bool


def _look(wanted: _Wanted, bank: Bank, questions: Sequence[str]) -> Preview:
    table = parse_table(wanted.data, source=wanted.source)
    mapping = propose(table, bank, wanted.mapping)
    return preview(table, mapping, bank, questions, empty_is_blank=wanted.empty_is_blank)
