"""The kinds of problems the API tells, each with an address of its own that programs can go by (RFC 9457, `type`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from app import errors
from app.errors import told

ADDRESS = "/api/v1/problems/"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem.

    Attributes:
        name: The end of its address; it stays when sentences change.
        title: The same for every problem of the kind.
        remedy: What whoever asked can do.
    """

    name: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """Its address, relative to the server."""
        return ADDRESS + self.name


_ALL = (
    ProblemKind("unreadable", 400, "The body could not be read", "Send well-formed content of the documented type."),
    ProblemKind("not-signed-in", 401, "Nobody is asking", "Send a bearer token that holds."),
    ProblemKind("not-permitted", 403, "Not allowed", "Use a token or an API key that may do it."),
    ProblemKind("foreign-page", 403, "Another site's page is asking", "Ask from Viva's own pages or from a program."),
    ProblemKind("not-found", 404, "Not found", "Check the address and the id; it may have been deleted."),
    ProblemKind("method-not-allowed", 405, "No such method here", "Use a method that the header Allow names."),
    ProblemKind("conflict", 409, "It contradicts what is there", "Look at the present state and decide again."),
    ProblemKind("out-of-turn", 409, "Not at this point", "Ask for the interview's step and do what it says."),
    ProblemKind("already-received", 409, "Received before", "Nothing was done twice; look at the present state."),
    ProblemKind("still-being-done", 409, "Its twin is still being done", "Ask again with the same key in a moment."),
    ProblemKind("link-closed", 410, "The link opens nothing any more", "Ask the team for a new link."),
    ProblemKind("too-large", 413, "Too much at once", "Send less at a time."),
    ProblemKind("foreign-host", 421, "Not this server's name", "Use the server's own address."),
    ProblemKind("malformed", 422, "The request has another shape", "See `errors` for the places and what is expected."),
    ProblemKind("unusable", 422, "What was sent can't be used", "The detail names the field and what would do."),
    ProblemKind("key-reused", 422, "The idempotency key was used before", "Take a new key for another request."),
    ProblemKind("too-many-requests", 429, "Too many requests", "Wait for as long as Retry-After says."),
    ProblemKind("model-failed", 502, "The language model gave nothing usable", "Try again; see `viva doctor`."),
    ProblemKind("not-ready", 503, "Not ready", "Try again shortly; the detail says what is missing."),
)
KINDS: Mapping[str, ProblemKind] = {kind.name: kind for kind in _ALL}
"""By name."""

# The first that fits: a special kind stands before the general one.
_OF_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (errors.LinkClosed, "link-closed"),
    (errors.OutOfTurn, "out-of-turn"),
    (errors.AlreadyReceived, "already-received"),
    (errors.KeyReused, "key-reused"),
    (errors.StillBeingDone, "still-being-done"),
)
_OF_STATUS: Mapping[int, str] = {
    400: "unreadable",
    401: "not-signed-in",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    422: "unusable",
    429: "too-many-requests",
    502: "model-failed",
    503: "not-ready",
}


def kind_of(error: Exception) -> ProblemKind | None:
    """The kind of an error with a sentence for people; None for a bug."""
    telling = told(error)
    if telling is None:
        return None
    for kind, name in _OF_ERRORS:
        if isinstance(error, kind):
            return KINDS[name]
    return kind_of_status(telling.http_status)


def kind_of_status(status: int) -> ProblemKind | None:
    """The general kind of a status; None where the API has none for it."""
    name = _OF_STATUS.get(status)
    return None if name is None else KINDS[name]
