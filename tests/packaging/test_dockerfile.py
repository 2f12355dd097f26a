"""The Dockerfile keeps what `make image-check` and people who run it rely on."""

from pathlib import PurePosixPath

import pytest

from tests.packaging.scripts_folder import ROOT, load_script

dockerfile = load_script("dockerfile")
INSTRUCTIONS = dockerfile.parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
LAST_STAGE = INSTRUCTIONS[max(n for n, each in enumerate(INSTRUCTIONS) if each.name == "FROM") :]


def named(name: str) -> list[str]:
    """What follows each instruction of that name in the last stage."""
    return [each.rest for each in LAST_STAGE if each.name == name]


def test_continuations_are_joined_and_comments_dropped() -> None:
    text = '# head\nARG A=1\nRUN one \\\n    # between\n    && two\nCMD ["x"]\n'
    assert [(each.line, each.name, each.rest) for each in dockerfile.parse(text)] == [
        (2, "ARG", "A=1"),
        (3, "RUN", "one && two"),
        (6, "CMD", '["x"]'),
    ]


def test_image_runs_as_somebody_without_rights_and_writes_to_one_volume() -> None:
    assert named("USER") == ["viva"]
    assert [dockerfile.words(rest) for rest in named("VOLUME")] == [["/data"]]
    assert dockerfile.words(named("ENTRYPOINT")[0]) == ["viva"]
    assert "/readyz" in named("HEALTHCHECK")[0]


def test_last_stage_takes_nothing_but_the_installed_environment() -> None:
    assert named("COPY") == ["--from=build /opt/viva /opt/viva"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("app/main.py", True),
        ("rubric/banks/aws_data_engineer.txt", True),
        ("constraints.txt", True),
        ("app/__pycache__/main.cpython-311.pyc", False),
        ("tests/conftest.py", False),
        ("data/viva.db", False),
        (".venv/bin/python", False),
    ],
)
def test_only_what_the_image_is_made_of_is_sent_to_the_engine(path: str, *, sent: bool) -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1:]
    assert dockerfile.is_sent(PurePosixPath(path), patterns) is sent
