"""Who besides this server gets to read a candidate's answers, as the candidate is told before agreeing."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.config import Settings
from app.llm.endpoint import DEFAULT_BASE_URL


@dataclass(frozen=True, slots=True)
class Receiver:
    """A service that answers are sent to.

    Attributes:
        what: What it is, in words.
        host: Where it is; no path and no key.
        does: What it does with them, in words.
    """

    what: str
    host: str
    does: str


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """Every service that these settings send answers to; empty when nothing leaves the server."""
    found = []
    if settings.embeddings_base_url is not None:
        does = "turns them into numbers that are compared with the criteria"
        found.append(Receiver("an embedding model", _host(settings.embeddings_base_url), does))
    if settings.llm_configured:
        what = f"a language model ({settings.llm_model})"
        host = _host(settings.llm_base_url or DEFAULT_BASE_URL)
        found.append(Receiver(what, host, "judges them against the criteria"))
    return tuple(found)


def _host(address: str) -> str:
    return urlsplit(address).hostname or "an address that is not readable"
