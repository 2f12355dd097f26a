"""The use cases of webhooks: add one, rotate its secret, see what was sent, send again, and the sending itself."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from app.errors import InvalidInput, NotPermitted
from app.webhooks.addresses import Guard, Resolve, Target
from app.webhooks.events import EventKind
from app.webhooks.models import Delivery, DeliveryState, Webhook
from app.webhooks.signature import new_secret, signed
from app.webhooks.store import WebhookStore

GIVEN_UP_AFTER = timedelta(days=3)
MOST_OVERLAP_HOURS = 720
GONE = 410
"""The receiver's word that it wants nothing more of this."""


class Send(Protocol):
    """Sends a message to an address, following no redirect."""

    async def __call__(self, target: Target, body: str, headers: dict[str, str]) -> int:
        """The status of the answer; raises OSError where none came in time."""
        ...


class Webhooks:
    """Webhooks for whoever reaches them.

    Args:
        store: Where they are kept.
        guard: Where messages may go.
        resolve: Looks names up.
        send: Sends one message.
        clock: Aware UTC now.
    """

    def __init__(
        self, store: WebhookStore, guard: Guard, *, resolve: Resolve, send: Send, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._guard = guard
        self._resolve = resolve
        self._send = send
        self._clock = clock

    async def add(self, url: str, events: frozenset[EventKind]) -> Webhook:
        """A new webhook with its secret.

        Raises:
            InvalidInput: The address or the events can't be used.
        """
        self._guard.checked(url)
        if not events:
            raise InvalidInput("events: name at least one.")
        webhook = Webhook(
            id=f"wh-{secrets.token_hex(8)}", url=url, events=events, created_at=self._clock(), secret=new_secret()
        )
        await self._store.add(webhook)
        return webhook

    async def all(self) -> Sequence[Webhook]:
        """Every webhook, newest first."""
        return await self._store.all()

    async def rotate(self, webhook_id: str, *, overlap_hours: float) -> Webhook:
        """The webhook with a new secret; messages are signed with the old one, too, for the overlap.

        Raises:
            NotFound: There is none of that id.
            InvalidInput: The overlap can't be used.
        """
        if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
            raise InvalidInput(f"overlap_hours: give a number of hours from 0 to {MOST_OVERLAP_HOURS}.")
        ends_at = self._clock() + timedelta(hours=overlap_hours)
        return await self._store.rotate(webhook_id, new_secret(), previous_ends_at=ends_at)

    async def remove(self, webhook_id: str) -> None:
        """Tell it nothing from now on, and forget what was sent; raises NotFound."""
        await self._store.remove(webhook_id)

    async def deliveries(
        self, webhook_id: str, *, limit: int, after: tuple[datetime, str] | None = None
    ) -> Sequence[Delivery]:
        """What was sent or waits to be, newest first; raises NotFound."""
        return await self._store.deliveries(webhook_id, limit=limit, after=after)

    async def replay(self, delivery_id: str) -> Delivery:
        """Send a message again, the same as before; raises NotFound."""
        return await self._store.replay(delivery_id, at=self._clock())

    async def deliver(self, delivery_id: str) -> bool:
        """One try; whether nothing more is to be done: it was taken, refused for good, given up, or is gone."""
        found = await self._store.delivery(delivery_id)
        if found is None or found[1].state is not DeliveryState.WAITING:
            return True
        webhook, delivery = found
        now = self._clock()
        state, answer = await self._try(webhook, delivery, now)
        if state is DeliveryState.WAITING and now - delivery.since >= GIVEN_UP_AFTER:
            state = DeliveryState.FAILED
        await self._store.tried(delivery_id, answer=answer, state=state, at=now)
        return state is not DeliveryState.WAITING

    async def _try(self, webhook: Webhook, delivery: Delivery, now: datetime) -> tuple[DeliveryState, str]:
        headers = signed(delivery.body, message_id=delivery.event_id, at=now, keys=webhook.keys(now))
        try:
            target = await self._guard.target(webhook.url, self._resolve)
            status = await self._send(target, delivery.body, {**headers, "content-type": "application/json"})
        except (InvalidInput, NotPermitted) as error:
            return DeliveryState.FAILED, str(error)
        except OSError as error:
            # The kind alone: the words may hold what a server inside the network said.
            return DeliveryState.WAITING, f"no answer ({type(error).__name__})"
        if 200 <= status < 300:
            return DeliveryState.DELIVERED, str(status)
        return DeliveryState.FAILED if status == GONE else DeliveryState.WAITING, str(status)
