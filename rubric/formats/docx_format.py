"""A bank as a Word document: Heading 1 sections, Heading 2 questions, list paragraphs as criteria.

What Word can hide - text in tables, boxes, fields and tracked changes - is refused and named, because a
reader of paragraphs would drop it without a word.
"""

import io
from collections.abc import Iterator
from typing import Any

from rubric.bank import Bank
from rubric.bank_schema import bank_from
from rubric.errors import BankFormatError
from rubric.formats import office_zip
from rubric.formats.markers import numbered, without_bullet
from rubric.formats.outline import Item, Kind, content_of_outline

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
_UNREAD = {
    "tbl": "a table; write its content as headings and lists, or save it as XLSX",
    "ins": "tracked changes; accept or reject them",
    "del": "tracked changes; accept or reject them",
    "moveFrom": "tracked changes; accept or reject them",
    "txbxContent": "a text box; move its text into the document",
    "sdt": "a content control; turn it into plain text",
    "fldSimple": "a field; turn it into plain text",
    "smartTag": "a smart tag; save the document anew with a current Word",
    "customXml": "embedded XML; turn it into plain text",
    _MATH: "a formula; write it as text",
    "footnoteReference": "a footnote; move its text into the document",
}
_KINDS = {"title": Kind.TITLE, "heading 1": Kind.SECTION, "heading 2": Kind.QUESTION}


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank of a Word document; the line of an error is the number of its paragraph.

    Raises:
        BankFormatError: It is no DOCX, or a paragraph is neither a heading of the two levels nor in a list.
    """
    office_zip.check(data, source=source, kind="DOCX")
    content, lines = content_of_outline(_items(_opened(data, source), source), source=source)
    return bank_from(content, name=name, source=source, lines=lines)


def write(bank: Bank) -> bytes:
    """The bank in Word's own heading and list styles."""
    from docx import Document  # noqa: PLC0415 - only Word files need it

    document = Document()
    if bank.title:
        document.add_paragraph(bank.title, style="Title")
    for section in bank.sections:
        document.add_paragraph(section.title, style="Heading 1")
        for question in section.questions:
            document.add_paragraph(question.text, style="Heading 2")
            for criterion in question.criteria:
                document.add_paragraph(criterion.text, style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _opened(data: bytes, source: str) -> Any:  # noqa: ANN401 - python-docx ships no types
    from docx import Document  # noqa: PLC0415 - only Word files need it

    try:
        return Document(io.BytesIO(data))
    except Exception as error:
        raise BankFormatError(source, None, f"this is not a readable DOCX file ({error})") from error


def _items(document: Any, source: str) -> Iterator[Item]:  # noqa: ANN401 - python-docx ships no types
    number = 0
    for block in document.element.body:
        number += block.tag == f"{_W}p"
        for element in block.iter():
            unread = _UNREAD.get(str(element.tag).removeprefix(_W))
            if unread:
                raise BankFormatError(source, max(number, 1), f"this paragraph holds, or comes before, {unread}")
    for number, paragraph in enumerate(document.paragraphs, start=1):
        text = paragraph.text.strip()
        if text:
            yield _item(paragraph, text, number, source)


def _item(paragraph: Any, text: str, number: int, source: str) -> Item:  # noqa: ANN401 - as above
    style = paragraph.style.name if paragraph.style is not None else ""
    kind = _KINDS.get(style.casefold())
    if kind is not None:
        return Item(kind, text, number, number=numbered(text))
    if style.casefold().startswith("list") or paragraph._p.find(f"{_W}pPr/{_W}numPr") is not None:
        return Item(Kind.CRITERION, text, number)
    bare = without_bullet(text)
    if bare is not None:
        return Item(Kind.CRITERION, bare, number)
    raise BankFormatError(
        source,
        number,
        f"paragraph {number} ({text[:40]!r}) has the style {style!r}; expected Heading 1 for a section, "
        "Heading 2 for a question, or a list for a criterion",
    )
