"""An answer in another language is unknown and never wrong; who was validated for it may judge it."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.encodings import InlineRubrics
from app.grading.grader import GradeRequest
from app.grading.head import load_head
from app.grading.language import NOT_READ, NOT_VOUCHED_FOR
from app.grading.outcome import Flag, Graded
from app.grading.record import from_record, to_record
from app.grading.replay import differences, recompute
from app.grading.semantic import SemanticReader
from rubric.criteria import Criterion, Verdict
from tests import stub_llm as stubs
from tests.fakes import HashEmbedder
from tests.stub_llm import StubLLM

GERMAN = (
    "Rohdaten lege ich zuerst in S3 ab, nach Datum getrennt. Danach erkennen die Crawler von Glue das Schema. "
    "Am Ende schreiben die Jobs alles nach Redshift."
)
CRITERIA = ("Store raw input data in S3.", "Crawlers infer the schema.", "Load the result into Redshift.")
QUOTES = ("Rohdaten lege ich zuerst in S3 ab", "erkennen die Crawler von Glue das Schema", "alles nach Redshift")
REQUEST = GradeRequest(
    question="How would you design a data pipeline?",
    criteria=tuple(Criterion(id=f"k{place}", text=text) for place, text in enumerate(CRITERIA)),
    parts=(GERMAN,),
)


class ExpectedEmbedder(HashEmbedder):
    """Passes for the one that the shipped head was fitted to."""

    fingerprint = load_head().file.embedder_sha256


def reader(*languages: str, embedder: HashEmbedder | None = None) -> SemanticReader:
    embedder = embedder or HashEmbedder()
    return SemanticReader(embedder, InlineRubrics(embedder), load_head(), languages=frozenset(languages))


def judge_quoting(*quotes: str) -> stubs.Judge:
    """A judge that marks every criterion as covered with the quote at its place; anything else is missing."""
    said = dict(zip(CRITERIA, quotes, strict=True))

    def judge(asked: Mapping[str, Any]) -> stubs.Reply:
        criteria = [
            {
                "id": item["id"],
                "quote": said.get(item["text"], ""),
                "reason": "the quote says so" if item["text"] in said else "another subject",
                "verdict": "covered" if item["text"] in said else "missing",
            }
            for item in asked["rubric"]
        ]
        return {"criteria": criteria, "manipulation": False, "feedback": ""}

    return judge


async def graded(grader: AnswerGrader) -> Graded:
    outcome = await grader.grade(REQUEST)
    assert isinstance(outcome, Graded)
    return outcome


async def test_without_a_chat_model_every_verdict_is_unknown_and_a_person_looks() -> None:
    outcome = await graded(AnswerGrader(reader()))
    assert {line.verdict for line in outcome.criteria} == {Verdict.UNKNOWN}
    assert Flag.OTHER_LANGUAGE in outcome.flags
    assert NOT_READ in outcome.review_reasons


async def test_verdicts_of_a_chat_model_count_and_a_person_looks_where_it_was_not_validated(
    critic: Critic, stub_llm: StubLLM
) -> None:
    stub_llm.judge = judge_quoting(*QUOTES)
    outcome = await graded(AnswerGrader(reader(), critic, judged_languages=frozenset({"en", "es"})))
    assert {line.verdict for line in outcome.criteria} == {Verdict.COVERED}
    assert NOT_VOUCHED_FOR in outcome.review_reasons
    assert NOT_READ not in outcome.review_reasons


async def test_chat_model_validated_for_the_language_takes_the_place_of_the_local_reading(
    critic: Critic, stub_llm: StubLLM
) -> None:
    stub_llm.judge = judge_quoting(*QUOTES)
    outcome = await graded(
        AnswerGrader(reader(embedder=ExpectedEmbedder()), critic, judged_languages=frozenset({"de"}))
    )
    assert outcome.score == 1
    assert not outcome.needs_review
    assert Flag.OTHER_LANGUAGE in outcome.flags, "the language is told all the same"
    record = to_record(outcome, grade_id="g1", row_id=None)
    assert record["provenance"]["vouched_language"] == "de"
    assert to_record(from_record(record), grade_id="g1", row_id=None) == record


async def test_what_a_validated_chat_model_gives_no_proof_of_stays_unknown(critic: Critic, stub_llm: StubLLM) -> None:
    stub_llm.judge = judge_quoting(*QUOTES[:2], "")
    outcome = await graded(
        AnswerGrader(reader(embedder=ExpectedEmbedder()), critic, judged_languages=frozenset({"de"}))
    )
    assert [line.verdict for line in outcome.criteria] == [Verdict.COVERED, Verdict.COVERED, Verdict.UNKNOWN]
    assert outcome.needs_review


@pytest.mark.parametrize("fault", [stubs.refusal(), stubs.server_error()])
async def test_failed_critique_vouches_for_nothing(critic: Critic, stub_llm: StubLLM, fault: stubs.Fault) -> None:
    stub_llm.always = fault
    outcome = await graded(
        AnswerGrader(reader(embedder=ExpectedEmbedder()), critic, judged_languages=frozenset({"de"}))
    )
    assert {line.verdict for line in outcome.criteria} == {Verdict.UNKNOWN}
    assert NOT_READ in outcome.review_reasons


async def test_embedder_validated_for_the_language_is_read_as_any_other() -> None:
    outcome = await graded(AnswerGrader(reader("de", "es")))
    assert Flag.OTHER_LANGUAGE not in outcome.flags
    assert {line.verdict for line in outcome.criteria} != {Verdict.UNKNOWN}
    assert Flag.UNCALIBRATED in outcome.flags, "its head was fitted to another embedder"
    assert outcome.needs_review


async def test_what_the_embedder_was_validated_for_is_replayed_from_the_record() -> None:
    for read_with in (reader(), reader("de")):
        record = to_record(await graded(AnswerGrader(read_with)), grade_id="g1", row_id=None)
        assert differences(record, recompute(record, REQUEST)) == ()
