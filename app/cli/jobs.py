"""`viva jobs`: later work, seen and steered; the database alone is needed, so it works beside a server and workers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.jobs.port import Depth, Job, JobPage, Jobs

commands = typer.Typer(
    no_args_is_help=True, help="Later work (grading, deliveries, exports): list, show, retry, cancel."
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="As `viva jobs list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
T = TypeVar("T")


@commands.command(name="list")
def list_jobs(
    *,
    kind: Annotated[str | None, typer.Option(help="Only jobs of this kind, such as grade.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only jobs that are waiting, running, done, failed or cancelled.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    after: Annotated[str | None, typer.Option(help="Go on where an earlier list said.")] = None,
    as_json: AsJson = False,
) -> None:
    """What each queue has before it, and jobs, newest first."""
    # SQLAlchemy takes longer to import than `viva --help` may; so in every command below.
    from app.errors import InvalidInput  # noqa: PLC0415 (beside the next)
    from app.jobs.port import JobState  # noqa: PLC0415 (slow to import)

    if state is not None and state not in set(JobState):
        raise InvalidInput(f"--state {state}: a job is {', '.join(JobState)}.")
    wanted = None if state is None else JobState(state)

    async def run(jobs: "Jobs") -> "tuple[Sequence[Depth], JobPage]":
        return await jobs.depths(), await jobs.find(kind=kind, state=wanted, limit=limit, after=after)

    depths, page = _with_jobs(run)
    if as_json:
        told = {"queues": [asdict(one) for one in depths], "jobs": [asdict(one) for one in page.jobs]}
        _print_json({**told, "following": page.following})
        return
    for depth in depths:
        oldest = "" if depth.oldest_s is None else f" (the oldest for {depth.oldest_s:,.0f} s)"
        failed = f", {depth.failed:,} failed" if depth.failed else ""
        typer.echo(f"{depth.queue:<6} {depth.waiting:,} waiting{oldest}, {depth.running:,} running{failed}")
    typer.echo("")
    for job in page.jobs:
        typer.echo(f"{job.asked_at:%Y-%m-%d %H:%M:%S}  {job.state:<9}  {safe(job.key)}{_troubles(job)}")
    if page.following is not None:
        typer.echo(f"More: viva jobs list --after {safe(page.following)}")
    if not page.jobs:
        typer.echo("No such jobs.")


@commands.command()
def show(key: Key, *, as_json: AsJson = False) -> None:
    """One job."""
    job = _with_jobs(lambda jobs: jobs.get(key))
    if as_json:
        _print_json(asdict(job))
        return
    for name, value in asdict(job).items():
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        if value not in {None, "", 0} and value != ():
            typer.echo(f"{name.replace('_', ' '):<12} {safe(shown)}")


@commands.command()
def retry(key: Key) -> None:
    """Make a job due now that failed, was cancelled, or waits for its next try."""
    _with_jobs(lambda jobs: jobs.retry(key))
    typer.echo(f"{safe(key)} is due now.")


@commands.command()
def cancel(key: Key) -> None:
    """End a job that waits or runs; a running one stops within seconds."""
    _with_jobs(lambda jobs: jobs.cancel(key))
    typer.echo(f"{safe(key)} is cancelled.")


def _with_jobs(work: "Callable[[Jobs], Awaitable[T]]") -> T:
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> T:
        async with open_records(read_settings()) as records:
            return await work(records.jobs)

    return asyncio.run(run())


def _troubles(job: "Job") -> str:
    told = [f"tried {job.tries} times" if job.tries > 1 else "tried once" if job.tries else "", safe(job.trouble)]
    due = f"next at {job.due_at:%H:%M:%S}" if job.due_at is not None else ""
    shown = ", ".join(part for part in (*told, due) if part)
    return f"  ({shown})" if shown else ""


def _print_json(told: dict[str, Any]) -> None:
    typer.echo(json.dumps(told, default=str, ensure_ascii=False, indent=2))
