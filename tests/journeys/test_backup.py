"""Backups are made and put back beside a server that is being written to."""

import json
import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.journeys.served import Judged, Served, environment_of, viva

pytestmark = pytest.mark.slow


class Writing(threading.Thread):
    """Opens interviews and replies in them, as fast as the server takes it, until told to stop."""

    def __init__(self, server: Served) -> None:
        super().__init__(name="writing")
        self.server = server
        self.enough = threading.Event()
        self.answers: Counter[int] = Counter()
        self.wrote = threading.Event()

    def run(self) -> None:
        with self.server.client() as operator:
            while not self.enough.is_set():
                wanted = {"bank": "aws_data_engineer", "mode": "assessment", "limit": 1}
                response = operator.post("/interviews", json=wanted)
                self.answers[response.status_code] += 1
                if response.is_success:
                    self._talk(response.json()["id"], response.json()["token"])
                self.wrote.set()

    def _talk(self, interview_id: str, token: str) -> None:
        with self.server.client(token) as candidate:
            for place, what in enumerate([{"command": "consent"}, {"text": "S3 for raw data."}, {"text": "And Glue."}]):
                body = {"id": f"w{place}", **what}
                self.answers[candidate.post(f"/interviews/{interview_id}/messages", json=body).status_code] += 1


@contextmanager
def writing_to(server: Served) -> Iterator[Writing]:
    """Writes going on within the block, and at least one before it."""
    writer = Writing(server)
    writer.start()
    try:
        assert writer.wrote.wait(timeout=60)
        yield writer
    finally:
        writer.enough.set()
        writer.join(timeout=60)


@pytest.fixture
def server(judged: Judged) -> Served:
    judged.server.wait_until_warm()
    return judged.server


def ids(server: Served) -> set[str]:
    with server.client() as operator:
        return {interview["id"] for interview in operator.get("/interviews").json()["interviews"]}


def test_the_server_serves_the_restored_state_although_it_was_being_written_to(server: Served, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with server.client() as operator:
        wanted = {"bank": "aws_data_engineer", "mode": "assessment", "limit": 2}
        opened = operator.post("/interviews", json=wanted).json()
    path = f"/interviews/{opened['id']}"
    with server.client(opened["token"]) as candidate:
        candidate.post(f"{path}/messages", json={"id": "consent", "command": "consent"})
        first = candidate.get(f"{path}/step").json()["question_id"]

        with writing_to(server) as writer:
            made = server.viva("backup", backup)
            assert (made.status, made.err) == (0, "")
            candidate.post(f"{path}/messages", json={"id": "late", "text": "S3 for objects, Redshift as a warehouse."})
            later = ids(server)
            restored = server.viva("restore", backup, "--yes")
            assert (restored.status, restored.err) == (0, "")
        # A writer meets what a restore makes of its interview: gone, or elsewhere; never a failure of the server.
        assert set(writer.answers) <= {200, 201, 401, 404, 409}, writer.answers

        with closing(sqlite3.connect(backup)) as saved:
            in_backup = {row[0] for row in saved.execute("SELECT id FROM interviews")}
        assert opened["id"] in in_backup
        assert ids(server) & later == in_backup
        step = candidate.get(f"{path}/step").json()
        assert step["question_id"] == first
        again = candidate.post(f"{path}/messages", json={"id": "late", "text": "S3 for objects, and Redshift."})
        assert again.status_code == 200, again.text
    assert "Traceback" not in "".join(server.said)
    assert " error" not in "".join(server.said).casefold()


def changed(backup: Path, folder: Path, *statements: str) -> Path:
    """A copy of a backup that these statements were run on."""
    copy = folder / "changed.db"
    shutil.copy(backup, copy)
    with closing(sqlite3.connect(copy)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return copy


NEWER = (
    "UPDATE alembic_version SET version_num = '20991231_later'",
    "UPDATE schema_writers SET viva_version = '7.3.0'",
)
NEEDED = "The database has schema 20991231_later"


def test_a_backup_of_a_newer_viva_is_refused_with_the_version_needed(server: Served, tmp_path: Path) -> None:
    server.viva("backup", tmp_path / "backup.db")
    before = ids(server)
    refused = server.viva("restore", changed(tmp_path / "backup.db", tmp_path, *NEWER))
    assert refused.status == 3
    assert refused.out == ""
    assert NEEDED in refused.err
    assert "Install Viva 7.3.0 or newer" in refused.err
    assert refused.err.count("\n") == 1
    assert ids(server) == before


def test_a_database_of_a_newer_viva_is_opened_by_no_command(server: Served, tmp_path: Path) -> None:
    server.viva("backup", tmp_path / "backup.db")
    data = tmp_path / "data"
    data.mkdir()
    changed(tmp_path / "backup.db", data, *NEWER).rename(data / "viva.db")
    environment = environment_of(data, {})
    for arguments in (["serve", "--port", "0"], ["db", "upgrade"]):
        refused = viva(arguments, environment)
        assert (refused.status, refused.out) == (3, ""), refused
        assert refused.err.count("\n") == 1
        assert NEEDED in refused.err
        assert "Install Viva 7.3.0 or newer" in refused.err
    doctor = viva(["doctor"], environment)
    assert doctor.status == 1
    assert "✗ database: " in doctor.out
    assert "Install Viva 7.3.0 or newer" in doctor.out
    with closing(sqlite3.connect(tmp_path / "backup.db")) as saved, closing(sqlite3.connect(data / "viva.db")) as found:
        assert list(found.execute("SELECT * FROM interviews")) == list(saved.execute("SELECT * FROM interviews"))
    assert not (data / "backups").exists()


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [("empty.db", b"", "is no backup of Viva"), ("notes.txt", b"shopping list", "is no backup of Viva")],
)
def test_what_is_no_backup_is_refused_in_one_sentence_and_changes_nothing(
    server: Served, tmp_path: Path, name: str, content: bytes, part: str
) -> None:
    (tmp_path / name).write_bytes(content)
    before = ids(server)
    refused = server.viva("restore", tmp_path / name)
    assert (refused.status, refused.out) == (2, "")
    assert part in refused.err
    assert refused.err.count("\n") == 1
    assert ids(server) == before


def test_a_backup_goes_to_a_new_machine_with_banks_grades_and_links(server: Served, tmp_path: Path) -> None:
    server.viva("backup", tmp_path / "backup.db")
    environment = environment_of(tmp_path / "elsewhere", {})
    restored = viva(["restore", tmp_path / "backup.db", "--yes"], environment)
    assert (restored.status, restored.err) == (0, "")
    assert restored.out == f"Restored {tmp_path / 'backup.db'}.\n"
    there = json.loads(viva(["interview", "list", "--json"], environment).out)
    assert {interview["id"] for interview in there} == ids(server)
    banks = json.loads(viva(["bank", "list", "--json"], environment).out)
    assert [bank["name"] for bank in banks] == ["aws_data_engineer"]
