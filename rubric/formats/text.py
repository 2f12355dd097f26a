"""The documented bank: numbered sections at the margin, indented questions, deeper-indented criteria.

    1. Storage

        Which services have you used?
            S3: object storage.
            Redshift: data warehousing.

Indentation decides what a line is; its width is free, and may differ from section to section.
Bullets, tabs, non-breaking spaces and `1)` are read as what they stand for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rubric.bank import Bank
from rubric.bank_schema import Place, bank_from
from rubric.errors import BankFormatError
from rubric.formats.decoding import decode
from rubric.formats.markers import is_bare_bullet, needs_marker, numbered, unmarked, without_bullet

Indent = tuple[int, int]
"""Columns of an indentation with a tab to every 4th and to every 8th: where the two disagree, tabs hide the order."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: Indent
    text: str


@dataclass(slots=True)
class _Question:
    line: _Line
    criteria: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    line: _Line
    title: str
    questions: list[_Question] = field(default_factory=list)


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank in the documented layout; texts are verbatim.

    Raises:
        BankFormatError: A line is not where the layout allows one, or a text can't be used.
    """
    sections = _read(decode(data, source=source), source)
    content: list[object] = []
    lines: dict[Place, int] = {(): 1}
    last = 0
    for section in sections:
        s = len(content)
        lines["sections", s] = section.line.number
        texts, last = unmarked([question.line.text for question in section.questions], after=last)
        questions = []
        for q, (question, text) in enumerate(zip(section.questions, texts, strict=True)):
            lines["sections", s, "questions", q] = question.line.number
            for c, line in enumerate(question.criteria):
                lines["sections", s, "questions", q, "criteria", c] = line.number
            questions.append({"text": text, "criteria": _criteria(question)})
        content.append({"title": section.title, "questions": questions})
    return bank_from({"sections": content}, name=name, source=source, lines=lines)


def write(bank: Bank) -> bytes:
    """The bank in the documented layout; what it can't carry is left out, line breaks become spaces."""
    blocks = []
    for number, section in enumerate(bank.sections, start=1):
        blocks.append(f"{number}. {_one_line(section.title)}")
        texts = _marked([question.text for question in section.questions])
        for text, question in zip(texts, section.questions, strict=True):
            criteria = _marked([criterion.text for criterion in question.criteria])
            blocks.append("\n".join([f"    {text}", *(f"        {criterion}" for criterion in criteria)]))
    return ("\n\n".join(blocks) + "\n").encode()


def _read(text: str, source: str) -> list[_Section]:
    sections: list[_Section] = []
    for line in _lines(text):
        if is_bare_bullet(line.text):
            raise BankFormatError(source, line.number, f"expected a text after the bullet {line.text!r}")
        margin = sections[0].line.indent if sections else line.indent
        if line.indent == margin:
            sections.append(_heading(line, source))
        elif not _is_deeper(line.indent, margin):
            raise BankFormatError(source, line.number, _odd_indent(line, "the first section heading"))
        else:
            _place(line, sections[-1], source)
    if not sections:
        raise BankFormatError(source, None, "the file is empty; expected a numbered section such as '1. Storage'")
    for section in sections:
        if not section.questions:
            raise BankFormatError(
                source, section.line.number, f"section {section.title!r} has no question; expected an indented line"
            )
    return sections


def _heading(line: _Line, source: str) -> _Section:
    found = numbered(line.text)
    if found is None:
        raise BankFormatError(
            source,
            line.number,
            f"expected a numbered section heading such as '1. Storage', found {_shown(line.text)}; "
            "indent a question, and indent a criterion deeper",
        )
    return _Section(line, found[1])


def _place(line: _Line, section: _Section, source: str) -> None:
    """Put an indented line where it belongs: a question of the section, or a criterion of its last question."""
    if not section.questions:
        section.questions.append(_Question(line))
        return
    first, last = section.questions[0].line, section.questions[-1]
    if line.indent == first.indent and (without_bullet(line.text) is None or without_bullet(first.text) is not None):
        section.questions.append(_Question(line))
        return
    if line.indent != first.indent and not _is_deeper(line.indent, first.indent):
        raise BankFormatError(source, line.number, _odd_indent(line, "the section's first question"))
    if last.criteria and line.indent != last.criteria[0].indent:
        raise BankFormatError(
            source,
            line.number,
            f"expected a criterion indented like the one on line {last.criteria[0].number}, "
            f"found {_shown(line.text)}; keep a criterion on one line",
        )
    last.criteria.append(line)


def _lines(text: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.split("\n"), start=1):
        stripped = raw.strip()
        if stripped:
            yield _Line(number, _indent(raw), stripped)


def _indent(raw: str) -> Indent:
    white = raw[: len(raw) - len(raw.lstrip())]
    return len(white.expandtabs(4)), len(white.expandtabs(8))


def _is_deeper(indent: Indent, other: Indent) -> bool:
    return all(here > there for here, there in zip(indent, other, strict=True))


def _odd_indent(line: _Line, other: str) -> str:
    return (
        f"the indentation of {_shown(line.text)} is neither that of {other} nor deeper; "
        "indent alike, with tabs or with spaces but not both"
    )


def _criteria(question: _Question) -> list[str]:
    return unmarked([line.text for line in question.criteria])[0]


def _marked(siblings: list[str]) -> list[str]:
    """Each text on one line; with bullets on all where one looks as if it began with a marker."""
    lines = [_one_line(text) for text in siblings]
    return [f"- {line}" for line in lines] if any(map(needs_marker, lines)) else lines


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")
