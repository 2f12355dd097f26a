"""The chat model behind an OpenAI-compatible endpoint, through the `openai` SDK.

Retries have one owner, here: the SDK's own are off. What differs between endpoints is learned by asking
(`app.llm.dialect`) and remembered for the life of this object, which stands for one endpoint and one model.
"""

import asyncio
import importlib
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_before_delay

from app.config import Settings
from app.errors import LLMRefused, LLMTruncated, LLMUnavailable, LLMUnparseable
from app.llm.breaker import Breaker
from app.llm.chat import Completion, StructuredRequest, Usage
from app.llm.dialect import Dialect, Message, shape_told
from app.llm.replies import ReplyBody, parse_object

if TYPE_CHECKING:
    from openai import AsyncOpenAI

DEFAULT_BASE_URL = "https://api.openai.com/v1"
ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
BYTES_PER_TOKEN = 16
"""A reply may take so many bytes a token asked for (plus 64 KiB) before Viva stops reading it."""
IGNORED_TWICE = 2
QUIET_LOGGERS = ("openai", "httpx2", "httpcore2")


@dataclass(slots=True)
class ChatCounts:
    """What was asked of the endpoint since the start; tokens as the server reported them."""

    requests: int = 0
    completions: int = 0
    failures: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: float = 0.0


class _TryAgain(Exception):
    """A fault that may pass: busy, down, slow or garbled."""

    def __init__(self, sentence: str, *, retry_after_s: float | None = None, down: bool = True) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s
        self.down = down


class _NotUnderstood(Exception):
    """Status 400 or 422: the endpoint does not take the request as it was put."""

    def __init__(self, status: int, told: str, *, final: bool) -> None:
        super().__init__(f"the chat model's endpoint refused the request (status {status})")
        self.told = told
        self.final = final


@dataclass(slots=True)
class _Tally:
    """One call of `complete`: how many requests it took, and the tokens of all of them."""

    requests: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    started_at: float = field(default_factory=time.perf_counter)

    def add(self, reply: ReplyBody) -> None:
        if reply.usage and reply.usage.prompt_tokens is not None:
            self.input_tokens = (self.input_tokens or 0) + reply.usage.prompt_tokens
        if reply.usage and reply.usage.completion_tokens is not None:
            self.output_tokens = (self.output_tokens or 0) + reply.usage.completion_tokens


class OpenAIChat:
    """One model at one endpoint; safe for concurrent use within one event loop."""

    def __init__(
        self,
        *,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        concurrency: int = 8,
        attempt_timeout_s: float = 8.0,
        budget_s: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        breaker: Breaker | None = None,
    ) -> None:
        self._model = model
        self._base_url = base_url or DEFAULT_BASE_URL
        self._api_key = api_key or "none"  # local servers take any key, but the SDK wants one
        self._attempt_timeout_s = attempt_timeout_s
        self._budget_s = budget_s
        self._sleep = sleep
        self._breaker = breaker or Breaker()
        self._places = asyncio.Semaphore(concurrency)
        self._dialect = Dialect()
        self._ignored = 0
        self._client: AsyncOpenAI | None = None
        self._opening = asyncio.Lock()
        self.counts = ChatCounts()

    @classmethod
    def from_settings(cls, settings: Settings) -> "OpenAIChat":
        """The chat model the settings name.

        Raises:
            ValueError: `llm_model` is not set.
        """
        if settings.llm_model is None:
            raise ValueError("set VIVA_LLM_MODEL to the chat model's name")
        return cls(
            model=settings.llm_model,
            base_url=settings.llm_base_url,
            api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else None,
            concurrency=settings.llm_concurrency,
            attempt_timeout_s=settings.llm_timeout_s,
            budget_s=settings.llm_budget_s,
        )

    @property
    def name(self) -> str:
        """The model asked for."""
        return self._model

    async def complete(self, request: StructuredRequest) -> Completion:
        """One JSON object; see `ChatModel.complete` for what it raises."""
        tally = _Tally()
        async with self._places:
            tally.started_at = time.perf_counter()
            try:
                async with asyncio.timeout(self._budget_s):
                    completion = await self._answered(request, tally)
            except TimeoutError as error:
                raise LLMUnavailable(f"no usable reply from the chat model within {self._budget_s:g} s") from error
            finally:
                self._count(tally)
        self.counts.completions += 1
        return completion

    async def aclose(self) -> None:
        """Release the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _count(self, tally: _Tally) -> None:
        self.counts.requests += tally.requests
        self.counts.input_tokens += tally.input_tokens or 0
        self.counts.output_tokens += tally.output_tokens or 0
        self.counts.latency_ms += (time.perf_counter() - tally.started_at) * 1000

    async def _answered(self, request: StructuredRequest, tally: _Tally) -> Completion:
        """The reply, after at most one repair of one that is no object."""
        reply, dialect = await self._whole(request, tally, repair=())
        try:
            value = _value_of(reply, request)
        except LLMUnparseable as error:
            self._note_ignored(dialect)
            reply, dialect = await self._whole(request, tally, repair=_repair(reply, request, str(error)))
            value = _value_of(reply, request)
        else:
            self._ignored = 0
        return Completion(
            text=reply.text,
            value=value,
            requested_model=self._model,
            returned_model=reply.model or "",
            system_fingerprint=reply.system_fingerprint,
            output_mode=dialect.mode,
            usage=Usage(tally.input_tokens, tally.output_tokens),
            requests=tally.requests,
            latency_ms=(time.perf_counter() - tally.started_at) * 1000,
        )

    def _note_ignored(self, dialect: Dialect) -> None:
        """Step down for good once an endpoint answered twice running without the structure it was asked for."""
        self._ignored += 1
        weaker = dialect.weaker()
        if self._ignored >= IGNORED_TWICE and weaker is not None:
            self._dialect = weaker
            self._ignored = 0

    async def _whole(
        self, request: StructuredRequest, tally: _Tally, *, repair: Sequence[Message]
    ) -> tuple[ReplyBody, Dialect]:
        """A reply that was neither refused nor cut off; one that was cut off is asked for once more, twice as long."""
        for max_tokens in (request.max_tokens, request.max_tokens * 2):
            reply, dialect = await self._understood(request, tally, max_tokens, repair)
            if reply.refused:
                raise LLMRefused("the chat model declined to judge the answer")
            if not reply.cut_off:
                return reply, dialect
        raise LLMTruncated("the chat model's reply was cut off, also at twice the length")

    async def _understood(
        self, request: StructuredRequest, tally: _Tally, max_tokens: int, repair: Sequence[Message]
    ) -> tuple[ReplyBody, Dialect]:
        """A reply, in the first dialect the endpoint takes; a new one is remembered once it has worked."""
        dialect = self._dialect
        while True:
            body = dialect.body(request, model=self._model, max_tokens=max_tokens, repair=repair)
            try:
                reply = await self._retried(body, tally, max_bytes=65_536 + max_tokens * BYTES_PER_TOKEN)
            except _NotUnderstood as error:
                following = None if error.final else dialect.after_refusal(error.told)
                if following is None:
                    raise LLMUnavailable(str(error)) from error
                dialect = following
            else:
                self._dialect = dialect.not_stricter_than(self._dialect)
                return reply, dialect

    async def _retried(self, body: Mapping[str, Any], tally: _Tally, *, max_bytes: int) -> ReplyBody:
        attempts = 0
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(self._budget_s),
            wait=_wait_s,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts += 1
                    return await self._attempt(body, tally, max_bytes=max_bytes)
        except _TryAgain as error:
            self.counts.failures += 1
            raise LLMUnavailable(f"{error} ({attempts} attempt{'s' if attempts > 1 else ''})") from error
        raise AssertionError("tenacity ends with a value or an exception")

    async def _attempt(self, body: Mapping[str, Any], tally: _Tally, *, max_bytes: int) -> ReplyBody:
        """One request, as the breaker allows, reported to it."""
        if not self._breaker.admits():
            raise LLMUnavailable("the chat model keeps failing and is being spared for some seconds")
        report = self._breaker.abandoned
        try:
            client = await self._opened()
            tally.requests += 1
            async with asyncio.timeout(self._attempt_timeout_s):
                content = await _sent(client, body, max_bytes)
            reply = _read(content)
            report = self._breaker.succeeded
        except TimeoutError as error:
            report = self._breaker.failed
            raise _TryAgain(f"the chat model did not answer within {self._attempt_timeout_s:g} s") from error
        except _TryAgain as error:
            report = self._breaker.failed if error.down else self._breaker.abandoned
            raise
        except (_NotUnderstood, LLMTruncated):
            report = self._breaker.succeeded
            raise
        except LLMUnavailable:
            report = self._breaker.failed
            raise
        finally:
            report()
        tally.add(reply)
        return reply

    async def _opened(self) -> "AsyncOpenAI":
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
        return self._client

    def _open(self) -> "AsyncOpenAI":
        openai = importlib.import_module("openai")
        for logger in QUIET_LOGGERS:  # at debug level they write whole requests, candidate text and all
            logging.getLogger(logger).setLevel(logging.WARNING)
        client: AsyncOpenAI = openai.AsyncOpenAI(
            api_key=self._api_key, base_url=self._base_url, max_retries=0, timeout=self._attempt_timeout_s
        )
        return client


async def _sent(client: "AsyncOpenAI", body: Mapping[str, Any], max_bytes: int) -> bytes:
    """The raw body of a successful response; the SDK's errors are translated here.

    The body is read raw, because servers send things under status 200 that the SDK would pass on as a
    completion without choices, as a string, or as a bare `json.JSONDecodeError`.
    """
    # Half a second to import, so loaded by `_opened` in a thread; httpx2 is what the SDK is built on.
    import httpx2  # noqa: PLC0415
    import openai  # noqa: PLC0415

    try:
        async with client.chat.completions.with_streaming_response.create(**body) as response:
            return await _bounded(response.iter_bytes(), max_bytes)
    except openai.APITimeoutError as error:
        raise _TryAgain("the chat model did not answer in time") from error
    except openai.APIConnectionError as error:
        raise _TryAgain("the chat model cannot be reached") from error
    except httpx2.HTTPError as error:  # while the body was read, which the SDK leaves untranslated
        raise _TryAgain("the chat model's endpoint broke off its reply") from error
    except openai.APIStatusError as error:
        raise _status_fault(error.status_code, error.response.headers, error.message, error.param) from error


def _value_of(reply: ReplyBody, request: StructuredRequest) -> Mapping[str, Any]:
    value = parse_object(reply.text)
    absent = [key for key in request.schema.get("required", ()) if key not in value]
    if absent and len(absent) == len(request.schema["required"]):
        raise LLMUnparseable("the reply is another JSON object than the one asked for")
    return value


def _repair(reply: ReplyBody, request: StructuredRequest, fault: str) -> list[Message]:
    told = {"role": "user", "content": f"That could not be used: {fault}. {shape_told(request)}"}
    text = reply.text[: request.max_tokens * 8]
    return [{"role": "assistant", "content": text}, told] if text.strip() else [told]


def _read(content: bytes) -> ReplyBody:
    try:
        data = json.loads(content)
        if isinstance(data, dict) and data.get("error"):
            raise _TryAgain("the chat model's endpoint reported an error under status 200")
        return ReplyBody.model_validate(data)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ValidationError):
            raise _TryAgain("the chat model's endpoint sent something that is no chat completion") from error
        raise _TryAgain("the chat model's endpoint sent something that is no JSON") from error


async def _bounded(chunks: Any, max_bytes: int) -> bytes:  # noqa: ANN401 - the SDK's async iterator of bytes
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise LLMTruncated("the chat model's reply is far longer than was asked for")
    return bytes(content)


def _status_fault(status: int, headers: Mapping[str, str], message: str, param: str | None) -> Exception:
    if status == 429:
        return _TryAgain("the chat model is over its rate limit", retry_after_s=_retry_after_s(headers), down=False)
    if status >= 500 or status in {408, 409, 425}:
        told = f"the chat model's endpoint failed (status {status})"
        return _TryAgain(told, retry_after_s=_retry_after_s(headers))
    if status in {400, 422}:
        too_long = "context_length" in message or "context length" in message
        return _NotUnderstood(status, f"{message} {param or ''}", final=too_long)
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


def _wait_s(state: RetryCallState) -> float:
    """As long as the server asks, else exponential with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _TryAgain) and error.retry_after_s is not None:
        return error.retry_after_s
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
