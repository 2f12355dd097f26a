"""Replies that were paid for once: the same request gets the same reply, and no other request ever does.

Only exact repetition counts: a cache by similarity would give a negated answer its opposite's grade. Entries outlive
grades and know nothing of interviews, so a reply is sealed with a key that only the request itself gives, answer and
all: once an answer is deleted, nobody can read what was said about it. The file is bounded, so that it goes in time.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.llm.chat import Completion, StructuredRequest, Usage
from app.llm.dialect import SEED
from app.llm.replies import parse_object

SCHEMA = 1
MOST_REPLIES = 100_000
"""A few hundred megabytes."""
BUSY_TIMEOUT_S = 5.0
GATHERED_S = 0.05
"""How long replies are gathered to be written together; by then the answer they belong to has its grade."""
_NONCE = 12

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplyKey:
    """What identifies a request, all of it.

    Attributes:
        id: Hex sha256; names the entry and gives nothing of the request away but to who can repeat it.
        secret: 32 bytes that seal the entry; as impossible to know without the request, and never stored.
    """

    id: str
    secret: bytes


class ReplyCache(Protocol):
    """Keeps replies that were found whole; never raises for what its storage does."""

    async def find(self, key: ReplyKey) -> Completion | None:
        """The reply to this very request, with nothing spent; None where there is none."""
        ...

    async def keep(self, key: ReplyKey, completion: Completion) -> None:
        """Remember a reply."""
        ...

    async def aclose(self) -> None:
        """Release the file."""
        ...


def key_of(request: StructuredRequest, *, model: str, endpoint: str) -> ReplyKey:
    """The key of a request to this model at this address."""
    asked = {
        "entry": SCHEMA,
        "endpoint": endpoint,
        "model": model,
        "seed": SEED + request.take,
        "messages": [(message.role, message.content) for message in request.messages],
        "schema": (request.schema_name, request.schema),
        "max_tokens": request.max_tokens,
    }
    # Keys stay in their order: a schema that lists the same properties in another one is another question.
    digest = hashlib.sha256(json.dumps(asked).encode()).digest()
    return ReplyKey(hashlib.sha256(b"id" + digest).hexdigest(), hashlib.sha256(b"secret" + digest).digest())


class InMemoryReplyCache:
    """Forgets with its process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def find(self, key: ReplyKey) -> Completion | None:
        """See `ReplyCache.find`."""
        return _read(self._kept.get(key.id), key)

    async def keep(self, key: ReplyKey, completion: Completion) -> None:
        """See `ReplyCache.keep`."""
        self._kept[key.id] = _written(completion, key)

    async def aclose(self) -> None:
        """Nothing to release."""


class SqliteReplyCache:
    """A file that several processes may share; made at first use, mode 0600.

    Entries are looked up on the event loop, as a hop to a thread and back takes ten times as long, and are written
    behind the answer's back, as many at once as came meanwhile; the oldest go once there are too many.
    """

    def __init__(self, file: Path, *, most: int = MOST_REPLIES) -> None:
        """Nothing is opened yet.

        Args:
            file: Made where it is missing.
            most: Replies that are kept, at least 1.
        """
        self._file = file
        self._most = most
        self._opening = asyncio.Lock()
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None
        self._is_broken = False
        self._unwritten: dict[str, bytes] = {}
        self._writer: asyncio.Task[None] | None = None

    async def find(self, key: ReplyKey) -> Completion | None:
        """See `ReplyCache.find`."""
        sealed = self._unwritten.get(key.id)
        return _read(sealed if sealed is not None else await self._kept(key.id), key)

    async def keep(self, key: ReplyKey, completion: Completion) -> None:
        """See `ReplyCache.keep`; other processes find it a moment later."""
        if self._is_broken:
            return
        self._unwritten[key.id] = _written(completion, key)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())

    async def aclose(self) -> None:
        """Write what is unwritten and close the file."""
        if self._writer is not None:
            await self._writer
        for connection in (self._reading, self._writing):
            if connection is not None:
                connection.close()
        self._reading = self._writing = None

    async def _kept(self, id_: str) -> bytes | None:
        try:
            await self._open()
            if self._reading is None:
                return None
            row = self._reading.execute("SELECT sealed FROM kept WHERE id = ?", (id_,)).fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                self._give_up(error)
            return None  # another process mends the file, say; to wait for it would hold up every answer
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return row[0] if row else None

    async def _write(self) -> None:
        try:
            await self._open()
            while self._unwritten and self._writing is not None:
                await asyncio.sleep(GATHERED_S)
                entries = dict(self._unwritten)
                await asyncio.to_thread(_insert, self._writing, entries, self._most)
                for id_, sealed in entries.items():
                    if self._unwritten.get(id_) is sealed:  # given up meanwhile, or kept anew
                        del self._unwritten[id_]
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
        finally:
            self._writer = None

    async def _open(self) -> None:
        async with self._opening:
            if self._reading is None and not self._is_broken:
                self._writing = await asyncio.to_thread(_opened, self._file)
                self._reading = sqlite3.connect(self._file, timeout=0, isolation_level=None)

    def _give_up(self, error: Exception) -> None:
        """Ask the file no more in this process; said once in the log."""
        self._unwritten.clear()
        if not self._is_broken:
            self._is_broken = True
            _log.warning("the cache of replies cannot be used", error=type(error).__name__)


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("DROP TABLE IF EXISTS replies")  # of a file from before the rows were numbered
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL)")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _insert(connection: sqlite3.Connection, entries: Mapping[str, bytes], most: int) -> None:
    """Write these and let the oldest go: rows are numbered as they come."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        connection.executemany("INSERT OR REPLACE INTO kept (id, sealed) VALUES (?, ?)", entries.items())
        connection.execute("DELETE FROM kept WHERE rowid <= (SELECT max(rowid) FROM kept) - ?", (most,))


def _written(completion: Completion, key: ReplyKey) -> bytes:
    kept = {
        "text": completion.text,
        "requested_model": completion.requested_model,
        "returned_model": completion.returned_model,
        "system_fingerprint": completion.system_fingerprint,
        "output_mode": completion.output_mode,
    }
    return _sealed(json.dumps(kept).encode(), key.secret)


def _read(sealed: bytes | None, key: ReplyKey) -> Completion | None:
    content = _unsealed(sealed, key.secret) if sealed is not None else None
    if content is None:
        return None
    kept: dict[str, Any] = json.loads(content)
    return Completion(
        **kept, value=parse_object(kept["text"]), usage=Usage(0, 0), requests=0, latency_ms=0.0, is_cached=True
    )


def _sealed(content: bytes, secret: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + ChaCha20Poly1305(secret).encrypt(nonce, content, None)


def _unsealed(sealed: bytes, secret: bytes) -> bytes | None:
    """The content; None where the entry was damaged."""
    try:
        return ChaCha20Poly1305(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError):
        return None
