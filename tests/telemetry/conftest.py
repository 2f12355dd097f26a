"""Log lines are captured whatever level a test before set."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_by_default() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
