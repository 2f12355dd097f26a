"""The operator's review queue: what waits, narrowed as one likes, and one decision about several of it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.access.principal import OperatorOnly
from app.errors import InvalidInput
from app.interviews.store import Place
from app.review.bulk import BulkKind, BulkLine, BulkWanted, settle_all
from app.review.models import MOST_COUNTED, NOBODY, Sought
from app.review.place import place_of, told_place
from app.review.reasons import ReviewReason
from app.review.requirements import LONGEST_NAME, LONGEST_REASON
from app.web.reviewer import keep_reviewer, reviewer
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, page

PAGE = 50
UNASSIGNED = " "
"""How a form says `NOBODY`: no name is blank, and an empty field asks for everybody's."""
LONGEST_QUERY = 300
REASONS = {
    ReviewReason.AUDIT: "Drawn for the audit",
    ReviewReason.CONTESTED: "Contested by the candidate",
    ReviewReason.MANIPULATION: "Speaks to the grader",
    ReviewReason.CONTRADICTION: "What was found does not go together",
    ReviewReason.LANGUAGE: "Another language",
    ReviewReason.CRITIQUE: "Critique missing or not whole",
    ReviewReason.READING: "Not readable locally",
    ReviewReason.UNDECIDED: "A criterion is undecided",
    ReviewReason.OTHER: "Something else",
}
router = APIRouter(prefix="/reviews", include_in_schema=False, max_body_size=LARGEST_FORM)
Text = Annotated[str, Query(max_length=LONGEST_QUERY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the page is asked for, as its address has it; empty takes everything."""

    bank: str = ""
    screening: str = ""
    assignee: str = ""
    reason: str = ""
    after: str = ""

    @property
    def narrows(self) -> bool:
        """Whether part of the queue is left out."""
        return bool(self.bank or self.screening or self.assignee or self.reason)

    def query(self, **other: str) -> str:
        """The end of the page's address, with these values instead."""
        values = {"bank": self.bank, "screening": self.screening, "assignee": self.assignee, "reason": self.reason}
        kept = {name: value for name, value in (values | other).items() if value}
        return f"?{urlencode(kept)}" if kept else ""

    def sought(self) -> Sought:
        """That part of the queue."""
        return Sought(
            bank=self.bank or None,
            screening=self.screening or None,
            assignee=NOBODY if self.assignee == UNASSIGNED else self.assignee or None,
            reason=ReviewReason(self.reason) if self.reason in set(ReviewReason) else None,
        )

    def place(self) -> Place | None:
        """Where the page goes on; raises InvalidInput."""
        return place_of(self.after) if self.after else None


def asked(
    bank: Text = "",
    screening: Text = "",
    assignee: Text = "",
    reason: Text = "",
    after: Text = "",
    *,
    audit: bool = False,
) -> Asked:
    """What a page is asked for."""
    return Asked(
        bank=bank,
        screening=screening,
        assignee=assignee,
        reason=ReviewReason.AUDIT.value if audit else reason,
        after=after,
    )


@router.get("")
async def list_page(
    request: Request,
    desk: Desk,
    _: OperatorOnly,
    wanted: Annotated[Asked, Depends(asked)],
    done: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Response:
    """What waits for a person, longest waiting first."""
    return await _page(request, desk, wanted, {}, done=done)


@router.post("")
async def settle(request: Request, desk: Desk, _: OperatorOnly) -> Response:
    """Confirm, dismiss or assign those ticked; the page says of each that was refused why."""
    given = await request.form()
    form = {name: value for name, value in given.items() if isinstance(value, str)}
    ticked = [value for value in given.getlist("review") if isinstance(value, str)]
    names = ("bank", "screening", "assignee", "reason", "after")
    wanted = Asked(**{name: form.get(f"at_{name}", "")[:LONGEST_QUERY] for name in names})
    try:
        if form.get("kind") not in set(BulkKind):
            raise InvalidInput("kind: choose what is done with them.")
        if not ticked:
            raise InvalidInput("reviews: tick at least one.")
        kind = BulkKind(form["kind"])
        lines = await settle_all(
            desk.reviews,
            BulkWanted(
                id=form.get("bulk", ""),
                kind=kind,
                grade_ids=ticked,
                who=form.get("who", ""),
                reason=form.get("reason", ""),
                assignee=form.get("assignee", ""),
            ),
        )
    except InvalidInput as error:
        return await _page(request, desk, wanted, form, ticked=ticked, error=str(error))
    done = sum(line.refused is None for line in lines)
    if done == len(lines):
        more = {"after": wanted.after, "done": str(done)}
        response: Response = RedirectResponse(f"/reviews{wanted.query(**more)}", 303)
    else:
        response = await _page(request, desk, wanted, {}, done=done, lines=lines)
    keep_reviewer(response, request, form.get("who", ""))
    return response


async def _page(
    request: Request,
    desk: Desk,
    wanted: Asked,
    form: Mapping[str, str],
    *,
    ticked: Sequence[str] = (),
    done: int = 0,
    lines: Sequence[BulkLine] = (),
    error: str = "",
) -> Response:
    queue = await desk.reviews.queue(wanted.sought(), limit=PAGE, after=wanted.place())
    return page(
        request,
        "reviews.html",
        422 if error else 200,
        queue=queue,
        asked=wanted,
        choices=await desk.reviews.choices(),
        reasons=REASONS,
        unassigned=UNASSIGNED,
        most_counted=MOST_COUNTED,
        following=told_place(queue.following) if queue.following else "",
        bulk_id=form.get("bulk") or f"rb-{secrets.token_hex(8)}",
        form=form,
        who=form.get("who", "") or reviewer(request),
        ticked=frozenset(ticked),
        done=done,
        refused=[line for line in lines if line.refused is not None],
        longest_name=LONGEST_NAME,
        longest_reason=LONGEST_REASON,
        # The sentence names the field first, as programs want it.
        error=error.partition(": ")[2] or error,
    )
