"""One interview as a terminal sees it, held in this process or by the running server: the same service either way."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from app.cli.remote import ServerClient
from app.errors import OutOfTurn
from app.grading.record import practice_record, to_record
from app.interviews import clock, wording
from app.interviews.models import Command, Kind, Message, Mode, State, Step, standing

if TYPE_CHECKING:
    from app.bootstrap import Services

CHANNEL = "terminal"
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing Viva says."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer as it stands; `number` is the question's place, from 1."""

    number: int
    question_id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where the talk stands.

    Attributes:
        said: What Viva says now.
        question_id: Of the open question; None before the first and after the last.
        number: Its place, from 1; None likewise.
        language: Of the interface; questions may be in another.
        deadline: When the time for the open question is up; None without a limit.
        waiting: The reply is stored and still being read.
    """

    interview_id: str
    mode: Mode
    state: State
    said: Sequence[Saying]
    question: str | None
    question_id: str | None
    number: int | None
    total: int
    section: str
    language: str
    deadline: datetime | None
    waiting: bool
    is_over: bool


Grades = Mapping[str, Mapping[str, Any]]
"""Grade records by question id, in the shape of `viva grade`'s output."""


class Talk(Protocol):
    """The candidate's side of one interview."""

    async def now(self) -> Turn:
        """Where it stands, with what Viva said since the last message."""
        ...

    async def reply(self, text: str, *, more: bool = False) -> Turn:
        """Send a reply; `more` when it goes on in another message."""
        ...

    async def change(self, number: int, text: str) -> Turn:
        """Put a text in the place of an earlier answer.

        Raises:
            OutOfTurn: The question of that number has none.
        """
        ...

    async def answers(self) -> Sequence[OwnAnswer]:
        """The candidate's final answers, in the order of the questions."""
        ...

    async def command(self, command: Command) -> Turn:
        """Send a command."""
        ...

    async def grades(self) -> Grades:
        """The ledger so far; in practice only."""
        ...


async def settled(talk: Talk, turn: Turn) -> Turn:
    """The turn once the reply was read, with everything said since."""
    while turn.waiting:
        await asyncio.sleep(_POLL_S)
        turn = await talk.now()
    return turn


class LocalTalk:
    """An interview in this process."""

    def __init__(self, services: "Services", interview_id: str) -> None:
        self._services = services
        self._id = interview_id

    async def now(self) -> Turn:
        """Where it stands."""
        return _turn((await self._services.interviews.step(self._id)).since_last_delivery())

    async def reply(self, text: str, *, more: bool = False) -> Turn:
        """Send a reply."""
        return await self._send(text=text, more=more)

    async def change(self, number: int, text: str) -> Turn:
        """Put a text in the place of an earlier answer."""
        return await self._send(text=text, revises=_id_of(number, await self.answers()))

    async def answers(self) -> Sequence[OwnAnswer]:
        """The final answers."""
        step = await self._services.interviews.step(self._id)
        found = [step.interview.answer_to(question_id) for question_id in step.interview.plan]
        return [
            OwnAnswer(
                step.script.number(answer.question_id),
                answer.question_id,
                "\n\n".join(part.text for part in answer.parts if part.text),
            )
            for answer in found
            if answer is not None and answer.is_final
        ]

    async def command(self, command: Command) -> Turn:
        """Send a command."""
        return await self._send(command=command)

    async def _send(
        self, *, text: str = "", command: Command | None = None, more: bool = False, revises: str = ""
    ) -> Turn:
        message = Message(
            id=uuid.uuid4().hex,
            interview_id=self._id,
            channel=CHANNEL,
            at=self._services.clock(),
            text=text,
            command=command,
            more=more,
            revises=revises,
        )
        return _turn(await self._services.interviews.submit(message))

    async def grades(self) -> Grades:
        """The ledger so far."""
        grades = await self._services.interviews.grades(self._id)
        return {
            question_id: practice_record(to_record(grade.outcome, grade_id=grade.id, row_id=question_id))
            for question_id, grade in grades.items()
        }


class RemoteTalk:
    """An interview that the running server holds; its client carries the candidate's link token."""

    def __init__(self, client: ServerClient, interview_id: str) -> None:
        self._client = client
        self._path = f"interviews/{interview_id}"

    def read(self, step: Mapping[str, Any]) -> Turn:
        """A step of the API as a turn."""
        return _turn_of(step)

    async def now(self) -> Turn:
        """Where it stands."""
        return _turn_of(await self._client.get(f"{self._path}/step"))

    async def reply(self, text: str, *, more: bool = False) -> Turn:
        """Send a reply."""
        return await self._send({"text": text, "more": more})

    async def change(self, number: int, text: str) -> Turn:
        """Put a text in the place of an earlier answer."""
        return await self._send({"text": text, "revises": _id_of(number, await self.answers())})

    async def answers(self) -> Sequence[OwnAnswer]:
        """The final answers."""
        shown = await self._client.get(self._path)
        return [OwnAnswer(one["number"], one["question_id"], one["text"]) for one in shown["answers"]]

    async def command(self, command: Command) -> Turn:
        """Send a command."""
        return await self._send({"command": command.value})

    async def _send(self, what: Mapping[str, str | bool]) -> Turn:
        body = {"id": uuid.uuid4().hex, "channel": CHANNEL, **what}
        return _turn_of(await self._client.post(f"{self._path}/messages", body))

    async def grades(self) -> Grades:
        """The ledger so far."""
        grades: Grades = await self._client.get(f"{self._path}/grades")
        return grades


def _id_of(number: int, answers: Sequence[OwnAnswer]) -> str:
    found = next((answer.question_id for answer in answers if answer.number == number), None)
    if found is None:
        raise OutOfTurn(wording.NOTHING_TO_CHANGE)
    return found


def _turn(step: Step) -> Turn:
    interview, now = step.interview, standing(step.interview, step.script)
    return Turn(
        interview_id=interview.id,
        mode=interview.mode,
        state=interview.state,
        said=[Saying(entry.kind, entry.text) for entry in step.said],
        question=None if interview.current is None else step.script.text(interview.current),
        question_id=interview.current,
        number=now.number or None,
        total=now.total,
        section=now.section,
        language=interview.interface,
        deadline=clock.deadline(interview, step.script),
        waiting=step.waiting,
        is_over=interview.is_over,
    )


def _turn_of(step: Mapping[str, Any]) -> Turn:
    """The same from the API's step."""
    return Turn(
        interview_id=step["interview_id"],
        mode=Mode(step["mode"]),
        state=State(step["state"]),
        said=[Saying(Kind(entry["kind"]), entry["text"]) for entry in step["said"]],
        question=step["question"],
        question_id=step["question_id"],
        number=step["standing"]["number"],
        total=step["standing"]["total"],
        section=step["standing"]["section"],
        language=step["interface"],
        deadline=None if step["deadline"] is None else datetime.fromisoformat(step["deadline"]),
        waiting=step["waiting"],
        is_over=step["is_over"],
    )
