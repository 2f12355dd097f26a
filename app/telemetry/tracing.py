"""Sends traces where the environment names a collector, in the variables that OpenTelemetry defines for all programs."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import InvalidInput

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP, GRPC = "http/protobuf", "grpc"
WITHHELD = ("url.path", "url.query")
"""What the web framework notes of a request and no collector may have: a candidate's link is the candidate's key."""


@contextmanager
def tracing(environment: Mapping[str, str] = os.environ) -> Iterator[bool]:
    """Traces while it lasts, the last ones sent in the end; gives whether any are.

    Raises:
        InvalidInput: The protocol is none that Viva speaks.
    """
    named = any(environment.get(name) for name in ENDPOINTS)
    if not named or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield False
        return
    provider = _provider(_exporter(environment), environment)
    try:
        yield True
    finally:
        provider.shutdown()


def _exporter(environment: Mapping[str, str]) -> "SpanExporter":
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), HTTP)
    # Where to, with which headers and certificates, an exporter reads from the environment by itself.
    if protocol == HTTP:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 (slow)

        return OTLPSpanExporter()
    if protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 (slow to import)
            OTLPSpanExporter as GrpcSpanExporter,
        )

        return GrpcSpanExporter()
    raise InvalidInput(f'OTEL_EXPORTER_OTLP_PROTOCOL is "{protocol}"; Viva sends traces by {HTTP} (default) or {GRPC}.')


def _provider(exporter: "SpanExporter", environment: Mapping[str, str]) -> "TracerProvider":
    from opentelemetry import trace  # noqa: PLC0415 (needed only here)
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (slow to import)
    from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider  # noqa: PLC0415 (slow)
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 (slow to import)

    class Discreet(SpanProcessor):
        """Takes out of a new span what must not leave."""

        def on_start(self, span: Span, parent_context: object = None) -> None:
            for name in WITHHELD:
                if name in (span.attributes or {}):
                    span.set_attribute(name, "withheld")

        def on_end(self, span: ReadableSpan) -> None:
            """Leave it as it is."""

    name = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "viva"}
    provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
    provider.add_span_processor(Discreet())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider
