"""Requests to the chat model, watched: a span each, counts by their end, tokens, money, and a line for each failure."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog

from app.telemetry.measures import LLM_COST, LLM_REQUEST_SECONDS, LLM_REQUESTS, LLM_TOKENS
from app.telemetry.spans import span

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Request:
    """One request; whoever makes it says how it ended.

    Attributes:
        outcome: "answered", or in a word what went wrong.
    """

    outcome: str = "failed"


class ChatWatch:
    """Watches the requests to one model at one address."""

    def __init__(self, base_url: str, model: str) -> None:
        self._endpoint = place(base_url)
        self._model = model

    @contextmanager
    def request(self) -> Iterator[Request]:
        """One request while it is under way."""
        request = Request()
        started_at = time.perf_counter()
        try:
            with span("chat request", endpoint=self._endpoint, model=self._model) as current:
                try:
                    yield request
                except asyncio.CancelledError:
                    request.outcome = "abandoned"
                    raise
                finally:
                    current.set_attribute("viva.outcome", request.outcome)
        finally:
            LLM_REQUESTS.labels(self._endpoint, self._model, request.outcome).inc()
            LLM_REQUEST_SECONDS.labels(self._endpoint, self._model).observe(time.perf_counter() - started_at)

    def took(self, *, sent: int, written: int) -> None:
        """So many tokens."""
        LLM_TOKENS.labels(self._endpoint, self._model, "sent").inc(sent)
        LLM_TOKENS.labels(self._endpoint, self._model, "written").inc(written)

    def failed(self, error: Exception, measured: Mapping[str, Any]) -> None:
        """No usable reply came of what was asked.

        Args:
            error: Told by its type alone.
            measured: Requests, tokens and times.
        """
        told = {**measured, "endpoint": self._endpoint, "model": self._model}
        _log.warning("no usable reply from the chat model", kind=type(error).__name__, **told)


def paid(model: str, cost: float, currency: str) -> None:
    """So much money for the tokens of a critique."""
    LLM_COST.labels(model, currency).inc(cost)


def place(base_url: str) -> str:
    """Host and port of an address: neither a path, which may hold a key, nor a name and password."""
    try:
        parts = urlsplit(base_url)
        return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""  # no address at all, which the first request tells
