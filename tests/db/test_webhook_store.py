"""Webhooks and deliveries on both databases."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from app.db.database import Database
from app.db.webhook_store import KEPT_FOR, SqlWebhookStore, announce
from app.errors import NotFound
from app.interviews.models import JobRequest
from app.webhooks.events import EventKind
from app.webhooks.models import DeliveryState, Webhook

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BOTH = frozenset({EventKind.GRADE_COMPLETED, EventKind.REVIEW_NEEDED})


class Kept:
    """A store with what was enqueued."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs: list[JobRequest] = []
        self.store = SqlWebhookStore(database, enqueue=self._enqueue)

    def _enqueue(self, _: Connection, job: JobRequest) -> None:
        self.jobs.append(job)

    async def happens(self, subject: str, *kinds: EventKind, at: datetime = NOW) -> None:
        about: Mapping[EventKind, Mapping[str, str]] = {kind: {"grade_id": subject} for kind in kinds}
        await self.database.write(lambda connection: announce(connection, subject, at, lambda: about, self._enqueue))


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


def a_webhook(webhook_id: str = "wh-1", events: frozenset[EventKind] = BOTH, at: datetime = NOW) -> Webhook:
    return Webhook(id=webhook_id, url="https://example.org/", events=events, created_at=at, secret="whsec_QUFB")


async def test_a_webhook_is_found_as_it_was_added_and_rotated(kept: Kept) -> None:
    await kept.store.add(a_webhook())
    await kept.store.add(a_webhook("wh-2", at=NOW + timedelta(seconds=1)))
    assert await kept.store.get("wh-1") == a_webhook()
    assert [one.id for one in await kept.store.all()] == ["wh-2", "wh-1"]
    rotated = await kept.store.rotate("wh-1", "whsec_QkJC", previous_ends_at=NOW + timedelta(hours=1))
    assert rotated.keys(NOW) == ("whsec_QkJC", "whsec_QUFB")
    assert rotated.keys(NOW + timedelta(hours=1)) == ("whsec_QkJC",)
    with pytest.raises(NotFound):
        await kept.store.rotate("wh-none", "whsec_QkJC", previous_ends_at=NOW)


async def test_each_webhook_gets_each_kind_it_wants_once_with_a_job(kept: Kept) -> None:
    await kept.store.add(a_webhook("wh-1"))
    await kept.store.add(a_webhook("wh-2", frozenset({EventKind.REVIEW_NEEDED})))
    for _ in range(2):
        await kept.happens("gr-1", EventKind.GRADE_COMPLETED, EventKind.REVIEW_NEEDED)
    counts = [len(await kept.store.deliveries(id_, limit=10)) for id_ in ("wh-1", "wh-2")]
    assert counts == [2, 1]
    assert len({job.key for job in kept.jobs}) == len(kept.jobs) == 3


async def test_deliveries_are_paged_newest_first_and_old_ones_go(kept: Kept) -> None:
    await kept.store.add(a_webhook())
    for n in range(5):
        await kept.happens(f"gr-{n}", EventKind.GRADE_COMPLETED, at=NOW + timedelta(seconds=n))
    whole = await kept.store.deliveries("wh-1", limit=10)
    assert [one.created_at for one in whole] == sorted((one.created_at for one in whole), reverse=True)
    paged = [*await kept.store.deliveries("wh-1", limit=2)]
    while rest := await kept.store.deliveries("wh-1", limit=2, after=(paged[-1].created_at, paged[-1].id)):
        paged += rest
    assert paged == list(whole)
    await kept.happens("gr-late", EventKind.GRADE_COMPLETED, at=NOW + KEPT_FOR + timedelta(seconds=3))
    assert len(await kept.store.deliveries("wh-1", limit=10)) == 3


async def test_a_try_is_noted_and_a_replay_begins_anew(kept: Kept) -> None:
    await kept.store.add(a_webhook())
    await kept.happens("gr-1", EventKind.GRADE_COMPLETED)
    (delivery,) = await kept.store.deliveries("wh-1", limit=1)
    await kept.store.tried(delivery.id, answer="500", state=DeliveryState.FAILED, at=NOW)
    found = await kept.store.delivery(delivery.id)
    assert found is not None
    assert (found[1].state, found[1].tries, found[1].answer, found[1].last_at) == ("failed", 1, "500", NOW)
    again = await kept.store.replay(delivery.id, at=NOW + timedelta(days=1))
    assert (again.state, again.tries, again.since) == (DeliveryState.WAITING, 0, NOW + timedelta(days=1))
    assert [job.ids for job in kept.jobs] == [(delivery.id,)] * 2


async def test_nothing_is_told_or_looked_up_where_nobody_wants_to_know(kept: Kept) -> None:
    def about() -> Mapping[EventKind, Mapping[str, str]]:
        raise AssertionError("nobody asked")

    await kept.database.write(lambda connection: announce(connection, "gr-1", NOW, about, kept._enqueue))
    assert kept.jobs == []
