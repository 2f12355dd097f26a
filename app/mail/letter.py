"""One letter to one person, and what a mail program or a mail server takes for it."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def is_address(text: str) -> bool:
    """Whether a mail server would take it for one plain address; names beside it, lists and line breaks are none."""
    local, _, domain = text.rpartition("@")
    dots = (local.startswith("."), local.endswith("."), ".." in local, ".." in domain)
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None and not any(dots)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter in plain text.

    Attributes:
        name: Of who gets it, as the hiring team wrote it.
        to: Their address; empty where nobody knows it.
        text: With the person's link in it, so it is left out of the representation.
    """

    name: str
    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)

    def message(self, *, sender: str, at: datetime) -> EmailMessage:
        """As mail has it.

        Args:
            sender: An address, as `is_address` has it; empty leaves it to whoever sends.
            at: When it was written.
        """
        message = EmailMessage(policy=SMTP)
        message["Subject"] = " ".join(self.subject.split())
        message["Date"] = format_datetime(at)
        # Of no machine's name: it would go out with every letter.
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "viva.invalid")
        if sender:
            message["From"] = Address(addr_spec=sender)
        if self.to:
            message["To"] = Address(display_name=_one_line(self.name), addr_spec=self.to)
        # Nobody's holiday notice answers a letter that a program wrote.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        return message


def _one_line(text: str) -> str:
    """A name for a heading: what could end the line goes."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
