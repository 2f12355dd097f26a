"""The critic as the product builds it: the real adapter, pointed at the stub."""

from collections.abc import AsyncIterator

import pytest

from app.grading.critique import Critic
from app.llm.openai_chat import OpenAIChat
from tests.stub_llm import MODEL, StubLLM


async def at_once(_seconds: float) -> None:
    """Stands for sleeping between attempts."""


@pytest.fixture
async def critic(stub_llm: StubLLM) -> AsyncIterator[Critic]:
    chat = OpenAIChat(model=MODEL, base_url=stub_llm.base_url, attempt_timeout_s=2, sleep=at_once)
    yield Critic(chat)
    await chat.aclose()
