"""Webhooks and what was sent to them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.webhooks.events import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of some kinds of events.

    Attributes:
        secret: What its messages are signed with.
        previous_secret: The one before the last rotation, used beside it until `previous_ends_at`.
    """

    id: str
    url: str
    events: frozenset[EventKind]
    created_at: datetime
    secret: str = field(repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    previous_ends_at: datetime | None = None

    def keys(self, at: datetime) -> tuple[str, ...]:
        """The secrets that count at that time, the present one first."""
        overlaps = self.previous_ends_at is not None and at < self.previous_ends_at
        return (self.secret, self.previous_secret) if overlaps and self.previous_secret else (self.secret,)


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one webhook.

    Attributes:
        body: As it is sent, each time the same.
        tries: How often it was sent since it was made or replayed.
        answer: What came of the last try, in a few words: a status, or why there was none.
        since: When it was made, or replayed the last time.
    """

    id: str
    webhook_id: str
    event_id: str
    kind: EventKind
    body: str
    state: DeliveryState
    tries: int
    answer: str
    created_at: datetime
    since: datetime
    last_at: datetime | None
