"""What Viva asks of an entailment model: whether one text says another, or says the opposite."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Pair(NamedTuple):
    """What was said, and what may follow from it."""

    premise: str
    hypothesis: str


@dataclass(frozen=True, slots=True)
class Inference:
    """Probabilities, 0..1, that a premise says a hypothesis and that it says the opposite; the rest is neither.

    Rounded to 4 decimals, so that what is kept of it is exactly what was used.
    """

    entailment: float
    contradiction: float


class Entailment(Protocol):
    """A model of natural language inference. Equal lists of pairs give equal inferences within one process."""

    @property
    def name(self) -> str:
        """The model as people know it, such as "nli-deberta-v3-small"."""
        ...

    @property
    def fingerprint(self) -> str:
        """The sha256 of its weights; empty before it has loaded."""
        ...

    @property
    def status(self) -> str:
        """One of "idle" (nothing asked of it yet), "loading", "ready", "failed: " and a sentence."""
        ...

    def start_loading(self) -> None:
        """Begin to load in the background; harmless when repeated."""
        ...

    async def load(self) -> None:
        """Return once it can be asked; `infer` does this by itself.

        Raises:
            EntailmentUnavailable: The model cannot be loaded.
        """
        ...

    async def infer(self, pairs: Sequence[Pair]) -> list[Inference]:
        """One inference a pair, in order, in one call of the model.

        Raises:
            EntailmentUnavailable: The model cannot be loaded or used.
        """
        ...

    async def aclose(self) -> None:
        """Release threads."""
        ...
