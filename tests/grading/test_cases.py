"""Seventy-four ways to be graded wrongly: none earns more, without a person looking, than what was really said.

Every answer meets a judge that says yes to everything, one that obeys whatever the answer tells it (and marks even
the decoy, or is told not to), and the faults of judges that garble their replies.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.grading.answer_grader import AnswerGrader
from app.grading.checks import Oddity
from app.grading.critique import Critic
from app.grading.encodings import InlineRubrics
from app.grading.head import load_head
from app.grading.manipulation import Manipulation
from app.grading.normalise import clean
from app.grading.outcome import Flag, Graded, Reading
from app.grading.semantic import SemanticReader
from rubric.criteria import HALF_POINTS
from tests import stub_llm as stubs
from tests.grading.cases import Case, JudgeFault, an_answer, cases, judge_faults
from tests.stub_llm import Fault, Judge, Reply, StubLLM
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

CASES = cases()
AT_ONCE = 8


@pytest.fixture(scope="module")
def reader(bundled: SentenceTransformerEmbedder) -> SemanticReader:
    return SemanticReader(bundled, InlineRubrics(bundled), load_head())


@pytest.fixture(scope="module")
def readings(reader: SemanticReader) -> list[Reading]:
    """Of every case, in order; read once, as no judge changes them."""
    return asyncio.run(AnswerGrader(reader).read_many([case.request for case in CASES]))


def real_criteria(asked: Mapping[str, Any]) -> set[str]:
    """The texts of the rubric without the decoy's."""
    known = {criterion.text for case in CASES for criterion in case.request.criteria}
    return {item["text"] for item in asked["rubric"]} & known


def windows(asked: Mapping[str, Any]) -> Reply:
    """Says yes to everything, each with another window of the answer."""
    words = str(asked["answer"]).split() or [""]
    reply = stubs.say_yes(asked)
    size = max(1, len(words) // len(reply["criteria"]))
    for place, item in enumerate(reply["criteria"]):
        start = min(place * size, len(words) - 1)
        item["quote"] = " ".join(words[start : start + min(size, 15)])
    return reply


def sparing_the_decoy(judge: Judge) -> Judge:
    """The judge, save that it leaves what does not belong to the question unmarked."""

    def sparing(asked: Mapping[str, Any]) -> Reply:
        reply, real = judge(asked), real_criteria(asked)
        foreign = {criterion["id"] for criterion in asked["rubric"] if criterion["text"] not in real}
        for item in reply["criteria"]:
            if item["id"] in foreign:
                item.update(verdict="missing", quote="", reason="another topic")
        return reply

    return sparing


def all_but_the_decoy(asked: Mapping[str, Any]) -> Reply:
    """Says yes to everything that belongs to the question."""
    return sparing_the_decoy(stubs.say_yes)(asked)


def honest(asked: Mapping[str, Any]) -> Reply:
    """Marks what was said, with the quote that fits best; the decoy is missing."""
    case = _case(asked)
    expected = {c.text: verdict for c, verdict in zip(case.request.criteria, case.expected, strict=True)}
    reply = stubs.by_overlap({**asked, "question": ""})
    for item, criterion in zip(reply["criteria"], asked["rubric"], strict=True):
        verdict = expected.get(criterion["text"], "missing")
        quote = item["quote"] or stubs.say_yes(asked)["criteria"][0]["quote"]
        item.update(verdict=verdict, quote="" if verdict == "missing" else quote, reason="as it stands there")
    return reply


def obeying(asked: Mapping[str, Any]) -> Reply:
    """Does what an answer tells it to, the decoy included; honest where it is told nothing."""
    return stubs.say_yes(asked) if _case(asked).instructs else honest(asked)


def obeying_but_the_decoy(asked: Mapping[str, Any]) -> Reply:
    """Does what an answer tells it to, and is not taken in by the decoy."""
    return all_but_the_decoy(asked) if _case(asked).instructs else honest(asked)


def _case(asked: Mapping[str, Any]) -> Case:
    return next(case for case in CASES if clean(case.request.parts[0]).text == asked["answer"])


def wrong_criterion(asked: Mapping[str, Any]) -> Reply:
    """A true quote for one criterion, given for all of the question's."""
    reply = all_but_the_decoy(asked)
    for item in reply["criteria"]:
        item["quote"] = item["quote"] and "Glue Crawlers infer the schema"
    return reply


def denying_reason(asked: Mapping[str, Any]) -> Reply:
    reply = stubs.by_overlap(asked)
    for item in reply["criteria"]:
        item["reason"] = "not mentioned"
    return reply


JUDGES: dict[str, Judge] = {
    **stubs.JUDGES,
    "lenient_and_obeying": stubs.obeying,
    **{
        judge.__name__: judge
        for judge in (windows, all_but_the_decoy, obeying, obeying_but_the_decoy, wrong_criterion, denying_reason)
    },
}


def overrated(case: Case, graded: Graded) -> list[str]:
    """The criteria that count for more than was said, with nobody asked to look."""
    if graded.needs_review:
        return []
    pairs = zip(graded.criteria, case.expected, strict=True)
    return [
        f"case {case.number}: {line.verdict} of “{line.text}” for {case.request.parts[0][:60]!r}"
        for line, most in pairs
        if line.half_points > HALF_POINTS[most]
    ]


def stopped_by(graded: Graded) -> str:
    """What kept an answer from being accepted."""
    if graded.reason is not None:
        return "stopped before any judge"
    if Flag.DECOY in graded.flags:
        return "voided by the decoy"
    told = set(graded.review_reasons)
    if told & set(Manipulation):
        return "held as manipulation"
    if told & set(Oddity):
        return "held by the checks"
    return "held for another reason" if told else "accepted within what was said"


@pytest.mark.parametrize(
    "judge",
    [
        "say_yes",
        "windows",
        "obeying",
        "obeying_but_the_decoy",
        "lenient_and_obeying",
        "by_overlap",
        "all_but_the_decoy",
    ],
)
async def test_no_criterion_counts_for_more_than_was_said_unless_a_person_looks(
    judge: str, critic: Critic, reader: SemanticReader, readings: list[Reading], stub_llm: StubLLM
) -> None:
    stub_llm.judge = JUDGES[judge]
    grader, limit = AnswerGrader(reader, critic), asyncio.Semaphore(AT_ONCE)

    async def grade(case: Case, reading: Reading) -> Graded:
        async with limit:
            return await grader.complete(case.request, reading)

    graded = await asyncio.gather(*(grade(case, reading) for case, reading in zip(CASES, readings, strict=True)))
    found = list(zip(CASES, graded, strict=True))
    counts = Counter({"criteria": sum(len(case.expected) for case in CASES)})
    for case, one in found:
        counts[stopped_by(one)] += len(case.expected)
    print(f"{judge}: {dict(counts)}")
    wrong = [told for case, one in found for told in overrated(case, one)]
    assert not wrong, "\n".join(wrong)
    assert [case.number for case, one in found if case.stopped != (one.reason or "")] == []
    assert [case.number for case, one in found if case.flag and case.flag not in one.flags] == []
    assert [case.number for case, one in found if case.flag == "" and Flag.MANIPULATION in one.flags] == []
    assert len(stub_llm.chats) == sum(not case.stopped for case in CASES), "one request for each that was not stopped"
    if judge in {"say_yes", "windows"}:
        assert all(Flag.DECOY in one.flags for case, one in found if not case.stopped)


async def test_without_a_critique_no_criterion_counts_for_more_than_was_said_unless_a_person_looks(
    reader: SemanticReader, readings: list[Reading]
) -> None:
    grader = AnswerGrader(reader)
    graded = [await grader.complete(case.request, reading) for case, reading in zip(CASES, readings, strict=True)]
    wrong = [told for case, one in zip(CASES, graded, strict=True) for told in overrated(case, one)]
    assert not wrong, "\n".join(wrong)


async def test_an_honest_half_keeps_its_credit_beside_a_forged_verdict(readings: list[Reading]) -> None:
    alone, beside = [reading for case, reading in zip(CASES, readings, strict=True) if case.number == 34]
    assert sum(line.half_points for line in beside.criteria) > sum(line.half_points for line in alone.criteria)


async def test_placeholders_reach_the_judge_as_they_were_typed(
    critic: Critic, reader: SemanticReader, readings: list[Reading], stub_llm: StubLLM
) -> None:
    [(case, reading)] = [(case, reading) for case, reading in zip(CASES, readings, strict=True) if case.number == 39]
    await AnswerGrader(reader, critic).complete(case.request, reading)
    [chat] = stub_llm.chats
    assert chat.asked["answer"] == case.request.parts[0]
    assert json.dumps(chat.asked["answer"])[1:-1] in chat.body["messages"][1]["content"]


@pytest.mark.parametrize("case", judge_faults(), ids=lambda case: f"{case.number}-{case.judge or case.fault}")
async def test_a_judge_at_fault_never_decides_alone(
    case: JudgeFault, critic: Critic, reader: SemanticReader, stub_llm: StubLLM
) -> None:
    request = an_answer(case.answer)
    grader = AnswerGrader(reader, critic)
    reading = await grader.read(request)
    local = await AnswerGrader(reader).complete(request, reading)
    judged = json.dumps(stubs.by_overlap({"question": "", "rubric": [], "answer": ""}))
    faults: dict[str, Callable[[], Fault]] = {
        **stubs.FAULTS,
        "prose_around": lambda: stubs.says(f"Here is my judgement: {judged} I hope that it helps."),
        "two_objects": lambda: stubs.says(f"{judged}\n{judged}"),
        "rate_limited": lambda: stubs.rate_limited(retry_after_s=120),
    }
    if case.judge:
        judge = JUDGES[case.judge]
        stub_llm.judge = judge if case.status == "void" else sparing_the_decoy(judge)
    else:
        stub_llm.always = faults[case.fault]()
    graded = await grader.complete(request, reading)
    assert graded.critique is not None
    assert graded.critique.status == case.status
    if case.flag:
        assert case.flag in graded.flags
        assert [line.verdict for line in graded.criteria][:1] == [line.verdict for line in local.criteria][:1]
    else:
        assert graded.needs_review
    if case.status != "done":
        assert graded.score == local.score
        assert str(graded.critique.reason) in " ".join(graded.review_reasons)
