"""The application (`create_app`), the server, and the console script (`viva`)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.access.exposure import check_exposure
from app.access.folder import make_data_folder
from app.access.tokens import OperatorToken, operator_token
from app.cli import commands
from app.cli.ports import listen
from app.cli.remote import ServerClient, running_server
from app.cli.schema import schema_command
from app.cli.settings import read_settings, unknown_variables
from app.cli.worker import require_servers
from app.config import Settings
from app.errors import InvalidInput, told
from app.telemetry.tracing import tracing

if TYPE_CHECKING:
    from socket import socket

    from fastapi import FastAPI

    from app.bootstrap import Services, ServicesState


def create_app(settings: Settings | None = None, services: "Services | None" = None) -> "FastAPI":
    """The web application.

    Args:
        settings: From the environment where None.
        services: Built when the application starts and released when it stops where None.
    """
    # FastAPI, SQLAlchemy and the templates take longer to import than `viva --help` may.
    from fastapi import FastAPI  # noqa: PLC0415 (slow to import)

    from app.access.gate import Gate  # noqa: PLC0415 (slow to import)
    from app.api import routes as api  # noqa: PLC0415 (slow to import)
    from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)
    from app.web import routes as web  # noqa: PLC0415 (slow to import)

    chosen = settings or read_settings()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator["ServicesState"]:
        if services is not None:
            yield {"services": services}
            return
        async with build_services(chosen, owner="viva serve", background=True) as built:
            yield {"services": built}

    app = FastAPI(
        title="Viva",
        description="An interviewer that asks, listens and grades.",
        version=api.VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Measures are Prometheus's here, and logs would hold the messages of errors, which may quote a candidate.
        telemetry={
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
            "exclude": _is_no_work,
        },
    )
    app.add_middleware(Gate, settings=chosen)
    api.install(app)
    web.install(app)
    return app


def _is_no_work(scope: "Mapping[str, Any]") -> bool:
    """Whether a request would only fill the traces: looks of supervisors, files, streams that stay open."""
    path = str(scope.get("path", ""))
    return path in {"/healthz", "/readyz", "/metrics"} or path.startswith("/static/") or path.endswith("/events")


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (VIVA_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (VIVA_PORT); 0 takes any free one.")] = None,
) -> None:
    """Serve the web chat, the operator's pages and the API."""
    for unknown in unknown_variables(os.environ):
        typer.echo(f"Note: {unknown.sentence}", err=True)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = read_settings().model_copy(update=given)
    check_exposure(settings)
    if not settings.serve_jobs:
        require_servers(settings, "VIVA_SERVE_JOBS=false, which leaves later work to `viva worker`,")
    make_data_folder(settings.data_dir)
    token = operator_token(settings)
    bound = listen(settings.host, settings.port)
    with tracing(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings.model_copy(update={"port": bound.getsockname()[1]}), bound, token))


def mcp() -> None:
    """Let an AI assistant read and grade, by the Model Context Protocol on standard input and output (VIVA_API_KEY)."""
    from app.mcp.server import serve_assistant  # noqa: PLC0415 (slow to import)

    settings = read_settings()
    if settings.api_key is None:
        raise InvalidInput(
            "VIVA_API_KEY is not set. Make a key that may do what the assistant may, such as "
            "`viva keys create Assistant --scope banks:read --scope grades:read`, and set it where the assistant starts Viva."
        )
    url, key = settings.url or running_server(settings) or settings.local_url, settings.api_key.get_secret_value()

    async def run() -> None:
        async with ServerClient(url, key) as client:
            await serve_assistant(client)

    asyncio.run(run())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop that uvicorn itself would choose: uvloop, where it is there."""
    from uvicorn.loops.auto import auto_loop_factory  # noqa: PLC0415 (slow to import)

    return auto_loop_factory()


async def _serve(settings: Settings, bound: "socket", token: OperatorToken) -> None:
    from app.bootstrap import build_services  # noqa: PLC0415 (as in create_app)
    from app.cli.resident import settling  # noqa: PLC0415 (slow to import)
    from app.cli.serving import Stoppable  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    set_up(settings.log_level)
    with Stoppable() as server:
        # Built before the server starts, so that what is wrong is one sentence and not a server's traceback.
        started = asyncio.Event()
        async with build_services(settings, owner="viva serve", background=True, begin=started) as services:
            for line in (services.schema_note, _welcome(settings, token)):
                if line:
                    typer.echo(line)
            async with settling(services.embedder, started):
                await server.serve(create_app(settings, services), bound, started, services.stopping)


def _welcome(settings: Settings, token: OperatorToken) -> str:
    address = (settings.public_url or settings.local_url).rstrip("/")
    if token.is_new:
        return (
            "Viva is ready. Open this address to begin; it signs you in and is shown only this once:\n\n"
            f"    {address}/sign-in?token={token.value}\n"
        )
    where = f"the token in {token.path}" if token.path else "the token in VIVA_OPERATOR_TOKEN"
    return f"Viva is ready at {address} (to sign in again, use {where})."


def viva() -> None:
    """Run one command; an error with a sentence for people is that sentence and an exit code, a bug a traceback."""
    if garbled := next((given for given in sys.argv[1:] if not _is_text(given)), None):
        shown = garbled.encode("utf-8", "replace").decode()
        sys.stderr.write(f"The argument {shown} is not UTF-8; type it again, or rename the file it names.\n")
        sys.exit(2)
    application = commands.application()
    application.command()(serve)
    application.command(name="mcp")(mcp)
    application.command(name="schema")(schema_command(lambda: create_app(Settings()).openapi()))
    try:
        application()
    except Exception as error:
        telling = told(error)
        if telling is None:
            raise
        sys.stderr.write(telling.sentence + "\n")
        sys.exit(telling.exit_code)


def _is_text(given: str) -> bool:
    """Whether an argument came in UTF-8: bytes that did not stand in it as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in given)
