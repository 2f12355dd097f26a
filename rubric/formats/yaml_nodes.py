"""Reads YAML into plain values with the line of each, and refuses what a bank never needs.

Only mappings, lists, texts, integers, truth values and null come out: no tag constructs anything, no
alias multiplies anything, no key counts twice, and `no` stays the word that was written.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from rubric.bank_schema import Place
from rubric.errors import BankFormatError

MAX_DEPTH = 20
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def read(text: str, *, source: str) -> tuple[object, dict[Place, int]]:
    """The one document of a YAML text, and the 1-based line of every place in it.

    Raises:
        BankFormatError: It isn't YAML, or uses tags, aliases, repeated keys, several documents or nests too deep.
    """
    lines: dict[Place, int] = {}
    try:
        reader = _Reader(yaml.parse(text, Loader=_LOADER), lines, source)
        return reader.document(), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BankFormatError(source, line, f"this is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise BankFormatError(source, line, f"YAML doesn't allow this character: {error.reason}") from error


class _Reader:
    """Turns the parser's events into values; recursion is bounded by MAX_DEPTH."""

    def __init__(self, events: Iterator[yaml.Event], lines: dict[Place, int], source: str) -> None:
        self.events = events
        self.lines = lines
        self.source = source

    def document(self) -> object:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise BankFormatError(self.source, None, "the file is empty")
        value = self.value(next(self.events), ())
        next(self.events)
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.error(event, "expected one document, found a second one after '---'")
        return value

    def value(self, event: yaml.Event, place: Place) -> object:
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, "aliases (*name) are not read; write the value out")
        if getattr(event, "anchor", None):
            raise self.error(event, "anchors (&name) are not read; write each value out")
        if getattr(event, "tag", None) not in {None, "!"}:
            raise self.error(event, "tags (!name) are not read; write a plain value")
        if len(place) > MAX_DEPTH:
            raise self.error(event, f"values nest deeper than {MAX_DEPTH} levels")
        self.lines[place] = _line(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(place)
        return _scalar(event)

    def mapping(self, place: Place) -> dict[str, object]:
        content: dict[str, object] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise self.error(event, "expected the name of a field")
            key = event.value
            if key in content:
                raise self.error(event, f"the field {key!r} stands here twice")
            content[key] = self.value(next(self.events), (*place, key))
            # the line of the key, which is where people look; a block of text begins only below it
            self.lines[(*place, key)] = _line(event)
        return content

    def sequence(self, place: Place) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*place, len(items))))
        return items

    def error(self, event: yaml.Event, expected: str) -> BankFormatError:
        return BankFormatError(self.source, _line(event), expected)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: Any) -> object:  # noqa: ANN401 - PyYAML's stubs leave a scalar event's fields untyped
    """A quoted or block scalar is a text; a plain one may be an integer, a truth value or null (YAML 1.2)."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if _INTEGER.fullmatch(text) else text
