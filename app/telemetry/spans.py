"""Spans of a trace: where time went within a turn or a job. They cost next to nothing where no traces are sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, StatusCode

_TRACER = trace.get_tracer("viva")


@contextmanager
def span(name: str, **attributes: str | int | bool) -> Iterator[Span]:
    """A span while it lasts. An error is named by its type: its message may quote a candidate.

    Args:
        name: From a closed set.
        attributes: Ids, counts and names of settings; never what anybody wrote.
    """
    named = {f"viva.{key}": value for key, value in attributes.items()}
    with _TRACER.start_as_current_span(
        name, attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise
