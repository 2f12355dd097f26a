"""How one endpoint wants to be asked: what it supports is learned from what it answers.

Servers that call themselves OpenAI-compatible differ: some refuse a field with status 400, some ignore it, some
know only its other name. A dialect is one way of asking; `after_refusal` gives the next one worth trying.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.llm.chat import StructuredRequest

MODES = ("json_schema", "tool", "json_object", "plain")
"""Ways of asking for structure, the strictest first."""

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of asking.

    Attributes:
        mode: One of `MODES`.
        limit: The name of the field that bounds the reply's length.
    """

    mode: str = MODES[0]
    limit: str = "max_tokens"
    temperature: bool = True
    seed: bool = True

    def weaker(self) -> "Dialect | None":
        """The same with the next weaker way of asking for structure; None after the last."""
        following = MODES.index(self.mode) + 1
        return replace(self, mode=MODES[following]) if following < len(MODES) else None

    def not_stricter_than(self, known: "Dialect") -> "Dialect":
        """This dialect, unless a concurrent request has given up its mode meanwhile."""
        return replace(self, mode=MODES[max(MODES.index(self.mode), MODES.index(known.mode))])

    def after_refusal(self, told: str) -> "Dialect | None":
        """What to try after status 400 or 422.

        Args:
            told: The server's message and the parameter it names.
        """
        told = told.lower()
        if self.temperature and "temperature" in told:
            return replace(self, temperature=False)
        if self.seed and "seed" in told:
            return replace(self, seed=False)
        if self.limit == "max_tokens" and ("max_tokens" in told or "max_completion_tokens" in told):
            return replace(self, limit="max_completion_tokens")
        return self.weaker()

    def body(
        self, request: StructuredRequest, *, model: str, max_tokens: int, repair: Sequence[Message]
    ) -> dict[str, Any]:
        """The body of a chat completion request."""
        body: dict[str, Any] = {"model": model, "messages": [*self._messages(request), *repair], self.limit: max_tokens}
        if self.temperature:
            body["temperature"] = 0
        if self.seed:
            body["seed"] = SEED + request.take
        if self.mode == "json_schema":
            shape = {"name": request.schema_name, "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        elif self.mode == "tool":
            function = {"name": request.schema_name, "strict": True, "parameters": request.schema}
            body["tools"] = [{"type": "function", "function": function}]
            body["tool_choice"] = {"type": "function", "function": {"name": request.schema_name}}
        elif self.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def _messages(self, request: StructuredRequest) -> list[Message]:
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if self.mode in {"json_object", "plain"}:
            messages[0] = {**messages[0], "content": f"{messages[0]['content']}\n\n{shape_told(request)}"}
        return messages


SEED = 20_251
"""Sent with every first taking; endpoints that honour it answer alike."""


def shape_told(request: StructuredRequest) -> str:
    """The wanted shape in words, for endpoints that can't be given a schema."""
    schema = json.dumps(request.schema, ensure_ascii=False)
    return f"Reply with one JSON object and nothing else. It must match this JSON Schema: {schema}"
