"""A bank as a Markdown document: `##` sections, `###` questions, list items as criteria.

Words are kept as they are written, emphasis and code marks too; only a backslash before a punctuation
mark, which Markdown needs to tell text from markup, is taken away on reading.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rubric.bank import Bank
from rubric.bank_schema import bank_from
from rubric.errors import BankFormatError
from rubric.formats.decoding import decode
from rubric.formats.markers import numbered
from rubric.formats.outline import Item, Kind, content_of_outline

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_STARTS_MARKUP = "#-+*>=~`<|[_"
_EXPECTED = "expected '# Title', '## Section', '### Question' or a list of criteria"


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank of a Markdown document.

    Raises:
        BankFormatError: A block is neither a heading of the three levels nor a plain list of criteria.
    """
    text = decode(data, source=source)
    # blocks only: what is inside a line stays as it is written
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    content, lines = content_of_outline(_items(tokens, source), source=source)
    return bank_from(content, name=name, source=source, lines=lines)


def write(bank: Bank) -> bytes:
    """The bank as Markdown; what it can't carry is left out."""
    blocks = [f"# {_heading(bank.title)}"] if bank.title else []
    for section in bank.sections:
        blocks.append(f"## {_heading(section.title)}")
        for question in section.questions:
            blocks.append(f"### {_heading(question.text)}")
            if question.criteria:
                blocks.append("\n".join(f"- {_item_text(criterion.text)}" for criterion in question.criteria))
    return ("\n\n".join(blocks) + "\n").encode()


def _items(tokens: list[Token], source: str) -> Iterator[Item]:
    lists, in_item = 0, False
    for position, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "heading_open":
            if int(token.tag[1]) > 3 or lists:
                raise BankFormatError(source, line, f"a heading stands here; {_EXPECTED}")
            kind = (Kind.TITLE, Kind.SECTION, Kind.QUESTION)[int(token.tag[1]) - 1]
            yield _item(kind, tokens[position + 1].content, line)
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            lists += 1
            if lists > 1:
                raise BankFormatError(source, line, "a list stands inside a list; a criterion is one plain item")
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists -= 1
        elif token.type == "list_item_open":
            in_item = True
            if tokens[position + 1].type != "paragraph_open":
                raise BankFormatError(source, line, "expected the text of a criterion in this list item")
        elif token.type == "paragraph_open":
            if not in_item:
                raise BankFormatError(source, line, f"loose text stands here; {_EXPECTED}")
            in_item = False
            yield _item(Kind.CRITERION, tokens[position + 1].content, line)
        elif token.type not in _PASSED:
            raise BankFormatError(source, line, f"a {token.type.removesuffix('_open')} stands here; {_EXPECTED}")


_PASSED = {"heading_close", "inline", "list_item_close", "paragraph_close"}


def _item(kind: Kind, raw: str, line: int) -> Item:
    return Item(kind, _ESCAPE.sub(r"\1", raw), line, number=numbered(raw))


def _heading(text: str) -> str:
    """The text on one line, as a heading needs it."""
    return _escaped_line(" ".join(text.split("\n")))


def _item_text(text: str) -> str:
    """The text with its lines indented like a list item's; blank ones, which would end it, are left out."""
    return "\n  ".join(_escaped_line(line.strip()) for line in text.split("\n") if line.strip())


def _escaped_line(line: str) -> str:
    line = _ESCAPE.sub(r"\\\\\1", line)
    found = re.match(r"(\d+)([.)])", line)
    if found:
        line = f"{found[1]}\\{line[found.end(1) :]}"
    elif line[:1] and line[0] in _STARTS_MARKUP:
        line = "\\" + line
    return re.sub(r"(?<=\s)(#+)$", r"\\\1", line)
