"""The operator's token and the candidates' link tokens: made here, compared here, never logged.

Only the operator's token is kept as it is, in a file that its owner alone can read: it is what the operator signs in
with. Of a candidate's link only the digest is kept, so that reading the database opens no interview.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from app.access.secret_file import read_secret, write_once
from app.config import Settings
from app.errors import InvalidInput

TOKEN_FILE = "operator-token"  # noqa: S105 - the name of a file, not a secret
SHORTEST_TOKEN = 16
_BYTES = 32


@dataclass(frozen=True, slots=True)
class OperatorToken:
    """The token and where it comes from.

    Attributes:
        value: The secret itself; left out of the representation.
        path: The file it is kept in; None when a setting gave it.
        is_new: Whether this call made it.
    """

    value: str
    path: Path | None
    is_new: bool = False

    def __repr__(self) -> str:
        """Without the secret: representations end up in logs."""
        return f"OperatorToken(path={str(self.path)!r}, is_new={self.is_new})"


def operator_token(settings: Settings) -> OperatorToken:
    """The operator's token: the setting's, else the data folder's, else a new one written there with mode 0600.

    Two processes that start together agree on one token: the file appears complete or not at all, and the first wins.

    Raises:
        InvalidInput: The token set or found is too short to be a secret, or the file cannot be used.
    """
    if settings.operator_token is not None:
        value = settings.operator_token.get_secret_value()
        return OperatorToken(_usable(value, "VIVA_OPERATOR_TOKEN"), None)
    path = settings.data_dir / TOKEN_FILE
    try:
        if path.exists():
            return OperatorToken(_read(path), path)
        is_new = write_once(path, secrets.token_urlsafe(_BYTES))
        return OperatorToken(_read(path), path, is_new)
    except OSError as error:
        raise InvalidInput(
            f"The operator's token cannot be kept in {path} ({error.strerror}). "
            "Make the folder writable, or set VIVA_OPERATOR_TOKEN."
        ) from error


def new_link() -> str:
    """A candidate's link token: 32 random bytes, URL-safe."""
    return secrets.token_urlsafe(_BYTES)


def link_digest(link: str) -> str:
    """What is kept of a link token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(link.encode("utf-8", "surrogatepass")).hexdigest()


def same_secret(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _read(path: Path) -> str:
    return _usable(read_secret(path), str(path))


def _usable(value: str, origin: str) -> str:
    if len(value) < SHORTEST_TOKEN or not value.isprintable() or not value.isascii():
        raise InvalidInput(
            f"The operator's token in {origin} needs at least {SHORTEST_TOKEN} printable ASCII characters. "
            'A good one: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return value
