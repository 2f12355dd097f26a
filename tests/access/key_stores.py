"""A store of API keys in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access.keys import USE_NOTED_EVERY, ApiKey


@dataclass
class _Kept:
    key: ApiKey
    sha256: str
    previous: str | None = None


class InMemoryKeyStore:
    """`KeyStore` that forgets with its process."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def add(self, key: ApiKey, *, sha256: str) -> None:
        self._kept[key.id] = _Kept(key, sha256)

    async def find(self, sha256: str, *, at: datetime) -> ApiKey | None:
        for kept in self._kept.values():
            ends_at = kept.key.previous_ends_at
            if kept.sha256 == sha256 or (kept.previous == sha256 and ends_at is not None and ends_at > at):
                return kept.key
        return None

    async def get(self, key_id: str) -> ApiKey | None:
        kept = self._kept.get(key_id)
        return None if kept is None else kept.key

    async def all(self) -> Sequence[ApiKey]:
        keys = [kept.key for kept in self._kept.values()]
        return sorted(keys, key=lambda key: (key.created_at, key.id), reverse=True)

    async def rotate(self, key_id: str, *, sha256: str, prefix: str, previous_ends_at: datetime) -> bool:
        kept = self._kept.get(key_id)
        if kept is None or kept.key.revoked_at is not None:
            return False
        changed = replace(kept.key, prefix=prefix, previous_ends_at=previous_ends_at)
        self._kept[key_id] = _Kept(changed, sha256, kept.sha256)
        return True

    async def revoke(self, key_id: str, *, at: datetime) -> bool:
        kept = self._kept.get(key_id)
        if kept is None:
            return False
        kept.key = replace(kept.key, revoked_at=kept.key.revoked_at or at)
        return True

    async def note_use(self, key_id: str, *, at: datetime) -> None:
        kept = self._kept.get(key_id)
        if kept is None:
            return
        before = kept.key.last_used_at
        if before is None or at - before >= USE_NOTED_EVERY:
            kept.key = replace(kept.key, last_used_at=at)
