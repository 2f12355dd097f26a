"""What webhooks need of a store: whole intentions, each its own transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.webhooks.models import Delivery, DeliveryState, Webhook


class WebhookStore(Protocol):
    """Keeps webhooks and their deliveries; a delivery goes with its webhook."""

    async def add(self, webhook: Webhook) -> None:
        """Keep a new webhook."""
        ...

    async def all(self) -> Sequence[Webhook]:
        """Every webhook, newest first."""
        ...

    async def get(self, webhook_id: str) -> Webhook:
        """The webhook of that id; raises NotFound."""
        ...

    async def rotate(self, webhook_id: str, secret: str, *, previous_ends_at: datetime) -> Webhook:
        """Give it another secret, the present one being used beside it for a while; raises NotFound."""
        ...

    async def remove(self, webhook_id: str) -> None:
        """Forget it with all its deliveries; raises NotFound."""
        ...

    async def deliveries(
        self, webhook_id: str, *, limit: int, after: tuple[datetime, str] | None = None
    ) -> Sequence[Delivery]:
        """Its deliveries, newest first: at most so many after that time and id; raises NotFound."""
        ...

    async def delivery(self, delivery_id: str) -> tuple[Webhook, Delivery] | None:
        """A delivery with its webhook; None where there is none any more."""
        ...

    async def tried(self, delivery_id: str, *, answer: str, state: DeliveryState, at: datetime) -> None:
        """Note what came of a try; harmless where the delivery is gone."""
        ...

    async def replay(self, delivery_id: str, *, at: datetime) -> Delivery:
        """Let it be sent again, with a job in the same transaction; raises NotFound."""
        ...
