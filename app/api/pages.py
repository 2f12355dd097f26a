"""Lists a page at a time: a cursor says where the next page begins, whatever was added or removed meanwhile.

A cursor is opaque to clients and holds nothing that the page itself has not told: times and ids.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from app.errors import InvalidInput
from app.interviews.store import Place

LARGEST_PAGE = 200
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="At most so many.")]
Cursor = Annotated[
    str | None, Query(max_length=1000, description="The `next` of the page before; left out for the first page.")
]
NEXT = Field(description="The cursor of the next page; null on the last one.")
LINKED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {
                "description": 'The next page, as rel="next"; missing on the last one.',
                "schema": {"type": "string"},
            }
        }
    }
}
"""What a list's answer carries beside its body, as FastAPI's `responses`."""


def places_of(cursor: str | None, count: int) -> list[Place | None]:
    """Where each of so many lists goes on; all from the start where there is no cursor.

    Raises:
        InvalidInput: The text is no cursor of such a list.
    """
    if cursor is None:
        return [None] * count
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        told = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        places = [None if one is None else Place(datetime.fromisoformat(one[0]), str(one[1])) for one in told]
        if len(places) != count or any(place and place.at.tzinfo is None for place in places):
            raise ValueError(cursor)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, binascii.Error):
        raise InvalidInput("cursor: this is no cursor of this list; leave it out to begin at the start.") from None
    return places


def cursor_of(places: Sequence[Place | None]) -> str:
    """The cursor of those places."""
    told = json.dumps([None if one is None else [one.at.isoformat(), one.id] for one in places], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Tell the address of the next page in the header Link."""
    if cursor is not None:
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
