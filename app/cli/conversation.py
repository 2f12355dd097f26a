"""The interview of the browser, in a terminal: what is printed, what is typed, and where the interview is held."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import typer

from app.access.terminal_links import forget_link, keep_link, kept_link
from app.cli.remote import ServerClient, running_server
from app.cli.talk import Grades, LocalTalk, RemoteTalk, Saying, Talk, Turn, settled
from app.cli.terminal import Entered, Keyboard, safe
from app.config import Settings
from app.errors import AppError, InvalidInput, told
from app.interviews.models import Command, Kind, Mode, State

if TYPE_CHECKING:
    from rich.console import Console

_COMMANDS = {
    "/repeat": (Command.REPEAT, "say the question again"),
    "/clarify": (Command.CLARIFY, "ask what the question means"),
    "/skip": (Command.SKIP, "skip the question"),
    "/pause": (Command.PAUSE, "stop for now; your place is kept"),
    "/person": (Command.PERSON, "ask for a person"),
    "/stop": (Command.STOP, "end the interview"),
    "/submit": (Command.SUBMIT, "after /stop: hand in what you have answered"),
    "/withdraw": (Command.WITHDRAW, "after /stop: end, and nothing is graded"),
    "/resume": (Command.RESUME, "go on after a pause"),
}
_HELP = "\n".join(
    [
        "Write your answer; a blank line (or Ctrl-D) sends it. A first line that begins with a slash is a command:",
        *(f"  {name:<10} {meaning}" for name, (_, meaning) in _COMMANDS.items()),
        "  /help      show this; an answer that begins with a slash starts with two of them",
    ]
)
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
    _shown_grades: dict[str, str] = field(default_factory=dict)

    async def hold(self) -> None:
        """Talk until the interview is over, paused or left."""
        # Only a talk needs rich, which takes longer to import than `viva --help` may.
        from rich.console import Console  # noqa: PLC0415

        self.console = Console(highlight=False, markup=False, emoji=False)
        self.keyboard.start()
        async with AsyncExitStack() as stack:
            server = running_server(self.settings)
            if server is None:
                talk, turn, where = await self._here(stack)
            else:
                talk, turn, where = await self._at(server, stack)
            await self._talk(talk, turn, where)

    async def _here(self, stack: AsyncExitStack) -> tuple[Talk, Turn, str]:
        """The interview in this process."""
        # Assembly pulls in the database, Chroma and the model's library: seconds that `viva --help` must not pay.
        from app.bootstrap import build_services  # noqa: PLC0415

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
        return talk, await talk.now(), f"Start `viva serve`; the report is at /interviews/{interview.id}."

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
        return talk, turn, f"The report is at {server}/interviews/{self.interview_id}."

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
            forget_link(self.settings, self.interview_id)
            self._print(where)
        else:
            self.tell_way_back()

    async def _entered(self, turn: Turn) -> Entered:
        if turn.state is State.CONSENT:
            self.console.print("Do you agree? (yes / no: a person grades instead / Ctrl-D: leave) ", end="")
            line = await self.keyboard.line()
            return Entered(left=True) if line is None else Entered(line.strip())
        self.console.print("> ", end="")
        return await self.keyboard.entry()

    async def _answered(self, talk: Talk, turn: Turn, entered: Entered) -> Turn:
        """The turn after what was entered; the same one where it could not be used."""
        try:
            if turn.state is State.CONSENT:
                return await self._consented(talk, turn, entered.text.casefold())
            if not entered.is_command:
                return await self._show(talk, await talk.reply(entered.text))
            name = entered.text.split()[0].casefold()
            if name not in _COMMANDS:
                self._print(_HELP if name == "/help" else f"There is no command {name}; /help lists them.")
                return turn
            return await self._show(talk, await talk.command(_COMMANDS[name][0]))
        except AppError as error:
            if told(error) is None:
                raise
            self._print(str(error))
            return replace(await talk.now(), said=())

    async def _consented(self, talk: Talk, turn: Turn, said: str) -> Turn:
        if said in {"y", "yes", "/consent"}:
            turn = await talk.command(Command.CONSENT)
        elif said in {"n", "no", "/decline"}:
            turn = await talk.command(Command.DECLINE)
        else:
            self._print("Please type yes or no.")
            return turn
        self._print(_HELP)
        return await self._show(talk, turn)

    async def _show(self, talk: Talk, turn: Turn) -> Turn:
        """Print what is said, waiting for a reply that is still being read; gives the turn after that."""
        if turn.waiting:
            self._print("One moment: your answer is kept, and I am still getting ready to read it.")
        turn = await settled(talk, turn)
        if turn.mode is Mode.PRACTICE and turn.state is not State.CONSENT:
            self._show_grades(await talk.grades())
        for saying in turn.said:
            if saying.kind is Kind.QUESTION:
                self._show_standing(turn)
            self._print(saying.text)
        return turn

    @staticmethod
    def _where_we_were(turn: Turn) -> Turn:
        """The turn as one comes back to it: the open question, and its follow-up where one was asked."""
        asked = [Saying(Kind.QUESTION, turn.question)] if turn.question is not None else []
        return replace(turn, said=[*asked, *(saying for saying in turn.said if saying.kind is Kind.FOLLOW_UP)])

    def _show_standing(self, turn: Turn) -> None:
        if turn.number is not None:
            self.console.rule(safe(f"Question {turn.number} of {turn.total} · {turn.section}"), align="left")

    def _show_grades(self, grades: Grades) -> None:
        """The ledger of every answer that was graded since the last one shown."""
        for question_id, grade in grades.items():
            if self._shown_grades.get(question_id) != grade["grade_id"]:
                is_new = question_id not in self._shown_grades
                self._shown_grades[question_id] = grade["grade_id"]
                if is_new or (grade["critique"] or {}).get("status") == "done":
                    show_ledger(self.console, grade)

    def tell_way_back(self) -> None:
        """How to go on with an interview that was left."""
        if self.interview_id and not self.ended:
            typer.echo(f"Your place is kept. To go on: viva chat --resume {self.interview_id}")

    def _print(self, text: str) -> None:
        self.console.print(safe(text))
        self.console.print()


def show_ledger(console: "Console", grade: dict[str, Any] | Any) -> None:  # noqa: ANN401 - a JSON record
    """A grade as a table: a line a criterion, with its verdict and its quotes."""
    from rich.table import Table  # noqa: PLC0415 - see `TerminalChat.hold`
    from rich.text import Text  # noqa: PLC0415 - see `TerminalChat.hold`

    if grade["status"] != "graded":
        console.print(safe(f"Not graded yet: {grade['reason']}"))
        return
    table = Table(title=f"{round(100 * grade['score'])} % · {safe(grade['basis'])}", title_justify="left")
    columns: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("", lambda line: _MARKS[line["verdict"]]),
        ("Expected point", lambda line: line["text"]),
        ("Found", lambda line: line["verdict"]),
        ("In your words", lambda line: " … ".join(span["quote"] for span in line["evidence"])),
    )
    for heading, _ in columns:
        table.add_column(heading)
    for line in grade["criteria"]:
        table.add_row(*(Text(safe(cell(line))) for _, cell in columns))
    console.print(table)
