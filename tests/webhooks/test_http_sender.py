"""Messages over HTTP: to the address that was looked at, under the name that was typed, following nothing."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.webhooks.addresses import Target
from app.webhooks.http_sender import HttpSender, resolve
from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
async def sender() -> AsyncIterator[HttpSender]:
    made = HttpSender()
    yield made
    await made.aclose()


def target(receiver: Receiver) -> Target:
    """The receiver under another name, which nothing resolves."""
    port = int(receiver.address.rpartition(":")[2])
    return Target(f"http://hooks.example:{port}/viva?x=1", "hooks.example", port, "127.0.0.1")


async def test_a_message_arrives_as_it_was_made_under_the_name_that_was_typed(
    sender: HttpSender, receiver: Receiver
) -> None:
    assert await sender(target(receiver), '{"ü": 1}', {"webhook-id": "ev-1"}) == 204
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/viva?x=1", '{"ü": 1}', "ev-1")
    assert got.headers["host"] == f"hooks.example:{target(receiver).port}"


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_any_answer_is_its_status_and_no_redirect_is_followed(
    sender: HttpSender, receiver: Receiver, status: int
) -> None:
    receiver.answers = [status]
    assert await sender(target(receiver), "{}", {}) == status
    assert len(receiver.got) == 1


async def test_no_answer_is_an_error_of_its_kind(sender: HttpSender) -> None:
    with pytest.raises(OSError, match="ConnectError"):
        await sender(Target("http://hooks.example:1/", "hooks.example", 1, "127.0.0.1"), "{}", {})


async def test_names_are_looked_up_as_the_system_knows_them() -> None:
    assert "127.0.0.1" in await resolve("localhost", 80)
