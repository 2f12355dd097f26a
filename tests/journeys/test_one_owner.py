"""One process owns the vectors: every command works beside the server, and none of them changes what it owns."""

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.served import Command, Served, environment_of, viva, viva_serve

pytestmark = pytest.mark.slow

BANK = """
title: Tea
sections:
- title: Making
  questions:
  - id: q1
    text: How do you make a pot of tea?
    criteria: [Warm the teapot with hot water first, Let the leaves steep for four minutes]
"""
ROW = {"id": "a", "question": "How do you make tea?", "criteria": ["Warm the pot first"], "answer": "I warm the pot."}
CRITERIA = 122


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with viva_serve(tmp_path_factory.mktemp("owner"), {"OMP_NUM_THREADS": "1"}) as server:
        server.wait_until_warm()
        yield server


def fine(command: Command) -> str:
    """What a command printed that went well, without a word of complaint."""
    assert (command.status, command.err) == (0, ""), command
    return command.out


def one_sentence(command: Command) -> str:
    """What a command said that was refused: one line, no traceback."""
    assert command.status not in {0, 1}
    assert command.out == ""
    assert command.err.count("\n") == 1, command.err
    return command.err.strip()


def vectors_in(folder: Path) -> int:
    """How many vectors an embedded Chroma folder holds that nobody has open."""
    with sqlite3.connect(folder / "chroma" / "chroma.sqlite3") as connection:
        count = connection.execute("SELECT count(*) FROM embeddings").fetchone()[0]
    connection.close()
    return int(count)


def test_a_bank_imported_beside_the_server_is_searched_through_it_within_two_seconds(
    server: Served, tmp_path: Path
) -> None:
    file = tmp_path / "tea.yaml"
    file.write_text(BANK)
    said = fine(server.viva("bank", "import", file))
    imported_at = time.monotonic()
    assert said.startswith("tea: imported as version 1, 1 sections, 1 questions, 2 criteria.\n")
    assert "The running server indexes it within two seconds." in said
    with server.client() as operator:
        while True:
            hits = operator.get("/banks/search", params={"q": "warm the teapot", "limit": 1}).json()
            if hits and hits[0]["bank"] == "tea":
                break
            assert time.monotonic() - imported_at < 2, hits
            time.sleep(0.05)
    found = fine(server.viva("bank", "search", "warm the teapot"))
    assert "Warm the teapot with hot water first  (tea, " in found
    assert "the smaller, the nearer" in found


def test_banks_are_read_examined_and_written_to_files_beside_the_server(server: Served, tmp_path: Path) -> None:
    assert "aws_data_engineer" in {bank["name"] for bank in json.loads(fine(server.viva("bank", "list", "--json")))}
    shown = json.loads(fine(server.viva("bank", "show", "aws_data_engineer", "--json")))
    criteria = [c for section in shown["sections"] for question in section["questions"] for c in question["criteria"]]
    assert len(criteria) == CRITERIA
    fine(server.viva("bank", "export", "aws_data_engineer", tmp_path / "aws.yaml"))
    assert (tmp_path / "aws.yaml").stat().st_size > 0
    assert server.viva("bank", "lint", "tea").err == "0 findings in tea version 1.\n"


def test_rows_with_their_own_rubric_are_graded_beside_the_server(server: Served, tmp_path: Path) -> None:
    rows, grades = tmp_path / "rows.jsonl", tmp_path / "grades.jsonl"
    rows.write_text(json.dumps(ROW) + "\n")
    command = server.viva("grade", "--input", rows, "--output", grades, "--no-llm")
    assert command.status == 0
    assert json.loads(grades.read_text())["status"] == "graded"


def test_rows_of_a_bank_need_the_store_and_say_who_has_it(server: Served, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": "a", "bank": "tea", "question_id": "q1", "answer": "I warm the pot."}) + "\n")
    said = one_sentence(server.viva("grade", "--input", rows, "--output", tmp_path / "out.jsonl", "--no-llm"))
    assert said == (
        f"The vector store is in use by viva serve (pid {server.process.pid}); stop it or set VIVA_CHROMA_URL."
    )


def test_a_second_server_on_the_same_folder_is_refused_in_one_sentence(server: Served) -> None:
    said = one_sentence(server.viva("serve", "--port", "0"))
    assert f"in use by viva serve (pid {server.process.pid})" in said


def test_a_taken_port_says_who_has_it(server: Served, tmp_path: Path) -> None:
    port = server.address.rpartition(":")[2]
    said = one_sentence(viva(["serve", "--port", port], environment_of(tmp_path / "other", {})))
    assert said.startswith(f"Port {port} on 127.0.0.1 can't be used: ")
    assert f"(pid {server.process.pid}) has it. Choose another with --port" in said


def test_an_interview_in_the_terminal_is_held_by_the_server_and_deleted_for_good(server: Served) -> None:
    typed = "yes\nI don't know.\n\nno\n\nWe store the raw files in S3.\n\nIn one bucket.\n\n/submit\n"
    talk = server.viva("chat", "aws_data_engineer", "--mode", "assessment", "--questions", "2", typed=typed)
    assert talk.status == 0, talk.err
    assert "Question 1 of 2" in talk.out
    assert "Question 2 of 2" in talk.out
    (interview,) = json.loads(fine(server.viva("interview", "list", "--json")))
    assert interview["state"] == "finished"
    assert f"{server.address}/interviews/{interview['id']}" in talk.out
    fine(server.viva("interview", "delete", interview["id"], "--yes"))
    assert fine(server.viva("interview", "list")) == "No interviews yet.\n"
    assert interview["id"] in one_sentence(server.viva("interview", "delete", interview["id"], "--yes"))


def test_what_looks_after_the_installation_runs_beside_the_server(server: Served, tmp_path: Path) -> None:
    doctor = fine(server.viva("doctor"))
    assert f"held by viva serve at {server.address} (pid {server.process.pid})" in doctor
    assert "✗" not in doctor
    fine(server.viva("settings"))
    fine(server.viva("schema", "grade-output"))
    fine(server.viva("db", "check"))
    assert fine(server.viva("db", "upgrade")) == "The schema is current.\n"
    assert "viva.db: " in fine(server.viva("db", "compact"))
    assert fine(server.viva("grade-pending")) == "0 completed, 0 still open.\n"
    fine(server.viva("backup", tmp_path / "backup.db"))
    assert fine(server.viva("restore", tmp_path / "backup.db", "--yes")).startswith("Restored ")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("bank", "show", "nope"), "There is no bank named 'nope'"),
        (("bank", "search", " "), "text to search for"),
        (("bank", "import", "nope.yaml"), "nope.yaml"),
        (("schema", "nope"), "There is no schema 'nope'"),
        (("restore", "nope.db"), "There is no file nope.db"),
        (("grade", "--input", "nope.jsonl", "--output", "out.jsonl"), "nope.jsonl"),
        (("chat", "nope"), "There is no bank named 'nope'"),
    ],
)
def test_what_is_not_there_is_one_sentence(server: Served, arguments: tuple[str, ...], part: str) -> None:
    command = server.viva(*arguments)
    assert command.status == 2
    assert part in command.err.splitlines()[-1]
    assert "Traceback" not in command.err


def test_no_vector_was_lost_and_the_server_puts_everything_away(server: Served) -> None:
    # Runs last: it stops the server.
    assert "passages embedded." in fine(server.viva("bank", "reindex"))
    assert server.stop() == 0
    questions, tea = 32, 3
    assert vectors_in(server.data_dir) == CRITERIA + questions + tea
    left = {path.name for path in server.data_dir.iterdir()}
    assert "chroma.owner.json" not in left
    assert "viva.db-wal" not in left
    assert "Traceback" not in "".join(server.said)


def test_a_server_that_is_interrupted_while_it_starts_ends_quietly(tmp_path: Path) -> None:
    with viva_serve(tmp_path, {"OMP_NUM_THREADS": "1"}) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=60) == 0
    assert "".join(server.said[1:]).strip() == ""
    assert not (tmp_path / "chroma.owner.json").exists()
