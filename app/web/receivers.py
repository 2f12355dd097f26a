"""Who besides this server gets to read a candidate's answers, as the candidate is told before agreeing."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.config import Settings
from app.llm.endpoint import DEFAULT_BASE_URL
from app.locale.catalogue import translated

EMBEDDINGS = (
    "Your answers are also sent to an embedding model at {host}, which turns them into numbers that are compared with "
    "the criteria."
)
LANGUAGE_MODEL = (
    "Your answers are also sent to a language model ({model}) at {host}, which judges them against the criteria."
)
_NO_HOST = "an address that is not readable"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A service that answers are sent to.

    Attributes:
        sentence: What it is and does, in English; leaves open where it is and its model.
        host: Where it is; no path and no key. Empty where the address cannot be read.
        model: Its model, if it has one that matters.
    """

    sentence: str
    host: str
    model: str = ""

    def told(self, language: str) -> str:
        """The sentence in that language."""
        host = self.host or translated(_NO_HOST, language)
        return translated(self.sentence, language, host=host, model=self.model)


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """Every service that these settings send answers to; empty when nothing leaves the server."""
    found = []
    if settings.embeddings_base_url is not None:
        found.append(Receiver(EMBEDDINGS, _host(settings.embeddings_base_url)))
    if settings.llm_model is not None:
        found.append(Receiver(LANGUAGE_MODEL, _host(settings.llm_base_url or DEFAULT_BASE_URL), settings.llm_model))
    return tuple(found)


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
