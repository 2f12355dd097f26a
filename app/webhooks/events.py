"""What other programs can be told: that something happened, and its ids; never what a candidate wrote."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.errors import InvalidInput


class EventKind(StrEnum):
    """What can happen."""

    INTERVIEW_COMPLETED = "interview.completed"
    GRADE_COMPLETED = "grade.completed"
    REVIEW_NEEDED = "review.needed"
    SCREENING_COMPLETED = "screening.completed"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: The same however often and to whomever it is told.
        about: Ids by their names, such as interview_id.
    """

    id: str
    kind: EventKind
    at: datetime
    about: Mapping[str, str]

    @property
    def body(self) -> str:
        """What is sent, as JSON."""
        told = {"id": self.id, "type": self.kind, "timestamp": self.at.isoformat(), "data": dict(self.about)}
        return json.dumps(told, separators=(",", ":"), sort_keys=True)


def kinds_of(names: Iterable[str]) -> frozenset[EventKind]:
    """The kinds of those names.

    Raises:
        InvalidInput: There is none of a name, or no name at all.
    """
    given, known = list(names), ", ".join(EventKind)
    if not given:
        raise InvalidInput(f"events: name at least one; there are: {known}.")
    for name in given:
        if name not in set(EventKind):
            raise InvalidInput(f"events: there is no {name!r}; there are: {known}.")
    return frozenset(map(EventKind, given))
