"""`viva review`: listed, shown and decided by command, with the database alone."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.bootstrap import open_records
from app.cli.commands import application
from app.config import Settings
from app.errors import AppError, InvalidInput
from tests.api.conftest import BANK
from tests.interviews.fakes import QuotingReader
from tests.interviews.scripts import STRONG, Talk
from vectorstore.ownership import Ownership

HOSTILE = "\x1b[31mLand raw files in object storage\u202e"


def viva(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(application(), ["review", *arguments], input=typed)


def listed(*options: str) -> dict[str, Any]:
    result = viva("list", "--json", *options)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    return Settings(data_dir=tmp_path / "data")


def a_grade(settings: Settings, *, text: str = STRONG, drawn: bool = False) -> str:
    """The id of a grade that waits."""

    async def run() -> str:
        async with open_records(settings) as records:
            await records.banks.import_bank(BANK.encode(), source="lake.yaml")
            reader = QuotingReader(doubts=True)
            talk = Talk(store=records.interviews, reader=reader, is_sampled=lambda _: drawn)
            await talk.begin()
            await talk.say(text)
            if (await records.interviews.load(talk.id)).current == "q1":
                await talk.say("Nothing more comes to my mind.")
            return (await talk.grade("q1")).id

    return asyncio.run(run())


def decided(grade_id: str, *options: str, typed: str | None = None) -> Result:
    return viva("decide", grade_id, *options, typed=typed)


def test_what_waits_is_listed_shown_and_decided_beside_the_owner_of_the_vectors(settings: Settings) -> None:
    grade_id = a_grade(settings)
    with Ownership.acquire(settings.vectors_dir, owner="viva serve"):
        (line,) = listed()["reviews"]
        assert (line["id"], line["reasons"]) == (grade_id, ["A person should look."])
        shown = viva("show", grade_id)
        assert STRONG in shown.stdout
        assert "A person should look." in shown.stdout
        done = decided(grade_id, "--override", "1=missing", "--reason", "Only named.", "--who", "Ada", "--id", "d1")
        assert done.exit_code == 0, done.output
        assert "missing (person; the machine: covered)" in done.stdout
        assert "Decided by Ada" in done.stdout
        again = decided(grade_id, "--override", "c1=missing", "--reason", "Only named.", "--who", "Ada", "--id", "d1")
        assert again.stdout == done.stdout
    assert listed() == {"total": 0, "more": False, "reviews": [], "next": None}
    assert "Nothing waits for a person." in viva("list").stdout


def test_a_confirmation_needs_no_reason(settings: Settings) -> None:
    grade_id = a_grade(settings)
    assert decided(grade_id, "--confirm", "--who", "Ada").exit_code == 0
    shown = json.loads(viva("show", grade_id, "--json").stdout)
    assert (shown["open"], shown["decision"]["kind"], shown["decision"]["reason"]) == (False, "confirm", "")


def test_what_is_drawn_for_the_audit_is_shown_without_what_the_machine_gave(settings: Settings) -> None:
    grade_id = a_grade(settings, drawn=True)
    assert listed("--audit")["total"] == 1
    text, shown = viva("show", grade_id).stdout, json.loads(viva("show", grade_id, "--json").stdout)
    assert "to be judged blind" in viva("list").stdout
    assert shown["grade"] is None
    for word in ("Score", "covered", "missing", "semantic", "A person should look"):
        assert word not in text
        assert word not in viva("list").stdout
    refused = decided(grade_id, "--confirm", "--who", "Ada")
    assert isinstance(refused.exception, InvalidInput)
    done = decided(grade_id, "--override", "1=covered", "--override", "2=partial", "--who", "Ada")
    assert done.exit_code == 0, done.output
    assert "Decided by Ada" in done.stdout
    assert ", blind" in done.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--confirm", "--override", "1=missing"], "contradict each other"),
        ([], "Say --confirm, or --override"),
        (["--override", "3=missing"], "the criteria are c1, c2"),
        (["--override", "missing"], "the criteria are c1, c2"),
        (["--override", "1=unknown"], "a verdict is covered, partial, missing, contradicted"),
        (["--override", "1=missing", "--override", "c1=partial"], "two verdicts on c1"),
        (["--override", "1=missing", "--who", "Ada"], "reason: an override says why"),
        (["--confirm"], "who: say who decides"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(settings: Settings, options: list[str], told: str) -> None:
    result = decided(a_grade(settings), *options)
    assert isinstance(result.exception, AppError)
    assert told in str(result.exception)


def test_in_a_terminal_what_was_left_out_is_asked_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    grade_id = a_grade(settings)
    monkeypatch.setattr("app.cli.review.is_terminal", lambda: True)
    done = decided(grade_id, typed="so-so\nm\n\nAda\nOnly named.\n")
    assert done.exit_code == 0, done.output
    assert "missing (person; the machine: covered)" in done.stdout


def test_what_a_candidate_wrote_cannot_steer_the_terminal(settings: Settings) -> None:
    grade_id = a_grade(settings, text=HOSTILE)
    shown = viva("show", grade_id).stdout
    assert "Land raw files in object storage" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_cases_are_taken_on_commented_on_and_dismissed_by_command(settings: Settings) -> None:
    first, second = a_grade(settings), a_grade(settings)
    assert viva("assign", first, second, "--to", "Ada").exit_code == 0
    assert {line["id"] for line in listed("--assignee", "Ada")["reviews"]} == {first, second}
    assert viva("assign", second, "--nobody").exit_code == 0
    assert [line["id"] for line in listed("--unassigned")["reviews"]] == [second]
    assert viva("comment", first, "--text", HOSTILE, "--who", "Ada").exit_code == 0
    shown = viva("show", first).stdout
    assert "Taken on by Ada." in shown
    assert "Land raw files in object storage" in shown
    assert "\x1b" not in shown
    done = viva("dismiss", first, "gr-none", "--reason", "Filled.", "--who", "Ada")
    assert done.exit_code == 1
    assert "counts from now on." in done.stdout
    assert "gr-none  Refused: There is no grade gr-none" in done.stdout
    assert viva("confirm", second, "--who", "Ada").exit_code == 0
    assert listed()["total"] == 0


def test_a_list_goes_on_where_the_last_one_ended(settings: Settings) -> None:
    waiting = {a_grade(settings), a_grade(settings)}
    told = viva("list", "--limit", "1").stdout
    assert "1 of 2 waiting." in told
    place = told.strip().rpartition("--after ")[2]
    (last,) = [line["id"] for line in listed("--after", place)["reviews"]]
    assert {told.split()[0], last} == waiting


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--reason", "boredom"], "there are audit, contested"),
        (["list", "--after", "nowhere"], "no place in the queue"),
        (["assign", "gr-1"], "--to NAME"),
        (["assign", "gr-1", "--to", "Ada", "--nobody"], "--to NAME"),
        (["dismiss", "gr-1", "--who", "Ada"], "reason: say why"),
        (["comment", "gr-1", "--text", "Odd."], "who: say who comments"),
    ],
)
def test_what_is_asked_of_the_queue_and_does_not_fit_is_told(
    settings: Settings, arguments: list[str], told: str
) -> None:
    result = viva(*arguments)
    assert isinstance(result.exception, AppError)
    assert told in str(result.exception)
