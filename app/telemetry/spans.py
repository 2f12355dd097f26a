"""Spans of a trace: where time went within a turn or a job. They cost next to nothing where no traces are sent."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import Span, StatusCode

_TRACER = trace.get_tracer("viva")
_NONE: AbstractContextManager[Span] = nullcontext(trace.INVALID_SPAN)


def span(name: str, **attributes: str | int | bool) -> AbstractContextManager[Span]:
    """A span while it lasts. An error is named by its type: its message may quote a candidate.

    Args:
        name: From a closed set.
        attributes: Ids, counts and names of settings; never what anybody wrote.
    """
    # Which stands in for a provider until there is one: a turn has a dozen spans, and nobody to send them to as a rule.
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return _NONE
    return _recorded(name, {f"viva.{key}": value for key, value in attributes.items()})


@contextmanager
def _recorded(name: str, attributes: dict[str, str | int | bool]) -> Iterator[Span]:
    with _TRACER.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise
