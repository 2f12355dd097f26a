"""An audit: which bank can be gamed, and how; the shipped bank and two small ones against the bundled model."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.errors import InvalidInput
from app.evaluation.audit import ALONE, Audit, audit
from app.evaluation.audit_cases import Relation
from app.evaluation.audit_export import as_json
from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.encodings import InlineRubrics
from app.grading.grader import GradeRequest
from app.grading.head import load_head
from app.grading.outcome import Outcome, Reading
from app.grading.semantic import SemanticReader
from app.llm.openai_chat import OpenAIChat
from app.screening.schemas import schema
from rubric.bank import Bank, Question
from rubric.bank_file import load_bank
from rubric.ids import with_ids
from tests.builders import SHIPPED_BANK, a_bank, a_bank_of, a_question, a_section
from tests.evaluation.comparisons import a_grade
from tests.grading.requests import ScriptedReader
from tests.stub_llm import MODEL, Judge, Reply, StubLLM, say_yes
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

BANKS = Path(__file__).parent / "banks"
FILES = (SHIPPED_BANK, BANKS / "beekeeping.yaml", BANKS / "stage_lighting.yaml")


class FixedGrader:
    """Gives every criterion of every answer the same half-points, for a person to review or not."""

    def __init__(self, half_points: int, *, reviewed: bool = False) -> None:
        self.half_points = half_points
        self.reasons = ("A person should look.",) if reviewed else ()

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        return await ScriptedReader().read_many(requests)

    async def complete(self, request: GradeRequest, reading: Reading) -> Outcome:
        texts = [criterion.text for criterion in request.criteria]
        return a_grade(*[self.half_points] * len(texts), texts=texts, reasons=self.reasons)


def a_small_bank() -> Bank:
    first = a_question("How do you water?", "Early: Before sunrise.", "Rarely: Every 7 days.")
    second = a_question("What about storms?", "Tie the roses.", "Close the greenhouse.")
    return with_ids(a_bank(a_section("Water", first), a_section("Wind", second), name="garden"), None)


def broken_relations(found: Audit) -> set[Relation]:
    return {check.case.relation for question in found.questions for check in question.broken}


async def test_a_grader_that_gives_credit_for_anything_breaks_what_earns_none() -> None:
    found = await audit(a_small_bank(), FixedGrader(2))
    assert not found.passes
    assert broken_relations(found) == {Relation.NO_CREDIT, Relation.NOT_ACCEPTED}
    assert found.broken_unseen == found.broken
    [swapped] = [check for check in found.questions[0].broken if check.case.name == "roles swapped"]
    assert [(slip.number, slip.half_points, slip.before) for slip in swapped.slips] == [(1, 2, None), (2, 2, None)]
    assert "criterion 1: credit 1; criterion 2: credit 1 (accepted)." in swapped.broken


async def test_undue_credit_that_waits_for_a_person_is_told_and_breaks_nothing_but_empty_answers() -> None:
    found = await audit(a_small_bank(), FixedGrader(2, reviewed=True))
    assert broken_relations(found) == {Relation.NO_CREDIT}
    assert found.broken_unseen == 0
    assert "every criterion denied" in {check.case.name for check in found.questions[0].held}


async def test_a_grader_that_gives_nothing_passes() -> None:
    found = await audit(a_small_bank(), FixedGrader(0), version=3)
    assert (found.passes, found.broken) == (True, 0)
    jsonschema.validate(json.loads(as_json(found)), schema("audit"))


async def test_the_document_of_a_broken_bank_has_the_published_shape() -> None:
    told = json.loads(as_json(await audit(a_small_bank(), FixedGrader(2))))
    jsonschema.validate(told, schema("audit"))
    assert told["broken"] == sum(len(question["broken"]) for question in told["questions"]) > 0


async def test_a_question_without_criteria_keeps_a_bank_from_passing() -> None:
    bank = with_ids(a_bank_of(a_question("How?"), Question(text="Why?", criteria=())), None)
    found = await audit(bank, FixedGrader(0))
    assert (found.skipped, found.passes) == (("Why?",), False)


async def test_a_bank_without_any_criterion_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to audit"):
        await audit(with_ids(a_bank_of(Question(text="Why?", criteria=())), None), FixedGrader(0))


@pytest.fixture(scope="module")
def grader(bundled: SentenceTransformerEmbedder) -> AnswerGrader:
    return AnswerGrader(SemanticReader(bundled, InlineRubrics(bundled), load_head()))


async def audited(grader: AnswerGrader, file: Path, *numbers: int) -> Audit:
    """The audit of a bank, or of these of its questions, with what was found printed."""
    bank = with_ids(load_bank(file), None)
    only = [question.id for number, question in enumerate(bank.questions(), start=1) if number in numbers]
    found = await audit(bank, grader, only=only)
    print(f"\n{bank.name}: {found.checks} checks, {found.broken} broken")
    for question in found.questions:
        for check in question.broken:
            print(f"  {question.number}. {question.question.text} | {check.case.name}: {check.broken}")
    return found


def undue(found: Audit) -> list[str]:
    """Cases whose undue credit would count without a person."""
    return [
        f"{question.number}. {check.case.name}: {check.broken}"
        for question in found.questions
        for check in question.broken
        if check.case.relation in ALONE
    ]


@pytest.mark.parametrize(
    ("file", "number"), list(zip(FILES, (3, 2, 3), strict=True)), ids=lambda value: getattr(value, "stem", "")
)
async def test_a_question_of_each_bank_cannot_be_gamed(grader: AnswerGrader, file: Path, number: int) -> None:
    found = await audited(grader, file, number)
    assert found.checks >= 48
    assert undue(found) == []


def knows_the_decoy(asked: Mapping[str, Any]) -> Reply:
    """Says yes to whatever stands in one of the two small banks, and to nothing else."""
    reply = say_yes(asked)
    banks = [load_bank(file) for file in FILES[1:]]
    known = {criterion.text for bank in banks for question in bank.questions() for criterion in question.criteria}
    for item, criterion in zip(reply["criteria"], asked["rubric"], strict=True):
        if criterion["text"] not in known:
            item.update(verdict="missing", quote="", reason="another topic")
    return reply


@pytest.mark.slow
@pytest.mark.parametrize("judge", [say_yes, knows_the_decoy])
@pytest.mark.parametrize("file", FILES[1:], ids=lambda file: file.stem)
async def test_a_model_that_says_yes_to_everything_cannot_be_used_to_game_a_bank(
    bundled: SentenceTransformerEmbedder, stub_llm: StubLLM, file: Path, judge: Judge
) -> None:
    stub_llm.judge = judge
    chat = OpenAIChat(model=MODEL, base_url=stub_llm.base_url)
    reader = SemanticReader(bundled, InlineRubrics(bundled), load_head())
    found = await audited(AnswerGrader(reader, Critic(chat)), file, 2)
    await chat.aclose()
    assert stub_llm.requests
    assert undue(found) == []


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def complete(request: pytest.FixtureRequest, grader: AnswerGrader) -> Audit:
    """Every question of each bank."""
    return asyncio.run(audited(grader, request.param))


@pytest.mark.slow
def test_no_question_of_the_shipped_bank_and_two_small_ones_can_be_gamed(complete: Audit) -> None:
    assert complete.checks >= 48 * len(complete.questions)
    assert undue(complete) == []


@pytest.mark.slow
def test_harmless_changes_move_no_mark_of_the_shipped_bank_and_two_small_ones(complete: Audit) -> None:
    assert complete.broken == 0
    assert complete.passes
