"""`viva settings`: what is in force, where it came from, and names that mean nothing."""

import json

import pytest
import typer
from typer.testing import CliRunner

from app.cli.settings import MASK, read_settings, settings_table, show_settings, unknown_variables
from app.config import LAUNCHER_VARIABLES, Settings
from app.errors import InvalidInput


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No VIVA_* variable of the person who runs the tests."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"VIVA_{field.upper()}", raising=False)
    for name in LAUNCHER_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def run_settings(*arguments: str, env: dict[str, str]) -> tuple[str, str]:
    """Standard output and error of `viva settings`."""
    command = typer.Typer()
    command.command("settings")(show_settings)
    result = CliRunner().invoke(command, list(arguments), env=env)
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_each_setting_is_listed_with_a_description() -> None:
    rows = settings_table(Settings(), {})
    names = [row.name for row in rows]
    assert names == [f"VIVA_{field.upper()}" for field in Settings.model_fields] + list(LAUNCHER_VARIABLES)
    assert all(row.description for row in rows)
    assert {row.source for row in rows} == {"default"}


def test_value_from_the_environment_is_shown_beside_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "8080")
    (port,) = [row for row in settings_table(read_settings(), {"VIVA_PORT": "8080"}) if row.name == "VIVA_PORT"]
    assert (port.value, port.default, port.source) == ("8080", "8000", "environment")


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_LLM_MODEL", "")
    settings = read_settings()
    (model,) = [row for row in settings_table(settings, {"VIVA_LLM_MODEL": ""}) if row.name == "VIVA_LLM_MODEL"]
    assert not settings.llm_configured
    assert (model.value, model.source) == (None, "default")


def test_no_secret_is_printed_in_either_format() -> None:
    env = {
        "VIVA_LLM_API_KEY": "sk-marker-key",
        "VIVA_OPERATOR_TOKEN": "marker-token",
        "VIVA_DATABASE_URL": "postgresql://viva:marker-password@db.example/viva",
    }
    for arguments in ([], ["--json"]):
        printed, warned = run_settings(*arguments, env=env)
        assert "marker" not in printed + warned
        assert f"postgresql://viva:{MASK}@db.example/viva" in printed


def test_json_lists_the_same_rows() -> None:
    printed, _ = run_settings("--json", env={"VIVA_PORT": "8080"})
    rows = {row["name"]: row for row in json.loads(printed)}
    assert rows["VIVA_PORT"]["value"] == "8080"
    assert rows["VIVA_PORT"]["source"] == "environment"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("VIVA_LLM_MODLE", "VIVA_LLM_MODEL"),
        ("VIVA_PRT", "VIVA_PORT"),
        ("viva_datadir", "VIVA_DATA_DIR"),
        ("VIVA_ZZZQ", None),
    ],
)
def test_misspelt_name_is_reported_with_the_nearest_valid_one(name: str, nearest: str | None) -> None:
    (unknown,) = unknown_variables({name: "x", "PATH": "/bin", "VIVA_PORT": "1", "viva_host": "::1"})
    assert (unknown.name, unknown.nearest) == (name, nearest)
    assert name in unknown.sentence
    assert (nearest or "viva settings") in unknown.sentence


def test_misspelt_name_is_reported_beside_the_list() -> None:
    _, warned = run_settings(env={"VIVA_LLM_MODLE": "llama"})
    assert "did you mean VIVA_LLM_MODEL?" in warned


def test_names_of_the_launcher_are_known() -> None:
    assert unknown_variables(dict.fromkeys(LAUNCHER_VARIABLES, "x")) == []


def test_unusable_values_are_all_named_without_showing_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "99999")
    monkeypatch.setenv("VIVA_LLM_TIMEOUT_S", "soon")
    monkeypatch.setenv("VIVA_LLM_API_KEY", "sk-marker")
    with pytest.raises(InvalidInput) as raised:
        read_settings()
    sentence = str(raised.value)
    assert "VIVA_PORT" in sentence
    assert "VIVA_LLM_TIMEOUT_S" in sentence
    assert "sk-marker" not in sentence


def test_languages_are_listed_by_code_and_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_LLM_LANGUAGES", "en, de")
    assert read_settings().judged_languages == {"en", "de"}
    monkeypatch.setenv("VIVA_LLM_LANGUAGES", "German")
    with pytest.raises(InvalidInput, match="VIVA_LLM_LANGUAGES"):
        read_settings()
