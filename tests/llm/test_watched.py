"""Every request to the chat model is counted by how it ended, and a failure is one line of log."""

import pytest
from structlog.testing import capture_logs

from app.errors import LLMError
from app.llm.chat import StructuredRequest
from app.llm.openai_chat import OpenAIChat
from app.telemetry.chat_requests import place
from tests.llm.conftest import OpenChat
from tests.stub_llm import MODEL, Fault, StubLLM, hang, rate_limited, says, server_error
from tests.telemetry.reading import counted


def count(stub: StubLLM, name: str, **more: str) -> float:
    return counted(name, endpoint=place(stub.base_url), model=MODEL, **more)


async def test_an_answered_request_is_counted_with_its_time_and_tokens(
    chat: OpenAIChat, request_: StructuredRequest, stub_llm: StubLLM
) -> None:
    def now() -> list[float]:
        return [
            count(stub_llm, "viva_llm_requests_total", outcome="answered"),
            count(stub_llm, "viva_llm_request_seconds_count"),
            count(stub_llm, "viva_llm_tokens_total", direction="sent"),
            count(stub_llm, "viva_llm_tokens_total", direction="written"),
        ]

    before = now()
    usage = (await chat.complete(request_)).usage

    taken = [after - earlier for after, earlier in zip(now(), before, strict=True)]
    assert taken == [1, 1, usage.input_tokens, usage.output_tokens]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (rate_limited(retry_after_s=0.1), "rate_limited"),
        (server_error(), "failed"),
        (server_error(401), "turned_away"),
        (hang(), "timed_out"),
    ],
    ids=["rate limited", "failed", "turned away", "timed out"],
)
async def test_a_request_that_failed_is_counted_by_its_reason(
    open_chat: OpenChat, request_: StructuredRequest, stub_llm: StubLLM, fault: Fault, outcome: str
) -> None:
    stub_llm.script(fault)
    before = count(stub_llm, "viva_llm_requests_total", outcome=outcome)
    try:
        await open_chat(attempt_timeout_s=0.2).complete(request_)
    except LLMError:
        assert outcome == "turned_away"

    assert count(stub_llm, "viva_llm_requests_total", outcome=outcome) == before + 1


async def test_a_failure_is_one_line_without_anything_that_was_asked_or_answered(
    chat: OpenAIChat, request_: StructuredRequest, stub_llm: StubLLM
) -> None:
    stub_llm.script(says("a word of the candidate"), says("a word of the candidate"))
    with capture_logs() as logged, pytest.raises(LLMError):
        await chat.complete(request_)

    (line,) = logged
    assert (line["event"], line["kind"]) == ("no usable reply from the chat model", "LLMUnparseable")
    assert line["requests"] == 2
    assert "a word of the candidate" not in str(line)
    assert "objects in S3" not in str(line)
