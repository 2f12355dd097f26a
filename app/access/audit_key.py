"""The key that draws the audit sample: without it nobody can tell which answers a person will judge blind."""

import secrets

from app.access.folder import make_data_folder
from app.access.secret_file import read_secret, write_once
from app.config import Settings
from app.errors import InvalidInput

KEY_FILE = "audit-key"
_BYTES = 32


def audit_key(settings: Settings) -> bytes:
    """The data folder's key, 32 bytes; a new one is written there at first need, with mode 0600.

    Raises:
        InvalidInput: It can't be kept there, or what is there is no key.
    """
    path = settings.data_dir / KEY_FILE
    try:
        if not path.exists():
            make_data_folder(settings.data_dir)
            write_once(path, secrets.token_hex(_BYTES))
        key = bytes.fromhex(read_secret(path))
    except OSError as error:
        raise InvalidInput(
            f"The key of the audit sample cannot be kept in {path} ({error.strerror}). Make the folder writable, or set "
            "VIVA_AUDIT_SHARE=0 to draw no sample."
        ) from error
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise InvalidInput(f"{path} holds no key of {2 * _BYTES} hexadecimal digits; delete it, and a new one is made.")
    return key
