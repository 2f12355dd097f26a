"""`./viva`: finds a Python, installs once, and hands over to the command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.scripts_folder import ROOT, load_script


@pytest.fixture
def launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launcher, looking after an environment in a folder of its own."""
    module = load_script("launch")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "BIN", venv / "bin")
    monkeypatch.setattr(module, "STAMP", venv / "viva-installed.json")
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as far as the launcher looks at it."""
    folder = tmp_path / "a folder with spaces"
    (folder / "scripts").mkdir(parents=True)
    for name in ("viva", "constraints.txt", "pyproject.toml", "scripts/launch.py", "scripts/progress.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_viva(checkout: Path, *arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`./viva` with those arguments, from elsewhere."""
    return subprocess.run(
        [checkout / "viva", *arguments], capture_output=True, text=True, env=env, cwd="/", check=False
    )


def install_echo(checkout: Path, launch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A complete environment whose `viva` says what it was given."""
    viva = checkout / ".venv" / "bin" / "viva"
    viva.parent.mkdir(parents=True)
    viva.write_text('#!/bin/sh\necho "given: $*"\n')
    viva.chmod(0o755)
    monkeypatch.setattr(launch, "ROOT", checkout)
    stamp = launch.wanted_stamp(with_tools=False)
    (checkout / ".venv" / "viva-installed.json").write_text(json.dumps(stamp))


def site_packages_of(launch: ModuleType) -> Path:
    folder: Path = launch.VENV / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["run", "--port", "8080"], "serve --port 8080"),
        (["bank", "list", "--json"], "bank list --json"),
        ([], "--help"),
    ],
)
def test_installed_viva_gets_the_arguments_at_once(
    checkout: Path, launch: ModuleType, monkeypatch: pytest.MonkeyPatch, arguments: list[str], given: str
) -> None:
    install_echo(checkout, launch, monkeypatch)
    finished = run_viva(checkout, *arguments, env={**os.environ, "VIVA_PYTHON": sys.executable})
    assert finished.stdout == f"given: {given}\n"
    assert finished.stderr == ""


def test_python_that_is_too_old_is_told_with_the_remedy(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo "Python 3.9.18"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    finished = run_viva(checkout, "run", env={"PATH": "/usr/bin:/bin", "VIVA_PYTHON": str(old)})
    assert finished.returncode == 1
    assert "Viva needs Python 3.11, 3.12 or 3.13 (found: Python 3.9.18)" in finished.stderr
    assert "VIVA_PYTHON" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_python_without_venv_is_told_with_the_remedy(launch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib_util(launch), "find_spec", lambda _name: None)
    with pytest.raises(launch.Trouble, match=r"apt install python3\.\d+-venv"):
        launch.check_python()


def importlib_util(launch: ModuleType) -> ModuleType:
    util: ModuleType = launch.importlib.util
    return util


def test_full_disk_is_told_before_anything_is_fetched(launch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=1_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(launch.Trouble, match=r"about 3 GB .* has 1\.0 GB"):
        launch.check_disk()


def test_environment_is_complete_only_with_its_stamp_and_command(launch: ModuleType) -> None:
    launch.BIN.mkdir(parents=True)
    assert not launch.is_installed(with_tools=False)
    launch.STAMP.write_text(json.dumps(launch.wanted_stamp(with_tools=False)))
    assert not launch.is_installed(with_tools=False)
    (launch.BIN / "viva").touch()
    assert launch.is_installed(with_tools=False)
    assert not launch.is_installed(with_tools=True)
    launch.STAMP.write_text(json.dumps(launch.wanted_stamp(with_tools=True)))
    assert launch.is_installed(with_tools=False)


def test_changed_lock_or_moved_folder_asks_for_an_installation(
    launch: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch.BIN.mkdir(parents=True)
    (launch.BIN / "viva").touch()
    launch.STAMP.write_text(json.dumps(launch.wanted_stamp(with_tools=False) | {"root": "/elsewhere"}))
    assert not launch.is_installed(with_tools=False)
    launch.STAMP.write_text(json.dumps(launch.wanted_stamp(with_tools=False)))
    changed = tmp_path / "constraints.txt"
    changed.write_text("numpy==1.0\n")
    monkeypatch.setattr(launch, "LOCK", changed)
    assert not launch.is_installed(with_tools=False)


def test_stamp_that_was_cut_off_counts_as_none(launch: ModuleType) -> None:
    launch.BIN.mkdir(parents=True)
    (launch.BIN / "viva").touch()
    launch.STAMP.write_text('{"lock": "abc')
    assert not launch.is_installed(with_tools=False)


def test_packages_that_an_interrupted_pip_left_are_found(launch: ModuleType) -> None:
    packages = site_packages_of(launch)
    for name in ("whole-1.0.dist-info", "cut_off-1.0.dist-info", "~renamed"):
        (packages / name).mkdir()
    (packages / "whole-1.0.dist-info" / "RECORD").touch()
    assert sorted(path.name for path in launch.half_installed()) == ["cut_off-1.0.dist-info", "~renamed"]


def test_cuda_packages_are_noticed_by_name(launch: ModuleType) -> None:
    packages = site_packages_of(launch)
    for name in ("nvidia_cublas-13.1.dist-info", "triton-3.7.1.dist-info", "numpy-2.4.6.dist-info"):
        (packages / name).mkdir()
    assert launch.cuda_packages() == ["nvidia-cublas", "triton"]


@pytest.mark.parametrize(
    ("needs", "is_cuda"), [("nvidia-cublas==13.1; sys_platform == 'linux'", True), ("sympy", False)]
)
def test_cuda_build_of_torch_is_noticed_by_what_it_wants(launch: ModuleType, needs: str, *, is_cuda: bool) -> None:
    info = site_packages_of(launch) / "torch-2.13.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: torch\nRequires-Dist: {needs}\n")
    assert any(launch.CUDA_NAMES.match(need) for need in launch.torch_needs()) is is_cuda


def test_progress_counts_what_pip_fetches(tmp_path: Path) -> None:
    progress = load_script("progress").Progress(tmp_path)
    for line in (
        "Collecting numpy==2.4.6",
        "  Downloading numpy-2.4.6-cp311-manylinux_x86_64.whl (16.5 MB)",
        "  Downloading six-1.17-py3-none-any.whl (500 kB)",
        "  Using cached idna-3.20-py3-none-any.whl (70 kB)",
    ):
        progress.note(line)
    assert progress.words == "fetching, 3 packages, 17 MB fetched"
