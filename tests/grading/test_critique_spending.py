"""What a critique costs: one request for equal ones, none for one that was answered before, and all of it told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from app.grading.critique import Critic
from app.llm.openai_chat import OpenAIChat
from app.llm.prices import Prices
from app.llm.reply_cache import InMemoryReplyCache
from rubric.criteria import Verdict
from tests import stub_llm as stubs
from tests.grading.conftest import at_once
from tests.grading.requests import a_request
from tests.stub_llm import MODEL, StubLLM

DECOY = "Medication is checked by two nurses."


@pytest.fixture
async def chat(stub_llm: StubLLM) -> AsyncIterator[OpenAIChat]:
    chat = OpenAIChat(model=MODEL, base_url=stub_llm.base_url, attempt_timeout_s=2, sleep=at_once)
    yield chat
    await chat.aclose()


@pytest.fixture
def saving(chat: OpenAIChat) -> Critic:
    return Critic(chat, cache=InMemoryReplyCache(), endpoint="stub")


async def test_the_same_answer_is_paid_for_once(saving: Critic, stub_llm: StubLLM) -> None:
    first = await saving.judge(a_request(decoy=DECOY))
    again = await saving.judge(a_request(decoy=DECOY))
    assert len(stub_llm.chats) == 1
    assert again.judgements == first.judgements
    assert {**again.provenance, "measured": None} == {**first.provenance, "measured": None}
    assert (first.provenance["measured"]["cached"], again.provenance["measured"]["cached"]) == (False, True)
    assert again.provenance["measured"]["requests"] == again.provenance["measured"]["input_tokens"] == 0


async def test_a_word_more_is_another_answer(saving: Critic, stub_llm: StubLLM) -> None:
    await saving.judge(a_request("Crawlers infer the schema."))
    await saving.judge(a_request("Crawlers never infer the schema."))
    assert len(stub_llm.chats) == 2


@pytest.mark.parametrize(
    "judge", [stubs.dropped_id, stubs.duplicate_id, stubs.unknown_id, stubs.off_menu, stubs.say_yes]
)
async def test_only_a_whole_and_honest_reply_is_kept(saving: Critic, stub_llm: StubLLM, judge: stubs.Judge) -> None:
    stub_llm.judge = judge
    for _ in range(2):
        await saving.judge(a_request(decoy=DECOY))
    assert len(stub_llm.chats) == 2


async def test_a_failure_is_not_kept(saving: Critic, stub_llm: StubLLM) -> None:
    stub_llm.script(stubs.refusal())
    assert (await saving.judge(a_request())).status == "failed"
    assert (await saving.judge(a_request())).status == "done"


@pytest.mark.parametrize("first_is_cancelled", [False, True])
async def test_equal_answers_at_the_same_time_share_one_request(
    chat: OpenAIChat, stub_llm: StubLLM, first_is_cancelled: bool
) -> None:
    stub_llm.latency_s = 0.1
    critic = Critic(chat)
    asking = [asyncio.create_task(critic.judge(a_request())) for _ in range(4)]
    while not stub_llm.chats:
        await asyncio.sleep(0.005)
    if first_is_cancelled:
        asking.pop(0).cancel()
    critiques = await asyncio.gather(*asking)
    assert len(stub_llm.chats) == 1
    assert {critique.status for critique in critiques} == {"done"}
    assert len({critique.judgements for critique in critiques}) == 1
    if not first_is_cancelled:
        assert sum(critique.provenance["measured"]["requests"] for critique in critiques) == 1


async def test_requests_are_told_by_their_reason(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    stub_llm.refuses = {"json_schema"}
    stub_llm.script(None, stubs.server_error(), stubs.broken_json())
    measured = (await Critic(chat).judge(a_request())).provenance["measured"]
    assert (measured["requests"], measured["probes"], measured["retries"]) == (len(stub_llm.chats), 1, 2)


async def test_a_failed_critique_tells_what_it_took(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    stub_llm.always = stubs.cut_off()
    measured = (await Critic(chat).judge(a_request())).provenance["measured"]
    assert (measured["requests"], measured["retries"]) == (2, 1)
    assert measured["input_tokens"] > 0


async def test_cost_is_told_where_prices_are_known(chat: OpenAIChat) -> None:
    critique = await Critic(chat, prices=Prices(input=2.0, output=8.0, currency="USD")).judge(a_request())
    measured = critique.provenance["measured"]
    expected = (measured["input_tokens"] * 2 + measured["output_tokens"] * 8) / 1_000_000
    assert measured["cost"] == pytest.approx(expected, abs=1e-6)
    assert measured["currency"] == "USD"
    assert "cost" not in (await Critic(chat).judge(a_request())).provenance["measured"]


async def test_tokens_that_a_server_does_not_report_are_estimated_and_said_to_be(
    chat: OpenAIChat, stub_llm: StubLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = (await Critic(chat).judge(a_request())).provenance["measured"]
    assert "tokens_estimated" not in reported
    monkeypatch.setattr(stubs, "_usage", lambda body, text: {})
    estimated = (await Critic(chat).judge(a_request())).provenance["measured"]
    assert estimated["tokens_estimated"] is True
    assert estimated["input_tokens"] > reported["input_tokens"] / 2
    assert estimated["output_tokens"] > 0


async def test_a_second_look_asks_for_some_criteria_in_another_order_with_another_seed(
    chat: OpenAIChat, stub_llm: StubLLM
) -> None:
    request = a_request(decoy=DECOY)
    critic = Critic(chat)
    first = await critic.judge(request)
    both = await critic.judge_again(request, first, {"k1"})
    body, again = (chat.body for chat in stub_llm.chats)
    assert sorted(item["text"] for item in stub_llm.chats[1].asked["rubric"]) == sorted(
        [request.criteria[1].text, DECOY]
    )
    menu = again["response_format"]["json_schema"]["schema"]["properties"]["criteria"]["items"]["properties"]["verdict"]
    assert menu["enum"] == ["contradicted", "missing", "partial", "covered"]
    assert again["seed"] != body["seed"]
    assert both.judgements == first.judgements  # the same model agreeing with itself proves nothing new
    assert both.provenance["measured"]["requests"] == 2
    assert both.provenance["measured"]["escalations"] == 1
    assert len(both.provenance["raw_replies"]) == 2
    assert both.provenance["second_look"]["criteria"] == ["k1"]


async def test_another_model_confirms_what_it_agrees_with(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    other = OpenAIChat(model="stronger", base_url=stub_llm.base_url, sleep=at_once)
    critic = Critic(chat, second=other)
    first = await critic.judge(a_request(decoy=DECOY))
    both = await critic.judge_again(a_request(decoy=DECOY), first, {"k0", "k2"})
    assert [judgement.confirmed for judgement in both.judgements] == [True, False, True]
    assert stub_llm.chats[1].body["model"] == "stronger"
    assert both.provenance["second_look"]["model"] == "stronger"
    stub_llm.judge = stubs.scripted(*[("partial", "", "half")] * 2)
    apart = await critic.judge_again(a_request(decoy=DECOY), first, {"k0"})
    assert apart.status == "void"  # it marked the decoy
    await other.aclose()


async def test_of_two_models_that_differ_the_first_stands_unconfirmed(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    other = OpenAIChat(model="stronger", base_url=stub_llm.base_url, sleep=at_once)
    critic = Critic(chat, second=other)
    first = await critic.judge(a_request())
    stub_llm.judge = stubs.scripted(("missing", "", "not said"))
    both = await critic.judge_again(a_request(), first, {"k0"})
    assert both.judgements == first.judgements
    await other.aclose()


async def test_what_was_left_unjudged_is_judged_by_the_second_look(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    stub_llm.judge = stubs.dropped_id
    critic = Critic(chat)
    first = await critic.judge(a_request())
    assert first.judgements[0].verdict is None
    stub_llm.judge = stubs.by_overlap
    both = await critic.judge_again(a_request(), first, {"k0"})
    assert both.judgements[0].verdict is Verdict.COVERED
    assert not both.judgements[0].confirmed


async def test_a_second_look_that_leaves_the_decoy_out_settles_nothing(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    def without_decoy(asked: Mapping[str, Any]) -> stubs.Reply:
        reply = stubs.by_overlap(asked)
        decoys = {item["id"] for item in asked["rubric"] if item["text"] == DECOY}
        return {**reply, "criteria": [item for item in reply["criteria"] if item["id"] not in decoys]}

    stub_llm.judge = stubs.dropped_id
    critic = Critic(chat)
    first = await critic.judge(a_request(decoy=DECOY))
    stub_llm.judge = without_decoy
    unjudged = {judgement.criterion_id for judgement in first.judgements if judgement.verdict is None}
    both = await critic.judge_again(a_request(decoy=DECOY), first, unjudged or {"k0"})
    assert both.judgements == first.judgements
    assert both.provenance["second_look"]["status"] == "failed"


async def test_a_second_look_that_fails_changes_nothing_but_what_was_spent(chat: OpenAIChat, stub_llm: StubLLM) -> None:
    critic = Critic(chat)
    first = await critic.judge(a_request())
    stub_llm.always = stubs.refusal()
    both = await critic.judge_again(a_request(), first, {"k0"})
    assert (both.status, both.judgements) == ("done", first.judgements)
    assert both.provenance["measured"]["requests"] == 2
