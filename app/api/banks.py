"""Question banks over the API, for the operator."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, UploadFile
from pydantic import BaseModel, ConfigDict, JsonValue

from app.access.principal import ReadsBanks, WritesBanks
from app.api.examples import example, listed, shown
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import Name, ServicesHere
from app.banks.catalogue import BankSummary, summary_of
from app.errors import InvalidInput
from vectorstore.store import Hit

router = APIRouter(prefix="/banks", tags=["banks"], route_class=PlatformRoute)


_BANK: JsonValue = {
    "name": "aws_data_engineer",
    "version": 1,
    "title": "AWS data engineer",
    "sections": 11,
    "questions": 32,
    "criteria": 122,
    "sha256": "5e1f…",
    "source": "aws_data_engineer.txt",
    "imported_at": "2026-01-05T09:00:00Z",
}


_FILE = """\
title: Data lakes
sections:
- title: Storage
  questions:
  - text: How would you store raw data?
    criteria: [Land it in object storage]
"""


class BankSchema(BaseModel):
    """The newest version of a bank, without its content."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_BANK]})

    name: str
    version: int
    title: str
    sections: int
    questions: int
    criteria: int
    sha256: str
    source: str
    imported_at: datetime

    @classmethod
    def of(cls, summary: BankSummary) -> Self:
        """The summary as it is sent."""
        return cls.model_validate(summary)


class ImportedSchema(BaseModel):
    """What an import did."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_new": True, "bank": _BANK}]})

    is_new: bool
    bank: BankSchema


class HitSchema(BaseModel):
    """A criterion with its cosine distance to the text searched for, 0..2; lower is nearer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bank": "data_lakes",
                    "question_id": "q-storage",
                    "criterion_id": "c-9c6defaa77",
                    "text": "Land it in object storage",
                    "distance": 0.2117,
                }
            ]
        }
    )

    bank: str
    question_id: str
    criterion_id: str
    text: str
    distance: float

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """The hit as it is sent."""
        passage = hit.passage
        return cls(
            bank=passage.bank,
            question_id=passage.question_id,
            criterion_id=passage.criterion_id,
            text=passage.text,
            distance=round(hit.distance, 4),
        )


class ReindexedSchema(BaseModel):
    """How many passages were embedded again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"passages": 154}]})

    passages: int


@router.get("", responses=listed(BankSchema))
async def list_banks(_: ReadsBanks, services: ServicesHere) -> list[BankSchema]:
    """The newest version of every bank, by name."""
    return [BankSchema.of(summary) for summary in await services.banks.list()]


@router.post(
    "",
    status_code=201,
    dependencies=[Once],
    responses=problems("conflict", "still-being-done", "key-reused"),
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"example": {"file": _FILE}}}}},
)
async def import_bank(_: WritesBanks, services: ServicesHere, file: UploadFile) -> ImportedSchema:
    """Import a bank's file; its suffix tells the format. It can be used within two seconds.

    Content equal to the newest version changes nothing.
    """
    if not file.filename:
        raise InvalidInput("The file has no name; its suffix tells the format, such as bank.yaml.")
    imported = await services.banks.import_bank(await file.read(), source=file.filename)
    return ImportedSchema(is_new=imported.is_new, bank=BankSchema.of(summary_of(imported.version)))


@router.get("/search", responses=listed(HitSchema))
async def search_banks(
    _: ReadsBanks, services: ServicesHere, q: Name, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[HitSchema]:
    """The criteria nearest to a text, nearest first."""
    return [HitSchema.of(hit) for hit in await services.index.nearest(q, limit)]


@router.post("/reindex")
async def reindex_banks(_: WritesBanks, services: ServicesHere) -> ReindexedSchema:
    """Drop every vector and make all of them again from the database."""
    return ReindexedSchema(passages=await services.indexer.rebuild())


@router.get("/{name}", responses=shown(example("bank")) | problems("not-found"))
async def show_bank(
    name: str, _: ReadsBanks, services: ServicesHere, version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> dict[str, Any]:
    """A version of a bank, by default the newest, with its sections, questions and criteria."""
    return await services.banks.show(name, version)
