"""An embedder behind any OpenAI-compatible endpoint: whole texts only, since the protocol carries no token vectors."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vectorstore.embeddings import Encoding, InContext, Vectors
from vectorstore.errors import EmbedderUnavailable
from vectorstore.windows import readable

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Embedding

_BATCH = 64
_RETRIES = 2
"""Of the SDK, which honours Retry-After; nobody above it tries again."""


class OpenAIEmbedder:
    """Embeds by an endpoint; without token vectors, so grading with it is coarser and never calibrated.

    A text longer than the endpoint's own limit is the endpoint's to refuse; nothing is cut here.
    """

    gives_tokens = False

    def __init__(self, *, base_url: str, model: str, api_key: str | None = None, timeout_s: float = 30.0) -> None:
        """Nothing is connected yet.

        Args:
            base_url: Such as http://localhost:11434/v1.
            model: The endpoint's name for the model.
            api_key: None for an endpoint that wants none.
            timeout_s: Seconds one attempt may take.

        Raises:
            EmbedderUnavailable: No model is named.
        """
        if not model or model == "bundled":
            raise EmbedderUnavailable(
                "VIVA_EMBEDDINGS_BASE_URL is set, but no model of that endpoint is named; set VIVA_EMBEDDING_MODEL too."
            )
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._client: AsyncOpenAI | None = None
        self._dimensions: int | None = None
        self._first = asyncio.Lock()
        self._status = "idle"

    @property
    def name(self) -> str:
        """The endpoint's name for the model."""
        return self._model

    @property
    def fingerprint(self) -> str:
        """The sha256 of endpoint and model name: the weights behind them cannot be seen."""
        return hashlib.sha256(f"{self._base_url}\n{self._model}".encode()).hexdigest()

    @property
    def dimensions(self) -> int:
        """Length of a vector, known once the endpoint has answered."""
        if self._dimensions is None:
            raise EmbedderUnavailable(f"The embeddings endpoint {self._base_url} has not been asked yet.")
        return self._dimensions

    @property
    def status(self) -> str:
        """See `Embedder.status`; of the last request."""
        return self._status

    def start_loading(self) -> None:
        """There is nothing to load."""

    async def load(self) -> None:
        """Ask the endpoint once, to learn the length of its vectors; see `Embedder.load`."""
        async with self._first:
            if self._dimensions is None:
                await self._request(["ready?"])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts; see `Embedder.embed`."""
        await self.load()
        found = [await self._request(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(found) if found else np.zeros((0, self.dimensions), np.float32)

    async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
        """Of each group, one encoding a text, without tokens; see `Embedder.encode`."""
        vectors = iter(await self.embed([text for group in groups for text in group.texts]))
        no_tokens = np.zeros((0, self.dimensions), np.float32), np.zeros((0, 2), np.int32)
        return [[Encoding(next(vectors), *no_tokens) for _ in group.texts] for group in groups]

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _request(self, texts: Sequence[str]) -> Vectors:
        # A heavy import, so only once a vector is wanted.
        from openai import APIStatusError, OpenAIError  # noqa: PLC0415 (slow to import)

        try:
            # Endpoints refuse an empty text. Floats, because not every server knows the SDK's default of base64.
            reply = await self._connected().embeddings.create(
                model=self._model, input=[readable(text) or " " for text in texts], encoding_format="float"
            )
            vectors = self._checked(reply.data, len(texts))
        except (OpenAIError, ValueError, TypeError, AttributeError) as error:
            # A 200 with another body than vectors surfaces as any of the last three. The text of the SDK's own errors
            # is left out: an endpoint may repeat the key or the candidate's words in it.
            code = f"HTTP {error.status_code}" if isinstance(error, APIStatusError) else type(error).__name__
            sentence = (
                f"The embeddings endpoint {self._base_url} gave no vectors for model {self._model} ({code}); "
                "check VIVA_EMBEDDINGS_BASE_URL, VIVA_EMBEDDINGS_API_KEY and VIVA_EMBEDDING_MODEL."
            )
            self._status = f"failed: {sentence}"
            raise EmbedderUnavailable(sentence) from error
        self._dimensions = vectors.shape[1]
        self._status = "ready"
        return vectors

    def _checked(self, data: Sequence["Embedding"], expected: int) -> Vectors:
        ordered = sorted(data, key=lambda item: item.index)
        if [item.index for item in ordered] != list(range(expected)):
            raise ValueError("another number of vectors than texts")
        vectors = np.array([item.embedding for item in ordered], dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
        if vectors.ndim != 2 or not np.isfinite(lengths).all() or not lengths.all():
            raise ValueError("vectors of unequal, zero or infinite length")
        if self._dimensions is not None and vectors.shape[1] != self._dimensions:
            raise ValueError("vectors of another length than before")
        return np.asarray(vectors / lengths, dtype=np.float32)

    def _connected(self) -> "AsyncOpenAI":
        if self._client is None:
            # A heavy import, so only once a vector is wanted.
            from openai import AsyncOpenAI  # noqa: PLC0415 (slow to import)

            self._client = AsyncOpenAI(
                base_url=self._base_url,
                api_key=self._api_key or "none",
                timeout=self._timeout_s,
                max_retries=_RETRIES,
            )
        return self._client
