"""Nothing that would help or judge a candidate reaches them before the end of an assessment, whatever they try."""

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest

from app.interviews import wording
from app.interviews.models import Command
from app.interviews.turn_class import TurnClass
from app.locale.catalogue import LANGUAGES
from rubric.bank_file import load_bank
from rubric.information import load_information
from tests.interviews.fakes import InMemoryInterviewStore
from tests.journeys.channels import CHANNELS, Channel, Shown, WebChannel, carry_out, enter
from tests.journeys.hostile import BANK, SHEET, deeds
from tests.journeys.house import OWN, House, TaggedTurns, open_house
from tests.journeys.leaks import Secrets, described, leaks, secrets_of

TURNS = int(os.environ.get("LEAK_TURNS", "500"))
SEED = int(os.environ.get("LEAK_SEED", "20260301"))
MOST_TURNS = 24
"""Of one interview."""
LONGEST_REPLY = 600


@dataclass
class Looked:
    """What was looked at.

    Attributes:
        classes: What the replies were taken for.
    """

    turns: int = 0
    interviews: int = 0
    things: Counter[str] = field(default_factory=Counter)
    size: int = 0
    classes: Counter[TurnClass] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.things.items()))
        return (
            f"{self.turns} turns in {self.interviews} interviews: {kinds}, {self.size:,} characters looked at; "
            f"{len(self.classes)} of {len(TurnClass)} classes of replies"
        )


@pytest.fixture
def bank_file(tmp_path: Path) -> Path:
    path = tmp_path / "bakery.yaml"
    path.write_text(BANK)
    (tmp_path / "bakery.info.yaml").write_text(SHEET)
    return path


@pytest.fixture
def secrets(bank_file: Path) -> Secrets:
    return secrets_of(load_bank(bank_file), load_information(bank_file.with_name("bakery.info.yaml")))


async def test_no_criterion_score_or_verdict_is_shown_before_the_end(
    tmp_path: Path, bank_file: Path, secrets: Secrets
) -> None:
    looked = Looked()
    chance = random.Random(SEED)
    store = InMemoryInterviewStore()
    async with open_house(
        tmp_path / "data", bank_file, turns=TaggedTurns, store=store, max_answer_chars=LONGEST_REPLY
    ) as house:
        for name in cycle(CHANNELS):
            await _one_interview(house, name, chance, secrets, looked)
            if looked.turns >= TURNS:
                break
    print(f"\n{looked}; seed {SEED}")
    assert set(looked.classes) == set(TurnClass)


async def _one_interview(house: House, name: str, chance: random.Random, secrets: Secrets, looked: Looked) -> None:
    channel = await enter(house, name, bank="bakery", agreed=None)
    if chance.random() < 0.3:
        await house.services.wishes.choose_language(channel.interview_id, chance.choice(tuple(LANGUAGES)))
    if isinstance(channel, WebChannel):
        channel.scripted = chance.random() < 0.5
    wrote: list[str] = []
    did: list[object] = []
    _look(channel, secrets, wrote, did, looked, ended=False)
    await channel.do(Command.CONSENT if chance.random() < 0.9 else Command.DECLINE)
    plan = (await channel.kept()).plan
    number = heard = 0
    for deed in deeds(chance, plan):
        number += 1
        did.append(deed)
        if deed.text is not None:
            wrote.append(deed.text)
        await carry_out(channel, deed)
        if number % 12 == 0:
            await _look_around(house, channel)
        interview = await channel.kept()
        # As it was stored, too: what cannot be stored was replaced.
        wrote += [e.text for e in interview.transcript[heard:] if e.by_candidate and e.text not in wrote[-1:]]
        heard = len(interview.transcript)
        _look(channel, secrets, wrote, did, looked, ended=interview.is_over)
        if interview.is_over or number == MOST_TURNS:
            break
    looked.turns += number
    looked.interviews += 1
    looked.classes.update(entry.turn for entry in interview.transcript if entry.turn is not None)
    await channel.do(chance.choice((Command.SUBMIT, Command.WITHDRAW)))
    await _look_around(house, channel)
    _look(channel, secrets, wrote, did, looked, ended=(await channel.kept()).is_over)


async def _look_around(house: House, channel: Channel) -> None:
    """Open all that a candidate can open."""
    await channel.come_back()
    link, number = channel.link, channel.interview_id
    pages = [f"/i/{link}{path}" for path in ("", "/stage", "/transcript.txt", "/marks/starter", "/draft")]
    calls = [f"/api/v1/interviews/{number}{path}" for path in ("", "/step", "/draft", "/grades", "/report")]
    for path in (*pages, *calls, f"/interviews/{number}", f"/interviews/{number}/report.json", "/api/v1/banks"):
        headers = {"Authorization": f"Bearer {link}"} if path.startswith("/api") else {}
        answer = await house.client.get(path, headers=headers)
        said = answer.headers.get("content-type", "")
        kind = "html" if "html" in said else "json" if "json" in said else "text"
        channel.shown.append(Shown(kind, answer.text))
    asked = {"question_id": "starter", "reason": "You did not read what I wrote."}
    for path in ("contest", "erasure"):
        sent = await house.client.post(f"/i/{link}/{path}", data=asked, headers={"Origin": OWN})
        channel.shown.append(Shown("html", sent.text))
        headers = {"Authorization": f"Bearer {link}"}
        body = asked if path == "contest" else None
        sent = await house.client.post(f"/api/v1/interviews/{number}/{path}", json=body, headers=headers)
        channel.shown.append(Shown("json" if sent.text else "text", sent.text))


def _look(
    channel: Channel, secrets: Secrets, wrote: Sequence[str], did: Sequence[object], looked: Looked, *, ended: bool
) -> None:
    for shown in channel.shown:
        looked.things[shown.kind] += 1
        looked.size += len(shown.body)
        found = leaks(shown, secrets, wrote, ended=ended)
        assert not found, f"{type(channel).__name__}\n{described(found)}\nafter {did[-5:]}"
    channel.shown.clear()


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ("<p>You could discard half before every refreshment.</p>", "a criterion"),
        ("<p>Think of: <b>autolysis</b>, so the <i>amylase</i> frees maltose!</p>", "words of a criterion"),
        ('<p data-hint="levain">…</p>', "a term of a criterion"),
        ("<!-- expects: phytase -->", "a term of a criterion"),
        ('<script type="application/json">{"covered": []}</script>', "a verdict"),
        ('<p aria-label="Score">72 %</p>', "a score"),
        ("<p>That was correct.</p>", "a verdict"),
        ("<p>Praise candour publicly</p>", "a criterion"),
        ("<p>Einen festen Vorteig!</p>", "a term of a criterion"),
        ("<p>0.83</p>", "a score"),
    ],
)
async def test_a_leak_on_a_page_is_caught(
    tmp_path: Path, bank_file: Path, secrets: Secrets, planted: str, what: str
) -> None:
    async with open_house(tmp_path / "data", bank_file) as house:
        page = (await enter(house, "web", bank="bakery")).shown[-1]
    assert leaks(page, secrets, []) == []
    for place in ("</main>", "</body>"):
        assert place in page.body
        leaky = Shown("html", page.body.replace(place, planted + place))
        assert what in {leak.what for leak in leaks(leaky, secrets, [])}


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ('{"hint": "Refrigerate a stiff levain at four degrees"}', "a criterion"),
        ('{"score": null}', "a score"),
        ('{"question": {"must": ["Calibrate"]}}', "a term of a criterion"),
        ('{"said": [{"by": "viva", "text": "Partially."}]}', "a verdict"),
    ],
)
async def test_a_leak_in_a_body_of_the_api_is_caught(secrets: Secrets, planted: str, what: str) -> None:
    assert what in {leak.what for leak in leaks(Shown("json", planted), secrets, [])}


def test_a_leak_in_the_terminal_is_caught(secrets: Secrets) -> None:
    printed = Shown("text", "Thank you. You left out the probe.\n> ")
    assert [leak.found for leak in leaks(printed, secrets, [])] == ["prob"]


def test_what_the_candidate_wrote_is_no_leak_and_what_viva_adds_to_it_is(secrets: Secrets) -> None:
    reply = "First I would discard half before every refreshment, 100 % of the time."
    page = f'<ol><li><div class="bubble">{reply}</div></li></ol>'
    assert leaks(Shown("html", page), secrets, [reply]) == []
    found = leaks(Shown("html", f"{page}<p>Revive it with rye and lukewarm whey</p>"), secrets, [reply])
    assert {leak.what for leak in found} == {"a criterion", "words of a criterion", "a term of a criterion"}


def test_every_criterion_of_the_bank_can_be_told_from_what_is_said_anyway(secrets: Secrets) -> None:
    told = " ".join((*secrets.published, wording.DISCLOSURE))
    for criterion in secrets.criteria:
        found = leaks(Shown("text", f"{told} {criterion}"), secrets, [])
        assert {"a criterion", "a term of a criterion"} <= {leak.what for leak in found}
