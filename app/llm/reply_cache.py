"""Replies that were paid for once: the same request gets the same reply, and no other request ever does.

Only exact repetition counts: a cache by similarity would give a negated answer its opposite's grade. Entries outlive
grades and know nothing of interviews, so a reply is sealed with a key that only the request itself gives, answer and
all: once an answer is deleted, nobody can read what was said about it.
"""

import asyncio
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.llm.chat import Completion, StructuredRequest, Usage
from app.llm.dialect import SEED
from app.llm.replies import parse_object

T = TypeVar("T")
SCHEMA = 1
BUSY_TIMEOUT_S = 5.0
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
    """A file that several processes may share; made at first use, mode 0600."""

    def __init__(self, file: Path) -> None:
        """Nothing is opened yet."""
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._is_broken = False

    async def find(self, key: ReplyKey) -> Completion | None:
        """See `ReplyCache.find`."""
        query = "SELECT sealed FROM replies WHERE id = ?"
        row = await self._do(lambda connection: connection.execute(query, (key.id,)).fetchone())
        return _read(row[0], key) if row else None

    async def keep(self, key: ReplyKey, completion: Completion) -> None:
        """See `ReplyCache.keep`."""
        sealed = _written(completion, key)
        insert = "INSERT OR REPLACE INTO replies (id, sealed) VALUES (?, ?)"
        await self._do(lambda connection: connection.execute(insert, (key.id, sealed)).fetchone())

    async def aclose(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """The work's result; None, said once in the log, where the file cannot be used."""
        if self._is_broken:
            return None
        try:
            return await asyncio.to_thread(self._locked, work)
        except (sqlite3.Error, OSError) as error:
            self._is_broken = True
            _log.warning("the cache of replies cannot be used", error=type(error).__name__)
            return None

    def _locked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._connection is None:
                self._connection = _opened(self._file)
            return work(self._connection)


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS replies (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


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
