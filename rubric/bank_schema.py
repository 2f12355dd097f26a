"""The shape of a bank at the edge: what a file or a stored row may hold, and what is wrong with one that doesn't fit.

Every format builds the same nested mapping and comes in through `bank_from`, so a weight of 0 is
refused in the same words whether it stood in YAML or in a spreadsheet. The published JSON Schema is
generated from these models.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from rubric.bank import Band, Bank, Question, QuestionTranslation, Section, SkipPolicy, Term
from rubric.criteria import Criterion
from rubric.errors import BankFormatError

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
LANGUAGE_PATTERN = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
MAX_TEXT_CHARS = 10_000
MAX_QUESTIONS = 2_000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_PATTERNS = {
    "name": "should be 1 to 64 lower-case letters, digits, '-' or '_'",
    "id": "should be 1 to 64 letters, digits, '-', '_' or '.', the first a letter or digit",
    "language": "should be a language tag such as 'en' or 'pt-BR'",
}

Place = tuple[str | int, ...]
"""Where something stands in the nested mapping: ("sections", 0, "questions", 2, "text")."""


def without_control_characters(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: It holds a control character other than a line feed or tab, or half a surrogate pair.
    """
    found = _CONTROL.search(text)
    if found:
        raise ValueError(f"holds the invisible character U+{ord(found[0]):04X}; remove it")
    return text


Text = Annotated[
    str,
    StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=MAX_TEXT_CHARS),
    AfterValidator(without_control_characters),
]
OptionalId = Annotated[str, StringConstraints(strict=True, pattern=ID_PATTERN)]
LanguageTag = Annotated[str, StringConstraints(strict=True, pattern=LANGUAGE_PATTERN)]
Percent = Annotated[StrictInt, Field(ge=0, le=100)]


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CriterionSchema(_Schema):
    """One expected point of the reference answer."""

    id: OptionalId | None = Field(None, description="Stable within the bank; made from the text when absent.")
    text: Text = Field(description="The expected point, verbatim.")
    weight: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(1, description="How much it counts, an integer.")
    must_have: StrictBool = Field(False, description="Whether a decision on the answer needs this criterion.")
    translations: dict[LanguageTag, Text] = Field(default_factory=dict, description="Its text by language tag.")


def _criterion_of_text(value: object) -> object:
    """A criterion that is only a text may be written as one."""
    return {"text": value} if isinstance(value, str) else value


CriterionOrText = Annotated[
    CriterionSchema, BeforeValidator(_criterion_of_text, json_schema_input_type=CriterionSchema | str)
]


class TermSchema(_Schema):
    """A word of the question that may be explained on request."""

    term: Text
    gloss: Text


class QuestionTranslationSchema(_Schema):
    """What the candidate reads, in another language."""

    text: Text
    follow_up: Text | None = None
    clarification: Text | None = None


class QuestionSchema(_Schema):
    """One question with its criteria and what is prepared for its conduct."""

    id: OptionalId | None = Field(None, description="Stable within the bank; made from the text when absent.")
    text: Text = Field(description="Asked word for word.")
    criteria: list[CriterionOrText] = Field(
        default_factory=list, description="The points of the reference answer; a bare text is one of weight 1."
    )
    follow_up: Text | None = Field(None, description="The prepared neutral follow-up.")
    clarification: Text | None = Field(None, description="What is said when the candidate asks what is meant.")
    terms: list[TermSchema] = Field(default_factory=list, description="Words that may be explained.")
    offer_related: StrictBool = Field(
        False, description='Whether "I don\'t know" is met once with "anything related you have used?".'
    )
    explain_code: StrictBool = Field(False, description="Whether bare code is met with a wish for an explanation.")
    skip: SkipPolicy = Field(SkipPolicy.ALLOWED, description="What a candidate may do who doesn't want to answer now.")
    time_limit_s: Annotated[StrictInt, Field(ge=1, le=86_400)] | None = Field(
        None, description="Seconds for the whole answer."
    )
    tags: list[Text] = Field(default_factory=list)
    translations: dict[LanguageTag, QuestionTranslationSchema] = Field(
        default_factory=dict, description="What the candidate reads, by language tag."
    )


class SectionSchema(_Schema):
    """A titled run of questions."""

    title: Text
    questions: Annotated[list[QuestionSchema], Field(min_length=1)]
    translations: dict[LanguageTag, Text] = Field(default_factory=dict, description="Its title by language tag.")


class BandSchema(_Schema):
    """A named range of scores, from its minimum up to the next band."""

    name: Text
    minimum: Percent = Field(description="Percent of the score, inclusive.")


class BankSchema(_Schema):
    """A question bank."""

    name: Annotated[str, StringConstraints(strict=True, pattern=NAME_PATTERN)] | None = Field(
        None, description="Identifier; the file's name when absent."
    )
    title: Text | None = Field(None, description="What people read instead of the name.")
    language: LanguageTag = Field("en", description="Language of the texts (BCP 47).")
    bands: list[BandSchema] = Field(default_factory=list, description="Ascending by minimum.")
    minimum_completeness: Percent = Field(
        80, description="Percent of the questions that must be answered before a band is named."
    )
    sections: Annotated[list[SectionSchema], Field(min_length=1)]


def bank_from(content: object, *, name: str, source: str, lines: Mapping[Place, int]) -> Bank:
    """The bank that this nested mapping describes.

    Args:
        content: What a format read: mappings, lists, texts, integers and truth values.
        name: The bank's name where the content gives none.
        source: The file as its author named it.
        lines: Line (row, paragraph) of each place; a place without one takes that of what surrounds it.

    Raises:
        BankFormatError: It doesn't fit; the first fault in the order of the file is told.
    """
    if (count := _questions_in(content)) > MAX_QUESTIONS:
        raise BankFormatError(source, None, f"the file has {count} questions; a bank has at most {MAX_QUESTIONS}")
    try:
        schema = BankSchema.model_validate(content)
    except ValidationError as error:
        raise format_error(error, source=source, lines=lines) from error
    for path, fault in _faults(schema):
        raise BankFormatError(source, line_of(path, lines), f"{place_name(path)} {fault}")
    if not (schema.name or name):
        raise BankFormatError(source, None, "no bank can be named after this file; rename it, or give the field 'name'")
    return _bank(schema, name)


def content_of(bank: Bank) -> dict[str, Any]:
    """The nested mapping of a bank: the inverse of `bank_from`, with everything at its default left out."""
    content: dict[str, Any] = {"name": bank.name}
    if bank.title:
        content["title"] = bank.title
    if bank.language != "en":
        content["language"] = bank.language
    if bank.bands:
        content["bands"] = [{"name": band.name, "minimum": band.minimum} for band in bank.bands]
    if bank.minimum_completeness != 80:
        content["minimum_completeness"] = bank.minimum_completeness
    content["sections"] = [_section_content(section) for section in bank.sections]
    return content


def _section_content(section: Section) -> dict[str, Any]:
    content: dict[str, Any] = {"title": section.title}
    if section.translations:
        content["translations"] = dict(section.translations)
    content["questions"] = [_question_content(question) for question in section.questions]
    return content


def _question_content(question: Question) -> dict[str, Any]:
    content: dict[str, Any] = {"id": question.id} if question.id else {}
    content["text"] = question.text
    content["criteria"] = [_criterion_content(criterion) for criterion in question.criteria]
    if question.follow_up is not None:
        content["follow_up"] = question.follow_up
    if question.clarification is not None:
        content["clarification"] = question.clarification
    if question.terms:
        content["terms"] = [{"term": term.term, "gloss": term.gloss} for term in question.terms]
    if question.offer_related:
        content["offer_related"] = True
    if question.explain_code:
        content["explain_code"] = True
    if question.skip is not SkipPolicy.ALLOWED:
        content["skip"] = question.skip.value
    if question.time_limit_s is not None:
        content["time_limit_s"] = question.time_limit_s
    if question.tags:
        content["tags"] = list(question.tags)
    if question.translations:
        content["translations"] = {
            language: {
                field: text
                for field in ("text", "follow_up", "clarification")
                if (text := getattr(translation, field)) is not None
            }
            for language, translation in question.translations.items()
        }
    return content


def _criterion_content(criterion: Criterion) -> dict[str, Any]:
    content: dict[str, Any] = {"id": criterion.id} if criterion.id else {}
    content["text"] = criterion.text
    if criterion.weight != 1:
        content["weight"] = criterion.weight
    if criterion.must_have:
        content["must_have"] = True
    if criterion.translations:
        content["translations"] = dict(criterion.translations)
    return content


def format_error(error: ValidationError, *, source: str, lines: Mapping[Place, int]) -> BankFormatError:
    """The first fault in the order of the file, told by its place, its line and what was expected."""
    faults = [(_within(details["loc"]), details["msg"], details["type"]) for details in error.errors()]
    path, message, kind = min(faults, key=lambda fault: line_of(fault[0], lines) or 0)
    return BankFormatError(source, line_of(path, lines), _told(path, message, kind))


def _told(path: Place, message: str, kind: str) -> str:
    """One fault as a sentence."""
    if kind == "extra_forbidden":
        return f"{place_name(path[:-1])} has no field {str(path[-1])!r}"
    if kind == "missing":
        return f"{place_name(path[:-1])} needs the field {str(path[-1])!r}"
    expected = {
        "string_type": "should be a text; put it in quotes",
        "string_too_short": "should not be empty",
        "too_short": "should not be empty",
        "list_type": "should be a list",
        "dict_type": "should be fields with their values",
        "model_type": "should be fields with their values",
    }.get(kind)
    if expected is not None:
        return f"{place_name(path)} {expected}"
    if kind == "string_pattern_mismatch":
        return f"{place_name(path)} {_PATTERNS[str(path[-1])] if path[-1] in _PATTERNS else _PATTERNS['language']}"
    return f"{place_name(path)}: {message.removeprefix('Value error, ')}"


def line_of(path: Place, lines: Mapping[Place, int]) -> int | None:
    """The line of a place, or of the nearest thing around it that has one."""
    for end in range(len(path), -1, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


def place_name(path: Place) -> str:
    """A place as people say it: "sections[1].questions[3].weight", counted from 1."""
    name = ""
    for step in path:
        name += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if name else step
    return name or "the file"


def _within(location: Sequence[str | int]) -> Place:
    """The location without the step that says that a mapping's key is at fault, not its value."""
    return tuple(step for step in location if step != "[key]")


def _questions_in(content: object) -> int:
    """How many questions unchecked content has, counted before each is looked at."""
    sections = content.get("sections") if isinstance(content, dict) else None
    runs = (
        [section.get("questions") for section in sections if isinstance(section, dict)]
        if isinstance(sections, list)
        else []
    )
    return sum(len(run) for run in runs if isinstance(run, list))


def _faults(schema: BankSchema) -> Iterator[tuple[Place, str]]:
    """What each field alone can't see: ids used twice, bands out of order."""
    seen: dict[str, Place] = {}
    for path, value in _ids(schema):
        if value in seen:
            yield path, f"repeats the id {value!r} of {place_name(seen[value][:-1])}; ids are unique in a bank"
        seen[value] = path
    for index, (lower, upper) in enumerate(zip(schema.bands, schema.bands[1:], strict=False), start=1):
        if upper.minimum <= lower.minimum:
            yield ("bands", index, "minimum"), f"is {upper.minimum}; bands ascend, so more than {lower.minimum}"
        if upper.name in {band.name for band in schema.bands[:index]}:
            yield ("bands", index, "name"), f"repeats {upper.name!r}; each band has its own name"


def _ids(schema: BankSchema) -> Iterator[tuple[Place, str]]:
    for s, section in enumerate(schema.sections):
        for q, question in enumerate(section.questions):
            here: Place = ("sections", s, "questions", q)
            if question.id is not None:
                yield (*here, "id"), question.id
            for c, criterion in enumerate(question.criteria):
                if criterion.id is not None:
                    yield (*here, "criteria", c, "id"), criterion.id


def _bank(schema: BankSchema, name: str) -> Bank:
    return Bank(
        name=schema.name or name,
        title=schema.title or "",
        language=schema.language,
        bands=tuple(Band(name=band.name, minimum=band.minimum) for band in schema.bands),
        minimum_completeness=schema.minimum_completeness,
        sections=tuple(
            Section(
                title=section.title,
                questions=tuple(_question(question) for question in section.questions),
                translations=section.translations,
            )
            for section in schema.sections
        ),
    )


def _question(schema: QuestionSchema) -> Question:
    return Question(
        id=schema.id or "",
        text=schema.text,
        criteria=tuple(_criterion(criterion) for criterion in schema.criteria),
        follow_up=schema.follow_up,
        clarification=schema.clarification,
        terms=tuple(Term(term=term.term, gloss=term.gloss) for term in schema.terms),
        offer_related=schema.offer_related,
        explain_code=schema.explain_code,
        skip=schema.skip,
        time_limit_s=schema.time_limit_s,
        tags=tuple(schema.tags),
        translations={
            language: QuestionTranslation(
                text=translation.text, follow_up=translation.follow_up, clarification=translation.clarification
            )
            for language, translation in schema.translations.items()
        },
    )


def _criterion(schema: CriterionSchema) -> Criterion:
    return Criterion(
        id=schema.id or "",
        text=schema.text,
        weight=schema.weight,
        must_have=schema.must_have,
        translations=schema.translations,
    )
