"""The wheel, installed as people get it: into an environment of its own, without the sources beside it."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the pinned backend that the lock installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("viva-*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel; the libraries are lent by this one, its editable Viva is not."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    ours = Path(sysconfig.get_path("purelib"))
    theirs = next(folder.glob("lib/python*/site-packages"))
    for library in ours.iterdir():
        if "viva" not in library.name.lower() and not library.name.endswith(".pth"):
            (theirs / library.name).symlink_to(library)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    return python


def run(command: list[str], folder: Path) -> str:
    """Standard output of a command run in that folder, without this process's Python settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIVA_"))}
    finished = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_wheel_holds_the_four_packages_with_their_data_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"app", "rubric", "prompts", "vectorstore"}
    assert any(name.endswith(".md.j2") for name in names)
    assert {"app/locale/de.po", "app/locale/es.po", "app/locale/hi.po"} <= set(names)
    assert any(name.startswith("rubric/banks/") and not name.endswith(".py") for name in names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_command_starts_from_the_wheel(python: Path, tmp_path: Path) -> None:
    assert "serve" in run([str(python.parent / "viva"), "--help"], tmp_path)


def test_app_belongs_to_viva_alone(python: Path, tmp_path: Path) -> None:
    look = "import app, importlib.metadata as m; print(m.packages_distributions()['app'], app.__file__)"
    owners, place = run([str(python), "-c", look], tmp_path).rsplit(" ", 1)
    assert owners == "['viva']"
    assert Path(place).is_relative_to(python.parents[1])


def test_prompt_template_comes_along(python: Path, tmp_path: Path) -> None:
    load = (
        "from prompts.inputs import CritiqueInputs; from prompts.loader import render; "
        "print(render(CritiqueInputs(question='Q', rubric=[('c1', 'A')], answer=['B'])).sha256)"
    )
    assert len(run([str(python), "-c", load], tmp_path).strip()) == 64


def test_bundled_bank_comes_along(python: Path, tmp_path: Path) -> None:
    look = "import importlib.resources as r; print(*(f.name for f in (r.files('rubric') / 'banks').iterdir()))"
    assert "aws_data_engineer.txt" in run([str(python), "-c", look], tmp_path).split()
