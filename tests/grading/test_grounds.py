"""What a reading rests on is kept with it, and leads to the same reading again."""

import json

import numpy as np
import pytest

from app.grading.encodings import InlineRubrics
from app.grading.features import FEATURES
from app.grading.grader import GradeRequest
from app.grading.grounds import Grounds, recorded_spans, recorded_values, rounded
from app.grading.head import SEGMENT_HEAD, load_head
from app.grading.outcome import Reading
from app.grading.semantic import SemanticReader, concluded
from tests.fakes import HashEmbedder
from tests.grading.requests import ANSWER, a_request

REQUESTS = [
    a_request(ANSWER),
    a_request(ANSWER, "And Athena queries the result, never the raw files."),
    a_request("Crawlers, schema, storage, Athena, Spark"),
    a_request("Ich gieße früh am Morgen gründlich und decke den Boden mit Mulch ab, damit er feucht bleibt."),
    a_request("|||"),
]


@pytest.mark.parametrize("gives_tokens", [True, False])
@pytest.mark.parametrize("request_", REQUESTS)
async def test_what_is_kept_of_a_reading_gives_the_same_reading(request_: GradeRequest, gives_tokens: bool) -> None:
    embedder = HashEmbedder(gives_tokens=gives_tokens)
    reading = await SemanticReader(embedder, InlineRubrics(embedder), load_head()).read(request_)
    kept = json.loads(json.dumps(reading.provenance["reading"]))
    spans = recorded_spans(kept, request_)
    grounds = Grounds(recorded_values(kept), lambda index: spans[index], is_calibrated=False)
    again = concluded(request_, grounds, load_head() if gives_tokens else load_head(SEGMENT_HEAD))
    assert (again.criteria, again.flags, again.review_reasons) == (
        reading.criteria,
        reading.flags,
        reading.review_reasons,
    )
    assert grounds.record(again) == kept


def test_features_are_kept_to_four_decimals_and_come_back_as_they_were() -> None:
    measured = np.linspace(-0.3, 0.3, 3 * len(FEATURES)).astype(np.float32).reshape(3, -1)
    values = rounded(measured)
    assert np.abs(values - measured).max() <= 0.00005001
    kept = json.loads(json.dumps(Grounds(values, lambda _: (), is_calibrated=True).record(Reading(criteria=()))))
    again = recorded_values(kept)
    assert again is not None
    assert (again == values).all()
    assert all(len(str(value).lstrip("-")) <= 6 for row in kept["values"] for value in row)
    assert "-0.0" not in json.dumps(rounded(np.full((1, len(FEATURES)), -1e-6, np.float32)).tolist())


def test_a_feature_that_is_no_longer_known_is_no_zero() -> None:
    with pytest.raises(KeyError):
        recorded_values({"features": ["length"], "values": [[0.5]], "spans": [[]]})
