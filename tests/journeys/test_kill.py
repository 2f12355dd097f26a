"""`kill -9` between any two steps of a turn: nothing accepted is lost, nothing is graded twice."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the interview, killed at a step and taken up again."""

    step: int
    status: int
    again: int | None
    before: Sequence[str]
    after: Sequence[str]
    report: dict[str, Any]

    @property
    def where(self) -> str:
        """For messages: where it was killed."""
        return f"killed at step {self.step}, {self.before[-1]}"

    def named(self, kind: str) -> list[str]:
        """What the killed process wrote down of that kind."""
        return [line.removeprefix(f"{kind} ") for line in self.before if line.startswith(f"{kind} ")]

    @property
    def critiques(self) -> Counter[str]:
        """How often a critique was asked for, by question, over both processes."""
        return Counter(line for line in (*self.before, *self.after) if line.startswith("critique asked for"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The undisturbed run first, then one for each step."""
    folder = tmp_path_factory.mktemp("kill")
    command = [sys.executable, "-m", "tests.journeys.kill_driver", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return [Run(**json.loads(line)) for line in ended.stdout.splitlines()]


@pytest.fixture(scope="module")
def undisturbed(runs: list[Run]) -> Run:
    return runs[0]


@pytest.fixture(scope="module")
def killed(runs: list[Run]) -> list[Run]:
    # The last one was to be killed at a step that is not reached any more.
    return runs[1:-1]


def test_the_undisturbed_interview_is_what_it_should_be(undisturbed: Run) -> None:
    assert undisturbed.status == 0
    assert undisturbed.report["incomplete"] == 0
    assert [grade[1:] for grade in undisturbed.report["grades"]] == [[1, "pending"], [2, "done"]] * 2
    assert set(undisturbed.critiques.values()) == {1}


def test_every_step_of_a_turn_was_a_place_to_die(killed: list[Run]) -> None:
    places = {run.before[-1].removesuffix(f" m{run.before[-1][-1]}") for run in killed}
    assert places >= {
        f"{moment} {step}"
        for moment in ("before", "after")
        for step in ("record_message", "read", "record_turn", "enqueue", "complete", "record_grade", "job")
    }
    assert "after job, not closed" in places
    assert any(place.startswith("after INSERT INTO") for place in places)
    assert all(run.status == -signal.SIGKILL for run in killed)
    assert all(run.again == 0 for run in killed)


def test_every_reply_that_was_stored_is_there_once_after_the_restart(killed: list[Run]) -> None:
    for run in killed:
        found = run.report["found"]
        assert len(found) == len(set(found)), run.where
        assert set(found) >= set(run.named("committed")) | set(run.named("answered")), run.where


def test_the_restart_resumes_at_the_same_question_without_being_sent_anything(
    killed: list[Run], undisturbed: Run
) -> None:
    whole = undisturbed.report["said"]
    for run in killed:
        heard = set(run.report["found"])
        expected = []
        for line in whole:
            message = line.split(" ")[2]
            if message and message not in heard:
                break
            expected.append(line)
        assert run.report["resumed"] == expected, run.where


def test_sent_again_the_same_deliveries_make_the_same_interview(killed: list[Run], undisturbed: Run) -> None:
    for run in killed:
        assert run.report["said"] == undisturbed.report["said"], run.where


def test_every_answer_has_one_final_grade_and_nothing_is_left_open(killed: list[Run], undisturbed: Run) -> None:
    for run in killed:
        assert run.report["grades"] == undisturbed.report["grades"], run.where
        assert run.report["incomplete"] == 0, run.where


def test_a_critique_is_asked_for_again_only_if_its_answer_was_lost(killed: list[Run]) -> None:
    for run in killed:
        assert set(run.critiques) == {"critique asked for q1", "critique asked for q2"}, run.where
        lost = run.named("critique asked for") and run.before[-1] in {
            "after complete",
            "before record_grade",
            "after INSERT INTO grades",
        }
        assert max(run.critiques.values()) <= (2 if lost else 1), run.where
