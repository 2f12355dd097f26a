"""Every error Viva raises, and the one table of how each is told.

`told(error)` is read by every channel: HTTP status, exit code, and a sentence that is safe to show.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rubric.errors import BankFormatError, RubricError
from vectorstore.errors import EmbedderUnavailable, StoreInUse, VectorStoreError


class AppError(Exception):
    """Something the user of a channel should be told in one sentence (the exception's text).

    Attributes:
        sentence: That sentence before it was filled in: what a translation goes by.
        values: What stands in its braces.
    """

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        super().__init__(sentence.format(**values) if values else sentence)
        self.sentence = sentence
        self.values = values


class NotFound(AppError):
    """There is no such thing, or it is not this person's to see."""


class LinkClosed(NotFound):
    """The link was good once: it has expired, or was withdrawn."""


class OutOfTurn(AppError):
    """The interview is not at a point where that can be done."""


class AlreadyReceived(AppError):
    """A delivery of that id was stored before; nothing was done twice."""


class NotPermitted(AppError):
    """This person may not do that."""


class NotSignedIn(AppError):
    """Nobody is asking: no token, or one that does not hold."""


class InvalidInput(AppError):
    """What was sent cannot be used; the sentence names the field and the remedy."""


class Conflict(AppError):
    """What is asked contradicts what is there (an immutable version, a name already taken)."""


class KeyReused(AppError):
    """An idempotency key came again with another request."""


class StillBeingDone(AppError):
    """A twin of the request, with the same idempotency key, has not ended yet."""


class TooManyRequests(AppError):
    """Whoever asks has sent more than the rate allows.

    Attributes:
        headers: What tells when to ask again.
    """

    headers: Mapping[str, str] = MappingProxyType({})


class SchemaMismatch(AppError):
    """The database was written by a newer Viva, or its schema is not what this one expects."""


class DatabaseUnavailable(AppError):
    """The database cannot be reached, or what is there is none."""


class ServerUnavailable(AppError):
    """The running server that a command needs does not answer, or it failed."""


class LLMError(AppError):
    """The chat model gave nothing usable.

    Attributes:
        measured: What was spent all the same: requests, retries, probes, tokens, latency.
    """

    measured: Mapping[str, Any] = MappingProxyType({})


class LLMUnavailable(LLMError):
    """No reply within the budget, or the endpoint is being spared after repeated failures."""


class LLMRefused(LLMError):
    """The model declined to judge."""


class LLMTruncated(LLMError):
    """The reply was cut off."""


class LLMUnparseable(LLMError):
    """The reply is not the JSON object that was asked for."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an error is told: HTTP status, exit code, sentence."""

    http_status: int
    exit_code: int
    sentence: str


_TABLE: tuple[tuple[type[Exception], int, int], ...] = (
    (BankFormatError, 422, 2),
    (RubricError, 422, 2),
    (EmbedderUnavailable, 503, 3),
    (StoreInUse, 409, 3),
    (VectorStoreError, 503, 3),
    (LinkClosed, 410, 2),
    (NotFound, 404, 2),
    (OutOfTurn, 409, 2),
    (AlreadyReceived, 409, 2),
    (NotPermitted, 403, 2),
    (NotSignedIn, 401, 2),
    (InvalidInput, 422, 2),
    (Conflict, 409, 2),
    (KeyReused, 422, 2),
    (StillBeingDone, 409, 2),
    (TooManyRequests, 429, 3),
    (SchemaMismatch, 503, 3),
    (DatabaseUnavailable, 503, 3),
    (ServerUnavailable, 503, 3),
    (LLMUnavailable, 503, 3),
    (LLMError, 502, 3),
)


def told(error: Exception) -> Telling | None:
    """How to tell this error; None for one that is a bug and should stay a traceback."""
    for kind, status, code in _TABLE:
        if isinstance(error, kind):
            return Telling(status, code, str(error))
    return None
