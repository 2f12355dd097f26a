"""Every question without a plain answer has one name, whoever asks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.grading.outcome import Graded, Outcome, Ungraded
from app.interviews.models import Answer, Ending, Entry, Interview, Kind, State
from app.interviews.non_answers import UNREADABLE, for_people, non_answer
from app.interviews.revisions import earlier_versions
from app.interviews.turn_class import TurnClass
from app.reports.report import build_report
from rubric.scoring import NonAnswer
from tests.interviews.scripts import STRONG, Talk
from tests.reports.values import answer, graded, interview

NOW = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("ending", [ending for ending in Ending if ending is not Ending.ANSWERED])
def test_an_ending_keeps_its_name(ending: Ending) -> None:
    assert non_answer(interview(answer("q1", "a", ending=ending)), "q1", graded("missing")) == ending.value


@pytest.mark.parametrize(
    ("held", "outcome", "name"),
    [
        (interview(), None, NonAnswer.NOT_ASKED),
        (interview(answer("q1", "a"), state=State.WITHDRAWN), None, NonAnswer.WITHDRAWN),
        (interview(answer("q1", ending=None)), None, NonAnswer.INTERRUPTED),
        (interview(answer("q1", ending=None), state=State.ASKING), None, None),
        (interview(answer("q1", "a"), automated=False), None, NonAnswer.DECLINED_AUTOMATED),
        (interview(answer("q1", ending=Ending.SKIPPED), automated=False), None, NonAnswer.SKIPPED),
        (interview(answer("q1", "a")), Ungraded(reason="embedder_unavailable"), NonAnswer.GRADER_DOWN),
        (interview(answer("q1", "a", ending=Ending.OFF_TOPIC)), Ungraded(reason="x"), NonAnswer.GRADER_DOWN),
        (interview(answer("q1", "a", ending=Ending.TIMED_OUT)), Ungraded(reason="x"), NonAnswer.GRADER_DOWN),
        (interview(answer("q1", ending=Ending.BLANK)), Ungraded(reason="x"), NonAnswer.BLANK),
        (interview(answer("q1", ending=Ending.TIMED_OUT)), Ungraded(reason="x"), NonAnswer.TIMED_OUT),
        (interview(answer("q1", "a")), None, None),
        (interview(answer("q1", "a")), graded("covered"), None),
    ],
)
def test_what_is_no_answer_is_named(held: Interview, outcome: Outcome | None, name: NonAnswer | None) -> None:
    assert non_answer(held, "q1", outcome) is name


def test_an_unreadable_reply_waits_for_a_person_whatever_was_found_in_it() -> None:
    unreadable = answer("q1", "asdf", ending=Ending.UNGRADABLE)
    outcome = for_people(unreadable, graded("covered", "covered"))
    assert isinstance(outcome, Graded)
    assert outcome.review_reasons == (UNREADABLE,)
    assert for_people(unreadable, outcome) == outcome
    assert for_people(answer("q1", "a"), graded("covered")) == graded("covered")


def _said(*replies: tuple[str, TurnClass | None]) -> Interview:
    entries = tuple(
        Entry(seq=seq, by_candidate=True, kind=Kind.REPLY, text=text, at=NOW, question_id="q1", turn=turn)
        for seq, (text, turn) in enumerate(replies)
    )
    revision = sum(turn is TurnClass.CORRECTION for _, turn in replies)
    changed: Answer = replace(answer("q1", replies[-1][0]), revision=revision)
    return replace(interview(changed), transcript=entries)


def test_earlier_versions_of_an_answer_are_kept_in_order() -> None:
    held = _said(
        ("What is the salary?", TurnClass.ABOUT_JOB),
        ("first", TurnClass.PARTIAL_ANSWER),
        ("and more", TurnClass.ANSWER),
        ("second", TurnClass.CORRECTION),
        ("third", TurnClass.CORRECTION),
    )
    assert [version.text for version in earlier_versions(held, "q1")] == ["first\n\nand more", "second"]


def test_an_answer_that_was_never_changed_has_no_earlier_version() -> None:
    assert earlier_versions(_said(("first", TurnClass.ANSWER)), "q1") == ()


def test_what_was_said_before_replies_were_told_apart_was_an_answer() -> None:
    held = _said(("first", None), ("and more", None), ("second", TurnClass.CORRECTION))
    assert [version.text for version in earlier_versions(held, "q1")] == ["first\n\nand more"]


async def test_an_unreadable_reply_is_graded_and_waits_until_the_candidate_changes_it() -> None:
    talk = Talk()
    await talk.begin()
    await talk.say("[gibberish] asdf")
    await talk.say("[gibberish] jklö")
    unreadable = (await talk.grade("q1")).outcome
    assert isinstance(unreadable, Graded)
    assert UNREADABLE in unreadable.review_reasons
    await talk.service.submit(talk.message(STRONG, revises="q1"))
    await talk.service.complete_pending()
    changed = (await talk.grade("q1")).outcome
    assert isinstance(changed, Graded)
    assert changed.review_reasons == ()


async def test_a_reply_off_the_subject_that_nobody_could_read_counts_nothing_until_somebody_can() -> None:
    talk = Talk()
    await talk.begin()
    talk.reader.embedder_is_there = False
    for text in ("cheese", "more cheese", "and wine, too"):
        step = await talk.say(f"[off_topic] {text}")
    reported = build_report(step.interview, step.script, await talk.service.grades(talk.id), now=NOW)
    first = reported.questions[0]
    assert (first.non_answer, first.tally.score) == (NonAnswer.GRADER_DOWN, None)
    talk.reader.embedder_is_there = True
    await talk.service.complete_pending()
    reported = build_report(step.interview, step.script, await talk.service.grades(talk.id), now=NOW)
    first = reported.questions[0]
    assert first.non_answer is NonAnswer.OFF_TOPIC
    assert first.tally.score is not None
    assert first.tally.score.value == 0
