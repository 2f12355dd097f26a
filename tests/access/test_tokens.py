import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.access.tokens import link_digest, new_link, operator_token, same_secret
from app.config import Settings
from app.errors import InvalidInput


def settings(folder: Path, token: str | None = None) -> Settings:
    return Settings(data_dir=folder, operator_token=SecretStr(token) if token is not None else None)


def test_first_run_makes_a_private_token_and_the_second_finds_it(tmp_path: Path) -> None:
    first = operator_token(settings(tmp_path / "data"))
    second = operator_token(settings(tmp_path / "data"))

    assert first.is_new
    assert not second.is_new
    assert first.value == second.value
    assert first.path is not None
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    assert [entry.name for entry in first.path.parent.iterdir()] == [first.path.name]


def test_a_token_file_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    path = operator_token(settings(tmp_path)).path
    assert path is not None
    path.chmod(0o644)

    operator_token(settings(tmp_path))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_setting_wins_and_writes_no_file(tmp_path: Path) -> None:
    token = operator_token(settings(tmp_path, "a-token-that-somebody-chose"))

    assert token.value == "a-token-that-somebody-chose"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("short", ["", "secret", "only15character"])
def test_a_token_too_short_to_be_secret_is_refused(tmp_path: Path, short: str) -> None:
    with pytest.raises(InvalidInput, match="VIVA_OPERATOR_TOKEN needs at least 16"):
        operator_token(settings(tmp_path, short))


def test_an_emptied_token_file_does_not_let_an_empty_token_in(tmp_path: Path) -> None:
    path = operator_token(settings(tmp_path)).path
    assert path is not None
    path.write_text("\n")

    with pytest.raises(InvalidInput, match="operator-token needs at least 16"):
        operator_token(settings(tmp_path))


def test_the_token_is_not_in_its_representation(tmp_path: Path) -> None:
    token = operator_token(settings(tmp_path))

    assert token.value not in repr(token)


def test_links_differ_and_only_a_digest_is_kept() -> None:
    links = {new_link() for _ in range(100)}

    assert len(links) == 100
    assert all(len(link) >= 43 for link in links)
    assert all(link not in link_digest(link) and len(link_digest(link)) == 64 for link in links)


def test_secrets_compare_even_when_the_given_one_is_no_text() -> None:
    assert same_secret("abc", "abc")
    assert not same_secret("ab\ud800", "abc")
