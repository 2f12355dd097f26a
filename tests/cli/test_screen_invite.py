"""`viva screen invite`, `remind` and what goes with them: links told once, letters sent or written."""

import csv
import io
import json
import mailbox
import shutil
import stat
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.errors import Conflict, InvalidInput, NotFound
from tests.mail.mail_server import Inbox, receiving

BANK = """
title: Data lakes
sections:
- title: Lake
  questions:
  - {id: store, text: How do you store raw data?, criteria: [Keep it in object storage]}
"""
PEOPLE = """candidate,name,email,language,extra_time
p1,Ada,ada@example.org,de,150
p2,=Ben,ben@example.org,,
p3,Cy,,,
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a screening that nobody is in, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "lake.yaml").write_text(BANK)
    environment = {"VIVA_DATA_DIR": str(folder / "data")}
    for arguments in (["bank", "import", str(folder / "lake.yaml")], ["screen", "new", "Autumn", "--bank", "lake"]):
        result = CliRunner().invoke(application(), arguments, env=environment)
        assert result.exit_code == 0, result.output
    (folder / "id").write_text(result.stdout.strip())
    return folder


@pytest.fixture
def screening(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of the screening."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    (tmp_path / "people.csv").write_text(PEOPLE)
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VIVA_PUBLIC_URL", "https://viva.example.org")
    monkeypatch.chdir(tmp_path)
    return (tmp_path / "id").read_text()


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with receiving() as inbox:
        monkeypatch.setenv("VIVA_SMTP_URL", inbox.url)
        monkeypatch.setenv("VIVA_MAIL_FROM", "jobs@example.org")
        yield inbox


def screen(*arguments: str) -> Result:
    return CliRunner().invoke(application(), ["screen", *arguments])


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def states(screening: str) -> dict[str, str]:
    found = json.loads(screen("invitations", screening, "--json").stdout)
    return {one["candidate"]: one["state"] for one in found}


def test_people_become_a_file_of_links_that_no_spreadsheet_runs(screening: str, tmp_path: Path) -> None:
    result = screen("invite", screening, "people.csv", "--output", "links.csv", "--expires-days", "7")
    assert result.exit_code == 0, result.output
    assert "3 people: candidate from 'candidate', name from 'name'" in result.stderr
    assert "3 invited." in result.stderr
    assert "The addresses are not kept" in result.stderr
    links = rows(tmp_path / "links.csv")
    assert [(row["candidate"], row["name"]) for row in links] == [("p1", "Ada"), ("p2", "'=Ben"), ("p3", "Cy")]
    assert all(row["link"].startswith("https://viva.example.org/i/") and row["expires"] for row in links)
    assert stat.S_IMODE((tmp_path / "links.csv").stat().st_mode) == 0o600
    assert states(screening) == dict.fromkeys(("p1", "p2", "p3"), "invited")
    told = screen("invitations", screening)
    assert "invited" in told.stdout
    assert "3 invited" in told.stderr


def test_the_same_file_again_makes_no_second_interview_and_overwrites_no_links(screening: str, tmp_path: Path) -> None:
    screen("invite", screening, "people.csv", "--output", "links.csv")
    before = (tmp_path / "links.csv").read_bytes()
    with pytest.raises(Conflict, match=r"links\.csv is there already"):
        raise_from(screen("invite", screening, "people.csv", "--output", "links.csv", "--renew"))
    again = screen("invite", screening, "people.csv")
    assert "3 invited before; their links stay (--renew gives others)." in again.stderr
    assert again.stdout.splitlines() == ["candidate,name,link,expires"]
    assert (tmp_path / "links.csv").read_bytes() == before
    renewed = screen("invite", screening, "people.csv", "--renew", "--output", "renewed.csv")
    assert "3 given another link." in renewed.stderr
    assert {row["link"] for row in rows(tmp_path / "renewed.csv")}.isdisjoint(
        row["link"] for row in rows(tmp_path / "links.csv")
    )


def raise_from(result: Result) -> None:
    """What the command raised, which `main` tells in a sentence."""
    if result.exception is not None:
        raise result.exception


def test_cells_that_cannot_be_used_are_named_and_asked_about(screening: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE + "p4,Di,no address,,\n")
    asked = screen("invite", screening, "people.csv")
    assert asked.exit_code == 1
    assert "row 5, column email: no e-mail address" in asked.stderr
    assert states(screening) == {}
    assert screen("invite", screening, "people.csv", "--yes").exit_code == 0
    assert list(states(screening)) == ["p1", "p2", "p3"]


def test_somebody_is_shut_out_and_let_in_again(screening: str) -> None:
    screen("invite", screening, "people.csv")
    assert screen("revoke", screening, "p2").exit_code == 0
    assert states(screening)["p2"] == "revoked"
    with pytest.raises(NotFound, match="'p9'"):
        raise_from(screen("revoke", screening, "p9"))
    assert "1 without a link" in screen("invite", screening, "people.csv", "--renew").stderr
    assert "1 given another link" in screen("invite", screening, "people.csv", "--readmit").stderr
    assert states(screening)["p2"] == "invited"


def test_invitations_are_sent_and_the_links_that_did_not_arrive_are_told(
    screening: str, tmp_path: Path, inbox: Inbox
) -> None:
    inbox.refused.add("ben@example.org")
    result = screen("invite", screening, "people.csv", "--send", "--output", "left.csv")
    assert result.exit_code == 1
    assert "p2: The mail server refused the address: 550 5.1.1 no such mailbox" in result.stderr
    assert "1 letters sent." in result.stderr
    assert "1 without an address" in result.stderr
    assert inbox.recipients == ["ada@example.org"]
    assert inbox.letters[0]["Subject"] == "Ihr Interview: Data lakes"
    assert "https://viva.example.org/i/" in inbox.letters[0].get_content()
    assert [row["candidate"] for row in rows(tmp_path / "left.csv")] == ["p2", "p3"]


def test_reminders_are_sent_once_a_day(screening: str, inbox: Inbox) -> None:
    assert screen("invite", screening, "people.csv").exit_code == 0
    result = screen("remind", screening, "--send")
    assert result.exit_code == 0, result.output
    assert sorted(inbox.recipients) == ["ada@example.org", "ben@example.org"]
    assert "2 letters sent." in result.stderr
    again = screen("remind", screening, "--send")
    assert "2 written to less than a day ago" in again.stderr
    assert len(inbox.letters) == 2


def test_reminders_are_written_as_letters(screening: str, tmp_path: Path) -> None:
    screen("invite", screening, "people.csv")
    assert screen("remind", screening, "--output", "letters", "--people", "people.csv").exit_code == 0
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (tmp_path / "letters").iterdir()]
    addresses = [one.addr_spec for letter in found if letter["To"] for one in letter["To"].addresses]
    assert (len(found), sorted(addresses)) == (3, ["ada@example.org", "ben@example.org"])
    assert screen("remind", screening, "--output", "letters.mbox").exit_code == 0
    box = mailbox.mbox(tmp_path / "letters.mbox")
    assert len(box) == 3
    box.close()
    assert screen("remind", screening, "--output", "letters.csv").exit_code == 0
    assert [row["candidate"] for row in rows(tmp_path / "letters.csv")] == ["p1", "p2", "p3"]
    for there in ("letters", "letters.mbox", "letters.csv"):
        with pytest.raises(Conflict, match="is there already"):
            raise_from(screen("remind", screening, "--output", there))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["remind", "sc"], "Say what becomes of the reminders"),
        (["remind", "sc", "--send", "--output", "x"], "Say what becomes of the reminders"),
        (["remind", "sc", "--send", "--people", "people.csv"], "--people gives addresses to files"),
        (["remind", "sc", "--send"], "VIVA_SMTP_URL"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_remedy(screening: str, arguments: list[str], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        raise_from(screen(*arguments))


def test_letters_need_an_address_that_leads_to_the_server(
    screening: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIVA_PUBLIC_URL")
    with pytest.raises(InvalidInput, match="Set VIVA_PUBLIC_URL first"):
        raise_from(screen("invite", screening, "people.csv", "--send"))
    assert states(screening) == {}
