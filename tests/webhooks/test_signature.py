"""Signatures that the receivers' libraries accept."""

import base64
from datetime import UTC, datetime

from app.webhooks.signature import new_secret, signed

AT = datetime.fromtimestamp(1614265330, UTC)


def test_the_published_example_of_standard_webhooks_is_signed_as_published() -> None:
    headers = signed(
        '{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=AT,
        keys=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_message_is_signed_by_each_secret_so_that_receivers_can_change_over() -> None:
    new, old = new_secret(), new_secret()
    both = signed("{}", message_id="ev-1", at=AT, keys=[new, old])["webhook-signature"].split()
    alone = [signed("{}", message_id="ev-1", at=AT, keys=[one])["webhook-signature"] for one in (new, old)]
    assert both == alone
    assert len(set(both)) == 2


def test_a_secret_is_32_random_bytes() -> None:
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
    assert new_secret() != new_secret()
