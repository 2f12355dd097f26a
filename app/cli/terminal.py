"""A conversation's two ends in a terminal: lines typed come in without blocking, texts go out without their tricks."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

_STDIN = 0
_CHUNK = 65_536
# Left-to-right and right-to-left overrides and isolates reorder what a person reads.
_BIDI = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C})


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def safe(text: str) -> str:
    """The text with control characters made visible instead of obeyed; line breaks and tabs stay."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    point = ord(character)
    if character in "\n\t":
        return character
    if point < 0x20:
        return chr(0x2400 + point)
    if 0x7F <= point < 0xA0 or point in _BIDI or 0xD800 <= point < 0xE000:
        return "\ufffd"
    return character


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person entered: one line that is a command, or a text of several lines.

    Attributes:
        left: Nothing, and the end.
        more: Whether the text goes on in another message.
    """

    text: str = ""
    is_command: bool = False
    left: bool = False
    more: bool = False


class Keyboard:
    """Lines of standard input, read beside the event loop by a thread that never outlives the process."""

    def __init__(self, descriptor: int = _STDIN) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._is_terminal = os.isatty(descriptor)
        self._ended = False

    def start(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()

        def put(line: str | None) -> None:
            # The loop may be gone by the time a line arrives; then nobody waits for it.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._lines.put_nowait, line)

        # A daemon thread with os.read: standard input's own lock would keep the interpreter from ending.
        threading.Thread(target=self._listen, args=(put,), name="keyboard", daemon=True).start()

    def _listen(self, put: Callable[[str | None], None]) -> None:
        held = b""
        while True:
            try:
                chunk = os.read(self._descriptor, _CHUNK)
            except OSError:
                chunk = b""
            *lines, held = (held + chunk).split(b"\n") if chunk else (held, b"")
            for line in lines:
                if chunk or line:
                    put(line.decode("utf-8", "replace").rstrip("\r"))
            if not chunk:
                put(None)
                # Ctrl-D on a terminal ends one entry; the end of a pipe ends the talk.
                if not self._is_terminal:
                    return

    async def line(self) -> str | None:
        """The next line; None for Ctrl-D or the end of the input."""
        if self._ended:
            return None
        line = await self._lines.get()
        self._ended = line is None and not self._is_terminal
        return line

    async def entry(self, *, more: str = "") -> Entered:
        """Lines up to a blank one or Ctrl-D; a first line that begins with a slash is a command, with two a text.

        Args:
            more: What, on a line of its own after others, ends a text that goes on; empty for nothing.
        """
        lines: list[str] = []
        while True:
            line = await self.line()
            if line is None or (lines and not line.strip()):
                return Entered("\n".join(lines)) if lines else Entered(left=True)
            if lines and more and line.strip().casefold() == more:
                return Entered("\n".join(lines), more=True)
            if not lines:
                if not line.strip():
                    continue
                if line.startswith("//"):
                    line = line[1:]
                elif line.startswith("/"):
                    return Entered(line.strip(), is_command=True)
            lines.append(line)
