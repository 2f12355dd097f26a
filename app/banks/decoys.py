"""Decoys of a bank's questions: criteria of its other sections that are about something else."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from app.banks.passages import asked_passages
from app.errors import NotFound
from app.grading.decoys import candidates, is_foreign, revision
from app.grading.encodings import Decoy
from app.grading.grader import BankRef, GradeRequest
from rubric.bank import Bank, Question
from vectorstore.embeddings import Embedder, Vectors
from vectorstore.store import Passage

KEPT_QUESTIONS = 512
FindBank = Callable[[BankRef], Awaitable[Bank]]
"""The content of a bank version; raises NotFound when it is no longer there."""


class PassageVectors(Protocol):
    """Where the vectors of a bank's passages are found by id."""

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        """Every one of these passages with its vector.

        Raises:
            VectorsStale: Some are missing or changed.
            CollectionMissing: There are no vectors of this model at all.
        """
        ...


class BankDecoys:
    """Chooses the three decoys of a question once, with the vectors that grading compares answers with."""

    def __init__(self, store: PassageVectors, embedder: Embedder, find_bank: FindBank | None = None) -> None:
        """Without `find_bank` every decoy comes from the shipped pool."""
        self._store = store
        self._embedder = embedder
        self._find_bank = find_bank
        self._chosen: OrderedDict[str, tuple[Decoy, ...]] = OrderedDict()

    async def of(self, request: GradeRequest) -> tuple[Decoy, ...]:
        """The decoys of a bank's question, in their order.

        Raises:
            EmbedderUnavailable: The model cannot be loaded or reached.
            VectorsStale: Vectors of the bank are missing or changed.
            CollectionMissing: There are no vectors of this model at all.
        """
        key = revision(request)
        if key not in self._chosen:
            self._chosen[key] = await self._choose(request, key)
            if len(self._chosen) > KEPT_QUESTIONS:
                self._chosen.popitem(last=False)
        self._chosen.move_to_end(key)
        return self._chosen[key]

    async def _choose(self, request: GradeRequest, key: str) -> tuple[Decoy, ...]:
        texts = candidates(key, await self._foreign(request))
        # By themselves: what they have in common with an answer must not be that both were read with some question.
        vectors = await self._embedder.embed(texts)
        return tuple(Decoy(text, vector) for text, vector in zip(texts, vectors, strict=True))

    async def _foreign(self, request: GradeRequest) -> list[str]:
        """Criteria of the other sections that are about something else."""
        bank = await self._bank(request)
        if bank is None:
            return []
        own = bank.section_of(request.question_id)
        others = [
            passage
            for section in bank.sections
            if section is not own
            for question in section.questions
            for passage in _passages(bank, question)[1:]
        ]
        if not others:
            return []
        rubric = _passages(bank, bank.question(request.question_id))
        found = await self._store.fetch([passage.id for passage in (*rubric, *others)])
        vectors = np.stack([found[passage.id][1] for passage in others])
        foreign = is_foreign(vectors, np.stack([found[passage.id][1] for passage in rubric]))
        return [passage.text for passage, is_other in zip(others, foreign, strict=True) if is_other]

    async def _bank(self, request: GradeRequest) -> Bank | None:
        if self._find_bank is None or request.bank is None:
            return None
        try:
            return await self._find_bank(request.bank)
        except NotFound:
            return None


def _passages(bank: Bank, question: Question) -> list[Passage]:
    """Of a question, then of its criteria."""
    criteria = [(criterion.id, criterion.text) for criterion in question.criteria]
    return [passage for passage, _ in asked_passages(bank.name, question.id, question.text, criteria)]
