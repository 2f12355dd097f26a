"""Signatures as Standard Webhooks has them, so that receivers can check them with a library of their language.

Signed is `id.timestamp.body` with HMAC-SHA256. The timestamp lets a receiver refuse what is old, the id what it had.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

SECRET_START = "whsec_"  # noqa: S105 (how secrets begin)
_BYTES = 32


def new_secret() -> str:
    """What a webhook's messages are signed with, shown to its owner."""
    return SECRET_START + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed(body: str, *, message_id: str, at: datetime, keys: Sequence[str]) -> dict[str, str]:
    """The headers of a message: its id, when it is sent, and a signature by each of the secrets.

    Args:
        body: As it is sent, in UTF-8.
        message_id: The same for every try.
        at: Of this try.
        keys: The present secret; after a rotation the one before, too, while receivers change over.
    """
    stamp = str(int(at.timestamp()))
    content = f"{message_id}.{stamp}.{body}".encode()
    signatures = [f"v1,{_signature(content, key)}" for key in keys]
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": " ".join(signatures)}


def _signature(content: bytes, key: str) -> str:
    raw = base64.b64decode(key.removeprefix(SECRET_START))
    return base64.b64encode(hmac.digest(raw, content, "sha256")).decode()
