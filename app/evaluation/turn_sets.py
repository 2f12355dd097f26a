"""Labelled replies of interviews, read from JSON lines.

Each line has "class", "question" and "text", and optionally "id" and "voice".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import InvalidInput
from app.interviews.turn_class import TurnClass


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """One reply, the question that was open, and the class that a careful interviewer gives it."""

    turn: TurnClass
    question: str
    text: str


def read_turns(paths: Sequence[Path]) -> list[LabelledTurn]:
    """The replies of these files, in order.

    Raises:
        InvalidInput: A file can't be read, or a line is not of that form.
    """
    found = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{path} can't be read: {error}") from error
        for number, line in enumerate(lines, start=1):
            if line.strip():
                found.append(_turn(line, f"{path}:{number}"))
    return found


def _turn(line: str, place: str) -> LabelledTurn:
    try:
        row = json.loads(line)
        return LabelledTurn(TurnClass(row["class"]), str(row["question"]), str(row["text"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{place} is no labelled reply: {error!r}") from error
