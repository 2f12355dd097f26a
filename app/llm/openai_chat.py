"""The chat model behind an OpenAI-compatible endpoint, through the `openai` SDK.

Retries have one owner, here: the SDK's own are off. What differs between endpoints is learned by asking
(`app.llm.dialect`) and remembered for the life of this object, which stands for one endpoint and one model.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
)
from tenacity.stop import stop_base

from app.config import Settings
from app.errors import LLMError, LLMRefused, LLMTruncated, LLMUnavailable, LLMUnparseable
from app.llm.breaker import Breaker
from app.llm.chat import Completion, StructuredRequest, Usage
from app.llm.dialect import Dialect, Message, shape_told
from app.llm.endpoint import DEFAULT_BASE_URL, Endpoint, NotUnderstood, TryAgain
from app.llm.places import Places
from app.llm.replies import ReplyBody, usage_of, value_of
from app.telemetry.chat_requests import ChatWatch

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
BYTES_PER_TOKEN = 16
"""A reply may take so many bytes a token asked for (plus 64 KiB) before Viva stops reading it."""
IGNORED_TWICE = 2
SLOW_ATTEMPTS = 2
"""Attempts where each took its whole time: more of them would only keep the place of somebody else."""


@dataclass(slots=True)
class ChatCounts:
    """What was asked of the endpoint since the start; tokens as the server reported them."""

    requests: int = 0
    completions: int = 0
    failures: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: float = 0.0


@dataclass(slots=True)
class _Tally:
    """One call of `complete`: how many requests it took and why, and the tokens of all of them."""

    requests: int = 0
    probes: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = False
    started_at: float = field(default_factory=time.perf_counter)

    def add(self, usage: Usage) -> None:
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.is_estimated |= usage.is_estimated

    @property
    def retries(self) -> int:
        return max(0, self.requests - self.probes - 1)

    @property
    def latency_ms(self) -> float:
        return (time.perf_counter() - self.started_at) * 1000

    @property
    def usage(self) -> Usage:
        return Usage(self.input_tokens, self.output_tokens, self.is_estimated)

    def told(self) -> dict[str, Any]:
        """As a failure carries it."""
        return {
            "requests": self.requests,
            "retries": self.retries,
            "probes": self.probes,
            "latency_ms": round(self.latency_ms, 1),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "tokens_estimated": self.is_estimated,
        }


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
        self._endpoint = Endpoint(base_url, api_key)
        self._attempt_timeout_s = attempt_timeout_s
        self._budget_s = budget_s
        self._sleep = sleep
        self._breaker = breaker or Breaker()
        self._places = Places(concurrency)
        self._dialect = Dialect()
        self._ignored = 0
        self._watch = ChatWatch(base_url or DEFAULT_BASE_URL, model)
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
                failure = LLMUnavailable(f"no usable reply from the chat model within {self._budget_s:g} s")
                failure.measured = tally.told()
                self._watch.failed(failure, failure.measured)
                raise failure from error
            except LLMError as error:
                error.measured = tally.told()
                self._watch.failed(error, error.measured)
                raise
            finally:
                self._count(tally)
        self.counts.completions += 1
        return completion

    async def aclose(self) -> None:
        """Release the connections."""
        await self._endpoint.aclose()

    def _count(self, tally: _Tally) -> None:
        self.counts.requests += tally.requests
        self.counts.input_tokens += tally.input_tokens
        self.counts.output_tokens += tally.output_tokens
        self.counts.latency_ms += tally.latency_ms

    async def _answered(self, request: StructuredRequest, tally: _Tally) -> Completion:
        """The reply, after at most one repair of one that is no object.

        The repair asks in the next weaker way: what ignored one may follow another, and many answers at a time may be
        the first to find that out.
        """
        reply, dialect = await self._whole(request, tally, self._dialect)
        try:
            value = value_of(reply, request)
        except LLMUnparseable as error:
            self._note_ignored(dialect)
            repair = _repair(reply, request, str(error))
            reply, dialect = await self._whole(request, tally, dialect.weaker() or dialect, repair)
            value = value_of(reply, request)
        else:
            self._ignored = 0
        return Completion(
            text=reply.text,
            value=value,
            requested_model=self._model,
            returned_model=reply.model or "",
            system_fingerprint=reply.system_fingerprint,
            output_mode=dialect.mode,
            usage=tally.usage,
            requests=tally.requests,
            retries=tally.retries,
            probes=tally.probes,
            latency_ms=tally.latency_ms,
        )

    def _note_ignored(self, dialect: Dialect) -> None:
        """Step down for good once an endpoint answered twice running without the structure it was asked for."""
        self._ignored += 1
        weaker = dialect.weaker()
        if self._ignored >= IGNORED_TWICE and weaker is not None:
            self._dialect = weaker
            self._ignored = 0

    async def _whole(
        self, request: StructuredRequest, tally: _Tally, dialect: Dialect, repair: Sequence[Message] = ()
    ) -> tuple[ReplyBody, Dialect]:
        """A reply that was neither refused nor cut off; one that was cut off is asked for once more, twice as long."""
        for max_tokens in (request.max_tokens, request.max_tokens * 2):
            reply, dialect = await self._understood(request, tally, dialect, max_tokens, repair)
            if reply.refused:
                raise LLMRefused("the chat model declined to judge the answer")
            if not reply.cut_off:
                return reply, dialect
        raise LLMTruncated("the chat model's reply was cut off, also at twice the length")

    async def _understood(
        self,
        request: StructuredRequest,
        tally: _Tally,
        dialect: Dialect,
        max_tokens: int,
        repair: Sequence[Message],
    ) -> tuple[ReplyBody, Dialect]:
        """A reply, in the first dialect the endpoint takes from this one on.

        A new one is remembered once it has worked, but for that of a repair, which may have mended a slip only.
        """
        while True:
            body = dialect.body(request, model=self._model, max_tokens=max_tokens, repair=repair)
            try:
                reply = await self._retried(body, tally, max_bytes=65_536 + max_tokens * BYTES_PER_TOKEN)
            except NotUnderstood as error:
                tally.probes += 1
                following = None if error.final else dialect.after_refusal(error.told)
                if following is None:
                    raise LLMUnavailable(str(error)) from error
                dialect = following
            else:
                if not repair:
                    self._dialect = dialect.not_stricter_than(self._dialect)
                return reply, dialect

    async def _retried(self, body: Mapping[str, Any], tally: _Tally, *, max_bytes: int) -> ReplyBody:
        attempts = 0
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_any(stop_after_attempt(ATTEMPTS), stop_before_delay(self._left_s(tally)), _StopIfSlow()),
            wait=_wait_s,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts += 1
                    return await self._attempt(body, tally, max_bytes=max_bytes)
        except TryAgain as error:
            self.counts.failures += 1
            raise LLMUnavailable(f"{error} ({attempts} attempt{'s' if attempts > 1 else ''})") from error
        raise AssertionError("tenacity ends with a value or an exception")

    def _left_s(self, tally: _Tally) -> float:
        """What is left of the budget; a wait that would outlast it is not begun."""
        return max(0.0, self._budget_s - tally.latency_ms / 1000)

    async def _attempt(self, body: Mapping[str, Any], tally: _Tally, *, max_bytes: int) -> ReplyBody:
        """One request, as the breaker allows, reported to it."""
        if not self._breaker.admits():
            raise LLMUnavailable("the chat model keeps failing and is being spared for some seconds")
        report = self._breaker.abandoned
        bound = self._places.bound
        try:
            await self._endpoint.opened()
            tally.requests += 1
            reply = await self._reply(body, max_bytes)
            report = self._breaker.succeeded
        except TimeoutError as error:
            report = self._breaker.failed
            raise TryAgain(f"the chat model did not answer within {self._attempt_timeout_s:g} s", slow=True) from error
        except TryAgain as error:
            report = self._breaker.failed if error.down else self._breaker.abandoned
            if error.crowded:
                self._places.crowded(bound)
            raise
        except (NotUnderstood, LLMTruncated):
            report = self._breaker.succeeded
            raise
        except LLMUnavailable:
            report = self._breaker.failed
            raise
        finally:
            report()
        self._places.served()
        usage = usage_of(reply, body)
        tally.add(usage)
        self._watch.took(sent=usage.input_tokens, written=usage.output_tokens)
        return reply

    async def _reply(self, body: Mapping[str, Any], max_bytes: int) -> ReplyBody:
        """The endpoint's reply within the time that one attempt may take; how it went is counted."""
        with self._watch.request() as request:
            try:
                async with asyncio.timeout(self._attempt_timeout_s):
                    reply = await self._endpoint.reply(body, max_bytes=max_bytes)
            except TimeoutError:
                request.outcome = "timed_out"
                raise
            except TryAgain as error:
                request.outcome = "rate_limited" if error.crowded else "failed"
                raise
            except NotUnderstood:
                request.outcome = "not_understood"
                raise
            except LLMTruncated:
                request.outcome = "too_long"
                raise
            except LLMUnavailable:
                request.outcome = "turned_away"
                raise
            request.outcome = "answered"
            return reply


def _repair(reply: ReplyBody, request: StructuredRequest, fault: str) -> list[Message]:
    told = {"role": "user", "content": f"That could not be used: {fault}. {shape_told(request)}"}
    text = reply.text[: request.max_tokens * 8]
    return [{"role": "assistant", "content": text}, told] if text.strip() else [told]


class _StopIfSlow(stop_base):
    """Ends the attempts where each took its whole time."""

    def __call__(self, retry_state: RetryCallState) -> bool:
        """Whether enough of them did."""
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return isinstance(error, TryAgain) and error.slow and retry_state.attempt_number >= SLOW_ATTEMPTS


def _wait_s(state: RetryCallState) -> float:
    """As long as the server asks, else exponential with full jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryAgain) and error.retry_after_s is not None:
        return error.retry_after_s
    ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret
