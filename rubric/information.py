"""The information sheet beside a bank: what a conversation may quote about the job, and nothing else.

It stands next to the bank's file as `<bank>.info.yaml`. Every text is approved wording, quoted verbatim
(schema: rubric/schema/information.schema.json).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rubric.bank_schema import LanguageTag, Place, Text, format_error
from rubric.errors import BankFormatError
from rubric.formats.decoding import decode
from rubric.formats.yaml_nodes import read

MAX_BYTES = 1024 * 1024
SUFFIXES = (".info.yaml", ".info.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedAnswer:
    """A question that candidates ask, in the ways they ask it, and the answer that may be given."""

    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationSheet:
    """What may be quoted; a field left empty has nothing to say.

    Attributes:
        job: What the job is.
        company: Who offers it.
        contact: How to reach a person.
        notices: Shown to every candidate before the first question (data protection, adjustments).
        answers: Approved answers to questions about job, pay, dates and the like.
        language: BCP 47 tag of its texts.
    """

    job: str = ""
    company: str = ""
    contact: str = ""
    notices: tuple[str, ...] = ()
    answers: tuple[ApprovedAnswer, ...] = ()
    language: str = "en"


NO_INFORMATION = InformationSheet()
"""A sheet with nothing to say."""


class ApprovedAnswerSchema(BaseModel):
    """A question in the ways candidates ask it, and its approved answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: Annotated[list[Text], Field(min_length=1)] = Field(description="Ways in which it is asked.")
    answer: Text = Field(description="Quoted word for word.")


class InformationSchema(BaseModel):
    """What a conversation may quote about the job."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: LanguageTag = "en"
    job: Text | None = Field(None, description="What the job is.")
    company: Text | None = Field(None, description="Who offers it.")
    contact: Text | None = Field(None, description="How to reach a person.")
    notices: list[Text] = Field(default_factory=list, description="Shown before the first question.")
    answers: list[ApprovedAnswerSchema] = Field(default_factory=list, description="Questions with approved answers.")


def information_beside(bank_path: Path) -> Path | None:
    """The information sheet that belongs to a bank's file; None when there is none."""
    candidates = (bank_path.with_name(bank_path.stem + suffix) for suffix in SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def load_information(path: Path) -> InformationSheet:
    """The information sheet of a file.

    Raises:
        BankFormatError: It can't be read, or is no information sheet; with path and line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BankFormatError(path, None, f"the file can't be read: {error.strerror}") from error
    return parse_information(data, source=str(path))


def parse_information(data: bytes, *, source: str) -> InformationSheet:
    """The information sheet in these bytes of YAML.

    Raises:
        BankFormatError: It is too big, or no information sheet; with path and line.
    """
    if len(data) > MAX_BYTES:
        raise BankFormatError(source, None, f"the file is bigger than {MAX_BYTES // 1024} KiB")
    content, lines = read(decode(data, source=source), source=source)
    return _sheet(content, source, lines)


def _sheet(content: object, source: str, lines: Mapping[Place, int]) -> InformationSheet:
    try:
        schema = InformationSchema.model_validate(content)
    except ValidationError as error:
        raise format_error(error, source=source, lines=lines) from error
    return InformationSheet(
        job=schema.job or "",
        company=schema.company or "",
        contact=schema.contact or "",
        notices=tuple(schema.notices),
        answers=tuple(ApprovedAnswer(questions=tuple(item.questions), answer=item.answer) for item in schema.answers),
        language=schema.language,
    )
