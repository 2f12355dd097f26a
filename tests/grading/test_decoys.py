"""The decoy: fixed per rubric, foreign to it and to the answer, and never missing from a critique."""

from dataclasses import replace

import numpy as np

from app.grading.answer_grader import AnswerGrader
from app.grading.critique import Critic
from app.grading.decoys import SAFE_UP_TO, candidates, chosen, is_foreign, neutral_criteria, place, revision
from app.grading.encodings import InlineRubrics
from app.grading.grader import GradeRequest
from app.grading.head import load_head
from app.grading.outcome import DecoyReading, Flag, Graded
from app.grading.semantic import SemanticReader
from tests import stub_llm as stubs
from tests.fakes import HashEmbedder
from tests.grading.requests import ANSWER, BANK, TEXTS, a_request
from tests.stub_llm import StubLLM


def inline(*parts: str, criteria: tuple[str, ...] = TEXTS) -> GradeRequest:
    return replace(a_request(*parts, criteria=criteria), bank=None)


def grader(critic: Critic | None = None) -> AnswerGrader:
    embedder = HashEmbedder()
    return AnswerGrader(SemanticReader(embedder, InlineRubrics(embedder), load_head()), critic)


def test_the_pool_has_forty_different_criteria_of_ordinary_length() -> None:
    pool = neutral_criteria()
    assert len(set(pool)) == len(pool) == 40
    assert all(20 < len(text) <= 100 for text in pool)


def test_three_candidates_are_the_same_for_every_answer_to_a_rubric() -> None:
    one, other = inline("Object storage."), inline("Something else.")
    assert candidates(revision(one)) == candidates(revision(other))
    assert len(set(candidates(revision(one)))) == 3


def test_the_order_of_an_inline_rubric_does_not_change_its_decoys_and_another_text_does() -> None:
    assert revision(inline()) == revision(inline(criteria=TEXTS[::-1]))
    assert revision(inline()) != revision(inline(criteria=(*TEXTS[:2], "Another point.")))


def test_a_new_version_of_a_bank_is_a_new_revision() -> None:
    newer = replace(a_request(), bank=replace(BANK, sha256="cd" * 32))
    assert revision(a_request()) != revision(newer)
    assert revision(a_request()) == revision(a_request("another answer", criteria=TEXTS[:1]))


def test_foreign_criteria_of_the_bank_come_before_the_pool() -> None:
    assert set(candidates("r", ["a", "b", "c"])) == {"a", "b", "c"}
    short = candidates("r", ["a"])
    assert short[0] == "a"
    assert set(short[1:]) <= set(neutral_criteria())


def test_a_criterion_near_to_the_question_or_to_one_of_its_criteria_is_not_foreign() -> None:
    rubric = np.eye(4, dtype=np.float32)[:2]
    others = np.array([[0.1, 0.1, 0.98, 0], [0.1, 0.9, 0.4, 0]], dtype=np.float32)
    assert is_foreign(others, rubric).tolist() == [True, False]


def test_a_decoy_that_the_answer_comes_near_to_is_passed_over() -> None:
    near, safe, farther = DecoyReading("near", 0.5), DecoyReading("safe", SAFE_UP_TO), DecoyReading("farther", 0.0)
    assert chosen(inline(), [near, safe, farther]) == "safe"
    assert chosen(inline(), [near, DecoyReading("nearer", 0.6)]) == "near"


def test_a_reading_without_measured_decoys_still_gets_one() -> None:
    assert chosen(inline(), []) == candidates(revision(inline()))[0]


def test_the_decoy_stands_anywhere_among_the_criteria_depending_on_the_rubric() -> None:
    rubrics = [inline(criteria=(*TEXTS, f"Point {number}")) for number in range(60)]
    assert {place(request, 0, 4) for request in rubrics} == {0, 1, 2, 3, 4}


async def test_every_critique_asks_about_one_decoy_of_the_rubric(critic: Critic, stub_llm: StubLLM) -> None:
    graded = await grader(critic).grade(inline())
    [chat] = stub_llm.chats
    texts = [item["text"] for item in chat.asked["rubric"]]
    [decoy] = set(texts) - set(TEXTS)
    assert decoy in candidates(revision(inline()))
    assert len(texts) == len(TEXTS) + 1
    assert graded.provenance["decoy_text"] == decoy


async def test_a_judge_that_marks_the_decoy_changes_nothing_and_calls_for_a_person(
    critic: Critic, stub_llm: StubLLM
) -> None:
    stub_llm.judge = stubs.say_yes
    judged = await grader(critic).grade(inline(ANSWER))
    alone = await grader().grade(inline(ANSWER))
    assert isinstance(judged, Graded)
    assert isinstance(alone, Graded)
    assert Flag.DECOY in judged.flags
    assert judged.needs_review
    assert judged.score == alone.score
    assert [line.verdict for line in judged.criteria] == [line.verdict for line in alone.criteria]
