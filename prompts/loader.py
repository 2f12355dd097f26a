"""From inputs to the messages a model reads, with the exact identity of the prompt that was used."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, UndefinedError

from prompts.errors import MissingVariable, UnknownTemplate
from prompts.inputs import PromptInputs

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message; role is "system" or "user"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPrompt:
    """The messages to send and the prompt they come from.

    Attributes:
        sha256: Of the template's file, so that it names the wording whatever was filled in.
    """

    messages: tuple[PromptMessage, ...]
    name: str
    version: int
    sha256: str


def render(inputs: PromptInputs) -> RenderedPrompt:
    """The prompt for these inputs: the system message from the template, the user message as one JSON object.

    Raises:
        UnknownTemplate: The pinned version does not exist.
        MissingVariable: The template asks for a variable the inputs don't give.
    """
    template, sha256 = _load(inputs.template, inputs.version)
    try:
        system = template.render(dict(inputs.variables()))
    except UndefinedError as error:
        raise MissingVariable(f"prompt {inputs.template} v{inputs.version}: {error.message}") from error
    return RenderedPrompt(
        messages=(PromptMessage("system", system.strip()), PromptMessage("user", as_json(inputs.data()))),
        name=inputs.template,
        version=inputs.version,
        sha256=sha256,
    )


def template_sha256(inputs: type[PromptInputs]) -> str:
    """The sha256 of the template that these inputs are pinned to, as `RenderedPrompt` has it.

    Raises:
        UnknownTemplate: The pinned version does not exist.
    """
    return _load(inputs.template, inputs.version)[1]


def as_json(data: Mapping[str, Any]) -> str:
    """One JSON object in which no "<" stands, so that nothing written in it can look like a closing tag."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _load(name: str, version: int) -> tuple[Template, str]:
    path = TEMPLATES / name / f"v{version}.md.j2"
    try:
        source = path.read_bytes()
    except FileNotFoundError as error:
        raise UnknownTemplate(f"there is no prompt {name} v{version}") from error
    return _environment().from_string(source.decode("utf-8")), hashlib.sha256(source).hexdigest()


@cache
def _environment() -> Environment:
    # Prompts are plain text for a model, not HTML; escaping would change the wording.
    return Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
