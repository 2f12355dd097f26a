"""`kill -9` between any two steps of a turn: nothing accepted is lost, nothing is graded twice."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.journeys.served import viva_serve
from tests.stub_llm import StubLLM, hang

pytestmark = pytest.mark.slow

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
            "after DELETE FROM review_queue",
            "after INSERT INTO review_queue",
        }
        assert max(run.critiques.values()) <= (2 if lost else 1), run.where


def test_a_served_interview_survives_the_kill_of_its_server(tmp_path: Path, stub_llm: StubLLM) -> None:
    settings = {
        "VIVA_EMBEDDINGS_BASE_URL": stub_llm.base_url,
        "VIVA_EMBEDDING_MODEL": "stub-embedder",
        "VIVA_LLM_BASE_URL": stub_llm.base_url,
        "VIVA_LLM_MODEL": "stub",
        "VIVA_LLM_TIMEOUT_S": "60",
    }
    replies = ("I would keep raw files in S3, partitioned by date, and catalogue them with Glue.", "With IAM and KMS.")
    stub_llm.script(*[hang() for _ in range(4)])
    with viva_serve(tmp_path, settings) as server:
        with server.client() as operator:
            opened = operator.post("/interviews", json={"bank": "aws_data_engineer", "limit": 3})
            assert opened.status_code == 201, opened.text
            interview, token = opened.json()["id"], opened.json()["token"]
        with server.client(token) as candidate:
            _sent(candidate, interview, {"id": "m0", "command": "consent"})
            step = _sent(candidate, interview, {"id": "m1", "text": replies[0]})
            draft = candidate.put(f"/interviews/{interview}/draft", json={"text": "half a sen"})
            assert draft.status_code == 200
        server.kill()
    stub_llm.reset()
    with viva_serve(tmp_path, settings) as server, server.client(token) as candidate:
        resumed = candidate.get(f"/interviews/{interview}/step").json()
        assert (resumed["question_id"], resumed["standing"]) == (step["question_id"], step["standing"])
        assert candidate.get(f"/interviews/{interview}/draft").json()["text"] == "half a sen"
        before = candidate.get(f"/interviews/{interview}").json()
        _sent(candidate, interview, {"id": "m1", "text": replies[0]})
        assert candidate.get(f"/interviews/{interview}").json() == before
        number = 2
        while (
            _sent(candidate, interview, {"id": f"m{number}", "text": f"{replies[1]} {number}"})["state"] != "reviewing"
        ):
            number += 1
        assert _sent(candidate, interview, {"id": "last", "command": "submit"})["state"] == "finished"
        with server.client() as operator:
            grades = _settled(operator, interview)
    assert len(grades) == 3
    assert {grade["critique"]["status"] for grade in grades.values()} == {"done"}
    transcript = [entry for entry in _read_away(tmp_path, interview) if entry[1] == "reply"]
    assert len(transcript) == number
    assert Counter(text for text, _ in transcript)[replies[0]] == 1


def _sent(candidate: httpx2.Client, interview: str, message: dict[str, str]) -> dict[str, Any]:
    response = candidate.post(f"/interviews/{interview}/messages", json=message)
    assert response.status_code == 200, response.text
    step: dict[str, Any] = response.json()
    while step["waiting"]:
        step = candidate.get(f"/interviews/{interview}/step").json()
    return step


def _settled(operator: httpx2.Client, interview: str) -> dict[str, Any]:
    """The grades once no critique is open."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        grades: dict[str, Any] = operator.get(f"/interviews/{interview}/grades").json()
        if all(grade["critique"] and grade["critique"]["status"] == "done" for grade in grades.values()):
            return grades
        time.sleep(0.05)
    raise AssertionError(f"critiques are still open: {grades}")


def _read_away(data_dir: Path, interview: str) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(data_dir / "viva.db")) as connection:
        query = "SELECT text, kind FROM entries WHERE interview_id = ? ORDER BY seq"
        return connection.execute(query, (interview,)).fetchall()
