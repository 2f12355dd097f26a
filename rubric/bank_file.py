"""Bank files: read in any format, written in any that can carry them.

What a format can carry is not declared but tried: an export is read back and compared, and whatever
differs is named, so no field is lost without a word.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path, PurePath

from rubric import information
from rubric.bank import Bank, Question
from rubric.errors import BankFormatError, LossyExport
from rubric.formats.registry import FORMATS, MIB, format_of
from rubric.ids import with_ids

MAX_BYTES = max(kind.max_bytes for kind in FORMATS.values())


def load_bank(path: Path) -> Bank:
    """The bank of a file, with the ids it gives and no others.

    Raises:
        BankFormatError: It can't be read, or is not a bank.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BankFormatError(path, None, f"the file can't be read: {error.strerror}") from error
    return parse_bank(data, source=str(path))


def parse_bank(data: bytes, *, source: str) -> Bank:
    """The bank in these bytes; the suffix of `source` tells the format, its stem the name where the file doesn't.

    Raises:
        BankFormatError: It is too big, of no known format, or not a bank; with path and line.
    """
    path = PurePath(source)
    if path.name.lower().endswith(information.SUFFIXES):
        raise BankFormatError(source, None, "this is an information sheet, which stands beside a bank; expected a bank")
    kind = format_of(path.suffix, source=source)
    if len(data) > kind.max_bytes:
        raise BankFormatError(source, None, f"a bank in {kind.title} has at most {kind.max_bytes // MIB} MiB")
    return kind.parse(data, source=source, name=name_of(path.stem))


def write_bank(bank: Bank, suffix: str, *, lossy: bool = False) -> bytes:
    """The bank in the format of a suffix such as ".csv".

    A bank's name travels in its file's name, which is the caller's to choose; only YAML writes it inside.

    Args:
        bank: With or without ids; made ids that the words alone give again need not be carried.
        suffix: With its dot.
        lossy: Whether to write although something gets lost.

    Raises:
        BankFormatError: There is no such format.
        LossyExport: The format can't carry something, and `lossy` is false.
    """
    kind = format_of(suffix, source=f"{bank.name}{suffix}")
    data = kind.write(bank)
    if lossy:
        return data
    try:
        carried = kind.parse(data, source=f"{bank.name}{suffix}", name=bank.name)
    except BankFormatError as error:
        raise LossyExport(kind.title, (f"the layout of the bank ({error.expected})",)) from error
    losses = tuple(_losses(bank, with_ids(bank, None), with_ids(carried, None)))
    if losses:
        raise LossyExport(kind.title, losses)
    return data


def name_of(stem: str) -> str:
    """A bank's name made from a file's: lower-case letters, digits, "-" and "_", at most 64; "" if none is left."""
    return re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_")[:64]


def _losses(named: Bank, bank: Bank, carried: Bank) -> Iterator[str]:
    """What differs between two banks with ids, a phrase a field; `named` has the ids that people know."""
    if bank == carried:
        return
    yield from _fields_lost(bank, carried, "the bank's {}", leave=("sections",))
    if [len(section.questions) for section in bank.sections] != [
        len(section.questions) for section in carried.sections
    ]:
        yield "which question belongs to which section"
        return
    for section, other in zip(bank.sections, carried.sections, strict=True):
        yield from _fields_lost(section, other, f"{{}} of the section {section.title!r}", leave=("questions",))
    found: dict[str, list[str]] = {}
    for known, question, read in zip(named.questions(), bank.questions(), carried.questions(), strict=True):
        for field in _question_losses(question, read):
            found.setdefault(field, []).append(known.id or repr(known.text))
    for field, places in found.items():
        yield f"{field} of {', '.join(places)}"


def _question_losses(question: Question, carried: Question) -> Iterator[str]:
    yield from _fields_lost(question, carried, "{}", leave=("criteria",))
    if len(question.criteria) != len(carried.criteria):
        yield "which criterion belongs to which question"
        return
    lost = [
        loss
        for criterion, other in zip(question.criteria, carried.criteria, strict=True)
        for loss in _fields_lost(criterion, other, "criteria's {}", leave=())
    ]
    yield from dict.fromkeys(lost)


def _fields_lost(original: object, carried: object, phrase: str, *, leave: tuple[str, ...]) -> Iterator[str]:
    for field in fields(original):  # type: ignore[arg-type]  # only ever the dataclasses of a bank
        if field.name not in leave and getattr(original, field.name) != getattr(carried, field.name):
            yield phrase.format(field.name)
