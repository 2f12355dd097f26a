"""The whole application in this process with all its channels on one set of services, so that they can be compared."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from app.banks.catalogue import BankCatalogue
from app.banks.direct import DirectRubrics
from app.bootstrap import PATIENCE_S, Services, build_services, open_records
from app.config import Settings
from app.grading.answer_grader import AnswerGrader
from app.grading.encodings import InlineRubrics, RoutedRubrics
from app.grading.grader import BankRef
from app.grading.head import load_head
from app.grading.semantic import SemanticReader
from app.interviews.models import GradeRecord, Interview, Mode
from app.interviews.service import InterviewService, Reader, TurnReader
from app.interviews.store import InterviewStore
from app.interviews.turn_class import Classified, TurnClass
from app.interviews.turn_classifier import TurnClassifier
from app.interviews.wishes import Wishes
from app.main import create_app
from rubric.bank import Bank
from tests.fakes import HashEmbedder
from tests.interviews.fakes import Clock
from vectorstore.embeddings import Embedder

OWN = "http://127.0.0.1"


class TaggedTurns:
    """Takes a class between brackets in front of a reply for what it is, and leaves all else to the product's rules."""

    def __init__(self, embedder: Embedder) -> None:
        self._classifier = TurnClassifier(embedder)

    def certain(self, text: str, *, question: str, said: Sequence[str]) -> Classified | None:
        return _tagged(text) or self._classifier.certain(text, question=question, said=said)

    async def classify(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        return _tagged(text) or await self._classifier.classify(text, question=question, said=said)


def _tagged(text: str) -> Classified | None:
    head, bracket, rest = text.removeprefix("[").partition("]")
    if not text.startswith("[") or not bracket or head not in set(TurnClass):
        return None
    return Classified(TurnClass(head), term=rest.strip() if head == TurnClass.TERM else "")


@dataclass(frozen=True)
class House:
    """Viva as its channels see it.

    Attributes:
        client: Asks pages and the API of the application; brings no cookie and no token by itself.
        clock: What the server takes for the time.
        stack: What is left when the house closes.
    """

    services: Services
    client: httpx2.AsyncClient
    clock: Clock
    stack: AsyncExitStack

    async def kept(self, interview_id: str) -> Interview:
        """An interview as it is stored."""
        return (await self.services.interviews.step(interview_id)).interview

    async def grades(self, interview_id: str) -> dict[str, GradeRecord]:
        """Its newest grades, once nothing waits any more."""
        await self.services.interviews.complete_pending()
        return await self.services.interviews.grades(interview_id)

    async def open(self, *, bank: str, mode: Mode = Mode.ASSESSMENT, limit: int | None = None) -> tuple[Interview, str]:
        """A new interview and its link token."""
        return await self.services.interviews.open(bank=bank, mode=mode, limit=limit)


@asynccontextmanager
async def open_viva(folder: Path) -> AsyncIterator[House]:
    """Everything as it is shipped: the bundled bank, the bundled model, ready to grade; no chat model."""
    settings = Settings(data_dir=folder, llm_model=None)
    clock = Clock()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(build_services(settings, clock=clock))
        await services.embedder.load()
        await services.indexer.look()
        yield await _serving(services, clock, stack)


class _WithState:
    """The application as a server calls it that has run its start-up: each request finds the services."""

    def __init__(self, app: ASGIApp, state: dict[str, object]) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": dict(self._state)}, receive, send)


@asynccontextmanager
async def open_house(
    folder: Path,
    *banks: Path,
    reader: Reader | None = None,
    turns: Callable[[Embedder], TurnReader] = TurnClassifier,
    store: InterviewStore | None = None,
    patience_s: float = PATIENCE_S,
    **settings: object,
) -> AsyncIterator[House]:
    """Everything on a fresh data folder; no model is loaded.

    Args:
        folder: Where it keeps its data.
        banks: Files to import, beside the bundled bank; an information sheet beside one comes along.
        reader: Reads answers; the product's own with hashed vectors by default.
        turns: Tells what replies are.
        store: Keeps the interviews; the database by default.
        patience_s: How long a turn waits for its reading.
        settings: Of Viva's, by name.
    """
    chosen = Settings(data_dir=folder, llm_model=None, **settings)  # type: ignore[arg-type] # by name
    clock = Clock()
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(chosen, clock))
        for bank in banks:
            await records.banks.import_file(bank)
        # It waits for a start that never comes, so that the bundled model is not loaded.
        built = await stack.enter_async_context(build_services(chosen, begin=asyncio.Event(), clock=clock))
        services = _with(built, records.banks, store or records.interviews, reader, turns, patience_s)
        stack.push_async_callback(services.interviews.close)
        yield await _serving(services, clock, stack)


async def _serving(services: Services, clock: Clock, stack: AsyncExitStack) -> House:
    served = _WithState(create_app(services.settings, services), {"services": services})
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=served), base_url=OWN, follow_redirects=True)
    return House(services, await stack.enter_async_context(client), clock, stack)


def _with(
    built: Services,
    banks: BankCatalogue,
    store: InterviewStore,
    reader: Reader | None,
    turns: Callable[[Embedder], TurnReader],
    patience_s: float,
) -> Services:
    """The services with hashed vectors in the place of the bundled model's."""
    embedder = HashEmbedder()

    async def bank(ref: BankRef) -> Bank:
        return (await banks.get(ref.name, ref.version)).bank

    rubrics = RoutedRubrics(banks=DirectRubrics(embedder, bank), inline=InlineRubrics(embedder))
    interviews = InterviewService(
        store,
        banks,
        reader or AnswerGrader(SemanticReader(embedder, rubrics, load_head())),
        turns(embedder),
        clock=built.clock,
        max_answer_chars=built.settings.max_answer_chars,
        patience_s=patience_s,
        quiet_s=built.settings.quiet_s,
    )
    wishes = Wishes(store, interviews, clock=built.clock)
    return replace(built, interviews=interviews, wishes=wishes, embedder=embedder)
