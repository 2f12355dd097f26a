"""Requests that are sent again with the same `Idempotency-Key`: done once, and answered alike for a day.

An answer may hold what is shown only once, such as a candidate's link. So it is kept sealed with a key made from the
secret that whoever asked showed: who reads the database opens nothing with it.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.errors import KeyReused, StillBeingDone

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(minutes=10)
"""When a request that never ended is taken for lost with its process, so that its key can be used again."""
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Ask:
    """One request with its key.

    Attributes:
        caller_id: Who asks; keys of one never meet keys of another.
        secret: What the caller showed: the operator's token, or the secret of an API key.
        key: The idempotency key.
        content: Everything that makes it another request: method, address, body.
    """

    caller_id: str
    secret: str = field(repr=False)
    key: str
    content: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Names its place in the store and tells nothing."""
        return hashlib.sha256(f"{self.caller_id}\0{self.key}".encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The same for the same content; made with the secret, as the content may be a candidate's."""
        return self._derived(b"fingerprint", self.content).hex()

    @property
    def seal(self) -> bytes:
        """What its answer is sealed with."""
        return self._derived(b"seal", self.key.encode("utf-8", "surrogatepass"))

    def _derived(self, purpose: bytes, what: bytes) -> bytes:
        return hmac.digest(self.secret.encode("utf-8", "surrogatepass"), b"viva " + purpose + b"\0" + what, "sha256")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was given the first time."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that was claimed before; `sealed` is its answer, None while it is still being done."""

    fingerprint: str
    sealed: bytes | None = field(repr=False)


class RepeatStore(Protocol):
    """Keeps claims by their ids."""

    async def claim(
        self, ask_id: str, fingerprint: str, *, at: datetime, given_up_before: datetime, kept_since: datetime
    ) -> Claim | None:
        """Claim an id and forget what is older than `kept_since`.

        Returns:
            None where it is the caller's from now on; else the claim that stands there: answered, or open and made
            since `given_up_before`.
        """
        ...

    async def keep(self, ask_id: str, sealed: bytes, *, claimed_at: datetime) -> None:
        """Keep the answer of that very claim; harmless where it was given up meanwhile."""
        ...

    async def release(self, ask_id: str, *, claimed_at: datetime) -> None:
        """Forget that very claim, as nothing came of it."""
        ...


class Repeats:
    """Lets each request with an idempotency key be done once.

    Args:
        store: Where claims are kept.
        clock: Aware UTC now.
    """

    def __init__(self, store: RepeatStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def begin(self, ask: Ask) -> "KeptAnswer | Turn":
        """The answer that was given before, or the turn to make it.

        Raises:
            KeyReused: The key belongs to another request.
            StillBeingDone: A twin is under way.
        """
        now = self._clock()
        standing = await self._store.claim(
            ask.id, ask.fingerprint, at=now, given_up_before=now - GIVEN_UP_AFTER, kept_since=now - KEPT_FOR
        )
        if standing is None:
            return Turn(self._store, ask, now)
        if not hmac.compare_digest(standing.fingerprint, ask.fingerprint):
            raise KeyReused(
                "Idempotency-Key: this key came before with another request, or with a secret that was rotated since; "
                "look whether that one was done, and take a new key."
            )
        if standing.sealed is None:
            raise StillBeingDone("A request with this Idempotency-Key is still being done; ask again in a moment.")
        return _opened(standing.sealed, ask)


class Turn:
    """The right to do a request that nobody has done yet."""

    def __init__(self, store: RepeatStore, ask: Ask, claimed_at: datetime) -> None:
        self._store = store
        self._ask = ask
        self._claimed_at = claimed_at

    async def done(self, answer: KeptAnswer) -> None:
        """Keep its answer."""
        await self._store.keep(self._ask.id, _sealed(answer, self._ask), claimed_at=self._claimed_at)

    async def failed(self) -> None:
        """Let the key be used again: nothing was made."""
        await self._store.release(self._ask.id, claimed_at=self._claimed_at)


def _sealed(answer: KeptAnswer, ask: Ask) -> bytes:
    head = json.dumps({"status": answer.status, "headers": dict(answer.headers)}).encode()
    nonce = os.urandom(_NONCE)
    return nonce + ChaCha20Poly1305(ask.seal).encrypt(nonce, head + b"\n" + answer.body, ask.id.encode())


def _opened(sealed: bytes, ask: Ask) -> KeptAnswer:
    plain = ChaCha20Poly1305(ask.seal).decrypt(sealed[:_NONCE], sealed[_NONCE:], ask.id.encode())
    head, _, body = plain.partition(b"\n")
    told = json.loads(head)
    return KeptAnswer(told["status"], told["headers"], body)
