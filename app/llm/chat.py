"""What Viva asks of a chat model: one structured reply, with its usage, or a named failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message; role is "system" or "user"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredRequest:
    """A request for one JSON object of a given shape.

    Attributes:
        schema_name: Name of the shape, letters, digits and "_".
        schema: JSON Schema, in the subset that strict structured output allows.
        max_tokens: Upper bound of the reply's length.
        take: Which taking of the same question this is; endpoints that honour a seed get another one for each.
    """

    messages: Sequence[ChatMessage]
    schema_name: str
    schema: Mapping[str, Any]
    max_tokens: int
    take: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server reported them; where it did not, a quarter of the characters, which is then said."""

    input_tokens: int
    output_tokens: int
    is_estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A model's reply.

    Attributes:
        text: The reply, verbatim.
        value: The reply parsed as a JSON object; not yet checked against the schema.
        requested_model: The model asked for.
        returned_model: The model the server says it used.
        output_mode: How structure was asked for: "json_schema", "tool", "json_object" or "plain".
        requests: HTTP requests that were made for it, retries and probes included.
        retries: Those of them that repeat one which failed, was cut off or brought nothing usable.
        probes: Those of them that the endpoint did not understand, by which its dialect was learned.
        latency_ms: Wall time of all of them.
        is_cached: Whether it was given before and nothing was asked now.
    """

    text: str
    value: Mapping[str, Any]
    requested_model: str
    returned_model: str
    system_fingerprint: str | None
    output_mode: str
    usage: Usage
    requests: int
    latency_ms: float
    retries: int = 0
    probes: int = 0
    is_cached: bool = False


class ChatModel(Protocol):
    """A chat model behind an OpenAI-compatible endpoint."""

    @property
    def name(self) -> str:
        """The model asked for."""
        ...

    async def complete(self, request: StructuredRequest) -> Completion:
        """One JSON object.

        Raises:
            LLMUnavailable: No reply within the budget, or the breaker is open.
            LLMRefused: The model declined.
            LLMTruncated: The reply was cut off, also at twice the length.
            LLMUnparseable: The reply is no JSON object, also after one repair.
        """
        ...

    async def aclose(self) -> None:
        """Release the connections."""
        ...
