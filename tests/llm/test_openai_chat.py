import asyncio
import logging

import pytest

from app.config import Settings
from app.errors import LLMError, LLMRefused, LLMTruncated, LLMUnavailable, LLMUnparseable
from app.llm.chat import StructuredRequest
from app.llm.openai_chat import OpenAIChat
from tests import stub_llm as stubs
from tests.llm.conftest import OpenChat, Waits
from tests.stub_llm import StubLLM


async def test_a_structured_reply_comes_with_its_provenance(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    completion = await chat.complete(request_)
    assert [item["id"] for item in completion.value["criteria"]] == ["c0"]
    assert (completion.requested_model, completion.returned_model) == ("stub-judge", "stub-judge-2026-01-01")
    assert completion.system_fingerprint == "fp_stub"
    assert completion.output_mode == "json_schema"
    assert completion.requests == 1
    assert completion.usage.input_tokens
    assert completion.usage.output_tokens
    body = stub_llm.chats[0].body
    assert body["response_format"]["json_schema"]["strict"] is True
    assert (body["temperature"], body["max_tokens"]) == (0, 200)
    assert isinstance(body["seed"], int)


async def test_what_was_asked_is_counted(chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest) -> None:
    stub_llm.script(stubs.server_error())
    await chat.complete(request_)
    await chat.complete(request_)
    assert (chat.counts.requests, chat.counts.completions) == (3, 2)
    assert chat.counts.input_tokens > 0


@pytest.mark.parametrize(
    "fault",
    [
        stubs.rate_limited(),
        stubs.server_error(),
        stubs.server_error(503),
        stubs.error_body(),
        stubs.not_json(),
        stubs.disconnect(),
    ],
    ids=str,
)
async def test_a_passing_fault_is_tried_again(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, fault: stubs.Fault
) -> None:
    stub_llm.script(fault, fault)
    completion = await chat.complete(request_)
    assert completion.requests == len(stub_llm.chats) == 3


@pytest.mark.parametrize(
    "fault", [stubs.server_error(), stubs.error_body(), stubs.not_json(), stubs.disconnect()], ids=str
)
async def test_a_lasting_fault_makes_the_model_unavailable_after_four_attempts(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, fault: stubs.Fault
) -> None:
    stub_llm.always = fault
    with pytest.raises(LLMUnavailable, match="4 attempts"):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 4


async def test_the_wait_a_server_asks_for_is_honoured(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, waits: Waits
) -> None:
    stub_llm.script(stubs.rate_limited(retry_after_s=7))
    await chat.complete(request_)
    assert waits.seconds == [7]


async def test_a_wait_beyond_the_budget_is_not_begun(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, waits: Waits
) -> None:
    stub_llm.always = stubs.rate_limited(retry_after_s=120)
    with pytest.raises(LLMUnavailable, match="rate limit"):
        await chat.complete(request_)
    assert waits.seconds == []
    assert len(stub_llm.chats) == 1


async def test_waits_without_advice_stay_short_and_grow(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, waits: Waits
) -> None:
    stub_llm.script(stubs.server_error(), stubs.server_error(), stubs.server_error())
    await chat.complete(request_)
    assert all(0 <= wait <= ceiling for wait, ceiling in zip(waits.seconds, (0.5, 1, 2), strict=True))


async def test_a_reply_that_only_drips_is_not_waited_for(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.always = stubs.drip()
    with pytest.raises(LLMUnavailable, match=r"did not answer within 0\.1 s"):
        await open_chat(attempt_timeout_s=0.1).complete(request_)


async def test_a_hanging_server_costs_no_more_than_the_attempts_allow(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.always = stubs.hang()
    with pytest.raises(LLMUnavailable, match=r"did not answer within 0\.05 s"):
        await open_chat(attempt_timeout_s=0.05).complete(request_)


async def test_the_budget_ends_all_attempts(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.always = stubs.hang()
    with pytest.raises(LLMUnavailable, match=r"within 0\.1 s"):
        await open_chat(attempt_timeout_s=5, budget_s=0.1).complete(request_)


async def test_an_endpoint_that_nobody_serves_is_unavailable(open_chat: OpenChat, request_: StructuredRequest) -> None:
    with pytest.raises(LLMUnavailable, match="cannot be reached"):
        await open_chat(base_url="http://127.0.0.1:9/v1").complete(request_)


async def test_an_address_that_is_none_is_unavailable(open_chat: OpenChat, request_: StructuredRequest) -> None:
    with pytest.raises(LLMUnavailable, match="cannot be reached"):
        await open_chat(base_url="model.example/v1").complete(request_)


async def test_refused_connections_are_tried_as_often_as_other_passing_faults(
    open_chat: OpenChat, request_: StructuredRequest
) -> None:
    with pytest.raises(LLMUnavailable, match="4 attempts"):  # a time-out would be tried twice
        await open_chat(base_url="http://127.0.0.1:9/v1").complete(request_)


async def test_a_proxy_of_the_environment_is_used(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", stub_llm.base_url.removesuffix("/v1"))
    await open_chat(base_url="http://model.example/v1").complete(request_)
    assert stub_llm.chats[0].headers["host"] == "model.example"


async def test_a_proxy_is_passed_by_where_the_environment_says_so(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    await open_chat().complete(request_)
    assert len(stub_llm.chats) == 1


async def test_a_key_read_from_a_file_may_end_in_a_line_break(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    await open_chat(api_key="sk-key\n").complete(request_)
    assert stub_llm.chats[0].headers["authorization"] == "Bearer sk-key"


async def test_a_failing_endpoint_is_spared_after_five_failures(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.always = stubs.server_error()
    for _ in range(2):
        with pytest.raises(LLMUnavailable):
            await chat.complete(request_)
    with pytest.raises(LLMUnavailable, match="being spared"):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 5


async def test_rate_limits_do_not_count_as_an_endpoint_that_is_down(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.script(*[stubs.rate_limited()] * 8)
    for _ in range(2):
        with pytest.raises(LLMUnavailable):
            await chat.complete(request_)
    assert (await chat.complete(request_)).requests == 1


async def test_a_refusal_is_not_asked_again(chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest) -> None:
    stub_llm.script(stubs.refusal())
    with pytest.raises(LLMRefused):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 1


async def test_a_cut_off_reply_is_asked_for_once_more_twice_as_long(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.script(stubs.cut_off())
    await chat.complete(request_)
    assert [chat.body["max_tokens"] for chat in stub_llm.chats] == [200, 400]


async def test_a_reply_cut_off_twice_is_truncated(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.always = stubs.cut_off()
    with pytest.raises(LLMTruncated):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 2


@pytest.mark.parametrize(
    "fault", [stubs.broken_json(), stubs.wrong_schema(), stubs.says(""), stubs.says("No.")], ids=str
)
async def test_an_unusable_reply_is_repaired_by_naming_the_fault(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, fault: stubs.Fault
) -> None:
    stub_llm.script(fault)
    completion = await chat.complete(request_)
    first, second = (chat.body["messages"] for chat in stub_llm.chats)
    assert completion.requests == 2
    assert second[: len(first)] == first
    assert "could not be used" in second[-1]["content"]


@pytest.mark.parametrize("fault", [stubs.broken_json(), stubs.wrong_schema()], ids=str)
async def test_a_second_unusable_reply_is_unparseable(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, fault: stubs.Fault
) -> None:
    stub_llm.always = fault
    with pytest.raises(LLMUnparseable):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 2


async def test_a_reply_without_end_is_not_read_to_its_end(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.script(stubs.says("x" * 1_000_000))
    with pytest.raises(LLMTruncated, match="far longer"):
        await chat.complete(request_)


@pytest.mark.parametrize(
    ("refuses", "mode"),
    [
        ({"json_schema"}, "tool"),
        ({"json_schema", "tools"}, "json_object"),
        ({"json_schema", "tools", "json_object"}, "plain"),
    ],
)
async def test_a_server_that_refuses_a_way_of_asking_gets_the_next_and_is_remembered(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, refuses: set[str], mode: str
) -> None:
    stub_llm.refuses = refuses
    assert (await chat.complete(request_)).output_mode == mode
    again = await chat.complete(request_)
    assert (again.output_mode, again.requests) == (mode, 1)


async def test_weaker_ways_of_asking_tell_the_schema_in_words(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.refuses = {"json_schema", "tools"}
    await chat.complete(request_)
    assert '"additionalProperties": false' in stub_llm.chats[-1].system
    assert stub_llm.chats[-1].body["messages"][1]["content"] == request_.messages[1].content


async def test_a_server_that_ignores_a_schema_is_asked_differently_after_the_second_time(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.ignores = {"json_schema"}
    completions = [await chat.complete(request_) for _ in range(3)]
    assert [(completion.output_mode, completion.requests) for completion in completions] == [
        ("tool", 2),
        ("tool", 2),
        ("tool", 1),
    ]


async def test_answers_that_find_out_together_that_a_schema_is_ignored_are_all_served(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.ignores = {"json_schema"}
    stub_llm.refuses = {"tools"}
    completions = await asyncio.gather(*(chat.complete(request_) for _ in range(6)))
    assert {completion.output_mode for completion in completions} == {"json_object"}
    assert (await chat.complete(request_)).requests == 2  # tools are refused once more, and then remembered
    assert (await chat.complete(request_)).requests == 1


async def test_one_slip_does_not_change_the_way_of_asking(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    for _ in range(3):
        stub_llm.script(stubs.broken_json(), None, None)
        await chat.complete(request_)
        assert (await chat.complete(request_)).output_mode == "json_schema"


async def test_a_reasoning_model_gets_its_own_names(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.refuses = {"max_tokens", "temperature", "seed"}
    assert (await chat.complete(request_)).output_mode == "json_schema"
    body = stub_llm.chats[-1].body
    assert body["max_completion_tokens"] == 200
    assert not {"max_tokens", "temperature", "seed"} & set(body)


async def test_a_request_nobody_understands_is_given_up(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.refuses = {"messages"}
    with pytest.raises(LLMUnavailable, match="status 400"):
        await chat.complete(request_)
    assert [_asked_mode(chat.body) for chat in stub_llm.chats] == ["json_schema", "tools", "json_object", "plain"]
    stub_llm.refuses = set()
    assert (await chat.complete(request_)).output_mode == "json_schema"


def _asked_mode(body: dict[str, object]) -> str:
    return stubs._mode(body)


@pytest.mark.parametrize(("status", "told"), [(401, "VIVA_LLM_API_KEY"), (404, "VIVA_LLM_MODEL"), (418, "status 418")])
async def test_what_waiting_cannot_mend_is_not_tried_again(
    chat: OpenAIChat, stub_llm: StubLLM, request_: StructuredRequest, status: int, told: str
) -> None:
    stub_llm.always = stubs.server_error(status)
    with pytest.raises(LLMUnavailable, match=told):
        await chat.complete(request_)
    assert len(stub_llm.chats) == 1


async def test_no_more_requests_at_a_time_than_allowed(
    open_chat: OpenChat, stub_llm: StubLLM, request_: StructuredRequest
) -> None:
    stub_llm.latency_s = 0.02
    chat = open_chat(concurrency=2)
    await asyncio.gather(*(chat.complete(request_) for _ in range(8)))
    assert stub_llm.most_at_once == 2


@pytest.mark.parametrize(
    "fault", [None, *(make() for name, make in stubs.FAULTS.items() if name not in {"hang", "drip"})], ids=str
)
async def test_neither_key_nor_candidate_text_is_logged_or_told(
    open_chat: OpenChat,
    stub_llm: StubLLM,
    request_: StructuredRequest,
    fault: stubs.Fault | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    stub_llm.always = fault
    told = ""
    try:
        await open_chat(api_key="sk-secret-key").complete(request_)
    except LLMError as error:
        told = str(error)
    assert stub_llm.chats[0].headers["authorization"] == "Bearer sk-secret-key"
    for secret in ("sk-secret-key", "As objects in S3", "Objects in S3"):
        assert secret not in caplog.text + told


def test_settings_name_the_model_and_the_endpoint() -> None:
    settings = Settings(llm_model="m", llm_base_url="http://127.0.0.1:1/v1")
    assert OpenAIChat.from_settings(settings).name == "m"
    with pytest.raises(ValueError, match="VIVA_LLM_MODEL"):
        OpenAIChat.from_settings(Settings(llm_model=None))
