"""From a file to a screening: sent, looked at with its columns and problems, confirmed."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from app.access.principal import OperatorOnly
from app.errors import AppError, Conflict, InvalidInput, NotFound
from app.screening.answer_table import SUFFIXES, shown
from app.screening.mapping import ColumnMapping, Field
from app.screening.policy_file import Cuts, PolicyFile
from app.screening.screening import Screening, ScreeningState
from app.screening.service import MAX_NAME_CHARS
from app.screening.uploads import Look
from app.web.banks import bank_lines
from app.web.screenings import texts
from app.web.services import Desk
from app.web.templating import page

LARGEST_FILE = 64_000_000
"""Bytes of a form with a file; more is sent in parts, which add up, or taken by `viva screen run`."""
MOST_DAYS = 36_500
MOST_PERCENT = 100
PROBLEMS_SHOWN = 100
SAMPLES = 3
FIELDS = {
    Field.CANDIDATE: "Candidate: tells one person from another",
    Field.NAME: "Name, shown in results",
    Field.QUESTION: "Question: which one the row answers",
    Field.ANSWER: "Answer to the row’s question",
    Field.IGNORE: "Nothing: leave it out",
}
router = APIRouter(prefix="/screenings", include_in_schema=False, max_body_size=LARGEST_FILE)
Sent = Annotated[UploadFile | None, File()]


@router.get("/new")
async def new_page(request: Request, desk: Desk, _: OperatorOnly) -> Response:
    """A form for a screening with the file of its answers."""
    return await _new_page(request, desk, {})


@router.post("")
async def create(request: Request, desk: Desk, _: OperatorOnly, file: Sent = None) -> Response:
    """Make a draft with the file and lead to the look at it; what cannot be comes back with what was typed."""
    form = texts(await request.form())
    try:
        source, content = await _read(file)
        await desk.uploads.check(source, content)
        screening = await desk.screenings.create(
            name=form.get("name", ""),
            bank=form.get("bank", ""),
            policy=await _rules(desk, form),
            retention_days=_number(form, "retention_days", "Days until its candidates are removed", MOST_DAYS, least=1),
        )
    except AppError as error:
        return await _new_page(request, desk, form, error=str(error))
    await desk.uploads.keep(screening.id, source, content)
    return RedirectResponse(f"/screenings/{screening.id}/file", 303)


@router.get("/{screening_id}/file")
async def file_page(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """What the file that waits would bring; without one, a form for one."""
    return await _file_page(request, desk, await desk.screenings.load(screening_id))


@router.post("/{screening_id}/file")
async def send(request: Request, desk: Desk, _: OperatorOnly, screening_id: str, file: Sent = None) -> Response:
    """Send a file with more answers, or another one."""
    screening = await desk.screenings.load(screening_id)
    try:
        await desk.uploads.keep(screening_id, *await _read(file))
    except (InvalidInput, Conflict) as error:
        return await _file_page(request, desk, screening, error=str(error))
    return RedirectResponse(f"/screenings/{screening_id}/file", 303)


@router.post("/{screening_id}/columns")
async def map_columns(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    screening_id: str,
    meaning: Annotated[list[str] | None, Form()] = None,
    empty_is_blank: Annotated[str, Form()] = "",
) -> Response:
    """Say what the columns mean, and look again."""
    screening = await desk.screenings.load(screening_id)
    try:
        await desk.uploads.map(screening_id, meaning or (), empty_is_blank=empty_is_blank == "yes")
    except (InvalidInput, NotFound) as error:
        return await _file_page(request, desk, screening, error=str(error))
    return RedirectResponse(f"/screenings/{screening_id}/file", 303)


@router.post("/{screening_id}/take")
async def take(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Take what was looked at; it is graded by itself."""
    screening = await desk.screenings.load(screening_id)
    if await desk.uploads.find(screening_id) is None:
        # Pressed twice: the first time did it.
        return RedirectResponse(f"/screenings/{screening_id}", 303)
    try:
        await desk.uploads.take(screening_id)
    except (InvalidInput, Conflict) as error:
        return await _file_page(request, desk, screening, error=str(error))
    return RedirectResponse(f"/screenings/{screening_id}?done=taken", 303)


@router.post("/{screening_id}/discard")
async def discard(desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Forget the file; a draft, which holds nobody yet, goes with it."""
    screening = await desk.screenings.load(screening_id)
    await desk.uploads.drop(screening_id)
    if screening.state is ScreeningState.DRAFT:
        await desk.screenings.store.delete(screening_id, reason="discarded before it began", at=desk.clock())
        return RedirectResponse("/screenings?done=discarded", 303)
    return RedirectResponse(f"/screenings/{screening_id}", 303)


async def _new_page(request: Request, desk: Desk, form: dict[str, str], error: str = "") -> Response:
    return page(
        request,
        "screening_new.html",
        422 if error else 200,
        banks=await bank_lines(desk),
        suffixes=SUFFIXES,
        longest_name=MAX_NAME_CHARS,
        most_days=MOST_DAYS,
        form=form,
        error=error,
    )


async def _file_page(request: Request, desk: Desk, screening: Screening, error: str = "") -> Response:
    look = await desk.uploads.look(screening) if await desk.uploads.find(screening.id) else None
    return page(
        request,
        "screening_file.html",
        422 if error else 200,
        screening=screening,
        is_draft=screening.state is ScreeningState.DRAFT,
        takes_answers=screening.takes_answers(desk.clock()),
        suffixes=SUFFIXES,
        look=look,
        columns=_columns(look) if look is not None else (),
        fields=[(field.value, label) for field, label in FIELDS.items()],
        questions=[(one.id, one.text) for one in look.bank.questions()] if look is not None else (),
        problems=look.preview.problems[:PROBLEMS_SHOWN] if look is not None and look.preview else (),
        error=error,
    )


def _columns(look: Look) -> list[tuple[str, str, list[str]]]:
    """Each column of the file with what it means so far, and the beginnings of its first cells."""
    chosen = dict(_said(look))
    proposed = _meanings(look.mapping) if look.mapping is not None else {}
    return [
        (
            column,
            proposed.get(column) or chosen.get(column) or ("" if look.trouble else Field.IGNORE.value),
            [shown(cell) for row in look.table.rows if (cell := row.cells.get(column, "").strip())][:SAMPLES],
        )
        for column in look.table.columns
    ]


def _said(look: Look) -> list[tuple[str, str]]:
    said = [one.rpartition("=") for one in look.upload.mapping]
    return [(column, meaning) for column, _, meaning in said]


def _meanings(mapping: ColumnMapping) -> dict[str, str]:
    single = {
        mapping.candidate: Field.CANDIDATE.value,
        mapping.name: Field.NAME.value,
        mapping.question: Field.QUESTION.value,
        mapping.answer: Field.ANSWER.value,
    }
    return {column: meaning for column, meaning in (single | dict(mapping.questions)).items() if column}


async def _read(file: UploadFile | None) -> tuple[str, bytes]:
    if file is None or not file.filename:
        raise InvalidInput(f"Choose a file of answers: {', '.join(SUFFIXES)}.")
    return file.filename, await file.read()


async def _rules(desk: Desk, form: dict[str, str]) -> PolicyFile:
    """The rules a screening begins with: every question that can be graded, until the file says which it answers."""
    bank = (await desk.banks.get(form.get("bank", ""))).bank
    decline = _number(form, "decline_below", "Propose to decline below", MOST_PERCENT)
    advance = _number(form, "advance_from", "Propose to advance from", MOST_PERCENT)
    return PolicyFile(
        questions=[question.id for question in bank.questions() if question.criteria],
        cuts=Cuts(decline_below=decline, advance_from=advance),
    )


def _number(form: dict[str, str], name: str, label: str, most: int, *, least: int = 0) -> int | None:
    given = form.get(name, "").strip()
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(most)) and least <= int(given) <= most):
        raise InvalidInput(f"{label}: give a whole number from {least} to {most:,}, or leave it empty.")
    return int(given)
