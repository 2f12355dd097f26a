"""The vector store follows the database: nobody has to wait for the next look."""

from collections.abc import Sequence
from pathlib import Path

from app.banks.index import BankIndex, BankVersion
from app.banks.indexer import Indexer
from app.grading.grader import BankRef
from tests.banks.test_index import a_bank, a_version, asked
from tests.fakes import HashEmbedder, InMemoryVectorStore
from vectorstore.token_cache import TokenCache


class Imported:
    """The banks of a database."""

    def __init__(self, *versions: BankVersion) -> None:
        self.versions = {version.ref: version for version in versions}

    async def refs(self) -> Sequence[BankRef]:
        return list(self.versions)

    async def load(self, ref: BankRef) -> BankVersion:
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
