"""How a Chroma client is opened: on a folder this process owns, or on a server."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from vectorstore.errors import (
    CollectionDamaged,
    CollectionMissing,
    DimensionMismatch,
    StoreUnavailable,
    VectorStoreError,
)
from vectorstore.ownership import Ownership

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI
    from chromadb.api.client import Client

REBUILD = "run: viva bank reindex"
_TIMEOUT_S = 30.0
_DATABASE = "chroma.sqlite3"
_SEGMENT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class EmbeddedChroma:
    """Chroma in this process, on a folder that it owns."""

    def __init__(self, ownership: Ownership) -> None:
        self._folder = ownership.folder
        self.place = str(ownership.folder)

    def open(self) -> "Client":
        """A client; one a process.

        Raises:
            CollectionDamaged: What lies in the folder cannot be read.
        """
        # Half a second of import, so only once the store is wanted.
        import chromadb  # noqa: PLC0415 (slow to import)
        from chromadb.api.shared_system_client import SharedSystemClient  # noqa: PLC0415 (slow to import)
        from chromadb.config import Settings  # noqa: PLC0415 (slow to import)

        try:
            with translated(self.place):
                client = chromadb.PersistentClient(path=self.place, settings=Settings(anonymized_telemetry=False))
                return cast("Client", client)  # annotated as its interface, which lacks `close`
        except VectorStoreError:
            # Chroma keeps the half-started system by its path and would hand it out for ever; it offers no other way
            # to drop a single one.
            SharedSystemClient._identifier_to_system.pop(self.place, None)
            raise

    def close(self, client: "Client") -> None:
        """Close the client and with it the files."""
        client.close()

    def wipe(self) -> None:
        """Remove what Chroma wrote into the folder and nothing else; its client must be closed.

        Dropping a collection frees nothing on disk and cannot drop what is damaged.
        """
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.name.startswith(_DATABASE):
                    path.unlink()
                elif path.is_dir() and _SEGMENT.fullmatch(path.name):
                    shutil.rmtree(path)


class ChromaServer:
    """A Chroma server, by URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise StoreUnavailable(f'VIVA_CHROMA_URL is "{url}"; expected an address such as http://localhost:8001.')
        self._host = parts.hostname
        self._ssl = parts.scheme == "https"
        self._port = parts.port or (443 if self._ssl else 80)
        self.place = url

    def open(self) -> "Client":
        """A client; one a process.

        Raises:
            StoreUnavailable: No Chroma server answers there.
        """
        # Half a second of import, so only once the store is wanted.
        import chromadb  # noqa: PLC0415 (slow to import)
        from chromadb.config import Settings  # noqa: PLC0415 (slow to import)

        with translated(self.place):
            try:
                settings = Settings(anonymized_telemetry=False)
                client = chromadb.HttpClient(host=self._host, port=self._port, ssl=self._ssl, settings=settings)
            except ValueError as error:
                # Chroma's client wraps every failure of its first request in one.
                raise StoreUnavailable(_unreachable(self.place, error)) from error
        for session in _sessions_of(client):
            session.timeout = _TIMEOUT_S
        return cast("Client", client)  # annotated as its interface, which lacks `close`

    def close(self, client: "Client") -> None:
        """Close the client with its connections."""
        client.close()
        for session in _sessions_of(client):
            session.close()


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Chroma's exceptions as Viva's.

    Raises:
        CollectionMissing: The collection is not there.
        CollectionDamaged: It is, and cannot be read.
        DimensionMismatch: A vector has another length than the collection's.
        StoreUnavailable: The server cannot be reached.
    """
    # Imported by now; at module level they would cost every command half a second.
    import httpx  # noqa: PLC0415 (slow to import)
    from chromadb.errors import ChromaError, InvalidDimensionException, NotFoundError  # noqa: PLC0415 (slow to import)

    try:
        yield
    except NotFoundError as error:
        raise CollectionMissing(f"The vector store in {place} has no vectors for this model yet: {REBUILD}") from error
    except InvalidDimensionException as error:
        raise DimensionMismatch(str(error)) from error
    except ChromaError as error:
        if "dimension" in str(error):
            raise DimensionMismatch(f"{error}; {REBUILD}") from error
        raise CollectionDamaged(f"The vector store in {place} cannot be read ({error}); {REBUILD}") from error
    except (httpx.HTTPError, OSError) as error:
        raise StoreUnavailable(_unreachable(place, error)) from error


def _sessions_of(client: "ClientAPI") -> "list[httpx.Client]":
    # Chroma's client neither closes its connections nor offers a timeout (it waits for ever), nor do those of the
    # second client that it makes to look up its database.
    servers = [client._server, client._admin_client._server]  # type: ignore[attr-defined]  # private, see above
    return [server._session for server in servers]


def _unreachable(place: str, error: Exception) -> str:
    return f"The Chroma server at {place} cannot be reached ({error}); start it, or unset VIVA_CHROMA_URL."
