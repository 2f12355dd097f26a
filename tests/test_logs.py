"""What is logged follows the latest settings, whatever was logged before."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from app.logs import set_up


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_logger_that_was_used_before_follows_a_new_set_up() -> None:
    log = structlog.get_logger(__name__)
    set_up("warning")
    log.warning("before")
    set_up("warning")
    with capture_logs() as logged:
        log.warning("after")
    assert [entry["event"] for entry in logged] == ["after"]
