"""An interview begun in the terminal is gone on with by its id, and its link lies where only its owner can read."""

import stat
from pathlib import Path

from app.access.terminal_links import forget_link, keep_link, kept_link, sweep_links
from app.config import Settings


def test_kept_link_is_found_by_id_until_it_is_forgotten(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    keep_link(settings, "iv-1", "secret")
    assert kept_link(settings, "iv-1") == "secret"
    (file,) = (tmp_path / "terminal-links").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    forget_link(settings, "iv-1")
    forget_link(settings, "iv-1")
    assert kept_link(settings, "iv-1") is None


def test_link_or_path_is_no_id(tmp_path: Path) -> None:
    (tmp_path / "operator-token").write_text("token")
    settings = Settings(data_dir=tmp_path)
    assert kept_link(settings, "../operator-token") is None
    assert kept_link(settings, "http://127.0.0.1:8000/i/abc") is None


def test_links_of_interviews_that_are_gone_are_swept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert sweep_links(settings, frozenset()) == 0
    keep_link(settings, "iv-1", "one")
    keep_link(settings, "iv-2", "two")
    assert sweep_links(settings, frozenset({"iv-2"})) == 1
    assert (kept_link(settings, "iv-1"), kept_link(settings, "iv-2")) == (None, "two")
