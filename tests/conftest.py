"""Fixtures that more than one room needs."""

from collections.abc import Iterator

import pytest

from tests.stub_llm import StubLLM, serving


@pytest.fixture
def stub_llm() -> Iterator[StubLLM]:
    """A stub chat model over real HTTP; its `base_url` is what the product is pointed at."""
    with serving(StubLLM()) as stub:
        yield stub
