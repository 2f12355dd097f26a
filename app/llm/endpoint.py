"""The one door to the chat model's endpoint: a request goes out, and a reply or a named fault comes back.

It speaks HTTP through aiohttp, as the `openai` SDK takes several times the processor time for a request, and nothing
else of it would be used: retries, time limits and the reading of replies have their owners in this room.
"""

import asyncio
import gc
import importlib
import json
from collections.abc import AsyncIterator, Mapping
from functools import cache
from ssl import SSLContext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import ValidationError

from app.errors import LLMTruncated, LLMUnavailable
from app.llm.replies import ReplyBody

if TYPE_CHECKING:
    from aiohttp import ClientSession

DEFAULT_BASE_URL = "https://api.openai.com/v1"
MOST_TOLD_BYTES = 16_384
"""Of what an endpoint says with an error, so much is read."""


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
        self._base_url = (base_url or DEFAULT_BASE_URL).rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key.strip()}"} if api_key else {}
        self._session: ClientSession | None = None
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

    async def opened(self) -> "ClientSession":
        """The connections; what takes time about them is done in a thread."""
        async with self._opening:
            if self._session is None:
                trusted = await asyncio.to_thread(_loaded)
                import aiohttp  # noqa: PLC0415 - loaded in that thread

                self._session = aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=0, ssl=trusted),  # OpenAIChat bounds how many there are
                    timeout=aiohttp.ClientTimeout(),
                    headers=self._headers,
                    proxy=_proxy(self._base_url),
                )
        return self._session

    async def aclose(self) -> None:
        """Release the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _sent(self, body: Mapping[str, Any], max_bytes: int) -> bytes:
        """The raw body of a successful response; aiohttp's errors are translated here."""
        session = await self.opened()
        import aiohttp  # noqa: PLC0415 - loaded by `opened` in a thread

        try:
            async with session.post(f"{self._base_url}/chat/completions", json=body) as response:
                if response.status >= 300:
                    told = await _beginning(response.content.iter_any(), MOST_TOLD_BYTES)
                    raise _status_fault(response.status, response.headers, told.decode(errors="replace"))
                return await _bounded(response.content.iter_any(), max_bytes)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise TryAgain("the chat model cannot be reached") from error
        except aiohttp.ClientError as error:
            raise TryAgain("the chat model's endpoint broke off its reply") from error


@cache
def _loaded() -> SSLContext:
    """What is needed once for all requests: aiohttp, and whom to trust, which is whom the embeddings' client trusts.

    What the process has loaded by now, an embedding model's libraries above all, stays to its end. It is left out of
    garbage collections from here on: one that looks through all of it holds up every request under way.
    """
    importlib.import_module("aiohttp")
    import httpx2  # noqa: PLC0415 - takes time to import, so in a thread

    trusted = httpx2.create_ssl_context()
    gc.freeze()
    return trusted


def _proxy(base_url: str) -> str | None:
    """What the environment says of a proxy for this address; aiohttp would ask it anew for each request."""
    address = urlsplit(base_url)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)


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


async def _beginning(chunks: AsyncIterator[bytes], most_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) >= most_bytes:
            break
    return bytes(content[:most_bytes])


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
