"""The two files of a batch: an input that can be read twice, and an output that one run at a time appends to."""

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from app.errors import Conflict, InvalidInput
from app.screening.output import Done, done_so_far, line_of
from app.screening.rows import AnyRow, BankRubric, Row, RowId, read_rows

STANDARD_STREAM = "-"
_SPOOL_BYTES = 64_000_000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Survey:
    """What an input holds, before any of it is graded.

    Attributes:
        twice: Ids given to more than one row, in order of appearance.
        needs_banks: Whether a row names a question of a bank.
    """

    rows: int
    twice: tuple[RowId, ...]
    needs_banks: bool

    @property
    def remark(self) -> str | None:
        """A sentence on ids that stand twice; None where none does."""
        if not self.twice:
            return None
        shown = ", ".join(str(one) for one in self.twice[:_SHOWN]) + (" …" if len(self.twice) > _SHOWN else "")
        return f"{len(self.twice)} id(s) stand in more than one row ({shown}); every row is graded."


def survey(rows: Iterator[AnyRow]) -> Survey:
    """Look through an input once."""
    count, needs_banks = 0, False
    seen: set[RowId] = set()
    twice: dict[RowId, None] = {}
    for row in rows:
        count += 1
        needs_banks = needs_banks or (isinstance(row, Row) and isinstance(row.rubric, BankRubric))
        if row.id is not None:
            if row.id in seen:
                twice[row.id] = None
            seen.add(row.id)
    return Survey(count, tuple(twice), needs_banks)


@contextmanager
def open_input(name: str) -> Iterator[IO[bytes]]:
    """The input by its path, or ("-") standard input; what can't be read twice is kept aside.

    Raises:
        InvalidInput: It cannot be opened.
    """
    with ExitStack() as stack:
        if name == STANDARD_STREAM:
            stream: IO[bytes] = sys.stdin.buffer
        else:
            try:
                stream = stack.enter_context(Path(name).open("rb"))
            except OSError as error:
                raise InvalidInput(f"The input {name} cannot be read ({error.strerror}); check --input.") from error
        if not stream.seekable():
            spooled = stack.enter_context(SpooledTemporaryFile(_SPOOL_BYTES))
            shutil.copyfileobj(stream, spooled)
            stream = spooled
        yield stream


class GradesFile:
    """An output while it is being written: where it starts from, and a sink for what comes."""

    def __init__(self, stream: IO[bytes], done: Done) -> None:
        self._stream = stream
        self.done = done

    def write(self, record: Mapping[str, Any]) -> None:
        """Append a record; it is on its way to the disk when this returns."""
        self._stream.write(line_of(record))
        self._stream.flush()


@contextmanager
def open_output(name: str, rows: Iterator[AnyRow], *, restart: bool) -> Iterator[GradesFile]:
    """The output by its path, ready to go on after what it already holds, or ("-") standard output.

    Args:
        rows: The input from its start; left standing at the first row to grade.
        restart: Whether what the file holds is thrown away.

    Raises:
        Conflict: Another run writes it, or it holds something else.
        InvalidInput: It cannot be opened.
    """
    if name == STANDARD_STREAM:
        yield GradesFile(sys.stdout.buffer, Done())
        return
    path = Path(name)
    try:
        stream = path.open("ab")
    except OSError as error:
        raise InvalidInput(f"The output {name} cannot be written ({error.strerror}); check --output.") from error
    with stream:
        if not path.is_file():  # a pipe or a device: nothing to go on from
            yield GradesFile(stream, Done())
            return
        _lock(stream, path)
        done = Done() if restart else done_so_far(path, rows)
        stream.truncate(done.size)
        yield GradesFile(stream, done)


def _lock(stream: IO[bytes], path: Path) -> None:
    """The lock goes with the process, however it ends."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Conflict(f"Another run is writing {path}; wait for it, or choose another output.") from error


def same_file(first: str, second: str) -> bool:
    """Whether both names lead to one existing file."""
    paths = Path(first), Path(second)
    return (
        STANDARD_STREAM not in {first, second} and all(path.exists() for path in paths) and paths[0].samefile(paths[1])
    )


def rows_of(stream: IO[bytes]) -> Callable[[], Iterator[AnyRow]]:
    """Reads the rows of an input from its start, each time it is called."""

    def from_start() -> Iterator[AnyRow]:
        stream.seek(0)
        return read_rows(stream)

    return from_start
