"""Webhooks and their deliveries in SQL; `announce` writes deliveries in the transaction in which something happened."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db.database import Database
from app.db.tables import webhook_deliveries, webhooks
from app.errors import NotFound
from app.interviews.models import JobRequest, Queue
from app.webhooks.events import Event, EventKind
from app.webhooks.models import Delivery, DeliveryState, Webhook

KEPT_FOR = timedelta(days=30)
"""How long the log of deliveries reaches back."""
JOB = "webhook"
Enqueue = Callable[[Connection, JobRequest], None]


class SqlWebhookStore:
    """`WebhookStore` on SQLite or PostgreSQL.

    Args:
        database: Its tables are up to date.
        enqueue: Writes a job inside the given connection's transaction.
    """

    def __init__(self, database: Database, *, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue

    async def add(self, webhook: Webhook) -> None:
        row = {
            "id": webhook.id,
            "url": webhook.url,
            "events": sorted(webhook.events),
            "secret": webhook.secret,
            "created_at": webhook.created_at,
        }
        await self._database.write(lambda connection: connection.execute(insert(webhooks).values(row)))

    async def all(self) -> Sequence[Webhook]:
        query = select(webhooks).order_by(webhooks.c.created_at.desc(), webhooks.c.id.desc())
        return [_webhook(row) for row in await self._database.rows(query)]

    async def get(self, webhook_id: str) -> Webhook:
        return await self._database.read(lambda connection: _get(connection, webhook_id))

    async def rotate(self, webhook_id: str, secret: str, *, previous_ends_at: datetime) -> Webhook:
        changed = (
            update(webhooks)
            .where(webhooks.c.id == webhook_id)
            .values(previous_secret=webhooks.c.secret, previous_ends_at=previous_ends_at, secret=secret)
        )

        def rotate(connection: Connection) -> Webhook:
            connection.execute(changed)
            return _get(connection, webhook_id)

        return await self._database.write(rotate)

    async def remove(self, webhook_id: str) -> None:
        gone = delete(webhooks).where(webhooks.c.id == webhook_id)
        if await self._database.write(lambda connection: connection.execute(gone).rowcount) != 1:
            raise _none(webhook_id)

    async def deliveries(
        self, webhook_id: str, *, limit: int, after: tuple[datetime, str] | None = None
    ) -> Sequence[Delivery]:
        row = webhook_deliveries
        query = select(row).where(row.c.webhook_id == webhook_id)
        if after is not None:
            at, id_ = after
            query = query.where(or_(row.c.created_at < at, and_(row.c.created_at == at, row.c.id < id_)))
        query = query.order_by(row.c.created_at.desc(), row.c.id.desc()).limit(limit)

        def find(connection: Connection) -> Sequence[Delivery]:
            _get(connection, webhook_id)
            return [_delivery(found) for found in connection.execute(query)]

        return await self._database.read(find)

    async def delivery(self, delivery_id: str) -> tuple[Webhook, Delivery] | None:
        query = select(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)

        def find(connection: Connection) -> tuple[Webhook, Delivery] | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else (_get(connection, row.webhook_id), _delivery(row))

        return await self._database.read(find)

    async def tried(self, delivery_id: str, *, answer: str, state: DeliveryState, at: datetime) -> None:
        row = webhook_deliveries
        told = {"answer": answer, "state": state.value, "tries": row.c.tries + 1, "last_at": at}
        noted = update(row).where(row.c.id == delivery_id).values(told)
        await self._database.write(lambda connection: connection.execute(noted))

    async def replay(self, delivery_id: str, *, at: datetime) -> Delivery:
        row = webhook_deliveries
        again = update(row).where(row.c.id == delivery_id).values(state=DeliveryState.WAITING.value, tries=0, since=at)

        def replay(connection: Connection) -> Delivery:
            if connection.execute(again).rowcount != 1:
                raise NotFound(f"There is no delivery {delivery_id}; the log reaches back {KEPT_FOR.days} days.")
            self._enqueue(connection, _job(delivery_id))
            return _delivery(connection.execute(select(row).where(row.c.id == delivery_id)).one())

        return await self._database.write(replay)


def announce(
    connection: Connection,
    subject: str,
    at: datetime,
    about: Callable[[], Mapping[EventKind, Mapping[str, str]]],
    enqueue: Enqueue,
) -> None:
    """Write a delivery, with its job, for every webhook that wants to know; twice the same makes one.

    Args:
        connection: In the transaction in which it happened.
        subject: The id of what it happened to: with the kind it makes the event.
        at: When.
        about: The kinds of what happened, each with its ids; asked only where there is a webhook at all.
        enqueue: Writes a job in the same transaction.
    """
    wanted = connection.execute(select(webhooks.c.id, webhooks.c.events)).all()
    if not wanted:
        return
    new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = webhook_deliveries
    for kind, ids in about().items():
        event = Event(f"ev-{_digest(kind, subject)}", kind, at, ids)
        for webhook in wanted:
            if kind not in webhook.events:
                continue
            value = {
                "id": f"wd-{_digest(event.id, webhook.id)}",
                "webhook_id": webhook.id,
                "event_id": event.id,
                "kind": kind.value,
                "body": event.body,
                "state": DeliveryState.WAITING.value,
                "tries": 0,
                "answer": "",
                "created_at": at,
                "since": at,
            }
            old = delete(row).where(row.c.webhook_id == webhook.id, row.c.created_at < at - KEPT_FOR)
            connection.execute(old)
            made = new(row).values(value).on_conflict_do_nothing().returning(row.c.id)
            if connection.execute(made).first() is not None:
                enqueue(connection, _job(value["id"]))


def _job(delivery_id: str) -> JobRequest:
    return JobRequest(JOB, f"{JOB}:{delivery_id}", (delivery_id,), Queue.WORK)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _get(connection: Connection, webhook_id: str) -> Webhook:
    row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none()
    if row is None:
        raise _none(webhook_id)
    return _webhook(row)


def _none(webhook_id: str) -> NotFound:
    return NotFound(f"There is no webhook {webhook_id}; it may have been removed.")


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        # A kind that a later Viva knew never happens here.
        events=frozenset(EventKind(name) for name in row.events if name in set(EventKind)),
        created_at=row.created_at,
        secret=row.secret,
        previous_secret=row.previous_secret,
        previous_ends_at=row.previous_ends_at,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event_id=row.event_id,
        kind=EventKind(row.kind),
        body=row.body,
        state=DeliveryState(row.state),
        tries=row.tries,
        answer=row.answer,
        created_at=row.created_at,
        since=row.since,
        last_at=row.last_at,
    )
