"""The default embedder: a sentence-transformers model on one worker thread of this process.

One thread, so that encodes are serialised and never hold up the event loop; one batch a job, so that a reply
waiting for its reading slips in between the batches of a large file.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import numpy as np

from vectorstore.embeddings import Encoding, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.local_model import LocalModel, Piece, join
from vectorstore.model_files import BUNDLED, find_model
from vectorstore.windows import batches

P = ParamSpec("P")
T = TypeVar("T")


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
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="viva-embedder")
        self._loading: Future[LocalModel] | None = None

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
        if self._loading is None:
            return "idle"
        if not self._loading.done():
            return "loading"
        error = self._loading.exception()
        return "ready" if error is None else f"failed: {error}"

    def start_loading(self) -> None:
        """Begin to load on the worker thread; a failed load is not tried again in this process."""
        if self._loading is None:
            self._loading = self._worker.submit(LocalModel, self._files)

    async def load(self) -> None:
        """Return once the model is loaded.

        Raises:
            EmbedderUnavailable: It cannot be loaded.
        """
        await self._model()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts; see `Embedder.embed`."""
        model = await self._model()
        if not texts:
            return np.zeros((0, model.dimensions), np.float32)
        return np.stack([encoding.vector for encoding in await self._encode(model, texts, tokens=False)])

    async def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """One encoding a text; see `Embedder.encode`."""
        return await self._encode(await self._model(), texts, tokens=True)

    async def aclose(self) -> None:
        """Drop what waits for the worker thread and let it end after its current batch."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _encode(self, model: LocalModel, texts: Sequence[str], *, tokens: bool) -> list[Encoding]:
        distinct = list(dict.fromkeys(texts))
        if not distinct:
            return []
        if model.gives_tokens:
            encodings = await self._read(model, distinct, tokens=tokens)
        else:
            vectors = await self._run(model.embed_whole, distinct)
            nothing = np.zeros((0, model.dimensions), np.float32), np.zeros((0, 2), np.int32)
            encodings = [Encoding(vector, *nothing) for vector in vectors]
        by_text = dict(zip(distinct, encodings, strict=True))
        return [by_text[text] for text in texts]

    async def _read(self, model: LocalModel, texts: Sequence[str], *, tokens: bool) -> list[Encoding]:
        windows = await self._run(model.windows, texts)
        pieces: dict[int, Piece] = {}
        for batch in batches(windows, model.limit):
            read = await self._run(model.read, [windows[index] for index in batch], tokens=tokens)
            pieces.update(zip(batch, read, strict=True))
        members: list[list[int]] = [[] for _ in texts]
        for index, window in enumerate(windows):
            members[window.text].append(index)
        return [join([windows[i] for i in mine], [pieces[i] for i in mine]) for mine in members]

    async def _model(self) -> LocalModel:
        self.start_loading()
        assert self._loading is not None  # noqa: S101 - set by the line above
        # Shielded, since a caller that gives up must not cancel the load everybody else waits for.
        loading = asyncio.wrap_future(self._loading)
        loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # or asyncio logs it as lost
        return await asyncio.shield(loading)

    def _loaded(self) -> LocalModel:
        if self.status != "ready" or self._loading is None:
            raise EmbedderUnavailable(f"The embedding model {self.name} is not loaded yet ({self.status}).")
        return self._loading.result()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._worker.submit(work, *args, **kwargs))
