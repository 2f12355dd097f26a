"""A document read from top to bottom - title, sections, questions, criteria - as the content of a bank."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rubric.bank_schema import Place
from rubric.errors import BankFormatError


class Kind(StrEnum):
    """What a heading or item of a document is to a bank."""

    TITLE = "title"
    SECTION = "section"
    QUESTION = "question"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True)
class Item:
    """One heading or list item, with its line (or paragraph), 1-based.

    Attributes:
        number: The number its author typed before it and the text after that; None when there is none.
    """

    kind: Kind
    text: str
    line: int
    number: tuple[int, str] | None = None


def content_of_outline(items: Iterable[Item], *, source: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """The nested mapping for `bank_from`, and the line of each place in it.

    Numbers before section titles are taken away where all sections are numbered 1, 2, 3 …

    Raises:
        BankFormatError: An item stands where its kind can't.
    """
    items = _without_section_numbers(list(items))
    content: dict[str, Any] = {"sections": []}
    lines: dict[Place, int] = {(): 1}
    sections = content["sections"]
    for item in items:
        if item.kind is Kind.TITLE:
            if sections or "title" in content:
                raise BankFormatError(source, item.line, "the title stands once, above the first section")
            content["title"] = item.text
            lines["title",] = item.line
        elif item.kind is Kind.SECTION:
            lines["sections", len(sections)] = item.line
            sections.append({"title": item.text, "questions": []})
        elif not sections:
            raise BankFormatError(source, item.line, f"this {item.kind} stands before the first section")
        elif item.kind is Kind.QUESTION:
            questions = sections[-1]["questions"]
            lines["sections", len(sections) - 1, "questions", len(questions)] = item.line
            questions.append({"text": item.text, "criteria": []})
        elif not sections[-1]["questions"]:
            raise BankFormatError(source, item.line, "this criterion stands before the first question of its section")
        else:
            questions = sections[-1]["questions"]
            criteria = questions[-1]["criteria"]
            place = ("sections", len(sections) - 1, "questions", len(questions) - 1, "criteria", len(criteria))
            lines[place] = item.line
            criteria.append({"text": item.text})
    return content, lines


def _without_section_numbers(items: list[Item]) -> list[Item]:
    numbers = [item.number for item in items if item.kind is Kind.SECTION]
    found = [number for number in numbers if number is not None]
    if len(found) < len(numbers) or [count for count, _ in found] != list(range(1, len(found) + 1)):
        return items
    return [
        Item(item.kind, item.number[1], item.line) if item.kind is Kind.SECTION and item.number else item
        for item in items
    ]
