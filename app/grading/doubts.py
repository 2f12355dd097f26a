"""What makes the local reading of a whole answer less than it seems, and how a person is told."""

import re
from dataclasses import dataclass

from app.grading.language import NOT_READ
from app.grading.outcome import Flag

NOT_CALIBRATED = "The local reading is not calibrated for this embedding model."
ONLY_NAMES = "The answer only lists names and makes no claim about them."
CODE_NOT_READ = "The answer is mostly code, which the local reading can't judge."
UNFAMILIAR = "A part of the answer is unlike everything that the local reading was calibrated on."
SETTLED_BY_A_CRITIQUE = frozenset({CODE_NOT_READ, UNFAMILIAR})
"""Doubts that are of the local reading alone: a critique that judged the answer has no part in them."""

CODE_SHARE = 0.5
"""Share of an answer's lines from which it is code."""
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_STATEMENT = re.compile(
    r"[;{}]\s*$"
    r"|^\s*(?:def|class|for|while|if|elif|else|try|with|async def)\b.*:\s*(?:#.*)?$"
    r"|^\s*(?:import \w|from [\w.]+ import|return\b|const |let |var |public |private |func |#include|@\w+)"
    r"|^\s*(?:SELECT\b.*|FROM \w+|WHERE\b.*[=<>].*|CREATE TABLE.*|INSERT INTO.*|GROUP BY.*|(?:LEFT |INNER )?JOIN \w.*)$"
    r"|^\s*[\w.\[\]\"']+ ?(?:=|\+=|:=) ?\S"
    r"|^\s*[\w.]+\([^()]*\)\s*$"
)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What was found of one answer.

    Attributes:
        language: Another than those that are read; None where it is one of them.
        is_unfamiliar: Whether the reading of a criterion lies outside of what the head was fitted to.
    """

    language: str | None
    is_code: bool
    is_keyword_list: bool
    is_uncalibrated: bool
    is_unfamiliar: bool

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing can be known of it."""
        return self.language is not None or self.is_code

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Those of the whole answer."""
        found = {
            Flag.OTHER_LANGUAGE: self.language is not None,
            Flag.CODE: self.is_code,
            Flag.UNCALIBRATED: self.is_uncalibrated,
            Flag.UNFAMILIAR: self.is_unfamiliar,
            Flag.KEYWORD_LIST: self.is_keyword_list,
        }
        return tuple(flag for flag, holds in found.items() if holds)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a person should look."""
        found = {
            NOT_READ: self.language is not None,
            CODE_NOT_READ: self.is_code,
            NOT_CALIBRATED: self.is_uncalibrated,
            UNFAMILIAR: self.is_unfamiliar,
            ONLY_NAMES: self.is_keyword_list,
        }
        return tuple(reason for reason, holds in found.items() if holds)


def is_code(text: str) -> bool:
    """Whether at least half of a text's lines are program code: inside a fence, or of the form of a statement."""
    code = lines = 0
    is_fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            is_fenced = not is_fenced
        elif line.strip():
            lines += 1
            code += is_fenced or _STATEMENT.search(line) is not None
    return lines > 0 and code >= CODE_SHARE * lines
