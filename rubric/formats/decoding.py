"""From the bytes of a text file to its lines, whatever editor wrote them."""

import codecs

from rubric.errors import BankFormatError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(data: bytes, *, source: str) -> str:
    """The text with its byte order mark removed and each line end made a line feed.

    Raises:
        BankFormatError: The bytes are neither UTF-8 nor UTF-16 with its mark.
    """
    encoding = "utf-8"
    for mark, name in _MARKS:
        if data.startswith(mark):
            encoding, data = name, data[len(mark) :]
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BankFormatError(source, line, "these bytes are not UTF-8; save the file as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
