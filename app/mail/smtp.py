"""Sends letters by SMTP, on a thread: one connection for many letters, made again when it was lost."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from app.access.exposure import is_loopback
from app.config import Settings
from app.errors import InvalidInput
from app.mail.letter import Letter, is_address

TIMEOUT_S = 30.0
_OK = 250
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """A mail server would not take a letter, or could not be reached; the sentence says which."""


class Sender(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the mail server; raises NotSent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where letters are handed in, and in whose name.

    Attributes:
        is_encrypted: From the first byte on (smtps); otherwise as soon as the server offers it.
        sender: The address they come from.
    """

    host: str
    port: int
    is_encrypted: bool
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str

    @classmethod
    def of(cls, settings: Settings) -> "MailServer":
        """The one that the settings name.

        Raises:
            InvalidInput: They name none, or it can't be used.
        """
        if settings.smtp_url is None or settings.mail_from is None:
            raise InvalidInput(
                "Letters are sent where VIVA_SMTP_URL (such as smtps://user:password@mail.example.org) and VIVA_MAIL_FROM "
                "are set; without them, --output writes them to a file."
            )
        if not is_address(settings.mail_from):
            raise InvalidInput(f"VIVA_MAIL_FROM is {settings.mail_from!r}; give an address, such as jobs@example.org.")
        try:
            parts = urlsplit(settings.smtp_url.get_secret_value())
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if parts.scheme not in _PORTS or not host or parts.path not in {"", "/"}:
            raise InvalidInput(
                "VIVA_SMTP_URL is no address of a mail server; it reads smtp://host:port or "
                "smtps://user:password@host:port, with %40 for an @ in user or password."
            )
        return cls(
            host=host,
            port=port or _PORTS[parts.scheme],
            is_encrypted=parts.scheme == "smtps",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=settings.mail_from,
        )


class SmtpSender:
    """A `Sender` that keeps its connection from one letter to the next.

    Args:
        server: Where to.
        clock: Aware UTC now.
        context: How the server is told from an impostor; by the machine's authorities where None.
    """

    def __init__(
        self, server: MailServer, clock: Callable[[], datetime], *, context: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._clock = clock
        self._context = context or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None
        self._lock = asyncio.Lock()

    async def send(self, letter: Letter) -> None:
        async with self._lock:
            await asyncio.to_thread(self._send, letter)

    async def aclose(self) -> None:
        """Take leave of the server."""
        async with self._lock:
            await asyncio.to_thread(self._leave)

    def _send(self, letter: Letter) -> None:
        message = letter.message(sender=self._server.sender, at=self._clock())
        try:
            self._connected().send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            self._leave()
            raise NotSent(_why(error)) from error

    def _connected(self) -> smtplib.SMTP:
        # Asked first: a letter that got lost on a dead connection may have been taken, and none may go out twice.
        if self._connection is not None and _is_alive(self._connection):
            return self._connection
        self._leave()
        made = self._reached()
        try:
            self._trusted(made)
        except Exception:
            made.close()
            raise
        self._connection = made
        return made

    def _reached(self) -> smtplib.SMTP:
        server = self._server
        if server.is_encrypted:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=self._context)
        return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)

    def _trusted(self, made: smtplib.SMTP) -> None:
        """Sign in, over an encrypted connection unless the server is this machine."""
        server = self._server
        made.ehlo_or_helo_if_needed()
        is_encrypted = server.is_encrypted
        if not is_encrypted and made.has_extn("starttls"):
            made.starttls(context=self._context)
            is_encrypted = True
        if not is_encrypted and not is_loopback(server.host):
            raise NotSent(
                f"The mail server {server.host} offers no encryption, and links and addresses would be read on the way; "
                "use one that does."
            )
        if server.user:
            made.login(server.user, server.password)

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()


def _is_alive(connection: smtplib.SMTP) -> bool:
    try:
        return connection.noop()[0] == _OK
    except (smtplib.SMTPException, OSError):
        return False


def _why(error: Exception) -> str:
    """What the server said to it, without addresses of the network."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return f"The mail server refused the address: {code} {_text(said)}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "The mail server refused user and password of VIVA_SMTP_URL."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server refused the letter: {error.smtp_code} {_text(error.smtp_error)}"
    return f"The mail server of VIVA_SMTP_URL could not be reached or broke off ({type(error).__name__})."


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
