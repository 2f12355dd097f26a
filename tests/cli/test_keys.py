"""`viva keys`: made, listed, rotated and revoked; the secret alone on the standard output."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.access.scopes import Scope
from app.cli.commands import application
from app.errors import Conflict, InvalidInput, NotFound


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))


def keys(*arguments: str) -> Result:
    return CliRunner().invoke(application(), ["keys", *arguments])


def the_key() -> dict[str, Any]:
    (found,) = json.loads(keys("list", "--json").stdout)
    assert isinstance(found, dict)
    return found


def test_a_key_is_made_and_its_secret_alone_can_be_piped() -> None:
    made = keys("create", "Tracking", "--scope", "banks:read", "--scope", "grades:write", "--expires-days", "30")
    assert made.exit_code == 0, made.output
    (secret,) = made.stdout.split()
    assert secret.startswith("viva_")
    assert "shown only now" in made.stderr
    assert the_key()["scopes"] == ["banks:read", "grades:write"]
    assert the_key()["prefix"] == secret[:9]
    listed = keys("list").stdout
    assert "Tracking" in listed
    assert "never used" in listed
    assert secret not in listed


def test_a_rotated_key_keeps_its_id_and_says_until_when_the_old_secret_works() -> None:
    old = keys("create", "Tracking", "--scope", "banks:read").stdout
    before = the_key()
    rotated = keys("rotate", before["id"], "--overlap-hours", "2")
    assert rotated.stdout != old
    assert "The old secret works until" in rotated.stderr
    assert the_key()["id"] == before["id"]
    assert the_key()["prefix"] == rotated.stdout[:9]


def test_a_revoked_key_is_listed_as_such_and_not_rotated() -> None:
    keys("create", "Tracking", "--scope", "banks:read")
    key_id = the_key()["id"]
    assert "opens nothing any more" in keys("revoke", key_id).stdout
    assert "revoked" in keys("list").stdout
    assert isinstance(keys("rotate", key_id).exception, Conflict)
    assert isinstance(keys("revoke", "key-none").exception, NotFound)


@pytest.mark.parametrize(
    "more",
    [
        ["--scope", "banks:all"],
        ["--scope", "banks:read", "--expires-days", "0"],
        ["--scope", "banks:read", "--expires-days", "9" * 30],
    ],
)
def test_what_cannot_be_used_is_told_and_nothing_is_made(more: list[str]) -> None:
    assert isinstance(keys("create", "Tracking", *more).exception, InvalidInput)
    assert "There are no keys" in keys("list").stdout


def test_every_scope_is_listed_with_what_it_allows() -> None:
    listed = keys("scopes").stdout
    assert all(scope in listed and scope.allows in listed for scope in Scope)
