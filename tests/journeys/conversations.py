"""Holds the personas' interviews through the API and writes them down, with what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.interviews.models import Entry, GradeRecord, Interview, Kind
from tests.journeys.channels import Deed, carry_out, enter
from tests.journeys.house import House
from tests.journeys.leaks import described, leaks, secrets_of
from tests.journeys.personas import QUESTIONS, Persona

BANK = "aws_data_engineer"


@dataclass(frozen=True)
class Conversation:
    """An interview that was held.

    Attributes:
        questions: Asked texts by id, in order.
        report: As the hiring team reads it over the API.
        leaked: What of the criteria the candidate was shown before the end; nothing, it is hoped.
    """

    persona: Persona
    interview: Interview
    grades: dict[str, GradeRecord]
    questions: dict[str, str]
    report: str
    leaked: str

    def graded(self, place: int) -> Any:  # noqa: ANN401 - an `Outcome`, whichever it is
        """What was found in the answer to the question at that place, from 1; None where it has no grade."""
        question_id = self.interview.plan[place - 1]
        return self.grades[question_id].outcome if question_id in self.grades else None


async def hold(house: House, persona: Persona) -> Conversation:
    """One persona's interview, from consent to the last deed, with its grades."""
    channel = await enter(house, "api", bank=BANK, limit=QUESTIONS)
    for deed in persona.deeds:
        if isinstance(deed, Deed):
            await carry_out(channel, deed)
        elif _is_followed_up(await channel.kept()):
            await channel.say(deed.text)
    interview = await channel.kept()
    script = await house.services.interviews.script(interview)
    asked = {question_id: script.text(question_id) for question_id in interview.plan}
    wrote = [entry.text for entry in interview.transcript if entry.by_candidate]
    secrets = secrets_of(script.bank, script.sheet)
    found = [
        leak for shown in channel.shown for leak in leaks(shown, secrets, wrote, ended='"is_over":true' in shown.body)
    ]
    grades = await house.grades(interview.id)
    operator = {"Authorization": f"Bearer {house.services.operator_token}"}
    report = await house.client.get(f"/api/v1/interviews/{interview.id}/report", headers=operator)
    assert report.status_code == 200, report.text
    return Conversation(persona, interview, grades, asked, report.text, described(found))


def _is_followed_up(interview: Interview) -> bool:
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    return answer is not None and answer.followed_up


def markdown(conversation: Conversation) -> str:
    """A conversation as its reader wants it: what was said, what it was taken for, what came of it."""
    persona, interview = conversation.persona, conversation.interview
    lines = [f"# {persona.name}", "", persona.about, ""]
    for entry in interview.transcript:
        lines += [*_spoken(entry), ""]
    lines += ["## What came of it", "", f"The interview is {interview.state}.", ""]
    lines += ["| question | ended as | follow-up | found |", "|---|---|---|---|"]
    lines += [_row(conversation, place) for place in range(1, len(interview.plan) + 1)]
    kinds = ", ".join(request.kind for request in interview.requests) or "nothing"
    lines += ["", f"For people to settle: {kinds}.", ""]
    return "\n".join(lines)


def _spoken(entry: Entry) -> Sequence[str]:
    if not entry.by_candidate:
        before = {Kind.QUESTION: f"**Question {entry.number}.** ", Kind.SECTION: "### "}.get(entry.kind, "")
        return [f"{before}{entry.text}" if entry.kind is Kind.SECTION else f"Viva: {before}{entry.text}"]
    if entry.kind is Kind.COMMAND:
        return [f"> *chooses {entry.text}*"]
    taken = f" ({entry.turn}{', hidden from who grades' if entry.masked else ''})" if entry.turn else ""
    quoted = [f"> {line}".rstrip() for line in entry.text.split("\n")]
    return [f"*Candidate{taken}:*", "", *quoted]


def _row(conversation: Conversation, place: int) -> str:
    interview = conversation.interview
    question_id = interview.plan[place - 1]
    answer = interview.answer_to(question_id)
    if answer is None or answer.ending is None:
        return f"| {conversation.questions[question_id]} | not asked or left open | | |"
    outcome = conversation.graded(place)
    found = "not graded" if outcome is None or outcome.score is None else f"{float(outcome.score):.0%}"
    if outcome is not None and getattr(outcome, "needs_review", True):
        found += ", waits for a person"
    follow_up = "yes" if answer.followed_up else "no"
    return f"| {conversation.questions[question_id]} | {answer.ending} | {follow_up} | {found} |"


def troubles(conversation: Conversation) -> list[str]:
    """Where a conversation did not go as it must; empty when it did."""
    persona, interview = conversation.persona, conversation.interview
    endings = tuple(answer.ending for answer in interview.answers if answer.ending is not None)
    kinds = tuple(request.kind for request in interview.requests)
    turns = {entry.turn for entry in interview.transcript if entry.turn is not None}
    checks = {
        f"state {interview.state}": interview.state is persona.state,
        f"endings {endings}": endings == persona.endings,
        f"requests {kinds}": kinds == persona.requests,
        f"hand-over {interview.hand_over}": interview.hand_over is persona.hand_over,
        f"no reply taken for {sorted(persona.turns - turns)}": persona.turns <= turns,
    }
    found = [trouble for trouble, holds in checks.items() if not holds]
    found += [
        f"question {place} earned something" for place in sorted(persona.worthless) if _earned(conversation, place)
    ]
    read = "\n".join(part.text for answer in interview.answers for part in answer.parts).casefold()
    read += "\n".join(request.text for request in interview.requests).casefold()
    read += conversation.report.casefold()
    found += [f"{word!r} is read by who grades" for word in persona.hidden if word in read]
    found += [conversation.leaked] if conversation.leaked else []
    return [f"{persona.name}: {trouble}" for trouble in found]


def _earned(conversation: Conversation, place: int) -> bool:
    outcome = conversation.graded(place)
    return outcome is not None and bool(outcome.score)
