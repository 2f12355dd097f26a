"""Webhooks over the API: where events are told, what was sent, and sending it again."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.access.principal import WritesWebhooks
from app.api.pages import LINKED, NEXT, Cursor, Limit, cursor_of, link_next, places_of
from app.api.platform_route import Once, PlatformRoute
from app.api.problems import problems
from app.api.wire import ServicesHere
from app.interviews.store import Place
from app.webhooks.events import EventKind
from app.webhooks.models import Delivery, DeliveryState, Webhook
from app.webhooks.service import MOST_OVERLAP_HOURS

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=PlatformRoute)
_WEBHOOK: dict[str, JsonValue] = {
    "id": "wh-0123456789abcdef",
    "url": "https://example.org/hooks/viva",
    "events": ["interview.completed", "review.needed"],
    "created_at": "2026-01-05T09:00:00Z",
    "previous_ends_at": None,
}
_DELIVERY: dict[str, JsonValue] = {
    "id": "wd-0123456789abcdef0123456789abcdef",
    "event_id": "ev-0123456789abcdef0123456789abcdef",
    "event": "interview.completed",
    "body": '{"data":{"bank":"data_lakes","interview_id":"iv-0123456789abcdef"},"id":"ev-…",…}',
    "state": "delivered",
    "tries": 1,
    "answer": "204",
    "created_at": "2026-01-05T10:04:00Z",
    "last_at": "2026-01-05T10:04:01Z",
}


class WebhookSchema(BaseModel):
    """An address that is told of some kinds of events."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_WEBHOOK]})

    id: str
    url: str
    events: list[EventKind]
    created_at: datetime
    previous_ends_at: datetime | None = Field(
        description="Until when messages carry a signature by the secret before the last rotation, too."
    )

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """The webhook as it is sent, without its secret."""
        found = cls.model_validate(webhook)
        found.events.sort()
        return found


class WebhooksSchema(BaseModel):
    """Every webhook, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"webhooks": [_WEBHOOK]}]})

    webhooks: list[WebhookSchema]


class SecretSchema(BaseModel):
    """A webhook with the secret that its messages are signed with, as Standard Webhooks has it; shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"webhook": _WEBHOOK, "secret": "whsec_…"}]})

    webhook: WebhookSchema
    secret: str

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """The webhook as it is sent, secret and all."""
        return cls(webhook=WebhookSchema.of(webhook), secret=webhook.secret)


class AddSchema(BaseModel):
    """Where to tell what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://example.org/hooks/viva", "events": ["interview.completed", "review.needed"]}]
        }
    )

    url: str = Field(max_length=1000, description="A public https address, or a host that VIVA_WEBHOOK_HOSTS names.")
    events: list[EventKind] = Field(min_length=1, max_length=len(EventKind))


class OverlapSchema(BaseModel):
    """How long messages are signed with the old secret, too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: Annotated[int, Field(ge=0, le=MOST_OVERLAP_HOURS)] = 24


class DeliverySchema(BaseModel):
    """One message to a webhook."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY]})

    id: str
    event_id: str = Field(description="Also the message's header webhook-id, the same for every try.")
    event: EventKind
    body: str = Field(description="As it is sent.")
    state: DeliveryState
    tries: int = Field(description="Since it was made, or replayed.")
    answer: str = Field(description="What came of the last try: a status, or why there was none.")
    created_at: datetime
    last_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The delivery as it is sent."""
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            event=delivery.kind,
            body=delivery.body,
            state=delivery.state,
            tries=delivery.tries,
            answer=delivery.answer,
            created_at=delivery.created_at,
            last_at=delivery.last_at,
        )


class DeliveriesSchema(BaseModel):
    """A page of what was sent to a webhook or waits to be, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"deliveries": [_DELIVERY], "next": None}]})

    deliveries: list[DeliverySchema]
    next: str | None = NEXT


@router.get("")
async def list_webhooks(_: WritesWebhooks, services: ServicesHere) -> WebhooksSchema:
    """Every webhook, newest first."""
    return WebhooksSchema(webhooks=[WebhookSchema.of(one) for one in await services.webhooks.all()])


@router.post("", status_code=201, dependencies=[Once], responses=problems("still-being-done", "key-reused"))
async def add_webhook(body: AddSchema, _: WritesWebhooks, services: ServicesHere) -> SecretSchema:
    """Tell an address of these events from now on.

    Messages are POSTed as JSON, signed as Standard Webhooks has it; anything but a 2xx within 10 seconds is tried again
    for three days, 410 ends it. A message holds ids alone: read the rest here.
    """
    return SecretSchema.of(await services.webhooks.add(body.url, frozenset(body.events)))


@router.post(
    "/{webhook_id}/rotate", dependencies=[Once], responses=problems("not-found", "still-being-done", "key-reused")
)
async def rotate_secret(
    webhook_id: str, body: OverlapSchema, _: WritesWebhooks, services: ServicesHere
) -> SecretSchema:
    """Sign with a new secret; with the old one, too, for some hours."""
    return SecretSchema.of(await services.webhooks.rotate(webhook_id, overlap_hours=body.overlap_hours))


@router.delete("/{webhook_id}", status_code=204, responses=problems("not-found"))
async def remove_webhook(webhook_id: str, _: WritesWebhooks, services: ServicesHere) -> None:
    """Tell an address nothing from now on, and forget what was sent."""
    await services.webhooks.remove(webhook_id)


@router.get("/{webhook_id}/deliveries", responses=LINKED | problems("not-found"))
async def list_deliveries(
    webhook_id: str,
    _: WritesWebhooks,
    services: ServicesHere,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DeliveriesSchema:
    """What was sent to a webhook or waits to be, newest first, for 30 days."""
    (after,) = places_of(cursor, 1)
    place = None if after is None else (after.at, after.id)
    found = await services.webhooks.deliveries(webhook_id, limit=limit + 1, after=place)
    shown = found[:limit]
    following = cursor_of([Place(shown[-1].created_at, shown[-1].id)]) if len(found) > limit else None
    link_next(request, response, following)
    return DeliveriesSchema(deliveries=[DeliverySchema.of(one) for one in shown], next=following)


@router.post("/deliveries/{delivery_id}/replay", responses=problems("not-found"))
async def replay_delivery(delivery_id: str, _: WritesWebhooks, services: ServicesHere) -> DeliverySchema:
    """Send a message again, as it was."""
    return DeliverySchema.of(await services.webhooks.replay(delivery_id))
