"""`viva doctor`: what Viva needs, looked at one by one; a line each, and an exit code that scripts can use."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from app.cli.settings import masked, read_settings, unknown_variables
from app.config import Settings
from app.errors import AppError, LLMError, told
from app.llm.chat import ChatMessage, StructuredRequest
from vectorstore.model_files import BUNDLED, find_model
from vectorstore.model_files import check as check_weights
from vectorstore.ownership import who_owns

LEAST_FREE_BYTES = 500_000_000
LLM_BUDGET_S = 20.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in words; `is_fine` is False for what a person should mend."""

    is_fine: bool
    words: str


Look = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at. `look` may raise any error that `app.errors.told` knows; its sentence is the finding."""

    name: str
    look: Look


async def run_checks(checks: Sequence[Check]) -> list[tuple[Check, Finding]]:
    """Every check's finding, in order; one that fails does not keep the others from running."""
    return [(check, await _find(check.look)) for check in checks]


async def _find(look: Look) -> Finding:
    try:
        return await look()
    except Exception as error:  # only what has a sentence for people; a bug stays a traceback
        if (telling := told(error)) is None:
            raise
        return Finding(False, telling.sentence)


def line(check: Check, finding: Finding) -> str:
    """Such as "✓ disk: 77.2 GB free"."""
    return f"{'✓' if finding.is_fine else '✗'} {check.name}: {' '.join(finding.words.split())}"


def checks_for(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    """The checks of an installation with these settings."""

    async def configuration() -> Finding:
        return look_at_configuration(settings, environ)

    async def disk() -> Finding:
        return look_at_disk(settings.data_dir)

    async def database() -> Finding:
        return await asyncio.to_thread(look_at_database, settings)

    return [
        Check("configuration", configuration),
        Check("disk", disk),
        Check("database", database),
        Check("vector store", lambda: look_at_vector_store(settings)),
        Check("embedding model", lambda: look_at_embedding_model(settings)),
        *_entailment_checks(settings),
        Check("LLM", lambda: look_at_llm(settings)),
    ]


def look_at_configuration(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Misspelt names, and settings that make no sense together."""
    troubles = [unknown.sentence for unknown in unknown_variables(environ)]
    if settings.llm_base_url and not settings.llm_model:
        troubles.append(
            "VIVA_LLM_BASE_URL is set but VIVA_LLM_MODEL is not, so no critiques are asked for; name a model."
        )
    if settings.llm_model and not settings.llm_base_url and not settings.llm_api_key:
        troubles.append(
            "VIVA_LLM_MODEL without VIVA_LLM_BASE_URL means the endpoint of OpenAI itself, which needs VIVA_LLM_API_KEY."
        )
    if settings.embedding_languages and settings.embedding_model == BUNDLED:
        troubles.append("VIVA_EMBEDDING_LANGUAGES is about a model of your own; the bundled one reads English.")
    if troubles:
        return Finding(False, " ".join(troubles))
    return Finding(True, f"data in {settings.data_dir.absolute()}, served on {settings.host} port {settings.port}")


def look_at_disk(data_dir: Path) -> Finding:
    """Whether the data folder can be written to, and how much room is left."""
    there = next(folder for folder in (data_dir.absolute(), *data_dir.absolute().parents) if folder.exists())
    if not there.is_dir():
        return Finding(False, f"{there} is not a folder; set VIVA_DATA_DIR to one.")
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(False, f"{there} can't be written to by this user; change its owner or set VIVA_DATA_DIR.")
    free = shutil.disk_usage(there).free
    words = f"{free / 1e9:.1f} GB free for {data_dir.absolute()}"
    if free < LEAST_FREE_BYTES:
        return Finding(False, f"{words}, less than {LEAST_FREE_BYTES / 1e9:.1f} GB; free some.")
    return Finding(True, words)


def look_at_database(settings: Settings) -> Finding:
    """Whether it can be reached and has the schema this Viva needs; changes and creates nothing."""
    # SQLAlchemy and Alembic take half a second that `viva --help` must not pay.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 (slow to import)

    from app.db.engine import database_url, make_engine, sqlite_file  # noqa: PLC0415 (slow to import)
    from app.db.schema import state  # noqa: PLC0415 (slow to import)

    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return Finding(True, f"none yet; `viva serve` makes {file}")
    where = str(file or database_url(settings).render_as_string(hide_password=True))
    engine = make_engine(settings)
    try:
        schema = state(engine)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        return Finding(False, f"{where} cannot be opened ({reason}); check VIVA_DATABASE_URL and that it runs.")
    finally:
        engine.dispose()
    if not schema.is_current:
        return Finding(
            False,
            f"{where} has schema {schema.current or 'none'} and this Viva needs {schema.needed}; "
            "`viva db upgrade` brings it there.",
        )
    return Finding(True, f"{where}, schema {schema.current}")


async def look_at_vector_store(settings: Settings) -> Finding:
    """Whether a Chroma server answers, or who holds the embedded store; the store itself is not opened."""
    if settings.chroma_url:
        from vectorstore.chroma_client import ChromaServer  # noqa: PLC0415 - slow, and seldom wanted

        await asyncio.to_thread(ChromaServer(settings.chroma_url).open)
        return Finding(True, f"the Chroma server at {masked(settings.chroma_url)} answers")
    folder = settings.vectors_dir
    owner = await asyncio.to_thread(who_owns, folder)
    if owner is None:
        return Finding(True, f"Chroma embedded in {folder.absolute()}, nobody holds it")
    where = f" at {owner.url}" if owner.url else ""
    return Finding(True, f"Chroma embedded in {folder.absolute()}, held by {owner.owner}{where} (pid {owner.pid})")


async def look_at_embedding_model(settings: Settings) -> Finding:
    """Whether the weights are there and, for the bundled model, the very ones the grader was fitted to."""
    if settings.embeddings_base_url:
        return Finding(True, f"{settings.embedding_model} at the endpoint in VIVA_EMBEDDINGS_BASE_URL")
    files = await asyncio.to_thread(find_model, settings.embedding_model)
    await asyncio.to_thread(check_weights, files)
    expectation = " as expected" if settings.embedding_model == BUNDLED else "; grades carry the flag uncalibrated"
    return Finding(True, f"{files.name}, sha256 {files.fingerprint[:12]}…{expectation}")


def _entailment_checks(settings: Settings) -> list[Check]:
    """None where no such model is configured: it is a refinement that most do without."""
    model = settings.entailment_model
    return [] if model is None else [Check("entailment model", lambda: look_at_entailment_model(model))]


async def look_at_entailment_model(model: str) -> Finding:
    """Whether it loads, has the labels of natural language inference, and infers."""
    from vectorstore.cross_encoder import LocalEntailment  # noqa: PLC0415 - slow, and seldom wanted
    from vectorstore.entailment import Pair  # noqa: PLC0415 (slow to import)

    entailment = await asyncio.to_thread(LocalEntailment, model)
    await asyncio.to_thread(entailment.infer, [Pair("It rains.", "It is wet.")])
    return Finding(True, f"{Path(model).name}, sha256 {entailment.fingerprint[:12]}…; grades name it")


async def look_at_llm(settings: Settings) -> Finding:
    """Whether the chat model answers with a JSON object; asks it one tiny question."""
    if not settings.llm_configured:
        return Finding(True, "not configured; answers are graded by meaning alone (VIVA_LLM_MODEL turns critiques on)")
    from app.llm.endpoint import DEFAULT_BASE_URL  # noqa: PLC0415 - slow, and seldom wanted
    from app.llm.openai_chat import OpenAIChat  # noqa: PLC0415 (slow to import)

    chat = OpenAIChat.from_settings(
        settings.model_copy(update={"llm_budget_s": min(LLM_BUDGET_S, settings.llm_budget_s)})
    )
    where = masked(settings.llm_base_url or DEFAULT_BASE_URL)
    try:
        completion = await chat.complete(_probe())
    except LLMError as error:
        return Finding(False, f"{settings.llm_model} at {where}: {error}")
    finally:
        await chat.aclose()
    return Finding(
        True,
        f"{completion.returned_model} at {where} answered in {completion.latency_ms:.0f} ms "
        f"({completion.output_mode.replace('_', ' ')})",
    )


def _probe() -> StructuredRequest:
    """A critique in small: the prompt of a real one, so that what passes here works there."""
    from prompts.inputs import CritiqueInputs  # noqa: PLC0415 - Jinja is slow to import
    from prompts.loader import render  # noqa: PLC0415 (slow to import)

    prompt = render(CritiqueInputs(question="How much is 2 + 2?", rubric=[("c1", "It is 4")], answer=["4."]))
    return StructuredRequest(
        messages=[ChatMessage(message.role, message.content) for message in prompt.messages],
        schema_name="readiness",
        schema={
            "type": "object",
            "properties": {"feedback": {"type": "string"}},
            "required": ["feedback"],
            "additionalProperties": False,
        },
        max_tokens=300,
    )


def examine() -> None:
    """Look at everything Viva needs: a line each, and exit code 1 if anything should be mended."""
    try:
        settings = read_settings()
    except AppError as error:
        typer.echo(f"✗ configuration: {error}")
        raise typer.Exit(1) from None
    findings = asyncio.run(run_checks(checks_for(settings, os.environ)))
    for check, finding in findings:
        typer.echo(line(check, finding))
    if not all(finding.is_fine for _, finding in findings):
        raise typer.Exit(1)
