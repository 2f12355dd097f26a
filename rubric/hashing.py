"""What a bank is, as one text and one number: its canonical JSON and the sha256 of that."""

import hashlib
import json

from rubric.bank import Bank
from rubric.bank_schema import bank_from, content_of


def to_json(bank: Bank) -> str:
    """The bank as canonical JSON: keys sorted, no spaces, fields at their default left out.

    Equal banks give equal text, whatever file they came from; `from_json` is its inverse.
    """
    return json.dumps(content_of(bank), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Bank:
    """The bank that `to_json` wrote.

    Raises:
        BankFormatError: The text describes no bank.
        ValueError: The text is not JSON.
    """
    return bank_from(json.loads(text), name="bank", source="stored bank", lines={})


def content_sha256(bank: Bank) -> str:
    """Lower-case hex sha256 of the canonical JSON: equal for equal banks, ids and name included."""
    return hashlib.sha256(to_json(bank).encode()).hexdigest()
