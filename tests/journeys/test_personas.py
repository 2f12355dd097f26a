"""Candidates of every temper come through an interview on the shipped bank as they must, and get nothing out of it."""

from pathlib import Path

import pytest

from tests.journeys.conversations import hold, markdown, troubles
from tests.journeys.house import open_viva
from tests.journeys.personas import PERSONAS


@pytest.mark.slow
async def test_candidates_of_every_temper_come_through_an_interview(tmp_path: Path) -> None:
    async with open_viva(tmp_path / "data") as house:
        held = [await hold(house, persona) for persona in PERSONAS]
    assert [trouble for conversation in held for trouble in troubles(conversation)] == []
    for conversation in held:
        written = markdown(conversation)
        assert conversation.persona.about in written
        said = [entry.text for entry in conversation.interview.transcript if not entry.by_candidate]
        assert [text for text in said if text not in written] == []
