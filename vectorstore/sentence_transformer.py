"""The default embedder: a sentence-transformers model on one worker thread of this process.

One thread, so that encodes are serialised and never hold up the event loop; one batch a job, so that a reply
waiting for its reading slips in between the batches of a large file.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from vectorstore.embeddings import Encoding, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.local_model import LocalModel, Piece, join
from vectorstore.model_files import BUNDLED, find_model
from vectorstore.model_thread import ModelThread
from vectorstore.windows import batches


class SentenceTransformerEmbedder:
    """Embeds with the bundled model, or with any sentence-transformers model on this machine.

    Equal texts give equal vectors, to the bit, whatever batch they travel in.
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
        if not texts:
            return np.zeros((0, model.dimensions), np.float32)
        return np.stack([encoding.vector for encoding in await self._encode(model, texts, tokens=False)])

    async def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """One encoding a text; see `Embedder.encode`."""
        return await self._encode(await self._thread.model(), texts, tokens=True)

    async def aclose(self) -> None:
        """Drop what waits for the worker thread and let it end after its current batch."""
        self._thread.close()

    async def _encode(self, model: LocalModel, texts: Sequence[str], *, tokens: bool) -> list[Encoding]:
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return []
        if model.gives_tokens:
            encodings = await self._read(model, distinct, tokens=tokens)
        else:
            vectors = await self._thread.run(model.embed_whole, distinct)
            nothing = np.zeros((0, model.dimensions), np.float32), np.zeros((0, 2), np.int32)
            encodings = [Encoding(vector, *nothing) for vector in vectors]
        by_text = dict(zip(distinct, encodings, strict=True))
        return [by_text[text] for text in texts]

    async def _read(self, model: LocalModel, texts: Sequence[str], *, tokens: bool) -> list[Encoding]:
        windows = await self._thread.run(model.windows, texts)
        pieces: dict[int, Piece] = {}
        for batch in batches(windows, model.limit):
            read = await self._thread.run(model.read, [windows[index] for index in batch], tokens=tokens)
            pieces.update(zip(batch, read, strict=True))
        members: list[list[int]] = [[] for _ in texts]
        for index, window in enumerate(windows):
            members[window.text].append(index)
        return [join([windows[i] for i in mine], [pieces[i] for i in mine]) for mine in members]

    def _loaded(self) -> LocalModel:
        model = self._thread.loaded
        if model is None:
            raise EmbedderUnavailable(f"The embedding model {self.name} is not loaded yet ({self.status}).")
        return model
