"""A store of requests that may come again, in memory."""

from dataclasses import dataclass
from datetime import datetime

from app.access.repeats import Claim


@dataclass
class _Kept:
    fingerprint: str
    claimed_at: datetime
    sealed: bytes | None = None


class InMemoryRepeatStore:
    """`RepeatStore` that forgets with its process."""

    def __init__(self) -> None:
        self.kept: dict[str, _Kept] = {}

    async def claim(
        self, ask_id: str, fingerprint: str, *, at: datetime, given_up_before: datetime, kept_since: datetime
    ) -> Claim | None:
        self.kept = {
            id_: one
            for id_, one in self.kept.items()
            if one.claimed_at >= kept_since and (one.sealed is not None or one.claimed_at >= given_up_before)
        }
        found = self.kept.get(ask_id)
        if found is None:
            self.kept[ask_id] = _Kept(fingerprint, at)
            return None
        return Claim(found.fingerprint, found.sealed)

    async def keep(self, ask_id: str, sealed: bytes, *, claimed_at: datetime) -> None:
        found = self.kept.get(ask_id)
        if found is not None and found.claimed_at == claimed_at:
            found.sealed = sealed

    async def release(self, ask_id: str, *, claimed_at: datetime) -> None:
        found = self.kept.get(ask_id)
        if found is not None and found.claimed_at == claimed_at and found.sealed is None:
            del self.kept[ask_id]
