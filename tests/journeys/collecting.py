"""A pytest plugin that writes down what was collected and what of it may be skipped: `-p tests.journeys.collecting`."""

import inspect
import json
import os
from pathlib import Path

import pytest

WRITTEN_TO = "COLLECTED_TO"


def pytest_collection_finish(session: pytest.Session) -> None:
    """A line a test: its node id, and why it may be skipped."""
    found = {item.nodeid: _may_be_skipped(item) for item in session.items}
    Path(os.environ[WRITTEN_TO]).write_text(json.dumps(found))


def _may_be_skipped(item: pytest.Item) -> str:
    marks = [mark.name for mark in item.iter_markers() if mark.name in {"skip", "skipif", "xfail"}]
    function = getattr(item, "function", None)
    if function is not None and "pytest.skip(" in inspect.getsource(function):
        marks.append("pytest.skip()")
    return ", ".join(marks)
