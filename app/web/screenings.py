"""The operator's screenings: the list, a new one from a file, the ranking with what people decide, the grid, their end."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from app.access.principal import OperatorOnly
from app.errors import InvalidInput, NotFound
from app.screening.decisions import LONGEST_NAME, LONGEST_REASON, DisposalWanted
from app.screening.screening import Progress, ScreeningState
from app.screening.service import Results
from app.web import screening_view as view
from app.web.screening_view import Wanted
from app.web.services import Desk
from app.web.templating import page

LARGEST_FORM = 2_000_000
MOST_FIELDS = 20_000
"""Fields of a form: everybody of a page that shows a whole screening can be ticked."""
PAGE = 100
SCREENINGS_SHOWN = 20
REASONS_SHOWN = 5
LONGEST_QUERY = 200
router = APIRouter(prefix="/screenings", include_in_schema=False, max_body_size=LARGEST_FORM)

Text = Annotated[str, Query(max_length=LONGEST_QUERY)]
Offset = Annotated[int, Query(ge=0, le=2**31)]


def wanted(q: Text = "", proposal: Text = "", decision: Text = "", flag: Text = "", sort: Text = "") -> Wanted:
    """Whom a page is asked for."""
    return Wanted(q=q, proposal=proposal, decision=decision, flag=flag, sort=sort)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("")
async def list_page(request: Request, desk: Desk, _: OperatorOnly, done: Text = "", offset: Offset = 0) -> Response:
    """Every screening, newest first, with how far each is."""
    every = await desk.screenings.store.list()
    shown = every[offset : offset + SCREENINGS_SHOWN]
    notices = {"deleted": "The screening was deleted with all its candidates.", "discarded": "The file was discarded."}
    return page(
        request,
        "screenings.html",
        rows=[(one, await desk.screenings.store.progress(one.id)) for one in shown],
        files=await desk.uploads.waiting(),
        states=view.STATES,
        now=desk.clock(),
        offset=offset,
        following=offset + SCREENINGS_SHOWN if offset + SCREENINGS_SHOWN < len(every) else None,
        notice=notices.get(done, ""),
    )


@router.get("/{screening_id}")
async def screening_page(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    screening_id: str,
    asked: Asked,
    offset: Offset = 0,
    whole: bool = False,
    done: Text = "",
) -> Response:
    """The ranking as it is now; of a draft, the file that waits."""
    screening = await desk.screenings.load(screening_id)
    if screening.state is ScreeningState.DRAFT:
        return RedirectResponse(f"/screenings/{screening_id}/file", 303)
    notices = {
        "decided": "Recorded, with what the machine proposed beside it.",
        "rules": "The rules are in force.",
        "closed": "Closed: no more answers are taken. Results and decisions stay.",
        "taken": "The answers are taken; they are graded by themselves.",
    }
    return await _page(
        request, desk, screening_id, asked, offset=offset, whole=whole, form={}, notice=notices.get(done, "")
    )


@router.get("/{screening_id}/progress")
async def progress(request: Request, desk: Desk, _: OperatorOnly, screening_id: str, seen: Text = "") -> Response:
    """How far the grading is, once that changed since it was seen; nothing before."""
    found = await desk.screenings.progress(screening_id)
    if _state_of(found) == seen and not found.is_done:
        return Response(status_code=204)
    return page(request, "_screening_progress.html", screening_id=screening_id, was_open=True, **_told(desk, found))


@router.post("/{screening_id}/decisions")
async def decide(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Record a decision about those ticked, or about all who are looked for; what does not fit comes back as it was."""
    given = await request.form(max_fields=MOST_FIELDS)
    form = texts(given)
    asked = wanted(*(form.get(name, "")[:LONGEST_QUERY] for name in ("q", "proposal", "decision", "flag", "sort")))
    ticked = [value for value in given.getlist("candidate") if isinstance(value, str)]
    offset, whole = int(form["offset"]) if form.get("offset", "").isdecimal() else 0, form.get("whole") == "true"
    try:
        if form.get("whom") == "all":
            ticked = await _all(desk, screening_id, asked, form.get("matching", ""))
        await desk.screenings.dispose(
            screening_id,
            DisposalWanted(
                id=form.get("decision_id", ""),
                kind=form.get("kind", ""),
                who=form.get("who", ""),
                reason=form.get("reason", ""),
                interview_ids=ticked,
            ),
        )
    except (InvalidInput, NotFound) as error:
        if isinstance(error, NotFound):
            await desk.screenings.load(screening_id)  # one that is not there has no page to come back to
        return await _page(
            request, desk, screening_id, asked, offset=offset, whole=whole, form=form, ticked=ticked, error=str(error)
        )
    more = {"offset": offset, "whole": "true" if whole else "", "done": "decided"}
    return RedirectResponse(f"/screenings/{screening_id}{asked.query(**more)}#ranking", 303)


@router.get("/{screening_id}/grid")
async def grid_page(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    screening_id: str,
    asked: Asked,
    offset: Offset = 0,
    whole: bool = False,
) -> Response:
    """Candidates by questions."""
    results = await desk.screenings.results(screening_id)
    found = view.lines(results, asked)
    shown = found if whole else found[offset : offset + PAGE]
    asked_questions = [(id_, results.bank.question(id_).text) for id_ in results.screening.policy.questions]
    return page(
        request,
        "screening_grid.html",
        screening=results.screening,
        questions=asked_questions,
        rows=[(line, view.cells(results, line)) for line in shown],
        **_part(found, offset, asked, whole=whole),
    )


@router.post("/{screening_id}/close")
async def close(desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Take no more answers."""
    await desk.screenings.close(screening_id)
    await desk.uploads.drop(screening_id)
    return RedirectResponse(f"/screenings/{screening_id}?done=closed", 303)


@router.get("/{screening_id}/delete")
async def delete_page(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """The question whether to delete."""
    return await _delete_page(request, desk, screening_id)


@router.post("/{screening_id}/delete")
async def delete(request: Request, desk: Desk, _: OperatorOnly, screening_id: str) -> Response:
    """Delete a screening with all its candidates."""
    reason = texts(await request.form()).get("reason", "").strip()
    if not reason:
        return await _delete_page(request, desk, screening_id, error="Say why, in a few words.")
    await desk.screenings.store.delete(screening_id, reason=reason[:200], at=desk.clock())
    return RedirectResponse("/screenings?done=deleted", 303)


def texts(form: FormData) -> dict[str, str]:
    """The fields of a form that are texts."""
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _page(
    request: Request,
    desk: Desk,
    screening_id: str,
    asked: Wanted,
    *,
    offset: int,
    whole: bool,
    form: Mapping[str, str],
    ticked: list[str] | None = None,
    error: str = "",
    notice: str = "",
) -> Response:
    results = await desk.screenings.results(screening_id)
    found = view.lines(results, asked)
    screening = results.screening
    return page(
        request,
        "screening.html",
        422 if error else 200,
        screening=screening,
        screening_id=screening.id,
        now=desk.clock(),
        takes_answers=screening.takes_answers(desk.clock()),
        file=await desk.uploads.find(screening_id),
        state=view.STATES[screening.state],
        rules=view.rules(screening, results.bank),
        counts=view.counts(results),
        total=len(results.standings),
        rows=found if whole else found[offset : offset + PAGE],
        flags=view.flags_of(results),
        proposals=view.PROPOSALS,
        decisions=view.DECISIONS,
        sorts=[(name, label) for name, (label, _) in view.SORTS.items()],
        decision_id=form.get("decision_id") or f"cd-{secrets.token_hex(8)}",
        form=form,
        ticked=frozenset(ticked or ()),
        longest_name=LONGEST_NAME,
        longest_reason=LONGEST_REASON,
        # The sentence names the field first, as programs want it.
        error=error.partition(": ")[2] or error,
        notice=notice,
        was_open=False,
        **_part(found, offset, asked, whole=whole),
        **_told(desk, await desk.screenings.progress(screening_id)),
    )


async def _all(desk: Desk, screening_id: str, asked: Wanted, matching: str) -> list[str]:
    """Everybody who is looked for, if they are still as many as the page said."""
    results: Results = await desk.screenings.results(screening_id)
    found = view.lines(results, asked)
    if str(len(found)) != matching:
        raise InvalidInput(
            f"whom: {len(found):,} candidates match by now, not {matching or 'as many as the page said'}; "
            "nothing was decided, look at them first."
        )
    return [line.id for line in found]


async def _delete_page(request: Request, desk: Desk, screening_id: str, error: str = "") -> Response:
    screening = await desk.screenings.load(screening_id)
    return page(
        request,
        "screening_delete.html",
        422 if error else 200,
        screening=screening,
        candidates=(await desk.screenings.progress(screening_id)).candidates,
        error=error,
    )


def _part(found: tuple[view.CandidateLine, ...], offset: int, asked: Wanted, *, whole: bool) -> dict[str, Any]:
    """Which part of those found is shown, and where the others are."""
    more = not whole and offset + PAGE < len(found)
    return {
        "asked": asked,
        "matching": len(found),
        "offset": offset,
        "whole": whole,
        "at_a_time": PAGE,
        "following": offset + PAGE if more else None,
    }


def _told(desk: Desk, found: Progress) -> dict[str, Any]:
    """What the progress line says."""
    return {
        "progress": found,
        "seen": _state_of(found),
        "warming": None if found.is_done else desk.warming,
        "reasons": found.failures[:REASONS_SHOWN],
    }


def _state_of(found: Progress) -> str:
    """Changes when an answer was graded or taken, or a critique failed."""
    return f"{found.answers}.{found.graded}.{found.critiques_failed}.{found.critiques_pending}.{found.unread}.{found.waiting}"
