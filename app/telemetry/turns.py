"""One delivery of a candidate, watched: a span, a count, its time, and a line of log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from app.errors import AppError
from app.telemetry.measures import TURN_SECONDS, TURNS
from app.telemetry.spans import span

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Turn:
    """What becomes known of a delivery while it is taken.

    Attributes:
        mode: What the interview is for; empty until it is found.
        waits: Whether the candidate was told to wait for the reading.
    """

    mode: str = ""
    waits: bool = False


@contextmanager
def taken(*, interview: str, channel: str, kind: str) -> Iterator[Turn]:
    """A delivery while it is taken. One to an interview that is not there is no turn and is left out.

    Args:
        interview: Its id, as it was asked for.
        channel: Where it came in.
        kind: "reply", or which command.
    """
    turn = Turn()
    outcome = "failed"
    started_at = time.perf_counter()
    try:
        with span("turn", interview=interview, channel=channel, kind=kind):
            yield turn
        outcome = "waiting" if turn.waits else "taken"
    except AppError:
        outcome = "refused"
        raise
    finally:
        taken_s = time.perf_counter() - started_at
        if turn.mode:
            TURNS.labels(turn.mode, kind, outcome).inc()
            TURN_SECONDS.labels(turn.mode, kind).observe(taken_s)
            _log.info(
                "turn",
                interview=interview,
                channel=channel,
                mode=turn.mode,
                kind=kind,
                outcome=outcome,
                duration_ms=round(taken_s * 1000, 1),
            )
