"""Local readings, watched: a span, counts, and the time of each call of the reader."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.telemetry.measures import READING_SECONDS, READINGS
from app.telemetry.spans import span


@contextmanager
def reading(answers: int) -> Iterator[None]:
    """One call of the reader, of so many answers."""
    outcome = "unavailable"
    started_at = time.perf_counter()
    try:
        with span("reading", answers=answers):
            yield
        outcome = "read"
        READING_SECONDS.labels("one" if answers == 1 else "block").observe(time.perf_counter() - started_at)
    finally:
        READINGS.labels(outcome).inc(answers)


def stopped(answers: int) -> None:
    """Answers that said nothing, so that no model was asked."""
    READINGS.labels("stopped").inc(answers)
