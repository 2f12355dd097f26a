"""Sparing an endpoint that keeps failing: callers are told at once instead of waiting for the next time-out."""

import time
from collections import deque
from collections.abc import Callable

FAILURES = 5
WINDOW_S = 30.0
OPEN_S = 15.0


class Breaker:
    """Opens after 5 failures within 30 s, for 15 s; then one request probes whether the endpoint is back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._opened_at: float | None = None
        self._probing = False

    def admits(self) -> bool:
        """Whether a request may be sent now; True may make it the one probe, so its end must be reported."""
        if self._opened_at is None:
            return True
        if self._probing or self._now() - self._opened_at < OPEN_S:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        """The endpoint answered."""
        self._failures.clear()
        self._opened_at = None
        self._probing = False

    def failed(self) -> None:
        """The endpoint did not answer, or only with a fault of its own."""
        now = self._now()
        self._failures.append(now)
        many = len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW_S
        if self._probing or many:
            self._opened_at = now
        self._probing = False

    def abandoned(self) -> None:
        """The request ended without telling anything about the endpoint (it was cancelled, or told to wait)."""
        self._probing = False
