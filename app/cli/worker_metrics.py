"""A worker's own figures: its requests to the language model and its jobs are counted where they are made."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import socket

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.principal import Nobody, Principal, Team, principal
from app.access.scopes import Scope as KeyScope
from app.bootstrap import Services
from app.errors import LinkClosed
from app.telemetry.exposition import MEDIA_TYPE, exposition

PATH = "/metrics"


@asynccontextmanager
async def metrics_served(services: Services, bound: socket) -> AsyncIterator[None]:
    """Answers Prometheus on a listening socket while it lasts."""
    server = _Server(uvicorn.Config(metrics_app(services), log_config=None, server_header=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def metrics_app(services: Services) -> ASGIApp:
    """One address, for the same people as that of `viva serve`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request({**scope, "state": {"services": services}})
        await (await _answer(request, services))(scope, receive, send)

    return answer


async def _answer(request: Request, services: Services) -> Response:
    if request.url.path != PATH or request.method not in {"GET", "HEAD"}:
        return PlainTextResponse(f"A worker answers GET {PATH} alone.\n", 404)
    try:
        who = await principal(request)
    except LinkClosed:
        who = Nobody()
    if not _may_read(who):
        told = "Send the operator's token, or an API key with the scope metrics:read, as a bearer token.\n"
        return PlainTextResponse(told, 403 if isinstance(who, Team) else 401, {"WWW-Authenticate": "Bearer"})
    return Response(await exposition(services), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def _may_read(who: Principal) -> bool:
    return isinstance(who, Team) and KeyScope.METRICS_READ in who.scopes


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the worker."""
        yield
