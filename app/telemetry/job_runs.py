"""Runs of jobs, watched: a span, a count, the time, and a line of log each."""

import time
from collections.abc import Awaitable, Callable

import structlog

from app.telemetry.measures import JOB_SECONDS, JOBS
from app.telemetry.spans import span

_log = structlog.get_logger(__name__)
Handler = Callable[[tuple[str, ...]], Awaitable[bool]]


def watched(kind: str, handler: Handler) -> Handler:
    """The handler of a kind of job, with each of its runs told of.

    Args:
        kind: Of job.
        handler: Takes a job's ids; False means that it is not finished.
    """

    async def run(ids: tuple[str, ...]) -> bool:
        outcome = "failed"
        started_at = time.perf_counter()
        try:
            with span("job", kind=kind, ids=" ".join(ids)):
                is_done = await handler(ids)
            outcome = "done" if is_done else "unfinished"
            return is_done
        finally:
            taken_s = time.perf_counter() - started_at
            JOBS.labels(kind, outcome).inc()
            JOB_SECONDS.labels(kind).observe(taken_s)
            _log.info("job", kind=kind, ids=list(ids), outcome=outcome, duration_ms=round(taken_s * 1000, 1))

    return run
