"""Every setting, read once from the environment (prefix VIVA_) and passed down."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "VIVA_"

LAUNCHER_VARIABLES = {
    "VIVA_PYTHON": "Command of the Python that `make run` and `./viva` make the environment with.",
    "VIVA_TORCH_INDEX": 'Package index that the installation takes PyTorch from, or "default" for pip\'s own; '
    "unset, PyTorch's CPU index on Linux where it can be reached.",
}
"""Variables read before Viva's settings exist, by the installation alone; name to description."""

_LANGUAGES = r"^\s*[a-z]{2,3}(\s*,\s*[a-z]{2,3})*\s*$"
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """Viva's settings; `viva settings` lists them with their sources."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    data_dir: Path = Field(Path("data"), description="Folder of the database, the vectors and the operator's token.")
    host: str = Field("127.0.0.1", description="Address that `viva serve` listens on.")
    port: Port = Field(8000, description="Port that `viva serve` listens on; 0 takes any free one.")
    public_url: str | None = Field(
        None,
        description="Address under which people reach the server, such as https://viva.example.org; its host is accepted beside the listening one.",
    )
    url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]",
        description="Address of the server that `viva mcp` asks, such as https://viva.example.org; by default the one running on this data folder, or at VIVA_HOST and VIVA_PORT.",
    )
    api_key: SecretStr | None = Field(
        None, description="API key that `viva mcp` shows there; `viva keys create` makes one."
    )
    operator_token: SecretStr | None = Field(
        None,
        description="The operator's token; by default one is made at first run and kept in the data folder. Needed to listen on an address other than this machine's own.",
    )

    database_url: str | None = Field(
        None, description="SQLAlchemy address of the database; by default SQLite in the data folder."
    )

    chroma_url: str | None = Field(
        None, description="Address of a Chroma server, such as http://localhost:8001; by default Chroma is embedded."
    )
    embedding_model: str = Field(
        "bundled", description='The embedding model: "bundled", or a sentence-transformers name or folder.'
    )
    embedding_threads: int | None = Field(
        None, ge=1, le=256, description="Batches of text that the local model reads at a time; one a core by default."
    )
    quiet_s: float = Field(
        90, gt=0, le=86_400, description="Seconds of quiet after which an answer in several messages is complete."
    )
    embeddings_base_url: str | None = Field(
        None, description="OpenAI-compatible address to embed with instead of a local model."
    )
    embeddings_api_key: SecretStr | None = Field(None, description="Key for that address.")
    embedding_languages: str | None = Field(
        None,
        pattern=_LANGUAGES,
        description="Languages beside English in which you have validated an embedding model of your own, such as de,es; the bundled model reads English.",
    )
    entailment_model: str | None = Field(
        None,
        description="A sentence-transformers CrossEncoder NLI model, by name in the local cache or folder, asked whether what was found of a criterion says it; by default none is.",
    )

    llm_base_url: str | None = Field(
        None,
        description="OpenAI-compatible address of the chat model that writes critiques, such as http://localhost:11434/v1.",
    )
    llm_api_key: SecretStr | None = Field(None, description="Key for that address.")
    llm_model: str | None = Field(None, description="The chat model's name; with it set, critiques are on.")
    llm_languages: str = Field(
        "en",
        pattern=_LANGUAGES,
        description="Languages in which you have validated this model's verdicts, such as en,de; in others its verdicts count, and a person looks at each.",
    )
    llm_concurrency: int = Field(8, ge=1, le=256, description="Requests to the chat model at a time.")
    llm_requests_per_minute: int | None = Field(
        None,
        ge=2,
        description="Answers that all processes together begin to grade in a minute, where the endpoint allows no more requests; a quarter is kept for interviews held now. By default as many as the model takes.",
    )
    llm_timeout_s: float = Field(8.0, gt=0, description="Seconds one attempt may take.")
    llm_budget_s: float = Field(60.0, gt=0, description="Seconds that one critique may take with its retries.")

    llm_cache: bool = Field(
        True, description="Whether whole replies are kept, sealed, in the data folder, so that none is paid for twice."
    )
    llm_cache_replies: int = Field(100_000, ge=1, description="How many of them; the oldest go first.")
    llm_escalation: bool = Field(
        True,
        description="Whether the chat model is asked once more about criteria it left undecided, where that can spare a person the answer; of all answers, 8 % are drawn for it.",
    )
    llm_escalation_model: str | None = Field(
        None,
        description="Another model at the same address for that; only its agreement settles what model and local reading disagree about.",
    )
    llm_price_input: float | None = Field(None, ge=0, description="Money per million tokens sent to the chat model.")
    llm_price_output: float | None = Field(None, ge=0, description="Money per million tokens that it writes.")
    llm_price_currency: str = Field("", description="What to call that money, such as USD.")
    exemplars: bool = Field(
        True, description="Whether a critique is shown up to three near corrections that people made to other answers."
    )

    serve_jobs: bool = Field(
        True, description="Whether `viva serve` does later work itself; off, it is left to `viva worker`."
    )
    jobs_concurrency: int = Field(
        64,
        ge=1,
        le=256,
        description="Answers that a process grades at a time, and as many of those handed over in bulk.",
    )
    metrics_port: Port | None = Field(
        None,
        description="Port of VIVA_HOST on which a `viva worker` answers GET /metrics, as `viva serve` does on its own; by default none. Each worker on a machine needs another one.",
    )
    jobs_keep_days: int = Field(7, ge=0, le=3650, description="Days for which finished jobs can be looked up.")

    audit_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of the answers that a person judges blind, whatever the grade; drawn by a key in the data folder.",
    )

    webhook_hosts: str | None = Field(
        None,
        description="Hosts inside your network that webhooks may lead to, such as hooks.internal,10.0.0.7; by default only public addresses.",
    )
    api_rate: str = Field(
        "600/minute",
        description="Requests that an API key may send to each server process, such as 600/minute or 20/second.",
    )

    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server that invitations and reminders are sent by, such as smtps://user:password@mail.example.org:465; candidates' addresses are kept only where it is set.",
    )
    mail_from: str | None = Field(None, description="Address that they come from, such as jobs@example.org.")

    max_answer_chars: int = Field(
        6000, ge=200, le=100_000, description="Longest reply a candidate can send; said beforehand, never cut."
    )
    link_days: int = Field(
        30, ge=0, le=3650, description="Days for which a candidate's link opens its interview; 0 is for ever."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged; never candidate text."
    )

    @property
    def vectors_dir(self) -> Path:
        """The folder of the embedded vector store; its lock lies beside it."""
        return self.data_dir / "chroma"

    @property
    def exemplars_dir(self) -> Path:
        """The folder of the vectors of people's corrections, where the vector store is embedded."""
        return self.data_dir / "exemplars"

    @property
    def replies_file(self) -> Path:
        """The cache of the chat model's replies."""
        return self.data_dir / "replies.sqlite3"

    @property
    def local_url(self) -> str:
        """The address under which programs on this machine reach the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104 (recognised)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def people_url(self) -> str:
        """The address under which people reach the server, without a closing slash."""
        return (self.public_url or self.local_url).rstrip("/")

    @property
    def hosts_inside(self) -> frozenset[str]:
        """Hosts that webhooks may lead to although they are not public."""
        return frozenset(host.strip().lower() for host in (self.webhook_hosts or "").split(",") if host.strip())

    @property
    def llm_configured(self) -> bool:
        """Whether critiques are asked for."""
        return self.llm_model is not None

    @property
    def read_languages(self) -> frozenset[str]:
        """What the embedding model was validated for beside its head's languages."""
        return _codes(self.embedding_languages or "")

    @property
    def judged_languages(self) -> frozenset[str]:
        """What the chat model was validated for."""
        return _codes(self.llm_languages)


def _codes(listed: str) -> frozenset[str]:
    return frozenset(code.strip() for code in listed.split(",") if code.strip())
