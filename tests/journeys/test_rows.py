"""Every row of how an interview is conducted has a test in every channel, or the reason why it has none there."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.channels import CHANNELS
from tests.journeys.collecting import WRITTEN_TO

ROOT = Path(__file__).parents[2]
EVERY = "tests/journeys/test_every_channel.py"
NOT_APPLICABLE = "n/a: "


@dataclass(frozen=True)
class Row:
    """One situation.

    Attributes:
        cells: Node ids, or a reason that begins with "n/a: ", by channel.
    """

    number: int
    situation: str
    cells: Mapping[str, tuple[str, ...]]


def row(number: int, situation: str, *tests: str, **others: str) -> Row:
    """A row.

    Args:
        number: Its number.
        situation: In a few words.
        tests: Names in the file of what holds in every channel; "{channel}" stands for the channel's where a test has
            more parameters.
        others: What stands in a channel's cell instead.
    """
    cells = {channel: tuple(_in(channel, test) for test in tests) for channel in CHANNELS}
    return Row(number, situation, cells | {channel: (cell,) for channel, cell in others.items()})


def _in(channel: str, test: str) -> str:
    return f"{EVERY}::{test.format(channel=channel) if '[' in test else f'{test}[{channel}]'}"


_NO_EDITING = (
    NOT_APPLICABLE
    + "a message that was sent can't be edited or deleted here (changing an answer is row 11); Slack is no channel yet"
)
ROWS = (
    row(1, "start", "test_who_asks_what_for_and_who_decides_is_said_before_any_question"),
    row(2, "declines the machine", "test_who_will_not_be_graded_by_a_machine_answers_for_a_person"),
    row(3, "full answer", "test_a_full_answer_is_acknowledged_in_the_same_words_for_all"),
    row(4, "vague answer", "test_a_thin_answer_gets_the_prepared_follow_up_once[vague-{channel}]"),
    row(5, "one-word answer", "test_a_thin_answer_gets_the_prepared_follow_up_once[one word-{channel}]"),
    row(
        6,
        "asks what is meant",
        "test_asking_what_is_meant_gives_the_prepared_clarification_twice_and_no_more",
        "test_where_nothing_is_prepared_one_is_asked_to_state_assumptions",
    ),
    row(7, "asks for a term", "test_a_word_is_explained_only_where_the_bank_lets_it_be"),
    row(8, "repeat", "test_a_question_is_repeated_word_for_word_as_often_as_wanted"),
    row(9, "doesn't know", "test_who_does_not_know_says_so_without_comment_and_is_asked_for_anything_related"),
    row(10, "skips", "test_skipping_asks_once_and_a_skipped_question_comes_back_where_the_bank_says_so"),
    row(11, "corrects", "test_an_earlier_answer_is_changed_until_it_is_handed_in_and_both_are_kept"),
    row(
        12,
        "several messages",
        "test_an_answer_in_several_messages_is_read_once_it_is_complete",
        "test_done_or_a_quiet_while_completes_several_messages",
    ),
    row(
        13,
        "wants the answer",
        "test_fixed_words_meet_what_is_no_answer_and_it_costs_nothing[wants the answer-{channel}]",
    ),
    row(
        14,
        "asks for the score",
        "test_fixed_words_meet_what_is_no_answer_and_it_costs_nothing[asks for the score-{channel}]",
    ),
    row(15, "chat", "test_chat_is_redirected_then_offered_a_choice_and_never_ends_the_interview"),
    row(16, "asks about the job", "test_a_question_about_the_job_is_answered_from_the_sheet_or_noted"),
    row(17, "expertise off the question", "test_what_answers_another_question_is_kept_and_not_sent_back"),
    row(18, "answers early", "test_a_question_that_was_answered_early_is_still_asked_in_full"),
    row(
        19,
        "orders to the grader",
        "test_orders_to_the_grader_are_read_like_any_text_and_earn_nothing",
        "test_whoever_speaks_to_the_grader_is_looked_at_by_a_person",
    ),
    row(20, "hidden characters", "test_hidden_characters_and_markup_are_kept_and_work_nowhere"),
    row(21, "echo", "test_the_question_said_back_gets_one_follow_up_and_earns_nothing"),
    row(22, "abuse", "test_an_insult_meets_one_calm_boundary_and_the_second_a_pause_for_a_person"),
    row(23, "distress", "test_distress_stops_the_questions_and_is_graded_by_nobody"),
    row(24, "private data", "test_private_matters_are_hidden_from_who_grades_and_the_question_stays"),
    row(25, "needs more time", "test_who_needs_more_time_has_it_at_once_and_who_grades_is_not_told"),
    row(26, "another language", "test_another_language_is_kept_and_the_interviews_language_is_named"),
    row(27, "typos and dialect", "test_typos_dialect_and_voice_noise_are_not_commented_on"),
    row(28, "very long", "test_a_reply_over_the_limit_is_refused_whole_and_one_at_the_limit_kept_whole"),
    row(29, "like another's", "test_equal_answers_of_two_candidates_are_met_with_equal_words"),
    row(30, "empty", "test_nothing_but_dots_is_asked_about_once_and_then_taken_as_a_blank"),
    row(31, "gibberish", "test_gibberish_is_asked_about_once_and_then_left_to_a_person"),
    row(32, "code", "test_code_is_kept_to_the_letter_and_explained_once_where_the_bank_says_so"),
    row(33, "file or link", "test_fixed_words_meet_what_is_no_answer_and_it_costs_nothing[sends a file-{channel}]"),
    row(34, "silence", "test_silence_ends_nothing"),
    row(35, "time limit", "test_a_time_limit_is_told_warned_about_and_keeps_what_comes_late"),
    row(36, "comes back", "test_coming_back_finds_the_same_place_and_no_second_greeting"),
    row(
        37,
        "sent twice",
        web=f"{EVERY}::test_a_form_that_is_sent_twice_is_one_answer",
        api=f"{EVERY}::test_a_delivery_that_is_sent_twice_is_one_answer",
        terminal=f"{EVERY}::test_a_reply_whose_receipt_was_lost_is_sent_again_by_the_terminal_and_is_one_answer",
    ),
    row(38, "edited or deleted", web=_NO_EDITING, api=_NO_EDITING, terminal=_NO_EDITING),
    row(
        39,
        "model loading or away",
        "test_while_the_model_loads_the_reply_is_kept_and_one_moment_is_asked_for",
        "test_without_a_model_the_talk_goes_on_and_nothing_is_given_a_mark",
    ),
    row(
        40,
        "wants to stop",
        *(
            f"test_who_wants_to_stop_is_asked_how[{chosen}-{{channel}}]"
            for chosen in ("go on", "pause", "hand in", "withdraw")
        ),
    ),
    row(41, "asks for a person", "test_who_asks_for_a_person_is_told_the_way_and_waits_in_peace"),
    row(42, "asked before", "test_no_question_is_asked_twice"),
    row(43, "end", "test_the_end_thanks_everybody_alike_and_says_what_comes_next"),
    row(44, "opens it again", "test_what_was_handed_in_can_be_read_and_not_changed"),
    row(45, "practice", "test_practice_is_another_thing_and_shows_what_was_found"),
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Why each test of the named files may be skipped, by node id."""
    written = tmp_path_factory.mktemp("collected") / "tests.json"
    files = sorted({test.partition("::")[0] for test in named()})
    options = ["--collect-only", "-q", "-p", "tests.journeys.collecting", "-p", "no:cacheprovider"]
    environment = {**os.environ, WRITTEN_TO: str(written), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", *options, *files]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found: dict[str, str] = json.loads(written.read_text())
    return found


def named() -> list[str]:
    cells = [test for one in ROWS for cell in one.cells.values() for test in cell]
    return [test for test in cells if not test.startswith(NOT_APPLICABLE)]


def test_every_row_has_something_in_every_channel() -> None:
    assert [one.number for one in ROWS] == list(range(1, 46))
    for one in ROWS:
        assert tuple(one.cells) == CHANNELS
        assert all(cell and all(len(test) > len(NOT_APPLICABLE) for test in cell) for cell in one.cells.values()), one


def test_every_named_test_is_there_and_is_never_skipped(collected: dict[str, str]) -> None:
    assert [test for test in named() if test not in collected] == []
    assert {test: why for test in named() if (why := collected[test])} == {}


def test_no_reason_stands_where_a_test_could() -> None:
    reasons = {one.number for one in ROWS for cell in one.cells.values() if cell[0].startswith(NOT_APPLICABLE)}
    assert reasons == {38}
