"""The real adapter, pointed at the stub, with waiting replaced by a record of the waits."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from app.llm.chat import ChatMessage, StructuredRequest
from app.llm.openai_chat import OpenAIChat
from tests.stub_llm import MODEL, StubLLM


@dataclass
class Waits:
    """Stands for `asyncio.sleep`: remembers how long was to be waited, and does not."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


OpenChat = Callable[..., OpenAIChat]


@pytest.fixture
async def open_chat(stub_llm: StubLLM, waits: Waits) -> AsyncIterator[OpenChat]:
    opened: list[OpenAIChat] = []

    def opener(**settings: object) -> OpenAIChat:
        arguments = {"model": MODEL, "base_url": stub_llm.base_url, "sleep": waits, **settings}
        opened.append(OpenAIChat(**arguments))  # type: ignore[arg-type]  # keywords of the constructor
        return opened[-1]

    yield opener
    for chat in opened:
        await chat.aclose()


@pytest.fixture
def chat(open_chat: OpenChat) -> OpenAIChat:
    return open_chat()


SCHEMA = {
    "type": "object",
    "properties": {"criteria": {"type": "array", "items": {"type": "object"}}},
    "required": ["criteria"],
    "additionalProperties": False,
}


@pytest.fixture
def request_() -> StructuredRequest:
    asked = '{"question": "How is raw data kept?", "rubric": [{"id": "c0", "text": "Objects in S3"}], "answer": "As objects in S3."}'
    messages = (ChatMessage("system", "You judge."), ChatMessage("user", asked))
    return StructuredRequest(messages=messages, schema_name="verdicts", schema=SCHEMA, max_tokens=200)
