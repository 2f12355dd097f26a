"""The default embedder: a sentence-transformers model on one worker thread of this process.

One thread, so that encodes are serialised and never hold up the event loop; one batch a job, so that a reply
waiting for its reading slips in between the batches of a large file.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from vectorstore.embeddings import Encoding, InContext, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.local_model import LocalModel, encodings, mean_of
from vectorstore.model_files import BUNDLED, find_model
from vectorstore.model_thread import ModelThread
from vectorstore.windows import batches


class SentenceTransformerEmbedder:
    """Embeds with the bundled model, or with any sentence-transformers model on this machine.

    Equal texts, and equal groups of them, give equal vectors to the bit, whatever batch they travel in.
    """

    def __init__(self, model: str = BUNDLED) -> None:
        """Find the model; nothing is loaded yet.

        Args:
            model: "bundled", a sentence-transformers folder, or a name in the local Hugging Face cache.

        Raises:
            EmbedderUnavailable: There is no such model on this machine.
        """
        self._files = find_model(model)
        self._thread = ModelThread(partial(LocalModel, self._files), name="viva-embedder")

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
        return self._thread.status

    def start_loading(self) -> None:
        """Begin to load on the worker thread; a failed load is not tried again in this process."""
        self._thread.start_loading()

    async def load(self) -> None:
        """Return once the model is loaded.

        Raises:
            EmbedderUnavailable: It cannot be loaded.
        """
        await self._thread.model()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts; see `Embedder.embed`."""
        model = await self._thread.model()
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return np.zeros((0, model.dimensions), np.float32)
        if not model.gives_tokens:
            found = list(await self._thread.run(model.embed_whole, distinct))
        else:
            found = await self._embed(model, distinct)
        by_text = dict(zip(distinct, found, strict=True))
        return np.stack([by_text[text] for text in texts])

    async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
        """Of each group, one encoding a text; see `Embedder.encode`."""
        model = await self._thread.model()
        if model.gives_tokens:
            return await self._encode(model, groups)
        vectors = iter(await self.embed([text for group in groups for text in group.texts]))
        nothing = np.zeros((0, model.dimensions), np.float32), np.zeros((0, 2), np.int32)
        return [[Encoding(next(vectors), *nothing) for _ in group.texts] for group in groups]

    async def aclose(self) -> None:
        """Drop what waits for the worker thread and let it end after its current batch."""
        self._thread.close()

    async def _embed(self, model: LocalModel, texts: Sequence[str]) -> list[Vectors]:
        windows = await self._thread.run(model.windows, texts)
        vectors: dict[int, Vectors] = {}
        for batch in batches(windows, model.limit):
            read = await self._thread.run(model.sentences, [windows[index] for index in batch])
            vectors.update(zip(batch, read, strict=True))
        members: list[list[int]] = [[] for _ in texts]
        for index, window in enumerate(windows):
            members[window.text].append(index)
        return [mean_of([windows[i] for i in mine], [vectors[i] for i in mine]) for mine in members]

    async def _encode(self, model: LocalModel, groups: Sequence[InContext]) -> list[list[Encoding]]:
        laid_out = await self._thread.run(model.packs, groups)
        rows: dict[int, Vectors] = {}
        for batch in batches(laid_out, model.limit):
            read = await self._thread.run(model.read, [laid_out[index] for index in batch])
            rows.update(zip(batch, read, strict=True))
        members: list[list[int]] = [[] for _ in groups]
        for index, pack in enumerate(laid_out):
            members[pack.group].append(index)
        return [
            encodings(len(group.texts), [laid_out[i] for i in mine], [rows[i] for i in mine])
            for group, mine in zip(groups, members, strict=True)
        ]

    def _loaded(self) -> LocalModel:
        model = self._thread.loaded
        if model is None:
            raise EmbedderUnavailable(f"The embedding model {self.name} is not loaded yet ({self.status}).")
        return model
