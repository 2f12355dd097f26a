"""Files on their way into a screening: kept from the look at them until somebody confirms, so that nothing is sent twice."""

import asyncio
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.errors import Conflict, InvalidInput, NotFound
from app.grading.normalise import clean
from app.llm.prices import Prices
from app.screening.answer_table import SUFFIXES, AnswerTable, parse_table
from app.screening.candidates import Taken
from app.screening.mapping import ColumnMapping, propose
from app.screening.policy import Policy
from app.screening.preview import Preview, RecordedAnswer, preview
from app.screening.pricing import Estimate, estimate, requests_of
from app.screening.screening import Screening, ScreeningState
from app.screening.service import ScreeningService
from rubric.bank import Bank

KEPT = timedelta(days=1)
"""A file that nobody confirmed by then is removed."""
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that waits to be confirmed; a screening has one at most.

    Attributes:
        source: The file's name.
        mapping: What a person said of its columns, each COLUMN=FIELD; empty where they are as proposed.
    """

    screening_id: str
    source: str
    content: bytes
    at: datetime
    mapping: tuple[str, ...] = ()
    empty_is_blank: bool = False


class UploadStore(Protocol):
    """Keeps files until they are confirmed."""

    async def keep(self, upload: Upload) -> None:
        """Keep a file, in the place of an earlier one of its screening; raises NotFound where there is no screening."""
        ...

    async def find(self, screening_id: str) -> Upload | None:
        """The file that waits there."""
        ...

    async def waiting(self) -> frozenset[str]:
        """Ids of the screenings in which a file waits."""
        ...

    async def drop(self, screening_id: str) -> None:
        """Remove the file that waits there, if one does."""
        ...

    async def sweep(self, before: datetime) -> int:
        """Remove files that were kept before that time; gives their number."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file would bring.

    Attributes:
        trouble: Why its columns cannot be taken as they are mapped, in a sentence; empty where they can.
        preview, mapping: None where there is trouble.
        missing: Answers that are not there yet, or were another text.
        estimate: What grading those would take.
    """

    upload: Upload
    table: AnswerTable
    bank: Bank
    trouble: str = ""
    mapping: ColumnMapping | None = None
    preview: Preview | None = None
    missing: tuple[RecordedAnswer, ...] = ()
    estimate: Estimate | None = None


class Uploads:
    """Looks at files before they are taken.

    Args:
        store: Where they are kept.
        screenings: Where they go.
        clock: Aware UTC now.
        model: Name of the chat model; None where none is configured.
        prices: Of its tokens; None where nobody said.
    """

    def __init__(
        self,
        store: UploadStore,
        screenings: ScreeningService,
        *,
        clock: Callable[[], datetime],
        model: str | None,
        prices: Prices | None,
    ) -> None:
        self._store = store
        self._screenings = screenings
        self._clock = clock
        self._model = model
        self._prices = prices

    async def check(self, source: str, content: bytes) -> None:
        """Whether the bytes are a table at all; raises InvalidInput with the remedy."""
        if not source:
            raise InvalidInput(f"file: choose one; answers come as {', '.join(SUFFIXES)}.")
        await asyncio.to_thread(parse_table, content, source=_name(source))

    async def keep(self, screening_id: str, source: str, content: bytes) -> None:
        """Keep a file until it is confirmed.

        Raises:
            NotFound: There is no such screening.
            Conflict: It takes no answers.
            InvalidInput: The file is no table.
        """
        self._require_open(await self._screenings.load(screening_id))
        await self.check(source, content)
        kept = Upload(screening_id=screening_id, source=_name(source), content=content, at=self._clock())
        await self._store.keep(kept)

    async def find(self, screening_id: str) -> Upload | None:
        """The file that waits there."""
        return await self._store.find(screening_id)

    async def waiting(self) -> frozenset[str]:
        """Ids of the screenings in which a file waits."""
        return await self._store.waiting()

    async def map(self, screening_id: str, meanings: Sequence[str], *, empty_is_blank: bool) -> None:
        """Keep what a person says of the columns; whether that can be, the next look tells.

        Args:
            screening_id: Where the file waits.
            meanings: Of the columns in their order: a field, or a question by its id or text; empty leaves it to the heading.
            empty_is_blank: Whether an empty cell is an answer left blank.

        Raises:
            NotFound: No file waits.
            InvalidInput: There are more or fewer meanings than columns.
        """
        upload = await self._found(screening_id)
        table = await asyncio.to_thread(parse_table, upload.content, source=upload.source)
        if len(meanings) != len(table.columns):
            raise InvalidInput(f"{upload.source} has {len(table.columns)} columns; say of each what it means.")
        said = zip(table.columns, meanings, strict=True)
        mapping = tuple(f"{column}={meaning}" for column, meaning in said if meaning)
        await self._store.keep(replace(upload, mapping=mapping, empty_is_blank=empty_is_blank))

    async def look(self, screening: Screening) -> Look:
        """What the file that waits would bring; raises NotFound where none does."""
        upload = await self._found(screening.id)
        bank = await self._screenings.bank(screening)
        found = await asyncio.to_thread(_look, upload, bank, screening.policy.questions)
        if found.preview is None:
            return found
        known = await self._screenings.store.texts(screening.id)
        missing = tuple(
            one for one in found.preview.answers if known.get(one.candidate, {}).get(one.question_id) != one.text
        )
        return replace(found, missing=missing, estimate=await self._estimate(screening, bank, missing))

    async def take(self, screening_id: str) -> Taken:
        """Take the file that waits: a draft goes by the questions that it answers, and is activated.

        Raises:
            NotFound: No file waits.
            Conflict: The screening takes no answers.
            InvalidInput: The columns cannot be taken as they are mapped, or hold nothing.
        """
        screening = await self._screenings.load(screening_id)
        self._require_open(screening)
        upload = await self._found(screening_id)
        bank = await self._screenings.bank(screening)
        found = await asyncio.to_thread(_look, upload, bank, screening.policy.questions)
        if found.preview is None:
            raise InvalidInput(found.trouble)
        if not found.preview.answers:
            raise InvalidInput(f"{upload.source} has no answer that can be graded; map its columns otherwise.")
        if screening.state is ScreeningState.DRAFT:
            answered = {one.question_id for one in found.preview.answers}
            draft = replace(screening, policy=_narrowed(screening.policy, answered))
            await self._screenings.store.revise(draft, self._clock())
            screening = await self._screenings.activate(screening_id)
        taken = await self._screenings.take(screening, found.preview)
        await self._store.drop(screening_id)
        return taken

    async def drop(self, screening_id: str) -> None:
        """Forget the file that waits, if one does."""
        await self._store.drop(screening_id)

    async def sweep(self) -> int:
        """Remove files that nobody confirmed in time; gives their number."""
        return await self._store.sweep(self._clock() - KEPT)

    async def _found(self, screening_id: str) -> Upload:
        upload = await self._store.find(screening_id)
        if upload is None:
            raise NotFound(f"No file waits in the screening {screening_id}; send it again.")
        return upload

    async def _estimate(self, screening: Screening, bank: Bank, missing: Sequence[RecordedAnswer]) -> Estimate:
        requests = requests_of(screening, bank, missing)
        counting = estimate(requests, model=self._model, prices=self._prices)
        # A file of many answers takes seconds to count, in which live interviews go on.
        return await asyncio.to_thread(asyncio.run, counting)

    def _require_open(self, screening: Screening) -> None:
        if not screening.takes_answers(self._clock()):
            raise Conflict(f"The screening {screening.name} takes no more answers; begin another one.")


def _narrowed(policy: Policy, answered: Set[str]) -> Policy:
    """The rules without the questions that nobody was asked."""
    return replace(
        policy,
        questions=tuple(id_ for id_ in policy.questions if id_ in answered),
        weights={id_: weight for id_, weight in policy.weights.items() if id_ in answered},
        must_haves=tuple(must for must in policy.must_haves if must.question_id in answered),
    )


def _look(upload: Upload, bank: Bank, questions: Sequence[str]) -> Look:
    table = parse_table(upload.content, source=upload.source)
    try:
        mapping = propose(table, bank, upload.mapping)
    except InvalidInput as error:
        return Look(upload=upload, table=table, bank=bank, trouble=str(error))
    found = preview(table, mapping, bank, questions, empty_is_blank=upload.empty_is_blank)
    return Look(upload=upload, table=table, bank=bank, mapping=mapping, preview=found)


def _name(source: str) -> str:
    """The file's name without a folder, its suffix kept."""
    return clean(" ".join(source.replace("\\", "/").rpartition("/")[2].split())).text[-LONGEST_NAME:]
