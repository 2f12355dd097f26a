"""What an API key may be allowed: a fixed set of names, each for one kind of thing and one way of using it."""

from collections.abc import Iterable
from enum import StrEnum

from app.errors import InvalidInput


class Scope(StrEnum):
    """One thing that a key may do; the operator may do all of them."""

    INTERVIEWS_READ = "interviews:read"
    INTERVIEWS_WRITE = "interviews:write"
    GRADES_READ = "grades:read"
    GRADES_WRITE = "grades:write"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    BANKS_READ = "banks:read"
    BANKS_WRITE = "banks:write"
    SCREENINGS_READ = "screenings:read"
    SCREENINGS_WRITE = "screenings:write"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"
    METRICS_READ = "metrics:read"

    @property
    def allows(self) -> str:
        """What it allows, in a few words."""
        return _ALLOWS[self]


_ALLOWS = {
    Scope.INTERVIEWS_READ: "list interviews and read what was said",
    Scope.INTERVIEWS_WRITE: "open, accommodate, close and delete interviews",
    Scope.GRADES_READ: "read grades and reports",
    Scope.GRADES_WRITE: "grade answers and complete open grades",
    Scope.REVIEWS_READ: "see what waits for a person",
    Scope.REVIEWS_WRITE: "decide, assign and comment on reviews, and settle requests",
    Scope.BANKS_READ: "list, read and search question banks",
    Scope.BANKS_WRITE: "import question banks and rebuild their vectors",
    Scope.SCREENINGS_READ: "read screenings and their results",
    Scope.SCREENINGS_WRITE: "make, run and close screenings",
    Scope.WEBHOOKS_WRITE: "add, change and replay webhooks",
    Scope.KEYS_WRITE: "list, make, rotate and revoke API keys",
    Scope.METRICS_READ: "read the figures for monitoring at /metrics",
}
ALL_SCOPES = frozenset(Scope)


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes of those names.

    Raises:
        InvalidInput: There is none of a name, or no name at all.
    """
    given = list(names)
    known = ", ".join(Scope)
    if not given:
        raise InvalidInput(f"scopes: a key needs at least one; there are: {known}.")
    for name in given:
        if name not in ALL_SCOPES:
            raise InvalidInput(f"scopes: there is no {name!r}; there are: {known}.")
    return frozenset(map(Scope, given))
