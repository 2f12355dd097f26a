"""A letter reads the same in every language, and nothing in it gets out of its line."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from app.locale.catalogue import LANGUAGES
from app.mail.letter import Letter, is_address
from app.screening import letters

AT = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)
URL = "https://viva.example.org/i/q0abc"


@pytest.mark.parametrize("address", ["ada@example.org", "a.b+tag@sub.example.org", "x@localhost"])
def test_a_plain_address_is_one(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "ada", "@example.org", "ada@", "a b@example.org", "Ada <ada@example.org>", "a@b@c.org"),
        *("ada@example.org\nBcc: all@example.org", "a@example.org,b@example.org", "a..b@example.org", "a@-x.org"),
        f"{'a' * 65}@example.org",
        f"a@{'x' * 260}.org",
    ],
)
def test_what_is_no_plain_address_is_none(address: str) -> None:
    assert not is_address(address)


def test_a_hostile_name_adds_no_line_to_the_heading() -> None:
    name = 'Ada"\r\nBcc: all@example.org\n\n<script>{title}'
    letter = Letter(name=name, to="ada@example.org", subject="One\r\nBcc: all@example.org", text="Hello\n")
    sent = message_from_bytes(letter.message(sender="jobs@example.org", at=AT).as_bytes(), policy=policy.default)
    assert sent["Bcc"] is None
    assert [one.addr_spec for one in sent["To"].addresses] == ["ada@example.org"]
    assert sent["From"].addresses[0].addr_spec == "jobs@example.org"
    assert sent["Message-ID"].endswith("@example.org>")


def test_what_a_letter_holds_is_not_in_its_representation() -> None:
    letter = Letter(name="Ada", to="ada@example.org", subject="S", text=URL)
    assert URL not in repr(letter)
    assert "ada@example.org" not in repr(letter)


@pytest.mark.parametrize("language", LANGUAGES)
def test_invitation_and_reminder_bring_the_link_and_its_end_in_the_language(language: str) -> None:
    said = {"name": "Ada {x}", "to": "", "language": language, "title": "Data lakes", "url": URL}
    first = letters.invitation(**said, expires_at=AT)
    later = letters.reminder(**said, expires_at=None)
    for letter in (first, later):
        assert f"\n{URL}\n" in letter.text
        assert "Ada {x}" in letter.text
        assert "Data lakes" in letter.subject
    assert "10:30 UTC" in first.text
    assert "UTC" not in later.text
    if language != "en":
        assert "interview in writing" not in first.text + later.text
