import json
from dataclasses import replace
from fractions import Fraction

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.ledger import fuse
from app.grading.outcome import Critique, Graded, Judgement, MachineVerdict, Outcome, Reading, Source, Ungraded
from app.grading.record import from_record, grade_schema, practice_record, to_record
from rubric.criteria import Verdict
from tests import stub_llm as stubs
from tests.grading.requests import ANSWER, TEXTS, ScriptedReader, a_request, read_as, span
from tests.stub_llm import StubLLM

KEYS = [
    "schema",
    "grade_id",
    "id",
    "status",
    "reason",
    "basis",
    "score",
    "score_low",
    "score_high",
    "criteria",
    "flags",
    "needs_review",
    "review_reasons",
    "critique",
    "provenance",
]
SCHEMA = jsonschema.Draft202012Validator(grade_schema())


def recorded(outcome: Outcome) -> dict[str, object]:
    """The record as it is read back from a file."""
    record: dict[str, object] = json.loads(json.dumps(to_record(outcome, grade_id="g1", row_id="r1")))
    SCHEMA.validate(record)
    assert list(record)[: len(KEYS)] == KEYS
    return record


def test_the_published_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(grade_schema())


@pytest.mark.parametrize("answer", [ANSWER, "", "idk", "Crawlers\0 infer"])
@pytest.mark.parametrize("fault", [None, stubs.refusal(), stubs.server_error()], ids=str)
@pytest.mark.parametrize("judge", [stubs.by_overlap, stubs.say_yes, stubs.off_menu])
async def test_every_outcome_has_the_published_shape_and_comes_back(
    critic: Critic, stub_llm: StubLLM, answer: str, fault: stubs.Fault | None, judge: stubs.Judge
) -> None:
    stub_llm.always, stub_llm.judge = fault, judge
    outcome = await AnswerGrader(ScriptedReader(), critic).grade(a_request(answer, decoy="Two nurses check the dose."))
    record = recorded(outcome)
    again = from_record(record)
    assert recorded(again) == record
    assert isinstance(outcome, Graded)
    assert isinstance(again, Graded)
    assert again.score == outcome.score
    assert again.critique == outcome.critique
    assert again.needs_review == outcome.needs_review


async def test_a_pending_critique_has_the_published_shape(critic: Critic) -> None:
    grader = AnswerGrader(ScriptedReader(), critic)
    record = recorded(grader.provisional(a_request(), await grader.read(a_request())))
    assert record["critique"] == {
        "status": "pending",
        "feedback": "",
        "strengths": [],
        "gaps": [],
        "misconceptions": [],
        "unlisted": [],
        "reason": None,
        "retry": True,
        "manipulation": False,
        "judgements": [],
    }


def test_a_criterion_line_reads_as_published() -> None:
    quote = span(ANSWER, "Crawlers infer the schema")
    judgement = Judgement(criterion_id="k0", verdict=Verdict.PARTIAL, evidence=quote, reason="half of it")
    critique = Critique(status="done", judgements=(judgement,))
    read = read_as(Verdict.MISSING, probability=1 / 3)
    record = recorded(fuse(a_request(criteria=["x"]), Reading(criteria=(read,)), critique))
    assert record["criteria"] == [
        {
            "id": "k0",
            "text": "x",
            "verdict": "partial",
            "credit": 0.5,
            "probability": 0.6667,
            "source": "critique",
            "evidence": [{"part": 0, "start": quote.start, "end": quote.end, "quote": quote.quote}],
            "weight": 1,
            "flags": [],
            "reason": "half of it",
        }
    ]


def test_a_line_that_a_person_decided_keeps_the_machines_verdict_beside_and_comes_back() -> None:
    graded = fuse(a_request(criteria=["x"]), Reading(criteria=(read_as(Verdict.COVERED),)), None)
    (line,) = graded.criteria
    given = MachineVerdict(line.verdict, line.half_points, line.probability, line.source)
    decided = replace(
        line, verdict=Verdict.MISSING, half_points=0, probability=0.0, source=Source.PERSON, machine=given
    )
    record = recorded(replace(graded, criteria=(decided,), score=Fraction(0), score_low=Fraction(0)))
    assert record["criteria"][0]["machine"] == {  # type: ignore[index]
        "verdict": "covered",
        "credit": 1,
        "probability": round(line.probability, 4),
        "source": "semantic",
    }
    assert recorded(from_record(record)) == record
    assert "machine" not in practice_record(record)["criteria"][0]
    assert "machine" not in recorded(graded)["criteria"][0]  # type: ignore[index]


@pytest.mark.parametrize("drawn", [True, False])
def test_the_audit_sample_is_told_where_it_may_be_and_never_to_whoever_practises(drawn: bool) -> None:
    graded = fuse(a_request(criteria=["x"]), Reading(criteria=(read_as(Verdict.COVERED),)), None)
    record = to_record(graded, grade_id="g", row_id=None, audit_sample=drawn)
    SCHEMA.validate(record)
    assert record["audit_sample"] is drawn
    assert "audit_sample" not in practice_record(record)
    assert "audit_sample" not in to_record(graded, grade_id="g", row_id=None)


def test_an_ungraded_answer_lists_its_criteria_as_unknown_and_has_no_score() -> None:
    outcome = Ungraded(reason="embedder_unavailable")
    record = to_record(outcome, grade_id="g", row_id=None, request=a_request())
    SCHEMA.validate(record)
    assert (record["status"], record["reason"], record["basis"]) == ("ungraded", "embedder_unavailable", None)
    assert (record["score"], record["score_low"], record["score_high"]) == (None, None, None)
    assert [(line["text"], line["verdict"]) for line in record["criteria"]] == [(text, "unknown") for text in TEXTS]
    assert record["needs_review"] is True
    assert from_record(record) == outcome


@given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1))
def test_a_rounded_interval_still_holds_the_rounded_score(one: Fraction, two: Fraction, three: Fraction) -> None:
    low, score, high = sorted((one, two, three))
    graded = fuse(a_request(criteria=["x"]), Reading(criteria=(read_as(Verdict.COVERED),)), None)
    record = to_record(replace(graded, score=score, score_low=low, score_high=high), grade_id="g", row_id=None)
    assert 0 <= record["score_low"] <= record["score"] <= record["score_high"] <= 1
    SCHEMA.validate(record)


@pytest.mark.parametrize(
    "spoil",
    [
        {"score": None},
        {"score": 1.5},
        {"status": "maybe"},
        {"flags": ["new"]},
        {"basis": "critique"},
        {"critique": {"status": "done"}},
        {"reason": "because"},
        {"criteria": []},
    ],
    ids=str,
)
def test_the_schema_refuses_what_no_grade_says(spoil: dict[str, object]) -> None:
    graded = fuse(a_request(criteria=["x"]), Reading(criteria=(read_as(Verdict.COVERED),)), None)
    record = {**to_record(graded, grade_id="g", row_id=None), **spoil}
    assert not SCHEMA.is_valid(record)


def test_a_record_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="schema 2"):
        from_record({"schema": 2})


@pytest.mark.parametrize("judge", [stubs.by_overlap, stubs.say_yes])
async def test_a_candidate_who_practises_learns_nothing_of_the_decoy(
    critic: Critic, stub_llm: StubLLM, judge: stubs.Judge
) -> None:
    stub_llm.judge = judge
    decoy = "Two nurses check the dose."
    whole = recorded(await AnswerGrader(ScriptedReader(), critic).grade(a_request(ANSWER, decoy=decoy)))
    assert decoy in json.dumps(whole)
    told = practice_record(whole)
    SCHEMA.validate(told)
    said = json.dumps(told)
    assert not [word for word in (decoy, "decoy", "another question", "void", "raw_replies") if word in said]
    assert (told["score"], told["criteria"]) == (whole["score"], whole["criteria"])
