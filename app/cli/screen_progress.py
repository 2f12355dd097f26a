"""How far the grading of a screening is, on one line that moves: rate, time left, cost so far, what failed."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import typer

from app.cli.spending import Spending
from app.screening.screening import Progress

_REMEMBERED_S = 30.0
_PLAIN_EVERY_S = 15.0


@dataclass
class Pace:
    """How fast answers settle: over the last half minute, so that a slow start is forgotten."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, at_s: float, settled: int) -> None:
        """So many were settled at that time."""
        self.seen.append((at_s, settled))
        while len(self.seen) > 2 and at_s - self.seen[0][0] > _REMEMBERED_S:
            self.seen.popleft()

    @property
    def per_second(self) -> float:
        """Answers a second; 0 while that can't be told."""
        if len(self.seen) < 2:
            return 0.0
        (began, first), (ended, last) = self.seen[0], self.seen[-1]
        return (last - first) / (ended - began) if ended > began else 0.0


def told(progress: Progress, pace: Pace, spending: Spending) -> str:
    """Everything about the progress but the bar."""
    said = []
    if rate := pace.per_second:
        left = progress.answers - progress.settled
        said.append(f"{rate:,.1f}/s" + (f", about {_duration(left / rate)} left" if left else ""))
    if spending.cost is not None:
        said.append(f"{spending.cost:,.2f} {spending.currency}".rstrip() + " so far")
    if progress.critiques_failed:
        said.append(f"{progress.critiques_failed} without a critique")
    if progress.unread:
        said.append(f"{progress.unread} not readable yet")
    return "; ".join(said)


@contextmanager
def shown() -> Iterator[Callable[[Progress, str], None]]:
    """Shows progress on standard error: a bar where a person is watching, else a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    # Importing rich takes longer than `viva --help` may.
    from rich.console import Console  # noqa: PLC0415 (slow to import)
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415 (slow to import)
    from rich.progress import Progress as Bar  # noqa: PLC0415 (slow to import)

    columns = (
        TextColumn("Grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", told="")
        yield lambda progress, said: bar.update(task, total=progress.answers, completed=progress.settled, told=said)


def _lines() -> Callable[[Progress, str], None]:
    last = [time.monotonic()]

    def line(progress: Progress, said: str) -> None:
        if time.monotonic() - last[0] >= _PLAIN_EVERY_S:
            last[0] = time.monotonic()
            tail = f"; {said}" if said else ""
            typer.echo(f"{progress.settled:,} of {progress.answers:,} answers graded{tail}.", err=True)

    return line


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes >= 2 else f"{minutes * 60 + rest} s"
