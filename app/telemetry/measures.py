"""What this process counts and times, for Prometheus. Counting takes a lock for a moment, and nothing else.

They are the process's own and last as long as it does, so they are made once, here.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_TURN_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 4.0, 8.0)
_READING_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_REQUEST_BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_JOB_BOUNDS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)

TURNS = Counter(
    "viva_turns",
    "Deliveries of candidates: what they were, and what became of them.",
    ("mode", "kind", "outcome"),
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "viva_turn_seconds",
    "From a delivery to the next step, its reading included.",
    ("mode", "kind"),
    buckets=_TURN_BOUNDS_S,
    registry=REGISTRY,
)
READINGS = Counter(
    "viva_readings",
    "Local readings of answers; 'stopped' said nothing and took no model, 'unavailable' had no model or no vectors.",
    ("outcome",),
    registry=REGISTRY,
)
READING_SECONDS = Histogram(
    "viva_reading_seconds",
    "One call of the local reader, of a single answer or a block of them.",
    ("size",),
    buckets=_READING_BOUNDS_S,
    registry=REGISTRY,
)
LLM_REQUESTS = Counter(
    "viva_llm_requests",
    "Requests to the chat model, by how they ended.",
    ("endpoint", "model", "outcome"),
    registry=REGISTRY,
)
LLM_REQUEST_SECONDS = Histogram(
    "viva_llm_request_seconds",
    "One request to the chat model, however it ended.",
    ("endpoint", "model"),
    buckets=_REQUEST_BOUNDS_S,
    registry=REGISTRY,
)
LLM_TOKENS = Counter(
    "viva_llm_tokens",
    "Tokens sent to and written by the chat model, as its endpoint reported them or estimated where it did not.",
    ("endpoint", "model", "direction"),
    registry=REGISTRY,
)
LLM_COST = Counter(
    "viva_llm_cost",
    "Money for the chat model's tokens, where prices are set.",
    ("model", "currency"),
    registry=REGISTRY,
)
JOBS = Counter("viva_jobs_run", "Runs of jobs by this process.", ("kind", "outcome"), registry=REGISTRY)
JOB_SECONDS = Histogram("viva_job_seconds", "One run of a job.", ("kind",), buckets=_JOB_BOUNDS_S, registry=REGISTRY)
EVENT_STREAMS = Gauge("viva_event_streams", "Pages that hold a stream of events open.", registry=REGISTRY)
