"""Assembly: the only place that constructs clients.

`open_records` is enough for what needs the database alone; `build_services` adds the vector store, the model, the
grader and the jobs; `build_grader` grades inline rubrics with neither database nor vector store.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypedDict

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.access.audit_key import audit_key
from app.access.folder import make_data_folder
from app.access.keys import Keys
from app.access.rates import Rate
from app.access.repeats import Repeats
from app.access.terminal_links import forget_link
from app.access.tokens import operator_token
from app.banks.catalogue import BankCatalogue
from app.banks.direct import DirectRubrics
from app.banks.index import BankContent, BankIndex
from app.banks.indexer import Indexer
from app.config import Settings
from app.db import backup, schema
from app.db.bank_store import SqlBankStore
from app.db.database import Database
from app.db.engine import make_engine, sqlite_file
from app.db.exemplar_texts import SqlExemplarTexts
from app.db.interview_store import SqlInterviewStore
from app.db.invitation_store import SqlInvitationStore
from app.db.key_store import SqlKeyStore
from app.db.repeat_store import SqlRepeatStore
from app.db.review_store import SqlReviewStore
from app.db.screening_store import SqlScreeningStore
from app.db.upload_store import SqlUploadStore
from app.db.webhook_store import JOB as WEBHOOK
from app.db.webhook_store import SqlWebhookStore
from app.errors import AppError, InvalidInput
from app.grading.answer_grader import AnswerGrader, Reader
from app.grading.critique import Critic
from app.grading.encodings import InlineRubrics, RoutedRubrics, RubricSource
from app.grading.entailment import EntailedReader
from app.grading.exemplar_shelf import ExemplarShelf
from app.grading.exemplars import Exemplars
from app.grading.gathering import GatheringReader
from app.grading.grader import BankRef
from app.grading.head import load_head
from app.grading.regrading import Regrader
from app.grading.second_look import SHARE
from app.grading.semantic import SemanticReader
from app.interviews.service import InterviewService
from app.interviews.turn_classifier import TurnClassifier
from app.interviews.wishes import Wishes
from app.jobs.durable import DurableJobs
from app.jobs.enqueueing import enqueue
from app.jobs.port import Handler, Jobs
from app.jobs.preparing import prepare
from app.llm.endpoint import DEFAULT_BASE_URL
from app.llm.openai_chat import OpenAIChat
from app.llm.prices import Prices
from app.llm.reply_cache import SqliteReplyCache
from app.mail.smtp import MailServer, SmtpSender
from app.review.audit_sample import AuditSample
from app.review.service import ReviewService
from app.review.shelving import KeptShelf, MomentaryShelf
from app.screening.inviting import Inviting
from app.screening.service import ScreeningService
from app.screening.uploads import Uploads
from app.telemetry.job_runs import watched
from app.webhooks.addresses import Guard
from app.webhooks.http_sender import HttpSender, resolve
from app.webhooks.service import Webhooks
from rubric.bank import Bank
from vectorstore.chroma import ChromaStore, collection_name
from vectorstore.chroma_client import ChromaServer, EmbeddedChroma
from vectorstore.cross_encoder import CrossEncoderEntailment
from vectorstore.embeddings import Embedder
from vectorstore.entailment import Entailment
from vectorstore.model_files import BUNDLED
from vectorstore.openai_embeddings import OpenAIEmbedder
from vectorstore.ownership import Ownership
from vectorstore.sentence_transformer import SentenceTransformerEmbedder
from vectorstore.token_cache import TokenCache

BUNDLED_BANKS: Mapping[str, str] = {"aws_data_engineer.txt": "AWS data engineer"}
"""Banks imported on first start, with the titles that their format can't carry."""
Clock = Callable[[], datetime]
_STAYS, _STAY = "interview deleted since then stays", "interviews deleted since then stay"
FAILURES = "300/minute"
"""Requests without a token that holds, from one address: enough for a crowd of people with closed links behind it."""
SWEEP_EVERY_S = 3600
TELL_EVERY_S = 30
PATIENCE_S = 4.0
"""How long a turn waits for a model that is still loading before it says "one moment"."""

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Aware UTC now."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the database alone can do.

    Attributes:
        schema_note: What was done to the schema on opening, on one line; empty when it was current.
    """

    settings: Settings
    database: Database
    banks: BankCatalogue
    interviews: SqlInterviewStore
    reviews: ReviewService
    screenings: ScreeningService
    inviting: Inviting
    keys: Keys
    jobs: Jobs
    clock: Clock
    schema_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that channels use.

    Attributes:
        api_rate: What each API key may ask.
        failure_rate: What may be asked from one address without a token that holds.
        repeats: Requests with an idempotency key.
        stopping: Set once the server is told to stop: what goes on for long ends then.
    """

    settings: Settings
    interviews: InterviewService
    wishes: Wishes
    reviews: ReviewService
    screenings: ScreeningService
    uploads: Uploads
    inviting: Inviting
    banks: BankCatalogue
    index: BankIndex
    indexer: Indexer
    grader: AnswerGrader
    embedder: Embedder
    entailment: Entailment | None
    jobs: Jobs
    keys: Keys
    webhooks: Webhooks
    repeats: Repeats
    api_rate: Rate
    failure_rate: Rate
    operator_token: str
    clock: Clock
    schema_note: str
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def warming(self) -> str | None:
        """What the grader still waits for, or why it cannot work; None when it is warm."""
        if self.embedder.status != "ready":
            return f"embedding model: {self.embedder.status}"
        if self.entailment is not None and self.entailment.status in {"idle", "loading"}:
            return f"entailment model: {self.entailment.status}"
        if self.indexer.trouble is not None:
            return self.indexer.trouble
        return None if self.indexer.is_ready else "question banks are being indexed"

    @property
    def lacking(self) -> str | None:
        """What was configured and does not work, while the grader goes on without it; None when nothing is."""
        if self.entailment is None or not self.entailment.status.startswith("failed"):
            return None
        return f"entailment model: {self.entailment.status}"


class ServicesState(TypedDict):
    """What a request finds in its state."""

    services: Services


@asynccontextmanager
async def open_records(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Records]:
    """The database with its schema up to date; the bundled bank is imported when there is none yet.

    Raises:
        SchemaMismatch: The database was written by a newer Viva.
    """
    make_data_folder(settings.data_dir)
    database = Database(make_engine(settings))
    try:
        note = await asyncio.to_thread(_prepare, database.engine, settings, clock)
        banks = BankCatalogue(SqlBankStore(database), clock)
        if not await banks.refs():
            await _import_bundled(banks)
        screenings = ScreeningService(SqlScreeningStore(database, enqueue=enqueue), banks, clock=clock)
        yield Records(
            settings=settings,
            database=database,
            banks=banks,
            interviews=SqlInterviewStore(database, enqueue=enqueue),
            reviews=ReviewService(SqlReviewStore(database), banks, clock),
            screenings=screenings,
            inviting=Inviting(
                SqlInvitationStore(database),
                screenings.store,
                banks,
                clock=clock,
                link_lasts=_link_lasts(settings),
                people_url=settings.people_url,
                keeps_addresses=settings.smtp_url is not None,
            ),
            keys=Keys(SqlKeyStore(database), clock),
            jobs=_jobs(settings, database),
            clock=clock,
            schema_note=note,
        )
    finally:
        await database.aclose()


@asynccontextmanager
async def build_services(
    settings: Settings,
    *,
    owner: str = "viva",
    background: bool = False,
    begin: asyncio.Event | None = None,
    clock: Clock = utc_now,
) -> AsyncIterator[Services]:
    """Everything, released in the end.

    Args:
        settings: Where things are.
        owner: What others are told who find the vector store taken, such as "viva serve".
        background: Keep reading what was left and, unless that is left to workers, completing grades, until the end.
        begin: Load the model and start the background work only once this is set: loading keeps the interpreter busy
            for seconds, in which a server should already answer.
        clock: Aware UTC now.

    Raises:
        StoreInUse: Another process owns the embedded vector store.
        SchemaMismatch: The database was written by a newer Viva.
    """
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(settings, clock))
        # First, so that a command that is refused the store has not begun to load a model.
        chroma = _chroma(settings, owner, stack)
        embedder = _embedder(settings)
        stack.push_async_callback(embedder.aclose)
        store = ChromaStore(chroma, collection_name(embedder))
        stack.push_async_callback(store.aclose)
        versions = _Versions(records.banks)
        tokens = TokenCache(settings.data_dir / "tokens", embedder.fingerprint)
        index = BankIndex(store, embedder, tokens, versions.bank)
        rubrics = RoutedRubrics(banks=index, inline=InlineRubrics(embedder))
        indexer = Indexer(index, versions, rubrics)
        entailment = _entailment(settings, stack)
        shelf = _shelf(settings, records.database, embedder, chroma, stack)
        exemplars = shelf if settings.exemplars else None
        grader = await _grader(settings, embedder, indexer, entailment, stack, exemplars)
        interviews = InterviewService(
            records.interviews,
            records.banks,
            grader,
            TurnClassifier(embedder),
            clock=clock,
            max_answer_chars=settings.max_answer_chars,
            patience_s=PATIENCE_S,
            quiet_s=settings.quiet_s,
            link_lasts=_link_lasts(settings),
            is_sampled=audit_sample(settings).holds,
            forget=partial(forget_link, settings),
            gathering=GatheringReader(grader),
        )
        stack.push_async_callback(interviews.close)
        services = Services(
            settings=settings,
            interviews=interviews,
            wishes=Wishes(records.interviews, interviews, clock=clock),
            reviews=records.reviews,
            screenings=records.screenings,
            uploads=Uploads(
                SqlUploadStore(records.database),
                records.screenings,
                clock=clock,
                model=settings.llm_model,
                prices=prices(settings),
            ),
            inviting=records.inviting,
            banks=records.banks,
            index=index,
            indexer=indexer,
            grader=grader,
            embedder=embedder,
            entailment=entailment,
            jobs=records.jobs,
            keys=records.keys,
            webhooks=_webhooks(settings, records.database, clock, stack),
            repeats=Repeats(SqlRepeatStore(records.database), clock),
            api_rate=Rate(settings.api_rate),
            failure_rate=Rate(FAILURES),
            operator_token=operator_token(settings).value,
            clock=clock,
            schema_note=records.schema_note,
        )
        stack.push_async_callback(_cancelled, _in_background(_keep_indexed(services, begin), "indexing"))
        stack.push_async_callback(_cancelled, _in_background(_keep_shelved(shelf, begin), "keeping exemplars"))
        if background:
            swept = _in_background(_keep_swept(services, begin), "removing candidates")
            stack.push_async_callback(_cancelled, swept)
            told = _in_background(_keep_told(services.screenings, begin), "telling completed screenings")
            stack.push_async_callback(_cancelled, told)
            stack.push_async_callback(_cancelled, _in_background(_carry_on(services, begin), "start of the jobs"))
            stack.push_async_callback(records.jobs.stop)
        yield services


@asynccontextmanager
async def build_grader(settings: Settings) -> AsyncIterator[AnswerGrader]:
    """A grader of inline rubrics: no database, no vector store, no lock."""
    async with AsyncExitStack() as stack:
        embedder = _embedder(settings)
        stack.push_async_callback(embedder.aclose)
        yield await _grader(settings, embedder, InlineRubrics(embedder), _entailment(settings, stack), stack)


def audit_sample(settings: Settings) -> AuditSample:
    """The answers that a person judges blind; its key is made when the first answer is drawn."""
    return AuditSample(settings.audit_share, partial(audit_key, settings))


@asynccontextmanager
async def open_reader(settings: Settings, banks: BankCatalogue) -> AsyncIterator[SemanticReader]:
    """The local reading alone, with the vectors of banks made from their texts: no vector store, no lock."""
    async with open_embedder(settings) as embedder:
        yield SemanticReader(embedder, _direct(embedder, banks), load_head())


@asynccontextmanager
async def open_regrader(settings: Settings, records: Records) -> AsyncIterator[Regrader]:
    """A grader of answers that were graded before, with vectors made from the texts in the database: no lock."""
    async with AsyncExitStack() as stack:
        embedder = await stack.enter_async_context(open_embedder(settings))
        rubrics = _direct(embedder, records.banks)
        exemplars = _momentary_shelf(records.database, embedder, stack) if settings.exemplars else None
        grader = await _grader(settings, embedder, rubrics, _entailment(settings, stack), stack, exemplars)
        yield Regrader(grader, settings.llm_model)


@asynccontextmanager
async def open_mail(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[SmtpSender]:
    """Sends letters to candidates.

    Raises:
        InvalidInput: The settings name no mail server that can be used.
    """
    sender = SmtpSender(MailServer.of(settings), clock)
    try:
        yield sender
    finally:
        await sender.aclose()


@asynccontextmanager
async def open_embedder(settings: Settings) -> AsyncIterator[Embedder]:
    """The embedding model alone."""
    embedder = _embedder(settings)
    try:
        yield embedder
    finally:
        await embedder.aclose()


def schema_differences() -> list[str]:
    """How a freshly migrated database differs from the tables in the code; empty when they agree."""
    with TemporaryDirectory() as folder:
        engine = make_engine(Settings(data_dir=Path(folder), database_url=None))
        try:
            schema.upgrade(engine)
            return schema.differences(engine)
        finally:
            engine.dispose()


async def restore_backup(settings: Settings, source: Path, clock: Clock = utc_now) -> str:
    """Make the database what a backup holds, after a safety copy; gives what was done, in a sentence.

    Raises:
        InvalidInput: The file is no sound backup, or the database is a server's.
        SchemaMismatch: The backup was written by a newer Viva.
    """
    database = sqlite_file(settings)
    if database is None:
        raise InvalidInput("VIVA_DATABASE_URL names a database server; restore with its own tools.")
    revision = backup.revision_of(source)
    schema.require_known(revision, backup.writer_of(source))
    copy = backup.safety_copy(database, why="before-restore", at=clock()) if database.exists() else None
    buried = backup.put_back(source, database)
    async with open_records(settings, clock) as records:
        note = records.schema_note
    kept = f" What was there is in {copy}." if copy else ""
    gone = f" {buried} {_STAYS if buried == 1 else _STAY} deleted." if buried else ""
    return f"Restored {source}.{kept}{gone} {note}".strip()


def _prepare(engine: Engine, settings: Settings, clock: Clock) -> str:
    # First by itself, as it says best why a database cannot be reached.
    schema.state(engine)
    with schema.alone(engine):
        return _prepared(engine, settings, clock)


def _prepared(engine: Engine, settings: Settings, clock: Clock) -> str:
    found = schema.state(engine)
    database = sqlite_file(settings)
    note = ""
    if not found.is_current:
        if found.current is not None:
            note = f"The database was brought from schema {found.current} to {found.needed}"
            if database is not None:
                copy = backup.safety_copy(database, why=f"schema-{found.current}", at=clock())
                note += f"; what was there is in {copy}"
            note += "."
        schema.upgrade(engine)
    prepare(engine)
    if database is not None:
        # Whoever may enter the folder may still not read what candidates wrote; SQLite gives its log the same mode.
        database.chmod(0o600)
    return note


def _webhooks(settings: Settings, database: Database, clock: Clock, stack: AsyncExitStack) -> Webhooks:
    sender = HttpSender()
    stack.push_async_callback(sender.aclose)
    store = SqlWebhookStore(database, enqueue=enqueue)
    return Webhooks(store, Guard(settings.hosts_inside), resolve=resolve, send=sender, clock=clock)


def _jobs(settings: Settings, database: Database) -> Jobs:
    return DurableJobs(
        database,
        version=version("viva"),
        concurrency=settings.jobs_concurrency,
        requests_per_minute=settings.llm_requests_per_minute,
        keep_days=settings.jobs_keep_days,
    )


async def _import_bundled(banks: BankCatalogue) -> None:
    for name, title in BUNDLED_BANKS.items():
        with as_file(files("rubric").joinpath("banks", name)) as path:
            await banks.import_file(path, title=title)


def _embedder(settings: Settings) -> Embedder:
    if settings.read_languages and settings.embedding_model == BUNDLED:
        raise InvalidInput(
            "VIVA_EMBEDDING_LANGUAGES is about a model of your own (VIVA_EMBEDDING_MODEL); the bundled one reads English. "
            "For the chat model there is VIVA_LLM_LANGUAGES."
        )
    if settings.embeddings_base_url is not None:
        if settings.embedding_model == BUNDLED:
            raise InvalidInput("VIVA_EMBEDDINGS_BASE_URL needs VIVA_EMBEDDING_MODEL: the model's name at that address.")
        key = settings.embeddings_api_key
        return OpenAIEmbedder(
            base_url=settings.embeddings_base_url,
            model=settings.embedding_model,
            api_key=key.get_secret_value() if key else None,
        )
    return SentenceTransformerEmbedder(settings.embedding_model, threads=settings.embedding_threads)


def _chroma(settings: Settings, owner: str, stack: AsyncExitStack) -> EmbeddedChroma | ChromaServer:
    if settings.chroma_url is not None:
        return ChromaServer(settings.chroma_url)
    url = settings.local_url if owner == "viva serve" else None
    return EmbeddedChroma(stack.enter_context(Ownership.acquire(settings.vectors_dir, owner=owner, url=url)))


def _direct(embedder: Embedder, banks: BankCatalogue) -> RubricSource:
    direct = DirectRubrics(embedder, _Versions(banks).bank)
    return RoutedRubrics(banks=direct, inline=InlineRubrics(embedder))


def _entailment(settings: Settings, stack: AsyncExitStack) -> Entailment | None:
    if settings.entailment_model is None:
        return None
    entailment = CrossEncoderEntailment(settings.entailment_model)
    stack.push_async_callback(entailment.aclose)
    return entailment


def _shelf(
    settings: Settings,
    database: Database,
    embedder: Embedder,
    chroma: EmbeddedChroma | ChromaServer,
    stack: AsyncExitStack,
) -> KeptShelf:
    """The shelf of exemplars: a collection of its own, and where Chroma is embedded a folder of its own.

    Rebuilding the banks' vectors wipes their folder, under whoever else has it open.
    """
    if isinstance(chroma, EmbeddedChroma):
        chroma = EmbeddedChroma(stack.enter_context(Ownership.acquire(settings.exemplars_dir, owner="viva")))
    store = ChromaStore(chroma, f"exemplars-{collection_name(embedder)}")
    stack.push_async_callback(store.aclose)
    texts = SqlExemplarTexts(database)
    return KeptShelf(ExemplarShelf(texts, store, embedder), texts)


def _momentary_shelf(database: Database, embedder: Embedder, stack: AsyncExitStack) -> MomentaryShelf:
    """The exemplars in a folder that goes with the command, so that the server's may be in use."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="viva-exemplars-"))) / "vectors"
    chroma = EmbeddedChroma(stack.enter_context(Ownership.acquire(folder, owner="viva")))
    store = ChromaStore(chroma, f"exemplars-{collection_name(embedder)}")
    stack.push_async_callback(store.aclose)
    return MomentaryShelf(ExemplarShelf(SqlExemplarTexts(database), store, embedder))


async def _keep_shelved(shelf: KeptShelf, begin: asyncio.Event | None) -> None:
    if begin is not None:
        await begin.wait()
    await shelf.run()


async def _grader(
    settings: Settings,
    embedder: Embedder,
    rubrics: RubricSource,
    entailment: Entailment | None,
    stack: AsyncExitStack,
    exemplars: Exemplars | None = None,
) -> AnswerGrader:
    critic = _critic(settings, stack) if settings.llm_configured else None
    reader: Reader = SemanticReader(embedder, rubrics, load_head(), languages=settings.read_languages)
    if entailment is not None:
        reader = EntailedReader(reader, entailment)
    return AnswerGrader(
        reader,
        critic,
        exemplars,
        second_looks=SHARE if settings.llm_escalation else 0.0,
        judged_languages=settings.judged_languages,
    )


def _critic(settings: Settings, stack: AsyncExitStack) -> Critic:
    chat = OpenAIChat.from_settings(settings)
    stack.push_async_callback(chat.aclose)
    second = None
    if settings.llm_escalation_model is not None:
        second = OpenAIChat.from_settings(settings.model_copy(update={"llm_model": settings.llm_escalation_model}))
        stack.push_async_callback(second.aclose)
    cache = None
    if settings.llm_cache:
        cache = SqliteReplyCache(settings.replies_file, most=settings.llm_cache_replies)
        stack.push_async_callback(cache.aclose)
    return Critic(
        chat, second=second, cache=cache, endpoint=settings.llm_base_url or DEFAULT_BASE_URL, prices=prices(settings)
    )


def prices(settings: Settings) -> Prices | None:
    """What the chat model's tokens cost; None where nobody said."""
    if settings.llm_price_input is None and settings.llm_price_output is None:
        return None
    return Prices(settings.llm_price_input or 0.0, settings.llm_price_output or 0.0, settings.llm_price_currency)


async def _keep_indexed(services: Services, begin: asyncio.Event | None) -> None:
    if begin is not None:
        await begin.wait()
    services.embedder.start_loading()
    if services.entailment is not None:
        services.entailment.start_loading()
    await services.indexer.run()


async def _carry_on(services: Services, begin: asyncio.Event | None) -> None:
    """What an earlier process left: replies to read first, then the jobs."""
    if begin is not None:
        await begin.wait()
    try:
        await services.interviews.recover()
    except Exception:  # noqa: BLE001 (old replies that stay unread must not keep new answers ungraded; logged)
        _log.exception("replies left by an earlier process could not be read")
    if not services.settings.serve_jobs:
        return
    handlers: dict[str, Handler] = {
        "grade": lambda ids: services.interviews.complete_grade(ids[0]),
        WEBHOOK: lambda ids: services.webhooks.deliver(ids[0]),
    }
    await services.jobs.start({kind: watched(kind, handler) for kind, handler in handlers.items()})


def _in_background(work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
    """A task whose death is logged: nobody waits for it."""

    def tell(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background work ended", work=name, exc_info=error)

    task = asyncio.create_task(work)
    task.add_done_callback(tell)
    return task


async def _keep_swept(services: Services, begin: asyncio.Event | None) -> None:
    """Remove candidates whose time is over, and files that nobody confirmed, at once and then every hour."""
    if begin is not None:
        await begin.wait()
    while True:
        try:
            await services.uploads.sweep()
            if gone := await services.screenings.sweep():
                _log.info("candidates removed, their retention is over", candidates=gone)
        except (AppError, SQLAlchemyError) as error:
            # Another process was faster, or the database is away: the next look tells.
            _log.warning("candidates could not be removed", error=type(error).__name__)
        await asyncio.sleep(SWEEP_EVERY_S)


async def _keep_told(screenings: ScreeningService, begin: asyncio.Event | None) -> None:
    """Announce screenings that are completed: whatever completed one, a look some seconds later sees it."""
    if begin is not None:
        await begin.wait()
    while True:
        try:
            await screenings.tell_completed()
        except (AppError, SQLAlchemyError) as error:
            _log.warning("completed screenings could not be told", error=type(error).__name__)
        await asyncio.sleep(TELL_EVERY_S)


def _link_lasts(settings: Settings) -> timedelta | None:
    return timedelta(days=settings.link_days) if settings.link_days else None


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class _Versions:
    """The catalogue as the indexer sees it."""

    def __init__(self, banks: BankCatalogue) -> None:
        self._banks = banks

    async def refs(self) -> list[BankRef]:
        return list(await self._banks.refs())

    async def load(self, ref: BankRef) -> BankContent:
        return BankContent(ref, (await self._banks.get(ref.name, ref.version)).bank)

    async def bank(self, ref: BankRef) -> Bank:
        return (await self.load(ref)).bank
