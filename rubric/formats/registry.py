"""Which format a file has, by its suffix: the one place to add another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from rubric.bank import Bank
from rubric.errors import BankFormatError
from rubric.formats import csv_format, docx_format, markdown, text, xlsx, yaml_format

MIB = 1024 * 1024


class Parse(Protocol):
    """Reads a file's bytes; `source` names the file in errors, `name` the bank where the file doesn't."""

    def __call__(self, data: bytes, *, source: str, name: str) -> Bank:
        """The bank, or `BankFormatError`."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: how it is called, read and written, and how big a file it takes."""

    title: str
    parse: Parse
    write: Callable[[Bank], bytes]
    max_bytes: int = MIB


_YAML = Format("YAML", yaml_format.parse, yaml_format.write, max_bytes=2 * MIB)
_MARKDOWN = Format("Markdown", markdown.parse, markdown.write)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".yaml": _YAML,
        ".yml": _YAML,
        ".txt": Format("plain text", text.parse, text.write),
        ".md": _MARKDOWN,
        ".markdown": _MARKDOWN,
        ".csv": Format("CSV", csv_format.parse, csv_format.write),
        ".xlsx": Format("XLSX", xlsx.parse, xlsx.write, max_bytes=5 * MIB),
        ".docx": Format("DOCX", docx_format.parse, docx_format.write, max_bytes=5 * MIB),
    }
)


def format_of(suffix: str, *, source: str) -> Format:
    """The format of a suffix such as ".yaml", in any case.

    Raises:
        BankFormatError: There is no such format; the sentence names those there are.
    """
    try:
        return FORMATS[suffix.lower()]
    except KeyError:
        known = ", ".join(FORMATS)
        raise BankFormatError(source, None, f"a bank file ends in one of {known}, not {suffix!r}") from None
