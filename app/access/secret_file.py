"""A secret in a file of the data folder: made once, complete or not at all, and readable by its owner alone."""

import os
import secrets
import stat
from pathlib import Path


def read_secret(path: Path) -> str:
    """What the file holds, without the white space around it; one that others can read is made private.

    Raises:
        OSError: It is not there, or can't be read.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def write_once(path: Path, value: str) -> bool:
    """Write the file complete and private, or leave the one that is there; whether this call made it.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name exists, a rename would replace the other process's secret.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True
