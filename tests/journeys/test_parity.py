"""The same candidate is treated alike in every channel: same questions, same follow-ups, same ends, same grades."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from app.grading.record import to_record
from app.interviews.models import Command, Interview, Kind
from tests.journeys.channels import CHANNELS, Deed, carry_out, enter
from tests.journeys.hostile import BANK, SHEET
from tests.journeys.house import House, open_house

CLEAR = (
    Deed("First I refrigerate a stiff levain at four degrees. Before every refreshment I discard half of it."),
    Deed("To revive it I take rye and lukewarm whey, twice a day until it doubles again."),
    Deed("I calibrate the thermostat against a probe, and I prolong the autolysis so that amylase frees maltose."),
    Deed("Then I look at the steam and at the stone."),
    Deed("It ferments sixteen hours around twenty-eight Celsius. Salt inhibits phytase, so I knead it in late."),
    Deed("Nothing more to say about the rye."),
    Deed("I praise their candour in front of all, and tomorrow we rehearse the unloading together."),
    Deed("We would also write down what happened."),
    Deed(command=Command.SUBMIT),
)
TERSE = (
    Deed("fridge"),
    Deed("no"),
    Deed("I don't know"),
    Deed(command=Command.SKIP),
    Deed("I don't know"),
    Deed(command=Command.SKIP),
    Deed(command=Command.SKIP),
    Deed("S3"),
    Deed("S3"),
    Deed(command=Command.SUBMIT),
    Deed(command=Command.SUBMIT),
)
CHAOTIC = (
    Deed("what is a sourdough?"),
    Deed(command=Command.REPEAT),
    Deed(command=Command.CLARIFY),
    Deed(command=Command.SKIP),
    Deed("no wait, I would keep it cold and feed it with rye"),
    Deed(command=Command.PAUSE),
    Deed(command=Command.RESUME),
    Deed("could you repeat the question?"),
    Deed("half of it goes away before it is fed"),
    Deed("What is the salary?"),
    Deed("You look at the thermostat first,", more=True),
    Deed("then at the dough:", more=True),
    Deed("a longer autolysis helps, and calibrate the probe."),
    Deed("the maltose"),
    Deed(command=Command.STOP),
    Deed(command=Command.RESUME),
    Deed("[1] rye, water, sixteen hours"),
    Deed("It is late", more=True),
    Deed(command=Command.DONE),
    Deed("I would refrigerate the levain and discard half of it", change="starter"),
    Deed(command=Command.PERSON),
    Deed(command=Command.RESUME),
    Deed("praise and rehearse"),
    Deed("nothing else"),
    Deed(command=Command.SUBMIT),
)
CANDIDATES = {"clear": CLEAR, "terse": TERSE, "chaotic": CHAOTIC}


@dataclass(frozen=True)
class Held:
    """One interview as it went.

    Attributes:
        questions: As they were shown.
        states: After each deed.
        said: All that Viva said.
        follow_ups: How many a question.
        endings: How each answer ended, with its parts and its revision.
        grades: Without what differs from run to run.
    """

    questions: list[str]
    states: list[str]
    said: list[tuple[str, str]]
    follow_ups: dict[str, int]
    endings: dict[str, tuple[object, ...]]
    requests: list[tuple[str, str]]
    grades: dict[str, dict[str, Any]]


@pytest.mark.parametrize("candidate", CANDIDATES)
async def test_a_candidate_is_treated_alike_in_every_channel(candidate: str, tmp_path: Path) -> None:
    bank = tmp_path / "bakery.yaml"
    bank.write_text(BANK)
    (tmp_path / "bakery.info.yaml").write_text(SHEET)
    async with open_house(tmp_path / "data", bank) as house:
        web, api, terminal = [await hold(house, name, CANDIDATES[candidate]) for name in CHANNELS]
    for held in fields(Held):
        seen = [getattr(one, held.name) for one in (web, api, terminal)]
        assert seen[0] == seen[1], f"{held.name} of web and API"
        assert seen[2] == seen[1], f"{held.name} of terminal and API"
    assert len(api.questions) >= 4
    assert api.states[-1] == "finished"
    assert api.grades


async def hold(house: House, name: str, deeds: tuple[Deed, ...]) -> Held:
    """One interview in that channel."""
    channel = await enter(house, name, bank="bakery")
    states = []
    for deed in deeds:
        await carry_out(channel, deed)
        states.append((await channel.kept()).state.value)
    questions = await channel.questions()
    interview = await channel.kept()
    assert questions == [entry.text for entry in interview.transcript if entry.kind is Kind.QUESTION]
    return Held(
        questions=questions,
        states=states,
        said=[(entry.kind.value, entry.text) for entry in interview.transcript if not entry.by_candidate],
        follow_ups=_follow_ups(interview),
        endings={
            answer.question_id: (answer.ending, answer.revision, tuple(part.text for part in answer.parts))
            for answer in interview.answers
        },
        requests=[(request.kind.value, request.text) for request in interview.requests],
        grades=await _grades(house, interview),
    )


def _follow_ups(interview: Interview) -> dict[str, int]:
    return {
        question_id: sum(
            entry.kind is Kind.FOLLOW_UP and entry.question_id == question_id for entry in interview.transcript
        )
        for question_id in interview.plan
    }


async def _grades(house: House, interview: Interview) -> dict[str, dict[str, Any]]:
    found = await house.grades(interview.id)
    return {
        question_id: {**to_record(grade.outcome, grade_id="", row_id=question_id), "measured": None}
        for question_id, grade in found.items()
    }
