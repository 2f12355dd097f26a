"""Fixtures that more than one room needs."""

from collections.abc import Iterator

import pytest

from tests.stub_llm import StubLLM, serving
from vectorstore.sentence_transformer import SentenceTransformerEmbedder


@pytest.fixture(scope="session")
def _stub_server() -> Iterator[StubLLM]:
    with serving(StubLLM()) as stub:
        yield stub


@pytest.fixture
def stub_llm(_stub_server: StubLLM) -> StubLLM:
    """A stub chat model over real HTTP, as new; its `base_url` is what the product is pointed at."""
    _stub_server.reset()
    return _stub_server


@pytest.fixture(scope="session")
def bundled() -> SentenceTransformerEmbedder:
    """The bundled model; it loads at first use."""
    return SentenceTransformerEmbedder()
