"""Looks into an office file (a zip of XML) before a library unpacks it: such files come from strangers."""

import io
import zipfile
import zlib

from rubric.errors import BankFormatError

MAX_UNPACKED_BYTES = 20 * 1024 * 1024
MAX_MEMBERS = 1000
MAX_RATIO = 200
_RATIO_MATTERS_FROM = 1024 * 1024
_CHUNK = 256 * 1024


def check(data: bytes, *, source: str, kind: str, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Pass for a zip of bounded size whose XML declares no document type.

    Sizes are counted while unpacking, since a zip's own directory may lie.

    Args:
        data: The file.
        source: Its name.
        kind: What it is called in messages.
        max_bytes: The most that it may unpack to.

    Raises:
        BankFormatError: It is no zip, unpacks to too much, or its XML could define entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive, len(data), source, max_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise BankFormatError(source, None, f"this is not a readable {kind} file ({error})") from error


def _check_members(archive: zipfile.ZipFile, packed: int, source: str, max_bytes: int) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise BankFormatError(source, None, f"the file holds {len(members)} parts; at most {MAX_MEMBERS} are read")
    total = 0
    for member in members:
        with archive.open(member) as part:
            head = b""
            while chunk := part.read(_CHUNK):
                total += len(chunk)
                if total > max_bytes or (total > _RATIO_MATTERS_FROM and total > MAX_RATIO * packed):
                    raise BankFormatError(
                        source,
                        None,
                        f"the file unpacks to more than can be needed; at most {max_bytes} bytes",
                    )
                # NUL bytes go, so that UTF-16 can't hide a declaration; the tail of the last chunk bridges the cut
                window = (head + chunk).replace(b"\0", b"")
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise BankFormatError(source, None, f"{member.filename} declares a document type; save it anew")
                head = chunk[-32:]
