"""What can go wrong between a text and its vector."""


class VectorStoreError(Exception):
    """The vector store or the embedder cannot do what was asked."""


class CollectionMissing(VectorStoreError):
    """The collection of this embedding model does not exist or cannot be read; `viva bank reindex` rebuilds it."""


class CollectionDamaged(CollectionMissing):
    """The collection, or the whole store, is there and cannot be read; `viva bank reindex` rebuilds it."""


class StoreUnavailable(VectorStoreError):
    """The Chroma server cannot be reached; the sentence says where it was looked for."""


class VectorsStale(VectorStoreError):
    """Vectors asked for by id are missing or differ from what was indexed; `viva bank reindex` rebuilds them.

    Attributes:
        ids: The vector ids concerned.
    """

    def __init__(self, ids: tuple[str, ...]) -> None:
        self.ids = ids
        shown = ", ".join(ids[:3]) + ("…" if len(ids) > 3 else "")
        super().__init__(f"{len(ids)} vector(s) missing or changed ({shown}); run: viva bank reindex")


class DimensionMismatch(VectorStoreError):
    """A vector has another length than its collection."""


class EmbedderUnavailable(VectorStoreError):
    """The embedding model cannot be loaded or reached; the sentence says why and what to do."""


class EntailmentUnavailable(VectorStoreError):
    """The entailment model cannot be loaded or used; the sentence says why and what to do."""


class StoreInUse(VectorStoreError):
    """Another process owns the embedded vector store.

    Attributes:
        owner: What runs there, such as "viva serve".
        pid: Its process id.
        url: Its HTTP address, when it is a server; else None.
    """

    def __init__(self, owner: str, pid: int, url: str | None) -> None:
        self.owner = owner
        self.pid = pid
        self.url = url
        super().__init__(f"The vector store is in use by {owner} (pid {pid}); stop it or set VIVA_CHROMA_URL.")
