"""The lock and the project file agree, and nothing else decides what is installed."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]
PINS = [Requirement(line) for line in LINES]
WANTED = [
    *PROJECT["project"]["dependencies"],
    *(need for extra in PROJECT["project"]["optional-dependencies"].values() for need in extra),
    *PROJECT["build-system"]["requires"],
]


def pinned_version(pin: Requirement) -> str:
    """The one version a line of the lock allows."""
    (specifier,) = pin.specifier
    assert specifier.operator == "==", f"{pin} is no exact pin"
    return specifier.version


@pytest.mark.parametrize("need", WANTED)
def test_dependency_is_locked_to_a_version_it_allows(need: str) -> None:
    wanted = Requirement(need)
    pins = [pin for pin in PINS if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
    assert pins, f"{wanted.name} is not in constraints.txt; run: make lock"
    for pin in pins:
        assert wanted.specifier.contains(pinned_version(pin)), f"{pin} contradicts {need}; run: make lock"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_each_distribution_has_at_most_one_version_a_platform(python: str, system: str) -> None:
    there = {"python_version": python, "python_full_version": f"{python}.4", "sys_platform": system}
    chosen = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(there)]
    names = [canonicalize_name(pin.name) for pin in chosen]
    assert sorted(names) == sorted(set(names))
    assert {pinned_version(pin) for pin in chosen}


def test_no_cuda_package_is_locked() -> None:
    assert [pin.name for pin in PINS if re.match(r"(nvidia|cuda|triton)\b", pin.name)] == []


def test_lock_names_no_index() -> None:
    assert [line for line in LINES if "://" in line or line.startswith("-")] == []
