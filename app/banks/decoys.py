"""Decoys of a bank's questions: criteria of its other sections that are about something else."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from app.banks.passages import criterion_passage, question_passage
from app.errors import NotFound
from app.grading.decoys import candidates, is_foreign, revision
from app.grading.encodings import Decoy
from app.grading.grader import BankRef, GradeRequest
from rubric.bank import Bank
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
        self._pool: dict[str, Vectors] = {}

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
        foreign = await self._foreign(request)
        texts = candidates(key, foreign)
        vectors = {**await self._neutral([text for text in texts if text not in foreign]), **foreign}
        return tuple(Decoy(text, vectors[text]) for text in texts)

    async def _foreign(self, request: GradeRequest) -> dict[str, Vectors]:
        """Criteria of the other sections that are about something else, with their vectors."""
        bank = await self._bank(request)
        if bank is None:
            return {}
        own = bank.section_of(request.question_id)
        others = [
            criterion_passage(bank.name, question.id, criterion.id, criterion.text)
            for section in bank.sections
            if section is not own
            for question in section.questions
            for criterion in question.criteria
        ]
        if not others:
            return {}
        asked = bank.question(request.question_id)
        rubric = [
            question_passage(bank.name, asked.id, asked.text),
            *(criterion_passage(bank.name, asked.id, criterion.id, criterion.text) for criterion in asked.criteria),
        ]
        found = await self._store.fetch([passage.id for passage in (*rubric, *others)])
        vectors = np.stack([found[passage.id][1] for passage in others])
        foreign = is_foreign(vectors, np.stack([found[passage.id][1] for passage in rubric]))
        return {passage.text: vectors[index] for index, passage in enumerate(others) if foreign[index]}

    async def _bank(self, request: GradeRequest) -> Bank | None:
        if self._find_bank is None or request.bank is None:
            return None
        try:
            return await self._find_bank(request.bank)
        except NotFound:
            return None

    async def _neutral(self, texts: Sequence[str]) -> Mapping[str, Vectors]:
        """At least these criteria of the pool, each embedded once."""
        new = [text for text in texts if text not in self._pool]
        if new:
            self._pool |= dict(zip(new, await self._embedder.embed(new), strict=True))
        return self._pool
