"""What each prompt needs: one frozen dataclass a template, with the version in use.

`variables` go through Jinja into the system message and come from closed sets of the product; `data` becomes the
user message as JSON and may hold anything a candidate or the author of a bank wrote.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_LANGUAGE_NAMES: Mapping[str, str] = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "zh": "Chinese",
}


class PromptInputs(Protocol):
    """The inputs of one template."""

    template: ClassVar[str]
    version: ClassVar[int]

    def variables(self) -> Mapping[str, str]:
        """What the template may say; never a candidate's or a bank's text."""
        ...

    def data(self) -> Mapping[str, Any]:
        """The user message, in the order of its keys."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedExample:
    """An excerpt of another answer with the verdict a person gave it; candidate text, so data like the answer.

    Attributes:
        criterion: The opaque id of a criterion of the rubric, or the text of one that is not in it.
        note: Why, in a few words; empty when nobody said.
    """

    criterion: str
    excerpt: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CritiqueInputs:
    """An answer to be judged.

    Attributes:
        rubric: (opaque id, text) per criterion.
        answer: The answer's parts in order, at least one.
        examples: Graded excerpts of other answers; without any, the prompt does not speak of them.
        language: BCP 47 tag of the language the feedback is written in; anything that is no tag means English.
    """

    template: ClassVar[str] = "critique"
    version: ClassVar[int] = 3

    question: str
    rubric: Sequence[tuple[str, str]]
    answer: Sequence[str]
    examples: Sequence[GradedExample] = ()
    language: str = "en"

    def variables(self) -> Mapping[str, str]:
        """The language to write in, and whether there are examples."""
        return {"language": _language_name(self.language), "examples": "yes" if self.examples else ""}

    def data(self) -> Mapping[str, Any]:
        """Question and rubric first, so that prompts of one question share their beginning; the answer last."""
        examples = [_example(example) for example in self.examples]
        return {
            "question": self.question,
            "rubric": [{"id": key, "text": text} for key, text in self.rubric],
            **({"graded_examples": examples} if examples else {}),
            "answer": self.answer[0] if len(self.answer) == 1 else list(self.answer),
        }


def _example(example: GradedExample) -> Mapping[str, str]:
    told = {"criterion": example.criterion, "excerpt": example.excerpt, "verdict": example.verdict}
    return {**told, "note": example.note} if example.note else told


def _language_name(tag: str) -> str:
    if not _LANGUAGE_TAG.fullmatch(tag):
        return _LANGUAGE_NAMES["en"]
    name = _LANGUAGE_NAMES.get(tag.partition("-")[0].lower())
    return name or f"the language with the BCP 47 tag {tag}"
