"""`viva worker`: a process that does later work beside `viva serve` and other workers."""

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from app.access.exposure import check_exposure
from app.cli.ports import listen
from app.cli.settings import read_settings
from app.errors import InvalidInput
from app.telemetry.tracing import tracing

if TYPE_CHECKING:
    from socket import socket

    from app.config import Settings

NICE = 10
"""How far a worker steps back, so that interviews held on the same machine go first."""
GRACE_S = 8
"""How long jobs under way may still take once it is told to stop; supervisors kill after ten seconds."""


def worker(
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=256, help="Answers to grade at a time (VIVA_JOBS_CONCURRENCY).")
    ] = None,
) -> None:
    """Grade answers and do other later work, beside `viva serve` and other workers, until stopped."""
    from app.logs import set_up  # noqa: PLC0415 (slow to import)

    chosen: dict[str, object] = {"serve_jobs": True}
    if concurrency is not None:
        chosen["jobs_concurrency"] = concurrency
    settings = read_settings().model_copy(update=chosen)
    require_servers(settings, "`viva worker`")
    bound = None
    if settings.metrics_port is not None:
        check_exposure(settings)
        bound = listen(settings.host, settings.metrics_port)
    set_up(settings.log_level)
    with tracing():
        asyncio.run(_work(settings, bound))


def require_servers(settings: "Settings", who: str) -> None:
    """Refuse to share what belongs to one process.

    Raises:
        InvalidInput: The database is a file, or the vector store is embedded; names the settings.
    """
    from app.db.engine import sqlite_file  # noqa: PLC0415 (slow to import)

    missing = []
    if sqlite_file(settings) is not None:
        missing.append("a PostgreSQL database (VIVA_DATABASE_URL)")
    if settings.chroma_url is None:
        missing.append("a Chroma server (VIVA_CHROMA_URL)")
    if missing:
        raise InvalidInput(
            f"{who} needs {' and '.join(missing)}, since a database file and an embedded vector store belong to one "
            "process. Without them `viva serve` does later work itself, and needs no worker."
        )


async def _work(settings: "Settings", bound: "socket | None") -> None:
    # Assembly takes longer to import than `viva --help` may.
    from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)
    from app.cli.resident import settling  # noqa: PLC0415 (slow to import)
    from app.cli.worker_metrics import metrics_served  # noqa: PLC0415 (slow to import)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(build_services(settings, owner="viva worker", background=True))
        await stack.enter_async_context(settling(services.embedder))
        if bound is not None:
            await stack.enter_async_context(metrics_served(services, bound))
        for line in (services.schema_note, f"Viva's worker is ready: {settings.jobs_concurrency} answers at a time."):
            if line:
                typer.echo(line)
        await stop.wait()
        await services.jobs.stop(GRACE_S)
