"""Brings the vector store after the database: a bank version imported by any process is indexed within two seconds."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from app.banks.index import BankContent, BankIndex
from app.grading.encodings import RubricEncoding, RubricSource
from app.grading.grader import BankRef, GradeRequest
from vectorstore.errors import VectorStoreError

LOOK_EVERY_S = 1.0
_RETRY_AFTER_S = 5.0

_log = structlog.get_logger(__name__)


class BankVersions(Protocol):
    """The bank versions there are."""

    async def refs(self) -> Sequence[BankRef]:
        """Every version of every bank."""
        ...

    async def load(self, ref: BankRef) -> BankContent:
        """One of them with its content."""
        ...


class Indexer:
    """Looks for bank versions that are not in the vector store yet, and is the rubric source that waits for them.

    Args:
        index: Writes vectors.
        versions: The banks of the database.
        rubrics: Where encodings come from once everything is indexed.
    """

    def __init__(self, index: BankIndex, versions: BankVersions, rubrics: RubricSource) -> None:
        self._index = index
        self._versions = versions
        self._rubrics = rubrics
        self._seen: set[BankRef] = set()
        self._first = asyncio.Event()
        self.trouble: str | None = None
        """Why the last look failed; None when all is well."""

    @property
    def is_ready(self) -> bool:
        """Whether every version that was there at the start is indexed."""
        return self._first.is_set() and self.trouble is None

    async def look(self) -> int:
        """Index what is new; gives the number of passages embedded.

        Raises:
            VectorStoreError: The store or the embedder is not there.
        """
        new = [ref for ref in await self._versions.refs() if ref not in self._seen]
        embedded = 0
        for ref in new:
            embedded += await self._index.ensure([await self._versions.load(ref)])
            self._seen.add(ref)
        self._first.set()
        self.trouble = None
        return embedded

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            pause = LOOK_EVERY_S
            try:
                embedded = await self.look()
                if embedded:
                    _log.info("banks indexed", passages=embedded)
            except VectorStoreError as error:
                if self.trouble is None:
                    _log.warning("banks cannot be indexed", reason=str(error))
                pause = self._failed(str(error))
            except Exception as error:  # noqa: BLE001 (a database away for a moment must not end this for good; logged)
                if self.trouble is None:
                    _log.exception("banks cannot be indexed")
                # Not its message: it may quote what is in the database.
                pause = self._failed(f"question banks cannot be indexed ({type(error).__name__}); the log says where")
            await asyncio.sleep(pause)

    def _failed(self, trouble: str) -> float:
        """Remember why a look failed; gives the seconds to the next."""
        self.trouble = trouble
        # Whoever waits for the first look is told what is wrong rather than kept waiting.
        self._first.set()
        return _RETRY_AFTER_S

    async def rebuild(self) -> int:
        """Drop every vector and make all of them again; gives their number.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached; nothing was dropped then.
        """
        refs = await self._versions.refs()
        embedded = await self._index.rebuild([await self._versions.load(ref) for ref in refs])
        self._seen = set(refs)
        self.trouble = None
        return embedded

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """As `RubricSource`, after the first look; a version imported since the last one is indexed first."""
        await self._first.wait()
        for ref in {request.bank for request in requests if request.bank is not None} - self._seen:
            await self._index.ensure([await self._versions.load(ref)])
            self._seen.add(ref)
        return await self._rubrics.encodings(requests)
