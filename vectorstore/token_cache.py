"""Token vectors of a bank version, kept on disk as float16 and in memory within a bound.

They are derived data: made once a version, rebuilt wherever a file is missing or not what was written.
"""

import asyncio
import hashlib
import os
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.embeddings import Offsets, Vectors

DEFAULT_MAX_BYTES = 16 * 1024 * 1024
Half = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The token vectors of one passage.

    Attributes:
        vectors: Shape (n, d), float16; see `full`.
        offsets: Shape (n, 2), code points of the passage's text.
    """

    vectors: Half
    offsets: Offsets

    def full(self) -> Vectors:
        """The vectors as float32, unit length again after the rounding to half precision."""
        rows = self.vectors.astype(np.float32)
        lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
        return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


Table = Mapping[str, Tokens]
"""Tokens by passage id."""


class TokenCache:
    """One table a bank version, in one folder an embedding model."""

    def __init__(self, folder: Path, fingerprint: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Use `folder`/`fingerprint`, made at the first write; keep up to `max_bytes` in memory."""
        self._folder = folder / fingerprint[:16]
        self._max_bytes = max_bytes
        self._tables: OrderedDict[str, Table] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of the tables held in memory now."""
        return self._bytes

    async def get(self, version: str) -> Table:
        """The table of a bank version (the sha256 of its content); empty where it is missing or damaged."""
        table = self._tables.get(version)
        if table is not None:
            self._tables.move_to_end(version)
            return table
        table = await asyncio.to_thread(_read, self._path(version))
        self._remember(version, table)
        return table

    async def put(self, version: str, table: Table) -> None:
        """Write the table of a bank version in place of what was there, as a whole or not at all."""
        await asyncio.to_thread(_write, self._path(version), table)
        self._remember(version, table)

    async def forget(self, version: str) -> None:
        """Remove a bank version's table from memory and disk."""
        self._bytes -= _bytes_of(self._tables.pop(version, {}))
        await asyncio.to_thread(self._path(version).unlink, missing_ok=True)

    async def clear(self) -> None:
        """Remove every table of this embedding model."""
        self._tables.clear()
        self._bytes = 0
        await asyncio.to_thread(_empty, self._folder)

    def _path(self, version: str) -> Path:
        if not version.isalnum():
            raise ValueError("a bank version is named by the sha256 of its content")
        return self._folder / f"{version}.npz"

    def _remember(self, version: str, table: Table) -> None:
        self._bytes += _bytes_of(table) - _bytes_of(self._tables.pop(version, {}))
        self._tables[version] = table
        while self._bytes > self._max_bytes:
            _, dropped = self._tables.popitem(last=False)
            self._bytes -= _bytes_of(dropped)


def _write(path: Path, table: Table) -> None:
    lengths = [len(tokens.vectors) for tokens in table.values()]
    width = max((tokens.vectors.shape[1] for tokens in table.values()), default=0)
    arrays: dict[str, NDArray[np.generic]] = {
        "ids": np.array(list(table), dtype=np.str_),
        "lengths": np.array(lengths, dtype=np.int64),
        "vectors": np.concatenate([np.zeros((0, width), np.float16), *(tokens.vectors for tokens in table.values())]),
        "offsets": np.concatenate([np.zeros((0, 2), np.int32), *(tokens.offsets for tokens in table.values())]),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.draft")
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, checksum=np.array(_checksum(arrays)), **arrays)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> Table:
    try:
        # Opened here, since `np.load` leaves a file that it cannot read open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("ids", "lengths", "vectors", "offsets")}
            if str(file["checksum"]) != _checksum(arrays):
                return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError):
        # Missing, cut off or overwritten, each surfacing from another layer: all mean that it is made again.
        return {}
    ends = np.cumsum(arrays["lengths"], dtype=np.int64)
    return {
        str(id_): Tokens(arrays["vectors"][end - length : end], arrays["offsets"][end - length : end])
        for id_, length, end in zip(arrays["ids"], arrays["lengths"], ends, strict=True)
    }


def _checksum(arrays: Mapping[str, NDArray[np.generic]]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _empty(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.glob("*.npz"):
            path.unlink(missing_ok=True)


def _bytes_of(table: Table) -> int:
    return sum(tokens.vectors.nbytes + tokens.offsets.nbytes for tokens in table.values())
