"""Where a stretch of the queue goes on, as a text that people and addresses carry: the time of a grade, and its id."""

from datetime import datetime

from app.errors import InvalidInput
from app.interviews.store import Place

_BETWEEN = "_"


def told_place(place: Place) -> str:
    """The text of a place."""
    return f"{place.at.isoformat()}{_BETWEEN}{place.id}"


def place_of(text: str) -> Place:
    """The place that a text tells.

    Raises:
        InvalidInput: It tells none.
    """
    at, _, id_ = text.partition(_BETWEEN)
    try:
        place = Place(datetime.fromisoformat(at), id_)
    except ValueError:
        place = None
    if place is None or place.at.tzinfo is None or not id_:
        raise InvalidInput("after: this is no place in the queue; leave it out to begin at the start.")
    return place
