"""Traces are made where a collector is named, and only there; what they hold, a whole interview shows (tests/journeys)."""

import pytest

from app.errors import InvalidInput
from app.telemetry.tracing import tracing

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    "environment",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, {**COLLECTOR, "OTEL_SDK_DISABLED": "true"}],
    ids=["nothing said", "an empty address", "switched off"],
)
def test_nothing_is_traced_unless_a_collector_is_named(environment: dict[str, str]) -> None:
    with tracing(environment) as is_traced:
        assert not is_traced


def test_a_protocol_that_is_not_spoken_is_refused_with_those_that_are() -> None:
    with (
        pytest.raises(InvalidInput, match=r'is "http/json"; Viva sends traces by http/protobuf \(default\) or grpc'),
        tracing({**COLLECTOR, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}),
    ):
        pass
