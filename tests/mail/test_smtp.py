"""Letters over a real connection: one connection for many, refusals in a sentence, no secret in any."""

import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.errors import InvalidInput
from app.mail.letter import Letter
from app.mail.smtp import MailServer, NotSent, SmtpSender
from tests.mail.mail_server import PASSWORD, USER, Inbox, receiving

AT = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)


def a_letter(to: str = "ada@example.org") -> Letter:
    return Letter(name="Ada Lovelace", to=to, subject="Ihr Gespräch", text="Grüße – नमस्ते\n.\nEnd\n")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as inbox:
        yield inbox


def server(url: str) -> MailServer:
    return MailServer.of(Settings(smtp_url=SecretStr(url), mail_from="jobs@example.org"))


@pytest.fixture
async def sender(inbox: Inbox) -> AsyncIterator[SmtpSender]:
    made = SmtpSender(server(inbox.url), lambda: AT)
    yield made
    await made.aclose()


async def test_letters_arrive_as_they_were_written_over_one_connection(inbox: Inbox, sender: SmtpSender) -> None:
    await sender.send(a_letter())
    await sender.send(a_letter("ben@example.org"))
    assert inbox.recipients == ["ada@example.org", "ben@example.org"]
    assert inbox.letters[0]["Subject"] == "Ihr Gespräch"
    assert inbox.letters[0].get_content().replace("\r\n", "\n") == "Grüße – नमस्ते\n.\nEnd\n"
    assert inbox.letters[0]["Auto-Submitted"] == "auto-generated"
    assert inbox.connections == 1


async def test_a_refused_address_is_told_and_the_next_letter_goes_out(inbox: Inbox, sender: SmtpSender) -> None:
    inbox.refused.add("ben@example.org")
    with pytest.raises(NotSent, match=r"refused the address: 550 5\.1\.1 no such mailbox"):
        await sender.send(a_letter("ben@example.org"))
    await sender.send(a_letter())
    assert inbox.recipients == ["ada@example.org"]


async def test_user_and_password_may_hold_any_character(inbox: Inbox) -> None:
    address = f"smtp://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@127.0.0.1:{inbox.port}"
    sender = SmtpSender(server(address), lambda: AT)
    await sender.send(a_letter())
    await sender.aclose()
    assert inbox.users == [USER]
    assert len(inbox.letters) == 1


async def test_a_wrong_password_is_told_without_being_said(inbox: Inbox) -> None:
    sender = SmtpSender(server(f"smtp://jobs:mellon@127.0.0.1:{inbox.port}"), lambda: AT)
    with pytest.raises(NotSent, match="refused user and password") as told:
        await sender.send(a_letter())
    assert "mellon" not in str(told.value)
    assert "mellon" not in repr(server(f"smtp://jobs:mellon@127.0.0.1:{inbox.port}"))


async def test_a_server_that_is_away_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = SmtpSender(server(f"smtp://127.0.0.1:{taken.getsockname()[1]}"), lambda: AT)
        with pytest.raises(NotSent, match="could not be reached"):
            await sender.send(a_letter())


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail:notaport", "smtp://mail/path"]
)
def test_an_address_that_is_no_mail_servers_is_told_without_being_said(url: str) -> None:
    with pytest.raises(InvalidInput, match="VIVA_SMTP_URL is no address of a mail server"):
        server(url)


def test_the_scheme_tells_the_usual_port() -> None:
    assert (server("smtps://mail.example.org").port, server("smtp://mail.example.org").port) == (465, 587)


def test_nothing_is_sent_without_a_server_and_a_sender() -> None:
    with pytest.raises(InvalidInput, match=r"VIVA_SMTP_URL .* and VIVA_MAIL_FROM"):
        MailServer.of(Settings(smtp_url=SecretStr("smtp://mail"), mail_from=None))
    with pytest.raises(InvalidInput, match="VIVA_MAIL_FROM is 'nobody'"):
        MailServer.of(Settings(smtp_url=SecretStr("smtp://mail"), mail_from="nobody"))
