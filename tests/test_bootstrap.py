"""Assembly: what goes on in the background goes on whatever an earlier process left."""

import asyncio
import sqlite3
from pathlib import Path

from structlog.testing import capture_logs

from app.bootstrap import build_services
from app.config import Settings
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
            database.execute("INSERT INTO jobs VALUES ('grade an-1', 'grade', 'an-1', 0, '2026-01-01 00:00:00.000000')")
            database.close()
            begin.set()
            async with asyncio.timeout(10):
                while await services.jobs.open_count():
                    await asyncio.sleep(0.02)
    assert "replies left by an earlier process could not be read" in [entry["event"] for entry in logged]
