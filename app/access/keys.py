"""API keys: how programs of the hiring team show who they are, each with no more scopes than it needs.

A key is shown once and kept as a digest. Rotation gives it a new secret and lets the old one work for some hours more,
so that whoever uses it can change over without a gap; the key stays the same, with its name and its scopes.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from app.access.scopes import ALL_SCOPES, Scope
from app.errors import Conflict, InvalidInput, NotFound, NotPermitted

SECRET_START = "viva_"  # noqa: S105 (how secrets begin, for people and scanners to know them by)
SHOWN_CHARS = len(SECRET_START) + 4
LONGEST_NAME = 100
MOST_DAYS = 3650
MOST_OVERLAP_HOURS = 720
USE_NOTED_EVERY = timedelta(minutes=1)
"""How coarse "last used" is: a busy key must not cost a write a request."""
_BYTES = 32
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret.

    Attributes:
        prefix: How its secret begins, for people to tell keys apart.
        previous_ends_at: Until when the secret before the last rotation works, too.
    """

    id: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    previous_ends_at: datetime | None = None

    def opens(self, at: datetime) -> bool:
        """Whether it lets anybody in at that time."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


class KeyStore(Protocol):
    """Keeps keys by the digests of their secrets."""

    async def add(self, key: ApiKey, *, sha256: str) -> None:
        """Keep a new key."""
        ...

    async def find(self, sha256: str, *, at: datetime) -> ApiKey | None:
        """The key whose secret that is, or was before a rotation whose overlap still lasts; None where there is none."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """The key of that id."""
        ...

    async def all(self) -> Sequence[ApiKey]:
        """Every key, newest first."""
        ...

    async def rotate(self, key_id: str, *, sha256: str, prefix: str, previous_ends_at: datetime) -> bool:
        """Give a key another secret; whether there is such a key that is not revoked."""
        ...

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        """Let it open nothing from now on; the first time counts. Whether there is such a key."""
        ...

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        """Remember when it was last used."""
        ...


class Keys:
    """What can be done with API keys.

    Args:
        store: Where they are kept.
        clock: Aware UTC now.
    """

    def __init__(self, store: KeyStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        name: str,
        scopes: frozenset[Scope],
        *,
        expires_days: int | None = None,
        within: Set[Scope] = ALL_SCOPES,
    ) -> NewKey:
        """A new key.

        Args:
            name: What people call it.
            scopes: What it may do, at least one.
            expires_days: How long it lasts; for ever where None.
            within: What whoever asks may do: nobody makes a key that may do more.

        Raises:
            InvalidInput: The name, the scopes or the time can't be used.
            NotPermitted: It would be allowed more than whoever asks.
        """
        if expires_days is not None and not 1 <= expires_days <= MOST_DAYS:
            raise InvalidInput(f"expires_days: give a number of days from 1 to {MOST_DAYS}, or none.")
        if not scopes:
            raise InvalidInput("scopes: a key needs at least one.")
        _require(scopes, within)
        now = self._clock()
        secret = SECRET_START + secrets.token_urlsafe(_BYTES)
        key = ApiKey(
            id=f"key-{secrets.token_hex(8)}",
            name=_usable(name),
            prefix=secret[:SHOWN_CHARS],
            scopes=scopes,
            created_at=now,
            expires_at=None if expires_days is None else now + timedelta(days=expires_days),
        )
        await self._store.add(key, sha256=secret_digest(secret))
        return NewKey(key, secret)

    async def all(self) -> Sequence[ApiKey]:
        """Every key, revoked ones too, newest first."""
        return await self._store.all()

    async def rotate(self, key_id: str, *, overlap_hours: float, within: Set[Scope] = ALL_SCOPES) -> NewKey:
        """The key with a new secret; the old one works for the hours of overlap, the one before that no longer.

        Raises:
            NotFound: There is no such key.
            Conflict: It opens nothing any more.
            InvalidInput: The overlap can't be used.
            NotPermitted: The key may do more than whoever asks.
        """
        if not 0 <= overlap_hours <= MOST_OVERLAP_HOURS:
            raise InvalidInput(f"overlap_hours: give a number of hours from 0 to {MOST_OVERLAP_HOURS}.")
        key = await self._get(key_id)
        _require(key.scopes, within)
        now = self._clock()
        if not key.opens(now):
            raise Conflict(f"The key {key_id} was revoked or has expired; make a new one.")
        secret = SECRET_START + secrets.token_urlsafe(_BYTES)
        changed = await self._store.rotate(
            key_id,
            sha256=secret_digest(secret),
            prefix=secret[:SHOWN_CHARS],
            previous_ends_at=now + timedelta(hours=overlap_hours),
        )
        if not changed:
            raise Conflict(f"The key {key_id} was revoked meanwhile; make a new one.")
        return NewKey(await self._get(key_id), secret)

    async def revoke(self, key_id: str, *, within: Set[Scope] = ALL_SCOPES) -> None:
        """Let a key open nothing from now on, old secrets included; the same again is harmless.

        Raises:
            NotFound: There is no such key.
            NotPermitted: The key may do more than whoever asks.
        """
        _require((await self._get(key_id)).scopes, within)
        await self._store.revoke(key_id, at=self._clock())

    async def holder(self, secret: str) -> ApiKey | None:
        """The key whose secret that is, where it lets anybody in; that it was used is noted, to the minute."""
        now = self._clock()
        key = await self._store.find(secret_digest(secret), at=now)
        if key is None or not key.opens(now):
            return None
        if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
            await self._store.note_use(key.id, at=now)
        return key

    async def belongs(self, secret: str, key_id: str) -> ApiKey | None:
        """The key of that id where that is its secret; nothing is noted, as nobody uses it."""
        key = await self._store.find(secret_digest(secret), at=self._clock())
        return key if key is not None and key.id == key_id else None

    async def _get(self, key_id: str) -> ApiKey:
        key = await self._store.get(key_id)
        if key is None:
            raise NotFound(f"There is no key {key_id}; `viva keys list` shows them.")
        return key


def secret_digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal, as 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _usable(name: str) -> str:
    usable = name.strip()
    if not usable or len(usable) > LONGEST_NAME or _UNPRINTABLE.search(usable):
        raise InvalidInput(f"name: give the key a name of 1 to {LONGEST_NAME} printable characters.")
    return usable


def _require(scopes: Set[Scope], within: Set[Scope]) -> None:
    missing = sorted(scopes - within)
    if missing:
        raise NotPermitted(f"A key with the scope {missing[0]} can be made or changed only by who has that scope, too.")
