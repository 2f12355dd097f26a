"""All measures as Prometheus reads them: what this process counted, and how things stand at the moment of asking."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from app.telemetry.measures import REGISTRY

MEDIA_TYPE = CONTENT_TYPE_LATEST
PATIENCE_S = 3.0
"""How long the database and the vector store may take to answer before they count as not reachable."""
T = TypeVar("T")


class QueueDepth(Protocol):
    """How much one queue of jobs has before it."""

    @property
    def queue(self) -> StrEnum:
        """Which."""
        ...

    @property
    def waiting(self) -> int:
        """Jobs that wait."""
        ...

    @property
    def running(self) -> int:
        """Jobs under way."""
        ...

    @property
    def failed(self) -> int:
        """Jobs given up."""
        ...

    @property
    def oldest_s(self) -> float | None:
        """Seconds since the oldest that waits was asked for; None where none waits."""
        ...


class QueueDepths(Protocol):
    """Tells how the queues stand, from the database."""

    async def depths(self) -> Sequence[QueueDepth]:
        """Every queue."""
        ...


class Vectors(Protocol):
    """Asks the vector store."""

    async def count(self) -> int:
        """Passages in it."""
        ...


class EmbeddingModel(Protocol):
    """Tells how the model is."""

    @property
    def name(self) -> str:
        """Of the model."""
        ...

    @property
    def status(self) -> str:
        """One word, or one and after a colon why."""
        ...


class Watched(Protocol):
    """What of the assembled services is looked at."""

    @property
    def jobs(self) -> QueueDepths:
        """The queues of jobs."""
        ...

    @property
    def index(self) -> Vectors:
        """The vectors of the banks."""
        ...

    @property
    def embedder(self) -> EmbeddingModel:
        """The embedding model."""
        ...

    @property
    def warming(self) -> str | None:
        """What the grader still waits for; None when it is warm."""
        ...


async def exposition(services: Watched) -> bytes:
    """Everything, in the text format of Prometheus; neither a database nor a vector store that is away prevents it."""
    depths, passages = await asyncio.gather(_within(services.jobs.depths()), _within(services.index.count()))
    now = CollectorRegistry()
    now.register(_Standing(services, depths, passages))
    return generate_latest(REGISTRY) + generate_latest(now)


async def _within(asked: Awaitable[T]) -> T | None:
    """The answer; None where none comes in time, whatever the reason."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await asked
    except Exception:  # noqa: BLE001 (that it is away is what is to be told, in whichever way it shows)
        return None


class _Standing(Collector):
    def __init__(self, services: Watched, depths: Sequence[QueueDepth] | None, passages: int | None) -> None:
        self._services = services
        self._depths = depths
        self._passages = passages

    def collect(self) -> Iterator[Metric]:
        reachable = GaugeMetricFamily("viva_reachable", "1 where it answers.", labels=["service"])
        reachable.add_metric(["database"], float(self._depths is not None))
        reachable.add_metric(["vector_store"], float(self._passages is not None))
        yield reachable
        model = GaugeMetricFamily("viva_embedder", "1 for the state it is in.", labels=["model", "state"])
        embedder = self._services.embedder
        model.add_metric([embedder.name, embedder.status.partition(":")[0]], 1.0)
        yield model
        yield GaugeMetricFamily("viva_warm", "1 once answers can be graded.", float(self._services.warming is None))
        if self._passages is not None:
            yield GaugeMetricFamily("viva_passages", "Passages of banks in the vector store.", self._passages)
        yield from self._queues(self._depths or ())

    def _queues(self, depths: Sequence[QueueDepth]) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("viva_jobs", "Jobs of all processes together.", labels=["queue", "state"])
        oldest = GaugeMetricFamily(
            "viva_jobs_oldest_seconds",
            "Age of the oldest job that waits, of all processes together; 0 where none does.",
            labels=["queue"],
        )
        for depth in depths:
            jobs.add_metric([depth.queue.value, "waiting"], depth.waiting)
            jobs.add_metric([depth.queue.value, "running"], depth.running)
            jobs.add_metric([depth.queue.value, "failed"], depth.failed)
            oldest.add_metric([depth.queue.value], depth.oldest_s or 0.0)
        yield jobs
        yield oldest
