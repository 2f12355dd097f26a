"""What Viva asks of an embedding model: vectors of whole texts and, where it can, of every token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Offsets = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class InContext:
    """Texts that are read one by one, each in the light of a context and blind to the others.

    Attributes:
        context: Such as the question that the texts answer; empty for none.
    """

    context: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """One text, encoded.

    Attributes:
        vector: Shape (d,), float32, unit length; where there are token vectors, the direction of their mean.
        tokens: Shape (n, d), float32, unit length per row: one row a content token (no special tokens);
            (0, d) when the embedder gives no token vectors or the text has none.
        offsets: Shape (n, 2): start and end of each token in code points of the text.
    """

    vector: Vectors
    tokens: Vectors
    offsets: Offsets


class Embedder(Protocol):
    """Turns texts into vectors. Equal texts give equal vectors within one process."""

    @property
    def name(self) -> str:
        """The model as people know it, such as "all-MiniLM-L6-v2"."""
        ...

    @property
    def fingerprint(self) -> str:
        """What identifies the exact model: sha256 of its weights, or of endpoint and model name."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector.

        Raises:
            EmbedderUnavailable: It is not known before `load` has succeeded.
        """
        ...

    @property
    def gives_tokens(self) -> bool:
        """Whether `encode` fills `Encoding.tokens`.

        Raises:
            EmbedderUnavailable: It is not known before `load` has succeeded.
        """
        ...

    @property
    def status(self) -> str:
        """One of "idle" (nothing asked of it yet), "loading", "ready", "failed: " and a sentence."""
        ...

    def start_loading(self) -> None:
        """Begin to load in the background, where there is something to load; harmless when repeated."""
        ...

    async def load(self) -> None:
        """Return once vectors can be asked for; `embed` and `encode` do this by themselves.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
        """
        ...

    async def aclose(self) -> None:
        """Release threads and connections."""
        ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of whole texts, shape (len(texts), d), unit length.

        Long texts go through overlapping windows of at most 256 tokens.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
        """
        ...

    async def encode(self, groups: Sequence[InContext]) -> list[list[Encoding]]:
        """Of each group, one encoding a text.

        What else is in a group and the order it stands in change a text's vectors by no more than rounding (1e-5),
        and other groups change nothing. An embedder without token vectors ignores the context.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
        """
        ...
