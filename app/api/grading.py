"""Grading over the API, for the operator: a few answers at once, and what is still open."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from app.access.principal import WritesGrades
from app.api.examples import example
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import ServicesHere
from app.bootstrap import audit_sample
from app.screening.bank_questions import BankQuestions
from app.screening.batch import BLOCK, BatchGrader, Record
from app.screening.rows import parse_fields
from app.screening.schemas import schema

router = APIRouter(tags=["grading"], route_class=PlatformRoute)

_ROWS = schema("grade-input")["examples"]


class RowsSchema(BaseModel):
    """Recorded answers, each in the shape of the schema grade-input."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rows": _ROWS}]})

    rows: list[dict[str, Any]] = Field(min_length=1, max_length=BLOCK)


class GradesSchema(BaseModel):
    """A grade for each row in order, in the shape of the schema grade-output."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grades": [example("grade")]}]})

    grades: list[dict[str, Any]]


class CompletedSchema(BaseModel):
    """How many open grades were completed, and how many are still open."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"completed": 3, "open": 0}]})

    completed: int
    open: int


@router.post("/grade", dependencies=[Once], responses=problems("still-being-done", "key-reused"))
async def grade(body: Annotated[RowsSchema, Body()], _: WritesGrades, services: ServicesHere) -> GradesSchema:
    """Grade up to 32 answers and wait for them; `viva grade` takes whole files."""
    grades: list[Record] = []
    batch = BatchGrader(
        grader=services.grader,
        new_id=lambda: uuid.uuid4().hex,
        concurrency=services.settings.llm_concurrency,
        find_question=BankQuestions(services.banks).find,
        is_sampled=audit_sample(services.settings).holds,
    )
    await batch.grade([parse_fields(row, place) for place, row in enumerate(body.rows, start=1)], grades.append)
    return GradesSchema(grades=[dict(one) for one in grades])


@router.post("/grade-pending")
async def grade_pending(_: WritesGrades, services: ServicesHere) -> CompletedSchema:
    """Complete every open grade now: readings that were not made, critiques that are pending or failed."""
    completed, still_open = await services.interviews.complete_pending()
    return CompletedSchema(completed=completed, open=still_open)
