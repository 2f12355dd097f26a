"""What is told of how things stand, also where they do not stand well."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.interviews.models import Queue
from app.jobs.port import Depth
from app.telemetry.exposition import exposition
from tests.telemetry.reading import value
from vectorstore.errors import StoreUnavailable


@dataclass(frozen=True)
class Queues:
    found: Sequence[Depth] | None

    async def depths(self) -> Sequence[Depth]:
        if self.found is None:
            raise ConnectionError("the database is away")
        return self.found


@dataclass(frozen=True)
class Vectors:
    passages: int | None

    async def count(self) -> int:
        if self.passages is None:
            raise StoreUnavailable("the Chroma server is away")
        return self.passages


@dataclass(frozen=True)
class Model:
    name: str = "a-model"
    status: str = "failed: it lies in a folder that nobody may know"


@dataclass(frozen=True)
class Standing:
    jobs: Queues = field(default_factory=lambda: Queues(()))
    index: Vectors = field(default_factory=lambda: Vectors(3))
    embedder: Model = field(default_factory=Model)
    warming: str | None = None


async def told(standing: Standing) -> str:
    return (await exposition(standing)).decode()


async def test_queues_are_told_by_state_with_the_age_of_their_oldest_job() -> None:
    live = Depth(queue=Queue.LIVE, waiting=2, running=1, failed=0, oldest_s=12.5)
    batch = Depth(queue=Queue.BATCH, waiting=0, running=0, failed=4, oldest_s=None)
    text = await told(Standing(jobs=Queues((live, batch))))

    assert value(text, "viva_jobs", queue="live", state="waiting") == 2
    assert value(text, "viva_jobs", queue="live", state="running") == 1
    assert value(text, "viva_jobs", queue="batch", state="failed") == 4
    assert value(text, "viva_jobs_oldest_seconds", queue="live") == 12.5
    assert value(text, "viva_jobs_oldest_seconds", queue="batch") == 0


async def test_a_database_and_a_vector_store_that_are_away_are_told_of_and_keep_nothing_else_back() -> None:
    text = await told(Standing(jobs=Queues(None), index=Vectors(None)))

    assert value(text, "viva_reachable", service="database") == 0
    assert value(text, "viva_reachable", service="vector_store") == 0
    assert value(text, "viva_warm") == 1
    assert "viva_turns" in text


async def test_a_model_is_told_by_its_state_without_the_reason_which_may_name_folders() -> None:
    text = await told(Standing(warming="embedding model: failed"))

    assert value(text, "viva_embedder", model="a-model", state="failed") == 1
    assert value(text, "viva_warm") == 0
    assert "folder" not in text
