"""`viva restore` and `viva interview delete` ask before they take anything away."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import application
from app.errors import InvalidInput, NotFound


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))


def viva(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(application(), list(map(str, arguments)), input=typed)


def test_restore_asks_and_a_no_changes_nothing(tmp_path: Path) -> None:
    assert viva("bank", "list").exit_code == 0
    backup = tmp_path / "backup.db"
    assert viva("backup", backup).exit_code == 0
    asked = viva("restore", backup, typed="n\n")
    assert "Replace everything" in asked.output
    assert asked.exit_code == 1
    assert not (tmp_path / "data" / "backups").exists()
    assert viva("restore", backup, typed="y\n").exit_code == 0
    assert viva("restore", backup, "--yes").exit_code == 0


def test_what_is_not_there_is_refused_without_asking(tmp_path: Path) -> None:
    refused = viva("restore", tmp_path / "none.db", typed="y\n")
    assert isinstance(refused.exception, InvalidInput)
    gone = viva("interview", "delete", "iv-none", typed="y\n")
    assert isinstance(gone.exception, NotFound)
    assert "for good?" not in gone.output
