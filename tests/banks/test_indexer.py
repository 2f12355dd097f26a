"""The vector store follows the database: nobody has to wait for the next look."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from app.banks.index import BankContent, BankIndex
from app.banks.indexer import Indexer
from app.grading.grader import BankRef
from tests.banks.test_index import a_bank, a_version, asked
from tests.fakes import HashEmbedder, InMemoryVectorStore
from vectorstore.token_cache import TokenCache


class Imported:
    """The banks of a database."""

    def __init__(self, *versions: BankContent) -> None:
        self.versions = {version.ref: version for version in versions}

    async def refs(self) -> Sequence[BankRef]:
        return list(self.versions)

    async def load(self, ref: BankRef) -> BankContent:
        return self.versions[ref]


async def test_an_answer_to_a_bank_imported_since_the_last_look_is_read_at_once(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    index = BankIndex(InMemoryVectorStore(), embedder, TokenCache(tmp_path, embedder.fingerprint))
    imported = Imported(a_version(a_bank("old")))
    indexer = Indexer(index, imported, index)
    await indexer.look()
    new = a_version(a_bank("new"))
    imported.versions[new.ref] = new
    (encoding,) = await indexer.encodings([asked(new)])
    assert len(encoding.criteria) == len(asked(new).criteria)
    assert await indexer.look() == 0


class Away(Imported):
    """A database that cannot be reached at first."""

    def __init__(self, *versions: BankContent) -> None:
        super().__init__(*versions)
        self.is_away = True

    async def refs(self) -> Sequence[BankRef]:
        if self.is_away:
            raise OperationalError("SELECT what a candidate wrote", {}, OSError("disk I/O error"))
        return await super().refs()


async def test_a_database_that_is_away_is_said_and_does_not_end_indexing(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    index = BankIndex(InMemoryVectorStore(), embedder, TokenCache(tmp_path, embedder.fingerprint))
    database = Away(a_version(a_bank("old")))
    indexer = Indexer(index, database, index)
    with capture_logs() as logged:
        running = asyncio.create_task(indexer.run())
        while indexer.trouble is None and not running.done():
            await asyncio.sleep(0)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert indexer.trouble == "question banks cannot be indexed (OperationalError); the log says where"
    assert [entry["event"] for entry in logged] == ["banks cannot be indexed"]
    database.is_away = False
    assert await indexer.look() > 0
    assert indexer.is_ready
