"""Reads a Dockerfile and a .dockerignore: as much of both as Viva's own use."""

import fnmatch
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, such as COPY, with its continuation lines joined."""

    line: int
    name: str
    rest: str

    def __str__(self) -> str:
        text = " ".join(self.rest.split())
        return f"line {self.line}: {self.name} {text if len(text) <= 100 else text[:97] + '...'}"


def parse(text: str) -> list[Instruction]:
    """The instructions in order; comments are dropped, inside a continuation too."""
    instructions, parts, first = [], list[str](), 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first = first if parts else number
        continues = line.rstrip().endswith("\\")
        parts.append(line.rstrip().removesuffix("\\") if continues else line)
        if not continues:
            name, _, rest = " ".join(part.strip() for part in parts).partition(" ")
            instructions.append(Instruction(first, name.upper(), rest.strip()))
            parts = []
    return instructions


def substitute(text: str, values: Mapping[str, str]) -> str:
    """`$NAME` and `${NAME}` replaced; unknown names become nothing, as in an engine."""
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), text)


def pairs(rest: str) -> Iterator[tuple[str, str]]:
    """The assignments of ENV and ARG."""
    for word in shlex.split(rest):
        name, _, value = word.partition("=")
        yield name, value


def words(rest: str) -> list[str]:
    """A command in its JSON form.

    Raises:
        ValueError: It is in the shell form.
    """
    command = json.loads(rest)
    if not isinstance(command, list):
        raise ValueError("expected a JSON list")
    return [str(word) for word in command]


def options(rest: str) -> tuple[dict[str, str], list[str]]:
    """Leading `--name=value` options, and the words after them."""
    found, plain = dict[str, str](), list[str]()
    for word in shlex.split(rest):
        if word.startswith("--") and not plain:
            name, _, value = word.removeprefix("--").partition("=")
            found[name] = value
        else:
            plain.append(word)
    return found, plain


def is_sent(path: PurePosixPath, patterns: list[str]) -> bool:
    """Whether .dockerignore lets a file of the context through: the last pattern that fits it or a parent decides."""
    sent = True
    candidates = [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]
    for pattern in patterns:
        wanted = pattern.removeprefix("!")
        anywhere = wanted.removeprefix("**/")
        for candidate in candidates:
            name = candidate.rsplit("/", 1)[-1] if wanted.startswith("**/") else candidate
            if fnmatch.fnmatchcase(name, anywhere):
                sent = pattern.startswith("!")
    return sent


def context_files(root: Path) -> list[PurePosixPath]:
    """Every file that would be sent to an engine, relative to the folder."""
    ignore = root / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    top = [path for path in root.iterdir() if _may_hold_sent(path.name, patterns)]
    files = [file for path in top for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
    relative = (PurePosixPath(file.relative_to(root).as_posix()) for file in files)
    return sorted(path for path in relative if is_sent(path, patterns))


def _may_hold_sent(name: str, patterns: list[str]) -> bool:
    # Spares the walk through .venv: nothing below a folder that is left out is let in again by these patterns.
    return is_sent(PurePosixPath(name), patterns)
