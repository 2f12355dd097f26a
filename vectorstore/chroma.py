"""Chroma as the keeper of Viva's vectors: embedded on a folder this process owns, or a server.

Chroma's client is synchronous; it is wrapped here, once, by threads.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from vectorstore.chroma_client import ChromaServer, EmbeddedChroma, translated
from vectorstore.chroma_collection import ChromaCollection
from vectorstore.embeddings import Embedder, Vectors
from vectorstore.errors import CollectionDamaged, CollectionMissing
from vectorstore.store import Hit, Passage

if TYPE_CHECKING:
    from chromadb.api.client import Client

T = TypeVar("T")


def collection_name(embedder: Embedder) -> str:
    """The collection of an embedding model: its name, its fingerprint and how vectors are compared.

    The number of dimensions follows from the model, and that of an endpoint is unknown until it has answered;
    it stands in the collection's metadata instead.
    """
    name = re.sub(r"[^a-z0-9]+", "-", embedder.name.lower()).strip("-")[:60].strip("-")
    return f"{name or 'model'}-{embedder.fingerprint[:16]}-cosine"


class ChromaStore:
    """Passages in one Chroma collection. Opened at first use; one a process."""

    def __init__(self, where: EmbeddedChroma | ChromaServer, collection: str) -> None:
        """Nothing is opened yet.

        Args:
            where: An owned folder or a server.
            collection: See `collection_name`.
        """
        self._where = where
        self._name = collection
        self._client: Client | None = None
        self._collection: ChromaCollection | None = None
        # `clear` closes and reopens the client, which it may not do under another thread's feet.
        self._lock = threading.Lock()

    async def index(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Store passages with their vectors; see `VectorStore.index`."""
        if passages:
            dimensions = vectors.shape[1]
            await self._use(lambda collection: collection.index(passages, vectors), create=dimensions)

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        """Passage and vector of each id; see `VectorStore.fetch`."""
        wanted = list(dict.fromkeys(ids))
        return await self._use(lambda collection: collection.fetch(wanted)) if wanted else {}

    async def search(self, vector: Vectors, *, limit: int, kind: str = "criterion") -> list[Hit]:
        """The nearest passages, nearest first; see `VectorStore.search`."""
        return await self._use(lambda collection: collection.search(vector, limit, kind))

    async def present(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that are there; see `VectorStore.present`."""
        wanted = list(dict.fromkeys(ids))
        return await self._use_if_there(lambda collection: collection.present(wanted), frozenset())

    async def count(self) -> int:
        """Passages in the collection; 0 when there is none."""
        return await self._use_if_there(lambda collection: collection.count(), 0)

    async def ids(self) -> frozenset[str]:
        """Every id in the collection; empty when there is none."""
        return await self._use_if_there(lambda collection: collection.ids(), frozenset())

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove passages; ids that are not there are ignored."""
        unwanted = list(dict.fromkeys(ids))
        await self._use_if_there(lambda collection: collection.delete(unwanted), None)

    async def clear(self) -> None:
        """Drop the collection, damaged or not; see `VectorStore.clear`."""
        await asyncio.to_thread(self._clear)

    async def aclose(self) -> None:
        """Close the client."""
        await asyncio.to_thread(self._close)

    async def _use_if_there(self, work: Callable[[ChromaCollection], T], otherwise: T) -> T:
        try:
            return await self._use(work)
        except CollectionDamaged:
            raise
        except CollectionMissing:
            return otherwise

    async def _use(self, work: Callable[[ChromaCollection], T], create: int | None = None) -> T:
        return await asyncio.to_thread(self._locked, work, create)

    def _locked(self, work: Callable[[ChromaCollection], T], create: int | None) -> T:
        with self._lock:
            known = self._collection is not None
            try:
                return self._attempt(work, create)
            except CollectionMissing:
                # Another process beside the same Chroma server may have rebuilt it, under a new identity.
                self._collection = None
                if not known:
                    raise
                return self._attempt(work, create)

    def _attempt(self, work: Callable[[ChromaCollection], T], create: int | None) -> T:
        client = self._opened()
        with translated(self._where.place):
            if self._collection is None:
                if create is None:
                    self._collection = ChromaCollection.existing(client, self._name)
                else:
                    self._collection = ChromaCollection.created(client, self._name, create)
            return work(self._collection)

    def _opened(self) -> "Client":
        if self._client is None:
            self._client = self._where.open()
        return self._client

    def _clear(self) -> None:
        with self._lock:
            try:
                self._drop()
            except CollectionDamaged:
                if isinstance(self._where, ChromaServer):
                    raise
                # Damaged beyond dropping: nothing in it is worth keeping, since SQL has it all.
                self._wipe(self._where)

    def _drop(self) -> None:
        client = self._opened()
        self._collection = None
        with translated(self._where.place):
            names = {listed.name for listed in client.list_collections()}
        if isinstance(self._where, EmbeddedChroma) and names <= {self._name}:
            self._wipe(self._where)  # which frees the disk, as dropping a collection does not
        elif self._name in names:
            with translated(self._where.place):
                client.delete_collection(self._name)

    def _wipe(self, folder: EmbeddedChroma) -> None:
        self._close_client()
        folder.wipe()

    def _close(self) -> None:
        with self._lock:
            self._close_client()

    def _close_client(self) -> None:
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            self._where.close(client)
