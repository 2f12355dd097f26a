"""Assembly: what goes on in the background goes on whatever an earlier process left."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.bootstrap import build_grader, build_services
from app.config import Settings
from app.db.engine import make_engine
from app.errors import InvalidInput
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded
from app.interviews.models import JobRequest
from app.jobs.enqueueing import enqueue
from rubric.criteria import Criterion
from tests.nli_models import save_nli_model
from tests.stub_llm import StubLLM


async def test_jobs_start_although_what_was_left_cannot_be_read(tmp_path: Path, stub_llm: StubLLM) -> None:
    settings = Settings(
        data_dir=tmp_path, embeddings_base_url=stub_llm.base_url, embedding_model="stub-embedder", database_url=None
    )
    begin = asyncio.Event()
    with capture_logs() as logged:
        async with build_services(settings, background=True, begin=begin) as services:
            database = sqlite3.connect(tmp_path / "viva.db", isolation_level=None)
            database.execute("ALTER TABLE interviews RENAME TO gone")
            database.close()
            engine = make_engine(settings)
            with engine.begin() as connection:
                enqueue(connection, JobRequest("grade", "grade an-1", ("an-1",)))
            engine.dispose()
            begin.set()
            async with asyncio.timeout(10):
                while await services.jobs.open_count():
                    await asyncio.sleep(0.02)
    assert "replies left by an earlier process could not be read" in [entry["event"] for entry in logged]


MULCH = GradeRequest(
    question="How do you keep a garden?",
    criteria=(Criterion(id="c1", text="Spread mulch so that the soil keeps its moisture."),),
    parts=("I spread mulch, indeed, so that the soil keeps its moisture.",),
)


async def test_grade_names_the_configured_entailment_model(tmp_path: Path) -> None:
    folder = save_nli_model(tmp_path / "tiny-nli")
    async with build_grader(Settings(entailment_model=str(folder))) as grader:
        outcome = await grader.grade(MULCH)
    assert isinstance(outcome, Graded)
    assert outcome.provenance["entailment"] == "tiny-nli"
    assert outcome.provenance["inferences"] == {"c1": [[0.9932, 0.0008]]}


async def test_missing_entailment_model_is_lacking_and_everything_goes_on(tmp_path: Path, stub_llm: StubLLM) -> None:
    settings = Settings(
        data_dir=tmp_path,
        embeddings_base_url=stub_llm.base_url,
        embedding_model="stub-embedder",
        entailment_model="no-such-nli-model",
        database_url=None,
    )
    async with build_services(settings) as services, asyncio.timeout(20):
        while services.warming is not None:
            await asyncio.sleep(0.02)
        assert services.lacking is not None
        assert "hf download cross-encoder/no-such-nli-model" in services.lacking
        assert isinstance(await services.grader.grade(MULCH), Graded)


async def test_languages_of_the_bundled_model_cannot_be_claimed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="VIVA_EMBEDDING_LANGUAGES"):
        async with build_grader(Settings(data_dir=tmp_path, embedding_languages="de")):
            pass
