"""How many requests an API key may send: counted in this process, in windows that begin with a key's first request.

Several processes count for themselves, so that together they let through as many times more; the bound protects each of
them from a program that runs wild, and is no quota to be sold.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from app.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where somebody stands in the present window.

    Attributes:
        is_spent: This request is one too many.
        limit: Requests a window.
        window_s: How long a window is.
        remaining: Requests that are left in it.
        reset_s: Seconds until the next one, at least 1.
    """

    is_spent: bool
    limit: int
    window_s: int
    remaining: int
    reset_s: int

    def headers(self, policy: str) -> dict[str, str]:
        """What draft-ietf-httpapi-ratelimit-headers tells a client, with Retry-After where it has to wait."""
        told = {
            "RateLimit-Policy": f'"{policy}";q={self.limit};w={self.window_s}',
            "RateLimit": f'"{policy}";r={self.remaining};t={self.reset_s}',
        }
        return {**told, "Retry-After": str(self.reset_s)} if self.is_spent else told


class Rate:
    """So many requests a window for each of those who ask.

    Args:
        rate: Such as "600/minute" or "10 per 5 seconds".

    Raises:
        InvalidInput: It is no rate.
    """

    def __init__(self, rate: str, *, setting: str = "VIVA_API_RATE") -> None:
        self._item = _item(rate, setting)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def take(self, who: str) -> Allowance:
        """Count one request of theirs."""
        granted = await self._limiter.hit(self._item, who)
        stats = await self._limiter.get_window_stats(self._item, who)
        return Allowance(
            is_spent=not granted,
            limit=self._item.amount,
            window_s=self._item.get_expiry(),
            remaining=max(0, stats.remaining),
            reset_s=max(1, math.ceil(stats.reset_time - time.time())),
        )


def _item(rate: str, setting: str) -> RateLimitItem:
    wanted = f"{setting} is {rate!r}; give a number of requests and a time, such as 600/minute."
    try:
        item = parse(rate)
    except ValueError:
        raise InvalidInput(wanted) from None
    if item.amount < 1:
        raise InvalidInput(wanted)
    return item
