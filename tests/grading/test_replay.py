"""A grade computed again from what was kept with it: equal to the byte, or what differs is named."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.encodings import InlineRubrics
from app.grading.entailment import EntailedReader
from app.grading.grader import GradeRequest
from app.grading.head import load_head
from app.grading.outcome import Graded, Ungraded
from app.grading.record import to_record
from app.grading.replay import CannotReplay, Installed, differences, measured_again, others, recompute
from app.grading.semantic import SemanticReader
from tests import stub_llm as stubs
from tests.fakes import HashEmbedder, WordEntailment
from tests.grading.requests import ANSWER, QUESTION, a_request
from tests.stub_llm import MODEL, StubLLM

DECOY = "Two nurses check the dose."
ANSWERS = [ANSWER, "Crawlers never infer the schema; I don't store raw files.", "", "idk", QUESTION, "Glue, S3, Athena"]


def a_reader(dimensions: int = 64) -> SemanticReader:
    embedder = HashEmbedder(dimensions=dimensions)
    return SemanticReader(embedder, InlineRubrics(embedder), load_head())


async def graded(request: GradeRequest, critic: Critic | None = None) -> dict[str, Any]:
    """The record of a grade as it is read back from a file, with what only its writer knew."""
    outcome = await AnswerGrader(a_reader(), critic).grade(request)
    assert isinstance(outcome, Graded)
    told = replace(outcome, provenance={**outcome.provenance, "input_sha256": "ab" * 32})
    record = {**to_record(told, grade_id="g1", row_id="r1"), "added_later": True}
    read_back: dict[str, Any] = json.loads(json.dumps(record))
    return read_back


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    ("judge", "fault"),
    [
        (stubs.by_overlap, None),
        (stubs.say_yes, None),
        (stubs.off_menu, None),
        (stubs.by_overlap, stubs.refusal()),
        (stubs.by_overlap, stubs.server_error()),
    ],
    ids=lambda value: getattr(value, "__name__", None) or getattr(value, "kind", "no_fault"),
)
async def test_every_grade_comes_out_the_same_to_the_byte(
    critic: Critic, stub_llm: StubLLM, answer: str, fault: stubs.Fault | None, judge: stubs.Judge
) -> None:
    stub_llm.always, stub_llm.judge = fault, judge
    request = a_request(answer, "And Athena queries it. \ud800", decoy=DECOY)
    record = await graded(request, critic)
    again = recompute(record, request)
    assert differences(record, again) == ()
    assert json.dumps({**again, "provenance": {**again["provenance"], "measured": 0}}) == json.dumps(
        {**record, "provenance": {**record["provenance"], "measured": 0}}
    )
    assert await measured_again(record, request, a_reader()) == ()
    assert others(record, Installed(model=MODEL)) == ()


async def test_what_an_entailment_model_said_is_replayed_from_the_record() -> None:
    answer = "Crawlers infer the schema, never by hand. Indeed they store raw files in object storage."
    request = a_request(answer)
    outcome = await AnswerGrader(EntailedReader(a_reader(), WordEntailment())).grade(request)
    record = json.loads(json.dumps(to_record(outcome, grade_id="g1", row_id="r1")))
    assert "contradicted_locally" in record["flags"]
    assert differences(record, recompute(record, request)) == ()
    record["provenance"]["inferences"] = {}
    assert differences(record, recompute(record, request))


async def test_a_mark_that_was_changed_by_hand_is_named() -> None:
    record = await graded(a_request(ANSWER))
    forged = copy.deepcopy(record)
    forged["criteria"][1] |= {"verdict": "contradicted", "credit": 0}
    found = differences(forged, recompute(forged, a_request(ANSWER)))
    assert "criterion k1: verdict" in {one.where for one in found}
    [verdict] = [one for one in found if one.where == "criterion k1: verdict"]
    assert verdict.sentence == f'criterion k1: verdict was "contradicted", now "{record["criteria"][1]["verdict"]}"'


async def test_an_answer_that_is_not_the_one_that_was_graded_is_noticed() -> None:
    record = await graded(a_request(ANSWER))
    other = a_request(ANSWER.replace("Crawlers", "Creepers"))
    assert differences(record, recompute(record, other)) or await measured_again(record, other, a_reader())


async def test_a_feature_that_comes_out_other_is_named_with_its_distance() -> None:
    record = await graded(a_request(ANSWER))
    kept = record["provenance"]["reading"]
    column = kept["features"].index("late_interaction")
    was = kept["values"][2][column]
    kept["values"][2][column] = round(was + 0.0001, 4)
    assert await measured_again(record, a_request(ANSWER), a_reader()) == ()
    kept["values"][2][column] = round(was + 0.0123, 4)
    [found] = await measured_again(record, a_request(ANSWER), a_reader())
    assert found.where == "criterion k2: late_interaction"
    assert "(by 0.0123)" in found.sentence


async def test_another_embedder_is_said_and_nothing_is_compared_with_it() -> None:
    record = await graded(a_request(ANSWER))
    record["provenance"]["embedder_sha256"] = "cd" * 32
    with pytest.raises(CannotReplay, match="embedder is another one: hash then, hash now"):
        await measured_again(record, a_request(ANSWER), a_reader())


async def test_what_is_installed_now_and_is_another_is_said_plainly(critic: Critic) -> None:
    record = await graded(a_request(ANSWER), critic)
    record["provenance"] |= {
        "head": "all-MiniLM-L6-v2/0",
        "head_sha256": "12" * 32,
        "prompt_sha256": "34" * 32,
        "prompt_version": 1,
        "viva": "0.0.1",
    }
    said = others(record, Installed(model="another-model", bank_sha256="56" * 32))
    assert [sentence.split(":")[0] for sentence in said if ":" in sentence] == [
        "The head is another one",
        "The chat model is another one",
        "The prompt is another one",
        "Viva is another one",
    ]
    assert "The bank storage has a newer version than the 3 that was graded with." in said
    found = differences(record, recompute(record, a_request(ANSWER)))
    assert {one.where for one in found} == {"provenance: head", "provenance: head_sha256"}


async def test_where_a_person_decided_the_part_of_the_machine_is_replayed() -> None:
    record = await graded(a_request(ANSWER))
    line = record["criteria"][0]
    line["machine"] = {key: line[key] for key in ("verdict", "credit", "probability", "source")}
    record["criteria"][0] = line | {"verdict": "covered", "credit": 1, "source": "person", "reason": "It is there."}
    record |= {"score": 1.0, "needs_review": False, "review_reasons": []}
    assert differences(record, recompute(record, a_request(ANSWER))) == ()
    line["machine"]["verdict"] = "contradicted"
    record["criteria"][0]["machine"] = line["machine"]
    assert [one.where for one in differences(record, recompute(record, a_request(ANSWER)))] == ["criterion k0: verdict"]


async def test_a_grade_of_before_features_were_kept_and_one_that_is_none_say_so() -> None:
    record = await graded(a_request(ANSWER))
    del record["provenance"]["reading"]
    with pytest.raises(CannotReplay, match="before Viva kept what a reading rests on"):
        recompute(record, a_request(ANSWER))
    ungraded = to_record(Ungraded(reason="embedder_unavailable"), grade_id="g", row_id=None)
    with pytest.raises(CannotReplay, match="It has no grade: embedder_unavailable"):
        recompute(ungraded, a_request(ANSWER))


@pytest.mark.parametrize(
    "spoil",
    [
        {"features": ["length"], "values": [[1.0]], "spans": [[]]},
        {"features": [], "values": [[], [], []], "spans": [[[7, 0, 1]], [], []]},
        {"features": [], "values": [[]], "spans": [[]]},
        {"values": []},
        "nothing",
    ],
    ids=str,
)
async def test_a_record_that_was_garbled_is_no_traceback(spoil: object) -> None:
    record = await graded(a_request(ANSWER))
    record["provenance"]["reading"] = spoil
    with pytest.raises(CannotReplay):
        recompute(record, a_request(ANSWER))
