"""Reading what a server sent back: the reply's text, how it ended, and the JSON object in it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.errors import LLMUnparseable
from app.llm.chat import StructuredRequest, Usage

CHARS_PER_TOKEN = 4
"""For an estimate where a server reports no tokens."""

_FENCE = re.compile(r"\A```[a-zA-Z]*\s*\n(.*)\n\s*```\Z", re.DOTALL)
_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class _Edge(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Function(_Edge):
    arguments: str = ""


class _ToolCall(_Edge):
    function: _Function = _Function()


class _Message(_Edge):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Edge):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Edge):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ReplyBody(_Edge):
    """The part of a chat completion that Viva reads; servers leave out what they like of the rest."""

    choices: list[_Choice] = Field(min_length=1)
    model: str | None = None
    system_fingerprint: str | None = None
    usage: _Usage | None = None

    @property
    def text(self) -> str:
        """The reply: the arguments of a forced tool call, else the content."""
        message = self.choices[0].message
        calls = message.tool_calls or []
        return calls[0].function.arguments if calls else message.content or ""

    @property
    def refused(self) -> bool:
        """Whether the model, or a filter before it, declined."""
        return bool(self.choices[0].message.refusal) or self.choices[0].finish_reason == "content_filter"

    @property
    def cut_off(self) -> bool:
        """Whether the reply ended at its length limit."""
        return self.choices[0].finish_reason == "length"


def parse_object(text: str) -> Mapping[str, Any]:
    """The one JSON object in a reply; a code fence, a passage of thinking or a sentence around it is tolerated.

    Raises:
        LLMUnparseable: There is no object, it is broken, or there is more than one.
    """
    text = _THINKING.sub("", text).strip()
    fenced = _FENCE.match(text)
    text = fenced.group(1).strip() if fenced else text
    start = text.find("{")
    if start < 0:
        raise LLMUnparseable("the reply holds no JSON object")
    value, end = _decoded(text, start)
    if _holds_object(text, end):
        raise LLMUnparseable("the reply holds more than one JSON object")
    return value


def value_of(reply: ReplyBody, request: StructuredRequest) -> Mapping[str, Any]:
    """The object in a reply; not yet checked against the request's schema.

    Raises:
        LLMUnparseable: There is none, or it has nothing of what was asked for.
    """
    value = parse_object(reply.text)
    absent = [key for key in request.schema.get("required", ()) if key not in value]
    if absent and len(absent) == len(request.schema["required"]):
        raise LLMUnparseable("the reply is another JSON object than the one asked for")
    return value


def usage_of(reply: ReplyBody, body: Mapping[str, Any]) -> Usage:
    """The tokens of a reply to a request of that body, as the server reports them or else estimated."""
    told = reply.usage or _Usage()
    sent, received = told.prompt_tokens, told.completion_tokens
    return Usage(
        input_tokens=sent if sent is not None else _estimated(json.dumps(body, ensure_ascii=False)),
        output_tokens=received if received is not None else _estimated(reply.text),
        is_estimated=sent is None or received is None,
    )


def _estimated(text: str) -> int:
    return -(-len(text) // CHARS_PER_TOKEN)


def _decoded(text: str, start: int) -> tuple[dict[str, Any], int]:
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    try:
        value, end = decoder.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise LLMUnparseable("the reply is broken JSON") from error
    return value, end


def _holds_object(text: str, start: int) -> bool:
    at = text.find("{", start)
    if at < 0:
        return False
    try:
        _decoded(text, at)
    except LLMUnparseable:
        return False
    return True


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
