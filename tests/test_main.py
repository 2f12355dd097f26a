"""The console script says what is wrong in one sentence."""

import sys

import pytest

from app.main import viva


@pytest.mark.parametrize(
    "arguments", [["interview", "delete", "iv-1", "--reason", "\udcff"], ["bank", "import", "b\udcffk.txt"]]
)
def test_an_argument_that_is_not_utf_8_is_one_sentence(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["viva", *arguments])
    with pytest.raises(SystemExit) as ended:
        viva()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("The argument ")
    assert said.count("\n") == 1
