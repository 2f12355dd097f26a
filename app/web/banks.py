"""The banks as the operator reads them: what is asked, and what a good answer holds."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.access.principal import OperatorOnly
from app.banks.catalogue import BankVersion
from app.web import words
from app.web.services import Desk
from app.web.templating import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A section with its number of questions."""

    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank in a list, in its newest version."""

    name: str
    title: str
    version: int
    questions: int
    criteria: int
    sections: tuple[SectionLine, ...]


async def bank_lines(desk: Desk) -> tuple[BankLine, ...]:
    """Every bank in its newest version, by name."""
    return tuple([_line(await desk.banks.get(known.name)) for known in await desk.banks.list()])


def _line(version: BankVersion) -> BankLine:
    bank = version.bank
    return BankLine(
        name=version.name,
        title=words.bank_title(bank),
        version=version.version,
        questions=sum(len(section.questions) for section in bank.sections),
        criteria=sum(len(question.criteria) for question in bank.questions()),
        sections=tuple(SectionLine(section.title, len(section.questions)) for section in bank.sections),
    )


@router.get("/banks")
async def banks_page(request: Request, desk: Desk, _: OperatorOnly) -> Response:
    """All banks."""
    return page(request, "banks.html", banks=await bank_lines(desk))


@router.get("/banks/{name}")
async def bank_page(
    request: Request, desk: Desk, _: OperatorOnly, name: str, version: Annotated[int | None, Query()] = None
) -> Response:
    """One version of a bank, the newest by default."""
    newest = await desk.banks.get(name)
    shown = newest if version is None else await desk.banks.get(name, version)
    return page(
        request,
        "bank.html",
        bank=shown.bank,
        line=_line(shown),
        sha256=shown.sha256,
        versions=range(newest.version, 0, -1),
    )
