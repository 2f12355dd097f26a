import stat
from pathlib import Path

import pytest

from app.access.audit_key import audit_key
from app.config import Settings
from app.errors import InvalidInput


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = audit_key(settings)

    assert len(first) == 32
    assert audit_key(settings) == first
    (file,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert audit_key(Settings(data_dir=tmp_path / "other")) != first


@pytest.mark.parametrize(
    "content", ["", "short", "ab" * 31, "no hexadecimal digits at all, but long enough to be a key"]
)
def test_a_spoilt_key_is_refused_with_its_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "audit-key").write_text(content)
    with pytest.raises(InvalidInput, match=r"audit-key holds no key.*delete it"):
        audit_key(Settings(data_dir=tmp_path))


def test_a_folder_that_cannot_be_written_says_how_to_do_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match=r"VIVA_DATA_DIR|VIVA_AUDIT_SHARE"):
        audit_key(Settings(data_dir=tmp_path / "file"))
