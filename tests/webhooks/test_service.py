"""Webhooks as their owner has them, on the store they are kept in."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app.config import Settings
from app.db import schema
from app.db.database import Database
from app.db.engine import make_engine
from app.db.webhook_store import SqlWebhookStore, announce
from app.errors import InvalidInput, NotFound
from app.interviews.models import JobRequest
from app.webhooks.addresses import Guard, Target
from app.webhooks.events import EventKind, kinds_of
from app.webhooks.models import Delivery, DeliveryState, Webhook
from app.webhooks.service import GIVEN_UP_AFTER, Webhooks

COMPLETED = frozenset({EventKind.INTERVIEW_COMPLETED})
URL = "https://example.org/hooks/viva"


class House:
    """Webhooks with a clock to turn and a receiver that answers as it is told."""

    def __init__(self, database: Database) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.database = database
        self.jobs: list[JobRequest] = []
        self.sent: list[tuple[Target, str, dict[str, str]]] = []
        self.answer: int | OSError = 204
        self.leads_to: Sequence[str] = ("93.184.216.34",)
        store = SqlWebhookStore(database, enqueue=self._enqueue)
        self.webhooks = Webhooks(store, Guard(), resolve=self._resolve, send=self._send, clock=lambda: self.now)

    def _enqueue(self, _: Connection, job: JobRequest) -> None:
        self.jobs.append(job)

    async def _resolve(self, _host: str, _port: int) -> Sequence[str]:
        return self.leads_to

    async def _send(self, target: Target, body: str, headers: dict[str, str]) -> int:
        self.sent.append((target, body, headers))
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer

    async def happens(self, interview_id: str = "iv-1") -> None:
        about = {EventKind.INTERVIEW_COMPLETED: {"interview_id": interview_id}}
        await self.database.write(
            lambda connection: announce(connection, interview_id, self.now, lambda: about, self._enqueue)
        )

    async def delivery(self, webhook: Webhook) -> Delivery:
        (found,) = await self.webhooks.deliveries(webhook.id, limit=10)
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = Database(make_engine(Settings(data_dir=tmp_path, database_url=None)))
    schema.upgrade(database.engine)
    yield House(database)
    database.engine.dispose()


async def test_what_happens_is_told_once_to_whoever_wants_to_know(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    other = await house.webhooks.add(URL, frozenset({EventKind.GRADE_COMPLETED}))
    await house.happens()
    await house.happens()
    (job,) = house.jobs
    assert await house.webhooks.deliver(*job.ids)
    assert await house.webhooks.deliver(*job.ids)
    ((target, body, headers),) = house.sent
    assert target.address == "93.184.216.34"
    assert '"interview_id":"iv-1"' in body
    assert '"type":"interview.completed"' in body
    delivery = await house.delivery(webhook)
    assert headers["webhook-id"] == delivery.event_id
    assert (delivery.state, delivery.tries, delivery.answer) == (DeliveryState.DELIVERED, 1, "204")
    assert await house.webhooks.deliveries(other.id, limit=10) == []


@pytest.mark.parametrize("answer", [301, 400, 429, 503, OSError("secrets of the network")])
async def test_a_message_that_was_not_taken_is_tried_for_three_days(house: House, answer: int | OSError) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    await house.happens()
    house.answer = answer
    (job,) = house.jobs
    assert not await house.webhooks.deliver(*job.ids)
    house.now += GIVEN_UP_AFTER - timedelta(seconds=1)
    assert not await house.webhooks.deliver(*job.ids)
    house.now += timedelta(seconds=1)
    assert await house.webhooks.deliver(*job.ids)
    delivery = await house.delivery(webhook)
    assert (delivery.state, delivery.tries) == (DeliveryState.FAILED, 3)
    assert "secrets" not in delivery.answer


async def test_a_receiver_that_is_gone_is_tried_no_more(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    await house.happens()
    house.answer = 410
    assert await house.webhooks.deliver(*house.jobs[0].ids)
    assert (await house.delivery(webhook)).state is DeliveryState.FAILED


async def test_a_name_that_came_to_lead_inside_gets_nothing_and_says_so(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    await house.happens()
    house.leads_to = ("169.254.169.254",)
    assert await house.webhooks.deliver(*house.jobs[0].ids)
    assert house.sent == []
    assert "VIVA_WEBHOOK_HOSTS" in (await house.delivery(webhook)).answer


async def test_a_message_can_be_sent_again_as_it_was(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    await house.happens()
    await house.webhooks.deliver(*house.jobs[0].ids)
    house.now += timedelta(days=5)
    again = await house.webhooks.replay((await house.delivery(webhook)).id)
    assert (again.state, again.tries) == (DeliveryState.WAITING, 0)
    house.answer = 500
    assert not await house.webhooks.deliver(*house.jobs[1].ids)
    assert house.sent[0][1] == house.sent[1][1]
    assert house.sent[0][2]["webhook-id"] == house.sent[1][2]["webhook-id"]
    with pytest.raises(NotFound, match="30 days"):
        await house.webhooks.replay("wd-none")


async def test_after_a_rotation_both_secrets_sign_for_a_while(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    rotated = await house.webhooks.rotate(webhook.id, overlap_hours=1)
    assert rotated.secret != webhook.secret
    for minutes, signatures in ((59, 2), (2, 1)):
        house.now += timedelta(minutes=minutes)
        await house.happens(f"iv-{minutes}")
        await house.webhooks.deliver(*house.jobs[-1].ids)
        assert len(house.sent[-1][2]["webhook-signature"].split()) == signatures
    with pytest.raises(InvalidInput, match="overlap_hours"):
        await house.webhooks.rotate(webhook.id, overlap_hours=-1)


async def test_a_removed_webhook_takes_its_deliveries_along(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    await house.happens()
    await house.webhooks.remove(webhook.id)
    assert await house.webhooks.deliver(*house.jobs[0].ids)
    assert house.sent == []
    for gone in (house.webhooks.remove(webhook.id), house.webhooks.deliveries(webhook.id, limit=1)):
        with pytest.raises(NotFound, match=webhook.id):
            await gone


async def test_a_webhook_shows_no_secret_by_accident(house: House) -> None:
    webhook = await house.webhooks.add(URL, COMPLETED)
    assert webhook.secret not in repr(webhook)


def test_a_kind_of_event_that_there_is_not_is_named_with_those_there_are() -> None:
    assert kinds_of(["review.needed"]) == {EventKind.REVIEW_NEEDED}
    for names, told in ((["all"], "no 'all'; there are: interview.completed"), ([], "at least one")):
        with pytest.raises(InvalidInput, match=told):
            kinds_of(names)
