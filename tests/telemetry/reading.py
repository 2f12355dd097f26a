"""Measures as Prometheus reads them."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from app.telemetry.measures import REGISTRY

Labels = frozenset[tuple[str, str]]


def counted(name: str, **labels: str) -> float:
    """What this process counted so far."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def value(text: str, name: str, **labels: str) -> float:
    """One value of an exposition, 0 where nothing was counted yet."""
    return _samples(text).get((name, frozenset(labels.items())), 0.0)


def _samples(text: str) -> Mapping[tuple[str, Labels], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
