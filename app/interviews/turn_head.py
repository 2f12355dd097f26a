"""The head: one weight a feature and class, which together turn what was measured into probabilities.

Multinomial logistic regression; its temperature is chosen on replies it has not seen and folded into the weights, so
that a probability can be taken at its word.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.interviews.turn_class import TurnClass
from app.interviews.turn_features import NAMES

DEFAULT_HEAD = "all-MiniLM-L6-v2"
CUES_HEAD = "cues-only"
"""For when there is no sentence vector."""
NEARNESS = "nearness_to_question"

Numbers = NDArray[np.float64]


class TurnHeadFile(BaseModel):
    """The JSON a head is kept in.

    Attributes:
        embedder_sha256: Fingerprint of the embedder it was fitted to; empty for none.
        classes: The order of every list of weights.
        features: Weights by feature.
        vector: Weights by dimension of the sentence vector; empty for none.
        training: What it was fitted to, date, figures: for people, not read by the classifier.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int = Field(ge=1)
    embedder: str
    embedder_sha256: str
    classes: tuple[TurnClass, ...]
    intercepts: tuple[float, ...]
    features: Mapping[str, tuple[float, ...]]
    vector: tuple[tuple[float, ...], ...]
    training: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class TurnHead:
    """A head ready to use."""

    file: TurnHeadFile
    sha256: str
    _intercepts: Numbers
    _weights: Numbers

    @property
    def reads_vectors(self) -> bool:
        """Whether it needs the sentence vector beside what was measured."""
        return bool(self.file.vector)

    def fits(self, fingerprint: str) -> bool:
        """Whether it was fitted to this embedder."""
        return fingerprint == self.file.embedder_sha256

    def probabilities(self, row: Numbers) -> Mapping[TurnClass, float]:
        """A probability for every class it knows.

        Args:
            row: What was measured, shape (len(NAMES),); for a head that reads vectors, the nearness of the reply to
                the question and its sentence vector behind it.
        """
        scores = row @ self._weights + self._intercepts
        grown = np.exp(scores - scores.max())
        return {turn: float(chance) for turn, chance in zip(self.file.classes, grown / grown.sum(), strict=True)}


def parse_head(content: bytes) -> TurnHead:
    """A head from its JSON.

    Raises:
        ValueError: It is not such JSON, or its features are not those that are measured.
    """
    file = TurnHeadFile.model_validate(json.loads(content))
    expected = (*NAMES, NEARNESS) if file.vector else NAMES
    if tuple(file.features) != expected:
        raise ValueError(f"head {file.name}: its features are not those that are measured; fit it again")
    rows = (*file.features.values(), *file.vector)
    if {len(row) for row in (file.intercepts, *rows)} != {len(file.classes)}:
        raise ValueError(f"head {file.name}: there must be one weight a class")
    return TurnHead(file, hashlib.sha256(content).hexdigest(), np.array(file.intercepts), np.array(rows))


@cache
def load_head(name: str = DEFAULT_HEAD) -> TurnHead:
    """A head that ships with Viva."""
    return parse_head((files("app.interviews") / "heads" / f"{name}.json").read_bytes())
