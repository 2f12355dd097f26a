"""Many recorded answers at once: read in blocks, critiqued side by side, handed on in the order they came.

The encoder works on one block while critiques of the blocks before it are on their way, so neither waits for the
other; how much is under way at a time is bounded, whatever the size of the file.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from app.errors import AppError, InvalidInput
from app.grading.answer_grader import unread
from app.grading.grader import BankRef, GradeRequest
from app.grading.outcome import Flag, Graded, Outcome, Reading, Ungraded
from app.grading.record import to_record
from app.screening.output import DIGEST
from app.screening.rows import AnyRow, InlineRubric, MalformedRow, Row
from rubric.bank import Question
from rubric.criteria import Criterion
from rubric.errors import RubricError
from vectorstore.errors import EmbedderUnavailable, VectorStoreError

BLOCK = 32
"""Rows that are encoded together: larger blocks pad more than they gain."""
_BLOCKS_READ = 2
_BLOCKS_UNDER_WAY = 3

Record = Mapping[str, Any]
FindQuestion = Callable[[str, str], Awaitable[tuple[BankRef, Question]]]
"""The newest version of a bank and its question, by bank name and question id; raises NotFound."""

CompleteRow = Callable[[AnyRow, GradeRequest, Reading], Awaitable[Outcome]]
"""From a row, what it asks to be graded and its reading to the outcome."""


class BlockGrader(Protocol):
    """What is needed of a grader: the local reading of many answers, and the outcome from a reading."""

    async def read_many(self, requests: Sequence[GradeRequest]) -> Sequence[Reading]:
        """One reading a request, in order."""
        ...

    async def complete(self, request: GradeRequest, reading: Reading) -> Outcome:
        """The outcome, with the critique where one is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class _Settled:
    """A row whose outcome needs no critique; the request where the row could be understood."""

    row: AnyRow
    request: GradeRequest | None
    outcome: Ungraded


@dataclass(frozen=True, slots=True)
class _Read:
    """A row that was read and waits for its outcome."""

    row: AnyRow
    request: GradeRequest
    reading: Reading


@dataclass(frozen=True, slots=True)
class BatchGrader:
    """Grades rows.

    Attributes:
        find_question: None where only inline rubrics are graded.
        concurrency: Critiques at a time.
        new_id: Gives each grade its id.
        complete: How a row that was read comes to its outcome; the grader's own way where None.
        is_sampled: Whether an answer is drawn for the audit.
    """

    grader: BlockGrader
    new_id: Callable[[], str]
    concurrency: int
    find_question: FindQuestion | None = None
    complete: CompleteRow | None = None
    is_sampled: Callable[[GradeRequest], bool] = lambda _: False

    async def grade(self, rows: Iterable[AnyRow], sink: Callable[[Record], None]) -> None:
        """Grade every row and hand each record to the sink, in the rows' order; may be cancelled at any moment."""
        queue: asyncio.Queue[asyncio.Task[Record] | None] = asyncio.Queue(_BLOCKS_UNDER_WAY * BLOCK)
        limit = asyncio.Semaphore(self.concurrency)

        async def read_ahead(group: asyncio.TaskGroup) -> None:
            # While one block is measured against its rubrics, the encoder has the next one.
            reading: deque[asyncio.Task[list[_Settled | _Read]]] = deque()
            for block in _blocks(rows):
                reading.append(group.create_task(self._read(block)))
                if len(reading) == _BLOCKS_READ:
                    await hand_on(group, await reading.popleft())
            while reading:
                await hand_on(group, await reading.popleft())
            await queue.put(None)

        async def hand_on(group: asyncio.TaskGroup, block: Sequence[_Settled | _Read]) -> None:
            for work in block:
                await queue.put(group.create_task(self._finish(work, limit)))

        async with asyncio.TaskGroup() as group:
            group.create_task(read_ahead(group))
            while task := await queue.get():
                sink(await task)

    async def _read(self, block: Sequence[AnyRow]) -> list[_Settled | _Read]:
        asked = [(row, await self._asked(row)) for row in block]
        readings = iter(await self._readings([ask for _, ask in asked if isinstance(ask, GradeRequest)]))
        return [
            _Settled(row, None, ask) if isinstance(ask, Ungraded) else _work(row, ask, next(readings))
            for row, ask in asked
        ]

    async def _asked(self, row: AnyRow) -> GradeRequest | Ungraded:
        if isinstance(row, MalformedRow):
            return Ungraded(reason=row.problem)
        try:
            return await request_of(row, self.find_question)
        except (AppError, RubricError) as error:
            flags = (Flag.REPLACED_CHARACTERS,) if row.replaced else ()
            return Ungraded(reason=f"line {row.number}: {error}", flags=flags)

    async def _readings(self, requests: Sequence[GradeRequest]) -> Sequence[Reading | Ungraded]:
        if not requests:
            return []
        try:
            return await self.grader.read_many(requests)
        except VectorStoreError as error:
            # One bank without vectors must not take the other rows of the block with it.
            if len(requests) > 1 and not isinstance(error, EmbedderUnavailable):
                return [one for request in requests for one in await self._readings([request])]
            return [unread(request, error) for request in requests]

    async def _finish(self, work: _Settled | _Read, limit: asyncio.Semaphore) -> Record:
        if isinstance(work, _Settled):
            return self._record(work, work.outcome)
        async with limit:
            if self.complete is None:
                return self._record(work, await self.grader.complete(work.request, work.reading))
            return self._record(work, await self.complete(work.row, work.request, work.reading))

    def _record(self, work: _Settled | _Read, outcome: Outcome) -> Record:
        row = work.row
        told = replace(outcome, provenance={**outcome.provenance, DIGEST: row.sha256})
        sampled = isinstance(outcome, Graded) and work.request is not None and self.is_sampled(work.request)
        return to_record(told, grade_id=self.new_id(), row_id=row.id, request=work.request, audit_sample=sampled)


async def request_of(row: Row, find_question: FindQuestion | None) -> GradeRequest:
    """What a row asks to be graded.

    Args:
        row: The row.
        find_question: None where only inline rubrics are graded.

    Raises:
        NotFound, RubricError: There is no such bank or question.
        InvalidInput: Banks are not at hand, or the question can't be graded.
    """
    rubric = row.rubric
    if isinstance(rubric, InlineRubric):
        return replace(inline_request(rubric, row.answer), replaced_characters=row.replaced)
    if find_question is None:
        raise InvalidInput("banks are not at hand here; give question and criteria in the row")
    bank, question = await find_question(rubric.bank, rubric.question_id)
    if not question.criteria:
        raise InvalidInput(
            f"the question {question.id!r} of the bank {bank.name!r} has no criteria, so its answers can't be graded; "
            "add some and import the bank again"
        )
    return GradeRequest(
        question=question.text,
        criteria=question.criteria,
        parts=(row.answer,),
        question_id=question.id,
        bank=bank,
        replaced_characters=row.replaced,
    )


def inline_request(rubric: InlineRubric, answer: str) -> GradeRequest:
    """The request of a row that brings its own criteria, which are named c1, c2 … in their order."""
    criteria = tuple(Criterion(text=text, id=f"c{place}") for place, text in enumerate(rubric.criteria, start=1))
    return GradeRequest(question=rubric.question, criteria=criteria, parts=(answer,))


def _work(row: AnyRow, request: GradeRequest, reading: Reading | Ungraded) -> _Settled | _Read:
    return _Settled(row, request, reading) if isinstance(reading, Ungraded) else _Read(row, request, reading)


def _blocks(rows: Iterable[AnyRow]) -> Iterator[list[AnyRow]]:
    remaining = iter(rows)
    while block := list(islice(remaining, BLOCK)):
        yield block
