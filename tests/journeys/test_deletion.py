"""Deleting an interview takes every byte of it out of the data folder, whichever way it is asked for."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.journeys.served import TOKEN, Judged, Served
from tests.stub_llm import by_overlap, say_yes

BANK = "aws_data_engineer"


@dataclass(frozen=True)
class Marked:
    """An interview with a marker in everything that came of it."""

    id: str
    marker: str
    token: str


@pytest.fixture(autouse=True)
def _eager_judge(judged: Judged) -> Iterator[None]:
    judged.server.wait_until_warm()
    judged.stub.judge = say_yes
    yield
    judged.stub.judge = by_overlap


def interview_with(server: Served, marker: str) -> Marked:
    """An interview whose replies, quotes, raw model replies, label, question to the team and draft hold the marker."""
    with server.client() as operator:
        wanted = {"bank": BANK, "mode": "assessment", "limit": 3, "label": f"Candidate {marker}"}
        opened = operator.post("/interviews", json=wanted).json()
        path = f"/interviews/{opened['id']}"
        # Longer than a page of the database, so that it spills over into others.
        long = " ".join(
            f"{marker} we store raw data in S3 and load it into Redshift, take {take}." for take in range(60)
        )
        with server.client(opened["token"]) as candidate:
            sent = [{"command": "consent"}, {"text": f"{marker} is stored in S3 as objects, and Glue runs the ETL."}]
            sent.append({"text": f"What is the salary for a {marker} engineer?"})
            for place, what in enumerate([*sent, {"text": f"{marker} again."}, {"text": long}]):
                response = candidate.post(f"{path}/messages", json={"id": f"m{place}-{opened['id']}", **what})
                assert response.is_success, response.text
            saved = candidate.put(f"{path}/draft", json={"text": f"{marker}, I would say"})
            assert saved.is_success, saved.text
        while any(
            grade["critique"]["status"] == "pending"
            for grade in operator.get(f"{path}/grades").json().values()
            if grade["critique"]
        ):
            time.sleep(0.05)
    return Marked(opened["id"], marker, opened["token"])


def correct(server: Served, marked: Marked) -> None:
    """People correct every verdict on the first answer and comment on it, quoting the marker; the corrections get onto the shelf."""
    with server.client() as operator:
        grade = next(iter(operator.get(f"/interviews/{marked.id}/grades").json().values()))
        turned = {"covered": "missing", "partial": "missing"}
        verdicts = {line["id"]: turned.get(line["verdict"], "partial") for line in grade["criteria"]}
        decision = {
            "id": f"d-{marked.id}",
            "kind": "override",
            "who": "Ada",
            "reason": f"{marked.marker} is no storage.",
        }
        said = {"id": f"rc-{marked.id}", "who": "Ben", "text": f"Is {marked.marker} enough?"}
        commented = operator.post(f"/reviews/{grade['grade_id']}/comments", json=said)
        sent = operator.post(f"/reviews/{grade['grade_id']}/decisions", json={**decision, "verdicts": verdicts})
    assert (commented.status_code, sent.status_code) == (201, 201), sent.text
    while len(shelved(server)) < len(verdicts):
        time.sleep(0.05)


def shelved(server: Served) -> set[str]:
    """Ids of the corrections whose vectors are on the shelf."""
    file = server.data_dir / "exemplars" / "chroma.sqlite3"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(file, timeout=10)) as shelf:
        return {found for (found,) in shelf.execute("SELECT embedding_id FROM embeddings")}


def files_with(folder: Path, marker: str) -> list[str]:
    """Every file below the folder that holds the marker, or half of it where a page ends, in any common encoding."""
    halves = [marker, marker[: len(marker) // 2], marker[len(marker) // 2 :]]
    sought = [half.encode(encoding) for half in halves for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if any(text in path.read_bytes() for text in sought)]


def places_of(server: Served, marker: str) -> set[str]:
    """The columns of the database that hold the marker."""
    with closing(sqlite3.connect(server.data_dir / "viva.db", timeout=10)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(table, row[1]) for table in tables for row in database.execute(f"PRAGMA table_info({table})")]
        return {
            f"{table}.{column}"
            for table, column in columns
            if database.execute(f"SELECT 1 FROM {table} WHERE instr({column}, ?)", (marker,)).fetchone()
        }


def tombstone(server: Served, interview_id: str) -> tuple[str, str]:
    """When and why the interview was deleted."""
    with closing(sqlite3.connect(server.data_dir / "viva.db", timeout=10)) as database:
        query = "SELECT deleted_at, reason FROM tombstones WHERE interview_id = ?"
        found: tuple[str, str] = database.execute(query, (interview_id,)).fetchone()
        return found


def by_command(server: Served, interview_id: str) -> None:
    command = server.viva("interview", "delete", interview_id, "--reason", "asked by mail", "--yes")
    assert (command.status, command.err) == (0, "")
    assert "viva db compact" in command.out


def by_api(server: Served, interview_id: str) -> None:
    with server.client() as operator:
        response = operator.delete(f"/interviews/{interview_id}", params={"reason": "asked by mail"})
    assert response.status_code == 204


def by_page(server: Served, interview_id: str) -> None:
    with httpx2.Client(base_url=server.address, headers={"Origin": server.address}, timeout=30) as browser:
        assert browser.post("/sign-in", data={"token": TOKEN}).status_code == 303
        asked = browser.get(f"/interviews/{interview_id}/delete")
        assert asked.status_code == 200
        assert "<form" in asked.text
        done = browser.post(f"/interviews/{interview_id}/delete", data={"reason": "asked by mail"})
    assert done.status_code == 303


@pytest.mark.parametrize("delete", [pytest.param(by_command, marks=pytest.mark.slow), by_api, by_page])
def test_a_deleted_interview_is_in_no_file_of_the_data_folder(
    judged: Judged, delete: Callable[[Served, str], None]
) -> None:
    server = judged.server
    marked = interview_with(server, f"Qx7{delete.__name__.replace('_', 'Z')}Vw9Kp3Jd8Tm5")
    correct(server, marked)
    before = places_of(server, marked.marker)
    assert {"parts.text", "entries.text", "requests.text", "drafts.text", "interviews.label"} <= before
    assert {"grades.outcome", "review_decisions.reason", "exemplars.excerpt", "exemplars.note"} <= before
    assert "review_comments.text" in before
    assert files_with(server.data_dir, marked.marker)

    delete(server, marked.id)
    assert places_of(server, marked.marker) == set()
    compacted = server.viva("db", "compact")
    assert (compacted.status, compacted.err) == (0, "")

    while shelved(server):
        time.sleep(0.05)
    assert files_with(server.data_dir, marked.marker) == []
    assert marked.marker not in "".join(server.said)
    deleted_at, reason = tombstone(server, marked.id)
    assert reason == "asked by mail"
    assert deleted_at.startswith("20")
    with server.client() as operator, server.client(marked.token) as candidate:
        assert operator.get(f"/interviews/{marked.id}").status_code == 404
        assert operator.get(f"/interviews/{marked.id}/report").status_code == 404
        assert candidate.get(f"/interviews/{marked.id}/step").status_code in {401, 404}


@pytest.mark.slow
def test_a_backup_from_before_does_not_bring_it_back(judged: Judged, tmp_path: Path) -> None:
    server = judged.server
    gone, kept = interview_with(server, "Qx7restoredVw9Kp3Jd8"), interview_with(server, "Qx7keptHn2Rb6Ys4")
    correct(server, gone)
    correct(server, kept)
    assert server.viva("backup", tmp_path / "before.db").status == 0
    by_command(server, gone.id)
    restored = server.viva("restore", tmp_path / "before.db", "--yes")
    assert (restored.status, restored.err) == (0, "")
    assert "1 interview deleted since then stays deleted." in restored.out
    with server.client() as operator:
        assert operator.get(f"/interviews/{gone.id}").status_code == 404
        assert operator.get(f"/interviews/{kept.id}").status_code == 200
        grades = operator.get(f"/interviews/{kept.id}/grades").json().values()
        assert any(line["source"] == "person" for grade in grades for line in grade["criteria"])
    assert server.viva("db", "compact").status == 0
    assert files_with(server.data_dir, gone.marker) == []
    assert tombstone(server, gone.id)[1] == "asked by mail"
    by_api(server, kept.id)


def test_deleting_while_its_answer_is_being_judged_leaves_nothing(judged: Judged) -> None:
    server, stub = judged.server, judged.stub
    marker = "Qx7underwayVw9Kp3Jd8"
    stub.latency_s = 1.0
    try:
        with server.client() as operator:
            opened = operator.post("/interviews", json={"bank": BANK, "mode": "assessment", "limit": 1}).json()
            path = f"/interviews/{opened['id']}"
            asked_before = len(stub.chats)
            with server.client(opened["token"]) as candidate:
                sent = [
                    {"command": "consent"},
                    {"text": f"{marker} is stored in S3 as objects, and Glue runs the ETL."},
                ]
                sent += [{"text": f"I would also keep {marker} in a catalogue."}]
                for place, what in enumerate(sent):
                    if candidate.get(f"{path}/step").json()["state"] != "reviewing":
                        candidate.post(f"{path}/messages", json={"id": f"m{place}", **what})
            while len(stub.chats) == asked_before:
                time.sleep(0.02)
            by_api(server, opened["id"])
            time.sleep(1.5)  # the reply comes back for an interview that is gone
            while operator.get("/health").json()["open_jobs"]:
                time.sleep(0.05)
    finally:
        stub.latency_s = 0.0
    assert server.viva("db", "compact").status == 0
    assert files_with(server.data_dir, marker) == []
    assert marker not in "".join(server.said)
    assert "Traceback" not in "".join(server.said)
