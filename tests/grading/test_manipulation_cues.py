"""What a cue needs stands in everything its pattern matches, so that looking for it first misses nothing."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.grading.manipulation_cues import APPEALS, FORGED_TYPED, INSTRUCTIONS, OTHER_LANGUAGES, PROBES, Cue


@pytest.mark.parametrize(
    "cue", [*INSTRUCTIONS, *OTHER_LANGUAGES, *APPEALS, *PROBES, *FORGED_TYPED], ids=lambda cue: cue.pattern[:40]
)
@settings(max_examples=6, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_all_that_a_pattern_matches_has_what_its_cue_needs(cue: Cue, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(cue.pattern))
    matches = [match.group() for match in re.finditer(cue.pattern, text)]
    assert matches
    assert all(any(need in match for need in cue.needs) for match in matches)
