"""The native format: a YAML file that can hold every field of a bank (schema: rubric/schema/bank.schema.json)."""

import yaml

from rubric.bank import Bank
from rubric.bank_schema import bank_from, content_of
from rubric.formats.decoding import decode
from rubric.formats.yaml_nodes import read


def parse(data: bytes, *, source: str, name: str) -> Bank:
    """The bank of a YAML file; `name` is used where the file gives none.

    Raises:
        BankFormatError: It is not YAML, or a field is missing, unknown or out of range; with its line.
    """
    content, lines = read(decode(data, source=source), source=source)
    return bank_from(content, name=name, source=source, lines=lines)


def write(bank: Bank) -> bytes:
    """The bank as YAML, ids included; fields at their default are left out."""
    text: str = yaml.safe_dump(content_of(bank), sort_keys=False, allow_unicode=True, width=110)
    return text.encode()
