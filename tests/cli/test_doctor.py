"""`viva doctor`: one line for each thing looked at, and an exit code that tells trouble."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.cli.doctor import Check, Finding, checks_for, examine, line, run_checks
from app.config import Settings
from app.db.engine import make_engine
from app.db.schema import upgrade
from app.errors import LLMUnavailable
from tests.nli_models import save_nli_model
from tests.stub_llm import MODEL, StubLLM, not_json, serving
from vectorstore.ownership import Ownership


async def found(settings: Settings, name: str, environ: dict[str, str] | None = None) -> Finding:
    """What the check of that name finds."""
    chosen = [check for check in checks_for(settings, environ or {}) if check.name == name]
    ((_, finding),) = await run_checks(chosen)
    return finding


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings whose data lies in that folder."""
    return Settings.model_validate({"data_dir": folder, **changes})


def run_doctor(env: dict[str, str]) -> tuple[int, list[str]]:
    """Exit code and lines of `viva doctor`."""
    command = typer.Typer()
    command.command("doctor")(examine)
    result = CliRunner().invoke(command, [], env=env)
    return result.exit_code, result.stdout.splitlines()


def test_new_installation_has_nothing_to_mend(tmp_path: Path) -> None:
    code, lines = run_doctor({"VIVA_DATA_DIR": str(tmp_path / "data")})
    assert [text[0] for text in lines] == ["✓"] * 6
    assert code == 0
    assert not (tmp_path / "data").exists(), "looking must not make anything"


def test_trouble_gives_a_cross_and_a_failing_exit_code(tmp_path: Path) -> None:
    code, lines = run_doctor({"VIVA_DATA_DIR": str(tmp_path), "VIVA_LLM_MODLE": "llama"})
    assert code == 1
    (crossed,) = [text for text in lines if text.startswith("✗")]
    assert "VIVA_LLM_MODEL" in crossed


def test_unusable_setting_is_the_only_line(tmp_path: Path) -> None:
    code, lines = run_doctor({"VIVA_DATA_DIR": str(tmp_path), "VIVA_PORT": "far"})
    assert code == 1
    assert len(lines) == 1
    assert lines[0].startswith("✗ configuration: VIVA_PORT")


async def test_one_failing_check_does_not_keep_the_others_from_running() -> None:
    async def fails() -> Finding:
        raise LLMUnavailable("nobody answers")

    async def passes() -> Finding:
        return Finding(True, "fine")

    findings = await run_checks([Check("first", fails), Check("second", passes)])
    assert [line(*each) for each in findings] == ["✗ first: nobody answers", "✓ second: fine"]


async def test_bug_in_a_check_stays_a_traceback() -> None:
    async def broken() -> Finding:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run_checks([Check("broken", broken)])


async def test_base_url_without_a_model_is_pointed_out(tmp_path: Path) -> None:
    finding = await found(settings_in(tmp_path, llm_base_url="http://localhost:11434/v1"), "configuration")
    assert not finding.is_fine
    assert "VIVA_LLM_MODEL" in finding.words


async def test_data_folder_that_is_a_file_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    finding = await found(settings_in(tmp_path / "data"), "disk")
    assert not finding.is_fine
    assert "VIVA_DATA_DIR" in finding.words


async def test_empty_database_is_told_from_one_in_step(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    engine = make_engine(settings)
    with engine.connect():
        pass
    empty = await found(settings, "database")
    upgrade(engine)
    engine.dispose()
    in_step = await found(settings, "database")
    assert not empty.is_fine
    assert "viva db upgrade" in empty.words
    assert in_step.is_fine


async def test_file_that_is_no_database_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "viva.db").write_bytes(b"this is not a database" * 100)
    finding = await found(settings_in(tmp_path), "database")
    assert not finding.is_fine
    assert "cannot be opened" in finding.words


async def test_unreachable_database_server_is_pointed_out_without_its_password(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, database_url="postgresql://viva:marker@127.0.0.1:1/viva")
    finding = await found(settings, "database")
    assert not finding.is_fine
    assert "marker" not in finding.words


async def test_holder_of_the_vector_store_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    free = await found(settings, "vector store")
    with Ownership.acquire(settings.vectors_dir, owner="viva serve", url="http://127.0.0.1:8000") as ownership:
        held = await found(settings, "vector store")
    assert "nobody" in free.words
    assert held.is_fine
    assert f"held by viva serve at {ownership._owner.url}" in held.words


async def test_silent_chroma_server_is_pointed_out(tmp_path: Path) -> None:
    finding = await found(settings_in(tmp_path, chroma_url="http://127.0.0.1:1"), "vector store")
    assert not finding.is_fine
    assert "VIVA_CHROMA_URL" in finding.words


async def test_other_weights_than_the_bundled_ones_are_told_to_be_uncalibrated(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    finding = await found(settings_in(tmp_path, embedding_model=str(tmp_path)), "embedding model")
    assert finding.is_fine
    assert "uncalibrated" in finding.words


async def test_model_that_is_not_here_is_pointed_out(tmp_path: Path) -> None:
    finding = await found(settings_in(tmp_path, embedding_model="no/such-model"), "embedding model")
    assert not finding.is_fine
    assert "VIVA_EMBEDDING_MODEL" in finding.words


async def test_chat_model_that_answers_is_named_with_how_it_was_asked(tmp_path: Path) -> None:
    with serving(StubLLM()) as stub:
        finding = await found(settings_in(tmp_path, llm_base_url=stub.base_url, llm_model=MODEL), "LLM")
        asked = len(stub.chats)
    assert finding.is_fine
    assert MODEL in finding.words
    assert "json schema" in finding.words
    assert asked == 1


async def test_chat_model_that_gives_no_json_is_pointed_out_without_the_key(tmp_path: Path) -> None:
    with serving(StubLLM(always=not_json())) as stub:
        settings = settings_in(
            tmp_path, llm_base_url=stub.base_url, llm_model=MODEL, llm_api_key="sk-marker", llm_budget_s=1.0
        )
        finding = await found(settings, "LLM")
    assert not finding.is_fine
    assert stub.base_url in finding.words
    assert "sk-marker" not in finding.words


async def test_entailment_model_is_tried_where_one_is_configured(tmp_path: Path) -> None:
    folder = save_nli_model(tmp_path / "tiny-nli")
    finding = await found(settings_in(tmp_path, entailment_model=str(folder)), "entailment model")
    assert finding.is_fine
    assert finding.words.startswith("tiny-nli, sha256 ")


async def test_entailment_model_that_is_not_there_is_named_with_a_remedy(tmp_path: Path) -> None:
    finding = await found(settings_in(tmp_path, entailment_model="no-such-nli-model"), "entailment model")
    assert not finding.is_fine
    assert "unset VIVA_ENTAILMENT_MODEL" in finding.words
