"""A candidate in each channel: the same deeds through the web's forms, the API and the terminal."""

import asyncio
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Protocol

import httpx2
import lxml.html
from rich.console import Console

from app.cli.conversation import TerminalChat, Wanted
from app.cli.talk import LocalTalk, Turn
from app.cli.terminal import Keyboard
from app.interviews.models import Command, Interview, Mode, State
from tests.journeys.house import OWN, House

WIDE = 4000
"""Columns of the terminal: nothing that Viva says is broken into lines."""


@dataclass(frozen=True)
class Shown:
    """Something a candidate was shown: a whole page, a body, or what was printed.

    Attributes:
        kind: "html", "json" or "text".
    """

    kind: str
    body: str


class Channel(Protocol):
    """A candidate's side of one interview.

    Attributes:
        interview_id: Whose.
        link: The link's token.
        shown: Everything that was shown so far, oldest first.
    """

    interview_id: str
    link: str
    shown: list[Shown]

    async def say(self, text: str, *, more: bool = False) -> None:
        """Send a reply; `more` keeps it and goes on writing."""
        ...

    async def do(self, command: Command) -> None:
        """Choose a command."""
        ...

    async def change(self, question_id: str, text: str) -> None:
        """Put another text in the place of an earlier answer."""
        ...

    async def come_back(self) -> None:
        """Open it again, as from another device."""
        ...

    def said(self) -> str:
        """What Viva said or refused with the last deed, a line each."""
        ...

    async def questions(self) -> list[str]:
        """Every question that was asked so far, as it was shown."""
        ...

    async def kept(self) -> Interview:
        """The interview as it is stored."""
        ...

    async def close(self) -> None:
        """Leave without a word."""
        ...


@dataclass(frozen=True)
class Deed:
    """One thing a candidate does.

    Attributes:
        text: What is sent; None for a command.
        more: Whether the message goes on in another.
        change: The question whose answer is to be replaced; empty for none.
    """

    text: str | None = None
    command: Command | None = None
    more: bool = False
    change: str = ""


async def carry_out(channel: Channel, deed: Deed) -> None:
    """Do that in this channel."""
    if deed.command is not None:
        await channel.do(deed.command)
    elif deed.change:
        await channel.change(deed.change, deed.text or "")
    else:
        await channel.say(deed.text or "", more=deed.more)


@dataclass
class _Candidate:
    """What every channel has."""

    house: House
    interview_id: str
    link: str
    shown: list[Shown] = field(default_factory=list)

    async def kept(self) -> Interview:
        return await self.house.kept(self.interview_id)

    async def state(self) -> State:
        return (await self.kept()).state

    async def close(self) -> None:
        pass

    def _keep(self, kind: str, answer: httpx2.Response) -> str:
        self.shown.append(Shown(kind, answer.text))
        return answer.text


@dataclass
class WebChannel(_Candidate):
    """Posts the forms of the candidate's pages, as a browser does with or without scripts."""

    scripted: bool = False
    _page: lxml.html.HtmlElement | None = None
    _status: int = 200

    async def come_back(self) -> None:
        self._read(await self.house.client.get(f"/i/{self.link}"))

    async def say(self, text: str, *, more: bool = False) -> None:
        await self._post("messages", text=text.replace("\n", "\r\n"), **({"more": "1"} if more else {}))

    async def do(self, command: Command) -> None:
        await self._post("commands", command=command.value, agreed="yes" if command is Command.CONSENT else "")

    async def change(self, question_id: str, text: str) -> None:
        self._read(await self.house.client.get(f"/i/{self.link}", params={"change": question_id}))
        await self._post("messages", text=text, revises=question_id)

    async def _post(self, form: str, **fields: str) -> None:
        if self._page is None:
            await self.come_back()
        hidden = {"nonce": uuid.uuid4().hex, **({"seen": seen} if (seen := self._seen()) else {})}
        headers = {"Origin": OWN, **({"HX-Request": "true"} if self.scripted else {})}
        data = {**hidden, **fields}
        self._read(await self.house.client.post(f"/i/{self.link}/{form}", data=data, headers=headers))

    def _seen(self) -> str:
        """The last entry that the page before them shows."""
        assert self._page is not None
        found = self._page.xpath("//input[@name='seen']/@value")
        return str(found[-1]) if found else ""

    def _read(self, answer: httpx2.Response) -> None:
        self._status = answer.status_code
        self._page = lxml.html.fromstring(self._keep("html", answer) or "<p></p>")

    def said(self) -> str:
        assert self._page is not None
        lines: list[str] = []
        for turn in self._page.xpath("//ol[contains(@class, 'turns')]/li"):
            own = {"turn--you", "turn--chose"} & set(turn.get("class", "").split())
            lines = [] if own else [*lines, *(_spoken(line) for line in turn.xpath(".//p[contains(@class, 'ask')]"))]
        return "\n".join([*lines, *(alert.text_content() for alert in self._page.xpath("//*[@role='alert']"))])

    async def questions(self) -> list[str]:
        await self.come_back()
        assert self._page is not None
        return [_spoken(line) for line in self._page.xpath("//li[contains(@class, 'turn--question')]//p")]


def _spoken(line: lxml.html.HtmlElement) -> str:
    """A line of Viva's without what is there for screen readers and labels."""
    return "".join(str(text) for text in line.xpath("./text()"))


@dataclass
class ApiChannel(_Candidate):
    """Sends JSON, with the link's token as the bearer."""

    _answer: Any = None

    async def come_back(self) -> None:
        await self._ask("GET", "/step")

    async def say(self, text: str, *, more: bool = False) -> None:
        await self._send(text=text, **({"more": True} if more else {}))

    async def do(self, command: Command) -> None:
        await self._send(command=command.value)

    async def change(self, question_id: str, text: str) -> None:
        await self._send(text=text, revises=question_id)

    async def _send(self, **what: object) -> None:
        await self._ask("POST", "/messages", {"id": uuid.uuid4().hex, **what})

    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> None:
        # As ASCII, since texts may hold what UTF-8 does not.
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.link}", "Content-Type": "application/json"}
        address = f"/api/v1/interviews/{self.interview_id}{path}"
        answer = await self.house.client.request(method, address, content=content, headers=headers)
        self._answer = json.loads(self._keep("json", answer))

    def said(self) -> str:
        if "detail" in self._answer:
            return str(self._answer["detail"])
        return "\n".join(entry["text"] for entry in self._answer["said"])

    async def questions(self) -> list[str]:
        await self._ask("GET", "")
        return [entry["text"] for entry in self._answer["transcript"] if entry["kind"] == "question"]


class _Typist(Keyboard):
    """A keyboard whose lines are given by a test, and that tells when the terminal waits for more."""

    def __init__(self) -> None:
        super().__init__()
        self.idle = asyncio.Event()
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()

    def start(self) -> None:
        pass

    async def line(self) -> str | None:
        if self._ended:
            return None
        if self.typed.empty():
            self.idle.set()
        line = await self.typed.get()
        self.idle.clear()
        self._ended = line is None
        return line


_ASKED = re.compile(r"^Question \d+ of \d+ · [^\n]*\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
"""A question under the line that says its place."""


@dataclass
class TerminalChannel(_Candidate):
    """Types lines into `viva chat` and reads what it prints."""

    mode: Mode = Mode.ASSESSMENT
    _typist: _Typist = field(default_factory=_Typist)
    _running: "asyncio.Task[None] | None" = None
    _printed: StringIO = field(default_factory=StringIO)
    _last: str = ""

    async def come_back(self) -> None:
        """Run the command again, which goes on where the interview was left."""
        await self._leave()
        await self._run(resumed=True)

    async def begin(self) -> None:
        """Run the command for a new interview."""
        await self._run(resumed=False)

    async def say(self, text: str, *, more: bool = False) -> None:
        if more:
            await self._type(text, "/more")
            return
        await self._type(f"/{text}" if text.startswith("/") else text, "")

    async def do(self, command: Command) -> None:
        if command is Command.RESUME and self._has_ended:
            await self.come_back()
            return
        before = await self.state() is State.CONSENT
        typed = {Command.CONSENT: "yes", Command.DECLINE: "no"}.get(command) if before else None
        await self._type(typed or f"/{command.value}")

    async def change(self, question_id: str, text: str) -> None:
        number = (await self.kept()).plan.index(question_id) + 1
        await self._type(f"/change {number}", text, "")

    def said(self) -> str:
        return self._last

    async def questions(self) -> list[str]:
        return [asked[1] for shown in self.shown for asked in _ASKED.finditer(shown.body)]

    async def close(self) -> None:
        await self._leave()

    @property
    def _has_ended(self) -> bool:
        return self._running is None or self._running.done()

    async def _run(self, *, resumed: bool) -> None:
        asked = Wanted(bank="", mode=self.mode, sections=(), limit=None, resume=self.interview_id if resumed else "")
        self._typist = _Typist()
        chat = TerminalChat(self.house.services.settings, asked, keyboard=self._typist, interview_id=self.interview_id)
        chat.console = Console(file=self._printed, width=WIDE, highlight=False, markup=False, emoji=False)
        talk = LocalTalk(self.house.services, self.interview_id)

        async def hold(now: Callable[[], Awaitable[Turn]]) -> None:
            await chat._talk(talk, await now(), "the report is kept")

        self._running = asyncio.create_task(hold(talk.now))
        await self._until_idle()

    async def _type(self, *lines: str) -> None:
        if self._has_ended:
            await self._run(resumed=True)
        self._typist.idle.clear()
        for line in lines:
            for part in line.split("\n"):
                self._typist.typed.put_nowait(part)
        await self._until_idle()

    async def _until_idle(self) -> None:
        assert self._running is not None
        idle = asyncio.create_task(self._typist.idle.wait())
        with redirect_stdout(self._printed):
            await asyncio.wait({idle, self._running}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        if self._running.done():
            await self._running
        self._last = self._printed.getvalue()
        self._printed.seek(0)
        self._printed.truncate()
        self.shown.append(Shown("text", self._last))

    async def _leave(self) -> None:
        if not self._has_ended and self._running is not None:
            self._typist.typed.put_nowait(None)
            with redirect_stdout(self._printed):
                await self._running


CHANNELS = ("web", "api", "terminal")


async def enter(
    house: House,
    name: str,
    *,
    bank: str,
    mode: Mode = Mode.ASSESSMENT,
    limit: int | None = None,
    agreed: Command | None = Command.CONSENT,
) -> Channel:
    """A candidate in a new interview.

    Args:
        house: Where it is held.
        name: Of the channel.
        bank: What is asked.
        mode: What for.
        limit: Ask only the first so many questions.
        agreed: How the candidate begins; None leaves the disclosure unanswered.
    """
    interview, link = await house.open(bank=bank, mode=mode, limit=limit)
    channel: Channel
    if name == "terminal":
        channel = terminal = TerminalChannel(house, interview.id, link, mode=mode)
        await terminal.begin()
    else:
        channel = {"web": WebChannel, "api": ApiChannel}[name](house, interview.id, link)
        await channel.come_back()
    house.stack.push_async_callback(channel.close)
    if agreed is not None:
        await channel.do(agreed)
    return channel
