"""The interview of the browser, in a terminal: what is printed, what is typed, and where the interview is held."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from app.access.terminal_links import forget_link, keep_link, kept_link
from app.cli.chat_words import (
    CHANGE,
    COMMANDS,
    FOUND,
    LEFT_ALONE,
    LOOKING_BACK,
    MORE,
    NEW_ANSWER,
    NOTHING_KEPT,
    WHICH_QUESTION,
    help_text,
    is_no,
    is_yes,
)
from app.cli.remote import ServerClient, running_server
from app.cli.talk import Grades, LocalTalk, RemoteTalk, Saying, Talk, Turn, settled
from app.cli.terminal import Entered, Keyboard, safe
from app.config import Settings
from app.errors import AppError, InvalidInput, told
from app.interviews import wording
from app.interviews.models import Command, Kind, Mode, State
from app.locale.catalogue import ENGLISH, translated

if TYPE_CHECKING:
    from rich.console import Console

LAST_LOOKS, LOOK_EVERY_S = 100, 0.1
"""How long the end of a practice interview waits for its last marks."""
_MARKS = {"covered": "✓", "partial": "~", "missing": "–", "contradicted": "✗", "unknown": "?"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asked for; `resume` is an interview's id or link, else the others say what to open."""

    bank: str
    mode: Mode
    sections: tuple[str, ...]
    limit: int | None
    resume: str


@dataclass
class TerminalChat:
    """One run of the command: finds who holds the interview, then talks until its end or the person's."""

    settings: Settings
    wanted: Wanted
    keyboard: Keyboard = field(default_factory=Keyboard)
    interview_id: str = ""
    ended: bool = False
    language: str = ENGLISH
    _shown_grades: dict[str, str] = field(default_factory=dict)

    async def hold(self) -> None:
        """Talk until the interview is over, paused or left."""
        # Only a talk needs rich, which takes longer to import than `viva --help` may.
        from rich.console import Console  # noqa: PLC0415 (slow to import)

        self.console = Console(highlight=False, markup=False, emoji=False)
        self.keyboard.start()
        async with AsyncExitStack() as stack:
            server = running_server(self.settings)
            if server is None:
                talk, turn, where = await self._here(stack)
            else:
                talk, turn, where = await self._at(server, stack)
            self.language = turn.language
            await self._talk(talk, turn, where)

    async def _here(self, stack: AsyncExitStack) -> tuple[Talk, Turn, str]:
        """The interview in this process."""
        # Assembly pulls in the database, Chroma and the model's library: seconds that `viva --help` must not pay.
        from app.bootstrap import build_services  # noqa: PLC0415 (slow to import)

        services = await stack.enter_async_context(build_services(self.settings, owner="viva chat", background=True))
        if self.wanted.resume:
            interview = await services.interviews.find(self._link_to_resume())
        else:
            name = await self._bank([found.name for found in await services.banks.list()])
            interview, link = await services.interviews.open(
                bank=name, mode=self.wanted.mode, sections=self.wanted.sections, limit=self.wanted.limit
            )
            keep_link(self.settings, interview.id, link)
        self.interview_id = interview.id
        talk = LocalTalk(services, interview.id)
        turn = await talk.now()
        report = f"/interviews/{interview.id}"
        return talk, turn, translated("Start `viva serve`; the report is at {address}.", turn.language, address=report)

    async def _at(self, server: str, stack: AsyncExitStack) -> tuple[Talk, Turn, str]:
        """The interview held by the running server."""
        operator = await stack.enter_async_context(ServerClient.as_operator(server, self.settings))
        if self.wanted.resume:
            link = self._link_to_resume()
            candidate = await stack.enter_async_context(ServerClient(server, link))
            self.interview_id = (await candidate.get("me"))["interview_id"]
            talk = RemoteTalk(candidate, self.interview_id)
            turn = await talk.now()
        else:
            name = await self._bank([bank["name"] for bank in await operator.get("banks")])
            body = {"bank": name, "mode": self.wanted.mode.value, "sections": list(self.wanted.sections)}
            opened = await operator.post_once("interviews", {**body, "limit": self.wanted.limit})
            self.interview_id = opened["id"]
            keep_link(self.settings, self.interview_id, opened["token"])
            candidate = await stack.enter_async_context(ServerClient(server, opened["token"]))
            talk = RemoteTalk(candidate, self.interview_id)
            turn = talk.read(opened["step"])
        report = f"{server}/interviews/{self.interview_id}"
        return talk, turn, translated("The report is at {address}.", turn.language, address=report)

    def _link_to_resume(self) -> str:
        return kept_link(self.settings, self.wanted.resume) or self.wanted.resume.rstrip("/").rpartition("/")[2]

    async def _bank(self, names: Sequence[str]) -> str:
        """The bank asked for, or the one chosen from the list."""
        if self.wanted.bank:
            return self.wanted.bank
        if not names:
            raise InvalidInput("No bank is imported yet; run: viva bank import FILE")
        if len(names) == 1:
            return names[0]
        self._print("\n".join(f"{place:>3}  {name}" for place, name in enumerate(names, start=1)))
        while True:
            self.console.print("Which bank? ", end="")
            line = await self.keyboard.line()
            if line is None:
                raise InvalidInput("No bank was chosen; name one: viva chat BANK")
            chosen = line.strip()
            if chosen in names:
                return chosen
            if chosen.isdecimal() and 1 <= int(chosen) <= len(names):
                return names[int(chosen) - 1]
            self._print(f"Type a number from 1 to {len(names)}, or a name.")

    async def _talk(self, talk: Talk, turn: Turn, where: str) -> None:
        if self.wanted.resume and turn.state is State.PAUSED:
            turn = await talk.command(Command.RESUME)
        elif self.wanted.resume and turn.state is State.ASKING:
            turn = self._where_we_were(turn)
        turn = await self._show(talk, turn)
        while not turn.is_over and turn.state is not State.PAUSED:
            entered = await self._entered(turn)
            if entered.left:
                break
            turn = await self._answered(talk, turn, entered)
        if turn.is_over:
            self.ended = True
            if turn.mode is Mode.PRACTICE and turn.state is State.FINISHED:
                await self._last_grades(talk)
            forget_link(self.settings, self.interview_id)
            self._print(where)
        else:
            self.tell_way_back()

    async def _last_grades(self, talk: Talk) -> None:
        """Show the ledgers that were still being made, for as long as somebody waits; the report has them all."""
        answered = sum(bool(answer.text) for answer in await talk.answers())
        for _ in range(LAST_LOOKS):
            if len(grades := await talk.grades()) >= answered:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        self._show_grades(grades)

    async def _entered(self, turn: Turn) -> Entered:
        if turn.state is State.CONSENT:
            self.console.print(self._say("Do you agree? (yes / no: a person grades instead / Ctrl-D: leave) "), end="")
            line = await self.keyboard.line()
            return Entered(left=True) if line is None else Entered(line.strip())
        if turn.deadline is not None:
            left_s = max(0, round((turn.deadline - datetime.now(UTC)).total_seconds()))
            self.console.print(f"({wording.span(left_s)}) ", end="")
        self.console.print("> ", end="")
        return await self.keyboard.entry(more=MORE)

    async def _answered(self, talk: Talk, turn: Turn, entered: Entered) -> Turn:
        """The turn after what was entered; the same one where it could not be used."""
        try:
            if turn.state is State.CONSENT:
                return await self._consented(talk, turn, entered.text)
            if not entered.is_command:
                return await self._show(talk, await talk.reply(entered.text, more=entered.more))
            name, *rest = entered.text.casefold().split()
            if name == CHANGE:
                return await self._changed(talk, turn, rest)
            if name == MORE:
                self._print(self._say(NOTHING_KEPT))
                return turn
            if name not in COMMANDS:
                unknown = self._say("There is no command {name}; /help lists them.", name=name)
                self._print(help_text(self.language) if name == "/help" else unknown)
                return turn
            return await self._show(talk, await talk.command(COMMANDS[name]))
        except AppError as error:
            if told(error) is None:
                raise
            self._print(self._say(error.sentence, **error.values))
            return replace(await talk.now(), said=())

    async def _changed(self, talk: Talk, turn: Turn, rest: Sequence[str]) -> Turn:
        """The turn after another text was asked for and took the place of an earlier answer."""
        number = rest[0] if rest else ""
        if not number.isdecimal():
            self._print(self._say(WHICH_QUESTION))
            return turn
        self._print(self._say(NEW_ANSWER, number=number))
        self.console.print("> ", end="")
        entered = await self.keyboard.entry()
        if entered.left:
            return turn
        return await self._show(talk, await talk.change(int(number), entered.text))

    async def _consented(self, talk: Talk, turn: Turn, said: str) -> Turn:
        if is_yes(said, self.language):
            turn = await talk.command(Command.CONSENT)
        elif is_no(said, self.language):
            turn = await talk.command(Command.DECLINE)
        else:
            self._print(self._say("Please type yes or no."))
            return turn
        self._print(help_text(self.language))
        return await self._show(talk, turn)

    async def _show(self, talk: Talk, turn: Turn) -> Turn:
        """Print what is said, waiting for a reply that is still being read; gives the turn after that."""
        if turn.waiting:
            self._print(self._say("One moment: your answer is kept, and I am still getting ready to read it."))
        turn = await settled(talk, turn)
        if turn.mode is Mode.PRACTICE and turn.state is not State.CONSENT:
            self._show_grades(await talk.grades())
        for saying in turn.said:
            if saying.kind is Kind.QUESTION:
                self._show_standing(turn)
            self._print(saying.text)
        if turn.state is State.REVIEWING:
            for answer in await talk.answers():
                self._print(f"{answer.number}. {answer.text or self._say(LEFT_ALONE)}")
            self._print(self._say(LOOKING_BACK))
        return turn

    @staticmethod
    def _where_we_were(turn: Turn) -> Turn:
        """The turn as one comes back to it: the open question, and its follow-up where one was asked."""
        asked = [Saying(Kind.QUESTION, turn.question)] if turn.question is not None else []
        return replace(turn, said=[*asked, *(saying for saying in turn.said if saying.kind is Kind.FOLLOW_UP)])

    def _show_standing(self, turn: Turn) -> None:
        if turn.number is not None:
            place = self._say("Question {number} of {total}", number=turn.number, total=turn.total)
            self.console.rule(safe(f"{place} · {turn.section}"), align="left")

    def _show_grades(self, grades: Grades) -> None:
        """The ledger of every answer that was graded since the last one shown."""
        for question_id, grade in grades.items():
            if self._shown_grades.get(question_id) != grade["grade_id"]:
                is_new = question_id not in self._shown_grades
                self._shown_grades[question_id] = grade["grade_id"]
                if is_new or (grade["critique"] or {}).get("status") == "done":
                    show_ledger(self.console, grade, self.language)

    def tell_way_back(self) -> None:
        """How to go on with an interview that was left."""
        if self.interview_id and not self.ended:
            command = f"viva chat --resume {self.interview_id}"
            typer.echo(self._say("Your place is kept. To go on: {command}", command=command))

    def _say(self, text: str, /, **values: object) -> str:
        return translated(text, self.language, **values)

    def _print(self, text: str) -> None:
        self.console.print(safe(text))
        self.console.print()


def show_ledger(console: "Console", grade: Mapping[str, Any], language: str) -> None:
    """A grade as a table: a line a criterion, with its verdict and its quotes."""
    from rich.table import Table  # noqa: PLC0415 - see `TerminalChat.hold`
    from rich.text import Text  # noqa: PLC0415 - see `TerminalChat.hold`

    if grade["status"] != "graded":
        console.print(safe(translated("Not graded yet: {reason}", language, reason=grade["reason"])))
        return
    table = Table(title=f"{round(100 * grade['score'])} % · {safe(grade['basis'])}", title_justify="left")
    columns: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("", lambda line: _MARKS[line["verdict"]]),
        (translated("Expected point", language), lambda line: line["text"]),
        (translated("Found", language), lambda line: translated(FOUND[line["verdict"]], language)),
        (translated("In your words", language), lambda line: " … ".join(span["quote"] for span in line["evidence"])),
    )
    for heading, _ in columns:
        table.add_column(heading)
    for line in grade["criteria"]:
        table.add_row(*(Text(safe(cell(line))) for _, cell in columns))
    console.print(table)
