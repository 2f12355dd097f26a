"""Files of links and letters: new ones only, for their owner alone, and nothing in a cell that a spreadsheet runs."""

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from app.errors import Conflict, InvalidInput
from app.mail.letter import Letter
from app.reports.export import as_cell

STANDARD_STREAM = "-"
_HEADING = ("candidate", "name", "link", "expires")
_OWNERS_FILE, _OWNERS_FOLDER = 0o600, 0o700


class LinksFile:
    """A CSV file of links while it is being written; what was added is in it at once."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._row(_HEADING, start="\ufeff" if stream is not sys.stdout.buffer else "")

    def add(self, candidate: str, name: str, url: str, expires_at: datetime | None) -> None:
        """Somebody's link."""
        self._row((candidate, name, url, expires_at.isoformat(timespec="minutes") if expires_at else ""))

    def _row(self, cells: Sequence[str], *, start: str = "") -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerow([as_cell(cell) for cell in cells])
        self._stream.write((start + text.getvalue()).encode("utf-8", "replace"))
        self._stream.flush()


@contextmanager
def links_file(name: str) -> Iterator[LinksFile]:
    """A new CSV file of that name, or ("-") standard output.

    Raises:
        Conflict: There is one already: its links may be all that somebody has of them.
        InvalidInput: It cannot be written.
    """
    if name == STANDARD_STREAM:
        yield LinksFile(sys.stdout.buffer)
        return
    with _new_file(Path(name)) as stream:
        yield LinksFile(stream)


class LetterFile(Protocol):
    """Takes letters with what they are about."""

    def add(self, interview_id: str, candidate: str, letter: Letter, link: tuple[str, datetime | None]) -> None:
        """One person's letter, with its link and when that ends."""
        ...


@contextmanager
def letter_file(name: str, *, sender: str, at: datetime) -> Iterator[LetterFile]:
    """A new file of letters: links as .csv, letters as .mbox, or a folder with an .eml for each person.

    Args:
        name: Its suffix tells which; one without a suffix is a folder.
        sender: Address that the letters come from; empty leaves it to whoever sends them.
        at: When they were written.

    Raises:
        Conflict: It is there already.
        InvalidInput: It cannot be written, or has another suffix.
    """
    path = Path(name)
    suffix = path.suffix.lower()
    if name == STANDARD_STREAM or suffix == ".csv":
        with links_file(name) as links:
            yield _Links(links)
    elif suffix == ".mbox":
        with _new_file(path) as stream:
            yield _Mbox(stream, sender, at)
    elif suffix == "":
        try:
            path.mkdir(mode=_OWNERS_FOLDER, parents=True)
        except FileExistsError as error:
            raise Conflict(f"{path} is there already; choose another folder.") from error
        except OSError as error:
            raise InvalidInput(f"The folder {path} cannot be made ({error.strerror}); check --output.") from error
        yield _Folder(path, sender, at)
    else:
        raise InvalidInput(
            f"--output is a .csv or .mbox file, or a folder for .eml files; {name} has the suffix {suffix}."
        )


class _Links:
    def __init__(self, links: LinksFile) -> None:
        self._links = links

    def add(self, interview_id: str, candidate: str, letter: Letter, link: tuple[str, datetime | None]) -> None:
        url, expires_at = link
        self._links.add(candidate, letter.name, url, expires_at)


class _Mbox:
    def __init__(self, stream: IO[bytes], sender: str, at: datetime) -> None:
        self._stream = stream
        self._sender = sender
        self._at = at

    def add(self, interview_id: str, candidate: str, letter: Letter, link: tuple[str, datetime | None]) -> None:
        message = letter.message(sender=self._sender, at=self._at)
        text = message.as_bytes(policy=message.policy.clone(linesep="\n", mangle_from_=True))
        self._stream.write(f"From MAILER-DAEMON {self._at:%a %b %d %H:%M:%S %Y}\n".encode() + text + b"\n")
        self._stream.flush()


class _Folder:
    def __init__(self, path: Path, sender: str, at: datetime) -> None:
        self._path = path
        self._sender = sender
        self._at = at

    def add(self, interview_id: str, candidate: str, letter: Letter, link: tuple[str, datetime | None]) -> None:
        # Called by the id: a candidate's key may be no name for a file.
        with _new_file(self._path / f"{interview_id}.eml") as stream:
            stream.write(letter.message(sender=self._sender, at=self._at).as_bytes())


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNERS_FILE)
    except FileExistsError as error:
        raise Conflict(f"{path} is there already; choose another --output.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror}); check --output.") from error
    with os.fdopen(number, "wb") as stream:
        yield stream
