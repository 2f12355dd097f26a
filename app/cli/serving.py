"""The HTTP server of `viva serve`, which ends quietly and lets its caller put things away."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

GRACE_S = 8
"""How long requests under way may still take once it is told to stop; supervisors kill after ten seconds."""
KEEP_ALIVE_S = 75
"""How long an idle connection stays open: longer than clients keep theirs, so that none sends into one that closes."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stoppable:
    """Serves until SIGINT or SIGTERM, which it takes from the moment it is entered, and returns then.

    uvicorn by itself raises the signal again once it has stopped: SIGTERM then ends the process with the vector store
    still noted as held and the database's log unwritten, SIGINT with a traceback.
    """

    def __init__(self) -> None:
        self._asked = False
        self._server: uvicorn.Server | None = None

    def __enter__(self) -> Self:
        """Take the signals."""
        self._before = {number: signal.signal(number, self._told) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    async def serve(self, app: ASGIApp, bound: socket, started: asyncio.Event, stopping: asyncio.Event) -> None:
        """Serve on a listening socket, unless a signal came before.

        Args:
            app: Answers requests.
            bound: The socket.
            started: Set once requests are answered.
            stopping: Set once it is told to stop, so that answers without an end come to theirs.
        """
        config = uvicorn.Config(
            app,
            log_config=None,
            server_header=False,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = _Server(config, started, stopping)
        if not self._asked:
            await self._server.serve(sockets=[bound])

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self._server is not None:
            self._server.handle_exit(number, frame)
        elif self._asked:
            raise KeyboardInterrupt  # told twice while something takes long to open
        self._asked = True


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: asyncio.Event, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._answers = started
        self._stopping = stopping

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """As uvicorn's, then say that requests are answered."""
        await super().startup(sockets)
        self._answers.set()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Say that it ends, then as uvicorn's."""
        self._stopping.set()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `Stoppable`."""
        yield
