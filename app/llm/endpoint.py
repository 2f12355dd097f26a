"""The one door to the `openai` SDK: a request goes out, and a reply or a named fault comes back.

The SDK speaks HTTP through aiohttp here, which takes less of the processor than its usual way. Retries, time limits
and the reading of replies have their owners in this room, so its own are off.
"""

import asyncio
import gc
import importlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.errors import LLMTruncated, LLMUnavailable
from app.llm.replies import ReplyBody

if TYPE_CHECKING:
    from openai import APIConnectionError, AsyncOpenAI

DEFAULT_BASE_URL = "https://api.openai.com/v1"
QUIET_LOGGERS = ("openai", "httpx2")


class TryAgain(Exception):
    """A fault that may pass: busy, down, slow or garbled.

    Attributes:
        retry_after_s: How long the server asks to wait; None where it does not say.
        crowded: Whether it was told that there are too many requests, which is no sign of being down.
        slow: Whether the attempt took all the time it had.
    """

    def __init__(
        self, sentence: str, *, retry_after_s: float | None = None, crowded: bool = False, slow: bool = False
    ) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s
        self.crowded = crowded
        self.slow = slow

    @property
    def down(self) -> bool:
        """Whether it speaks for an endpoint that is down."""
        return not self.crowded


class NotUnderstood(Exception):
    """Status 400 or 422: the endpoint does not take the request as it was put."""

    def __init__(self, status: int, told: str, *, final: bool) -> None:
        super().__init__(f"the chat model's endpoint refused the request (status {status})")
        self.told = told
        self.final = final


class Endpoint:
    """An OpenAI-compatible address with its key; how long a request may take is for its caller to bound."""

    def __init__(self, base_url: str | None, api_key: str | None) -> None:
        self._base_url = base_url or DEFAULT_BASE_URL
        self._api_key = (api_key or "").strip() or "none"  # local servers take any key, but the SDK wants one
        self._client: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()

    async def reply(self, body: Mapping[str, Any], *, max_bytes: int) -> ReplyBody:
        """The reply to one chat completion request.

        Raises:
            TryAgain: A fault that may pass.
            NotUnderstood: The endpoint does not take the request as it was put.
            LLMTruncated: The reply is longer than `max_bytes`.
            LLMUnavailable: A fault that waiting does not mend.
        """
        return _read(await self._sent(body, max_bytes))

    async def opened(self) -> "AsyncOpenAI":
        """The SDK's client; loading it takes half a second, in a thread."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
        return self._client

    async def aclose(self) -> None:
        """Release the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> "AsyncOpenAI":
        _load()
        import httpx2  # noqa: PLC0415 - takes time to import, so in a thread
        import openai  # noqa: PLC0415 (slow to import)

        try:
            return openai.AsyncOpenAI(
                api_key=self._api_key,
                base_url=self._base_url,
                max_retries=0,
                timeout=None,  # none of its own, so that what it calls a time-out is none: see `_broken`
                http_client=openai.DefaultAioHttpClient(timeout=None),
            )
        except httpx2.InvalidURL as error:
            raise LLMUnavailable("the chat model's address is none; see VIVA_LLM_BASE_URL") from error

    async def _sent(self, body: Mapping[str, Any], max_bytes: int) -> bytes:
        """The raw body of a successful response; the SDK's errors are translated here.

        The body is read raw, because servers send things under status 200 that the SDK would pass on as a
        completion without choices, as a string, or as a bare `json.JSONDecodeError`, and as it comes, to stop in time.
        """
        client = await self.opened()
        # Loaded by `opened` in a thread; httpx2 and aiohttp are what the SDK is built on.
        import aiohttp  # noqa: PLC0415 (slow to import)
        import httpx2  # noqa: PLC0415 (slow to import)
        import openai  # noqa: PLC0415 (slow to import)

        create = client.chat.completions.with_streaming_response.create
        try:
            # As an extra body, which the SDK sends as it is; it takes milliseconds to look through a schema otherwise.
            async with create(model=body["model"], messages=[], extra_body=body) as response:
                return await _bounded(response.iter_bytes(), max_bytes)
        except openai.APIConnectionError as error:
            raise _broken(error) from error
        except openai.APIStatusError as error:
            told = f"{error.message} {error.param or ''}"
            raise _status_fault(error.status_code, error.response.headers, told) from error
        except (httpx2.HTTPError, aiohttp.ClientError) as error:  # while reading, and no HTTP at all: left untranslated
            raise TryAgain("the chat model's endpoint broke off its reply") from error


@cache
def _load() -> None:
    """What is needed once for all requests.

    What the process has loaded by now, an embedding model's libraries above all, stays to its end. It is left out of
    garbage collections from here on: one that looks through all of it holds up every request under way.
    """
    importlib.import_module("openai.resources.chat.completions")  # which the SDK would load during the first request
    for logger in QUIET_LOGGERS:  # at debug level they write whole requests, candidate text and all
        logging.getLogger(logger).setLevel(logging.WARNING)
    gc.freeze()


def _broken(error: "APIConnectionError") -> TryAgain:
    """What a connection met: the SDK calls one that was refused or lost a time-out, so what it was raised from decides."""
    import aiohttp  # noqa: PLC0415 - as above
    import httpx2  # noqa: PLC0415 (slow to import)

    said = error.__cause__
    met = said.__cause__ if said else None
    if isinstance(said, httpx2.UnsupportedProtocol) or isinstance(met, aiohttp.ClientConnectorError):
        return TryAgain("the chat model cannot be reached")
    return TryAgain("the chat model's endpoint broke off its reply")


def _read(content: bytes) -> ReplyBody:
    try:
        data = json.loads(content)
        if isinstance(data, dict) and data.get("error"):
            raise TryAgain("the chat model's endpoint reported an error under status 200")
        return ReplyBody.model_validate(data)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise TryAgain("the chat model's endpoint sent something that is no chat completion") from error
        raise TryAgain("the chat model's endpoint sent something that is no JSON") from error


async def _bounded(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise LLMTruncated("the chat model's reply is far longer than was asked for")
    return bytes(content)


def _status_fault(status: int, headers: Mapping[str, str], told: str) -> Exception:
    if status == 429:
        return TryAgain("the chat model is over its rate limit", retry_after_s=_retry_after_s(headers), crowded=True)
    if status >= 500 or status in {408, 409, 425}:
        failed = f"the chat model's endpoint failed (status {status})"
        return TryAgain(failed, retry_after_s=_retry_after_s(headers))
    if status in {400, 422}:
        return NotUnderstood(status, told, final="context_length" in told or "context length" in told)
    if status in {401, 403}:
        return LLMUnavailable(f"the chat model's endpoint refused the key (status {status}); see VIVA_LLM_API_KEY")
    if status == 404:
        return LLMUnavailable("the endpoint does not know this model or address; see VIVA_LLM_MODEL, VIVA_LLM_BASE_URL")
    return LLMUnavailable(f"the chat model's endpoint refused the request (status {status})")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server asks; None where it does not say, or gives a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return None
