"""The published shapes of what people feed Viva and get from it, as JSON Schemas that ship with the package."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from app.errors import NotFound

_PUBLISHED: Mapping[str, tuple[str, str]] = {
    "bank": ("rubric", "bank"),
    "information": ("rubric", "information"),
    "grade-input": ("app.screening", "grade-input"),
    "grade-output": ("app.grading", "grade"),
    "report": ("app.reports", "report"),
    "evaluation": ("app.evaluation", "evaluation"),
    "audit": ("app.evaluation", "audit"),
    "policy": ("app.screening", "policy"),
    "screening-results": ("app.screening", "screening-results"),
}
"""Package and file of each, by the name people know it under."""


def names() -> tuple[str, ...]:
    """Every published schema's name."""
    return tuple(_PUBLISHED)


def schema(name: str) -> Mapping[str, Any]:
    """The JSON Schema of that name.

    Raises:
        NotFound: There is none.
    """
    if name not in _PUBLISHED:
        raise NotFound(f"There is no schema {name!r}; there are: {', '.join(_PUBLISHED)}.")
    package, file = _PUBLISHED[name]
    content: Mapping[str, Any] = json.loads(files(package).joinpath("schema", f"{file}.schema.json").read_text("utf-8"))
    return content
