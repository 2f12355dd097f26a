"""The default embedder: a sentence-transformers model on worker threads of this process, one a core.

They never hold up the event loop. A job is one batch, and a call has no more jobs under way than there are threads,
so that a reply waiting for its reading slips in between the batches of a large file.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from vectorstore.embeddings import Encoding, InContext, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.local_model import LocalModel, encodings, mean_of
from vectorstore.model_files import BUNDLED, find_model
from vectorstore.model_threads import ModelThreads
from vectorstore.packs import Pack
from vectorstore.windows import Window, batches

B = TypeVar("B", Window, Pack)


class SentenceTransformerEmbedder:
    """Embeds with the bundled model, or with any sentence-transformers model on this machine.

    Equal texts, and equal groups of them, give equal vectors to the bit, whatever batch they travel in.
    """

    def __init__(self, model: str = BUNDLED, *, threads: int | None = None) -> None:
        """Find the model; nothing is loaded yet.

        Args:
            model: "bundled", a sentence-transformers folder, or a name in the local Hugging Face cache.
            threads: Batches that are read at the same time; as many as there are cores for this process where None.

        Raises:
            EmbedderUnavailable: There is no such model on this machine.
        """
        self._files = find_model(model)
        self._threads = threads or cores()
        self._worker = ModelThreads(partial(LocalModel, self._files), name="viva-embedder", threads=self._threads)

    @property
    def name(self) -> str:
        """The model as people know it."""
        return self._files.name

    @property
    def fingerprint(self) -> str:
        """The sha256 of its weights."""
        return self._files.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of a vector; known of the bundled model before it is loaded."""
        return self._files.dimensions if self._files.dimensions is not None else self._loaded().dimensions

    @property
    def gives_tokens(self) -> bool:
        """Whether its tokenizer tells where tokens stand; known of the bundled model before it is loaded."""
        return True if self._files.dimensions is not None else self._loaded().gives_tokens

    @property
    def status(self) -> str:
        """See `Embedder.status`."""
        return self._worker.status

    def start_loading(self) -> None:
        """Begin to load on a worker thread; a failed load is not tried again in this process."""
        self._worker.start_loading()

    async def load(self) -> None:
        """Return once the model is loaded.

        Raises:
            EmbedderUnavailable: It cannot be loaded.
        """
        await self._worker.model()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts; see `Embedder.embed`."""
        model = await self._worker.model()
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return np.zeros((0, model.dimensions), np.float32)
        if not model.gives_tokens:
            found = list(await self._worker.run(model.embed_whole, distinct))
        else:
            found = await self._embed(model, distinct)
        by_text = dict(zip(distinct, found, strict=True))
        return np.stack([by_text[text] for text in texts])

    async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
        """Of each group, one encoding a text; see `Embedder.encode`."""
        model = await self._worker.model()
        if model.gives_tokens:
            return await self._encode(model, groups)
        vectors = iter(await self.embed([text for group in groups for text in group.texts]))
        nothing = np.zeros((0, model.dimensions), np.float32), np.zeros((0, 2), np.int32)
        return [[Encoding(next(vectors), *nothing) for _ in group.texts] for group in groups]

    async def aclose(self) -> None:
        """Drop what waits for a worker thread and let each end after its current batch."""
        self._worker.close()

    async def _embed(self, model: LocalModel, texts: Sequence[str]) -> list[Vectors]:
        windows = await asyncio.to_thread(model.windows, texts)
        vectors = await self._read(model.sentences, windows, model.limit)
        members: list[list[int]] = [[] for _ in texts]
        for index, window in enumerate(windows):
            members[window.text].append(index)
        return [mean_of([windows[i] for i in mine], [vectors[i] for i in mine]) for mine in members]

    async def _encode(self, model: LocalModel, groups: Sequence[InContext]) -> list[list[Encoding]]:
        # Not in the line for the model, where a batch may take long: it would wait twice.
        laid_out = await asyncio.to_thread(model.packs, groups)
        rows = await self._read(model.read, laid_out, model.limit)
        members: list[list[int]] = [[] for _ in groups]
        for index, pack in enumerate(laid_out):
            members[pack.group].append(index)
        return [
            encodings(len(group.texts), [laid_out[i] for i in mine], [rows[i] for i in mine])
            for group, mine in zip(groups, members, strict=True)
        ]

    async def _read(
        self, read: Callable[[Sequence[B]], list[Vectors]], items: Sequence[B], limit: int
    ) -> dict[int, Vectors]:
        """What the model reads of each item, by its index."""
        found: dict[int, Vectors] = {}
        waiting = batches(items, limit)

        async def one_after_another(waiting: Iterator[list[int]]) -> None:
            for batch in waiting:
                found.update(zip(batch, await self._worker.run(read, [items[index] for index in batch]), strict=True))

        await asyncio.gather(*(one_after_another(waiting) for _ in range(self._threads)))
        return found

    def _loaded(self) -> LocalModel:
        model = self._worker.loaded
        if model is None:
            raise EmbedderUnavailable(f"The embedding model {self.name} is not loaded yet ({self.status}).")
        return model


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
