"""Tells what a typed reply is: by rules where they are sure, else by a head over its sentence vector and its cues."""

from collections.abc import Sequence

import numpy as np

from app.interviews.turn_class import Classified
from app.interviews.turn_features import measured
from app.interviews.turn_head import TurnHead, load_head
from app.interviews.turn_rules import LONGEST_REPLY, WITH_VECTORS, by_rules, certain, most_likely, plainly_content
from vectorstore.embeddings import Embedder, Vectors
from vectorstore.errors import EmbedderUnavailable

KEPT_QUESTIONS = 500


class TurnClassifier:
    """Classifies replies; deterministic, blind to who wrote them and to what the question's criteria are."""

    def __init__(
        self, embedder: Embedder | None = None, *, head: TurnHead | None = None, longest: int = LONGEST_REPLY
    ) -> None:
        """Nothing is loaded yet.

        Args:
            embedder: Read only once it is ready, and only where the head was fitted to it; None for rules alone.
            head: The shipped one where None.
            longest: Characters of the longest reply that is accepted.
        """
        self._embedder = embedder
        self._head = head or load_head()
        self._longest = longest
        self._asked: dict[str, Vectors] = {}

    def certain(self, text: str, *, question: str, said: Sequence[str]) -> Classified | None:
        """What this reply surely is; see `app.interviews.turn_rules.certain`."""
        return certain(text.strip(), question=question, said=said, longest=self._longest)

    async def classify(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        """What this reply is; see `app.interviews.turn_rules.by_rules`, which decides while the embedder is not ready.

        Args:
            text: As typed.
            question: The open one.
            said: What Viva said last, of which an echo may be.
        """
        text = text.strip()
        found = certain(text, question=question, said=said, longest=self._longest)
        if found is not None:
            return found
        embedder = self._embedder
        if embedder is None or embedder.status != "ready" or not self._head.fits(embedder.fingerprint):
            return by_rules(text, question=question, said=said, longest=self._longest)
        cues = measured(text, question=question)
        plain = plainly_content(text, cues)
        if plain is not None:
            return plain
        try:
            reply, asked = await self._vectors(embedder, text, question)
        except EmbedderUnavailable:
            return by_rules(text, question=question, said=said, longest=self._longest)
        row = np.concatenate([cues, [reply @ asked], reply])
        return most_likely(self._head.probabilities(row), text, question=question, caution=WITH_VECTORS)

    async def _vectors(self, embedder: Embedder, text: str, question: str) -> tuple[Vectors, Vectors]:
        """Of the reply and of the question, which is embedded once for all replies to it."""
        if question in self._asked:
            [reply] = await embedder.embed([text])
            return reply, self._asked[question]
        reply, asked = await embedder.embed([text, question])
        if len(self._asked) == KEPT_QUESTIONS:
            self._asked.clear()
        self._asked[question] = asked
        return reply, asked
