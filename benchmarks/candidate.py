"""One candidate as a browser makes them: HTML forms for what is sent, an open event stream for what is new."""

import asyncio
import html
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

_SEEN = re.compile(r'name="seen" value="(\d+)"')
_VERSION = re.compile(r'data-version="(\d+)"')
_POLL_S = 1.0
PATIENCE_S = 60.0


@dataclass
class Tally:
    """What all candidates of a run saw.

    Attributes:
        turns: Milliseconds from sending a reply to the page that goes on.
        sent: Replies by interview that the server said it had.
        errors: What went wrong, each once.
        events: Server-sent events that came.
        cut: Streams that ended before their interview.
    """

    turns: list[float] = field(default_factory=list)
    sent: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    events: int = 0
    cut: int = 0


class Candidate:
    """Takes one interview.

    Args:
        client: Of the server, without an address of its own.
        address: The server's.
        interview: Its id.
        link: The candidate's.
        tally: Where it writes down what it saw.
    """

    def __init__(self, client: aiohttp.ClientSession, address: str, interview: str, link: str, tally: Tally) -> None:
        self._client = client
        self._home = f"{address}/i/{link}"
        self._interview = interview
        self._tally = tally
        self._page = ""
        self._sends = 0
        self._is_over = False
        self._stream: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Read the first page, agree, and keep listening."""
        self._page = await self._get("")
        await self._post("commands", {"command": "consent", "agreed": "yes"})
        self._stream = asyncio.create_task(self._listen())

    @property
    def is_asked(self) -> bool:
        """Whether a question is open."""
        return 'id="composer"' in self._page

    @property
    def looks_back(self) -> bool:
        """Whether every question was asked, and handing in is next."""
        return 'id="submit"' in self._page

    async def reply(self, text: str, *, since: float | None = None) -> None:
        """Send a reply and wait for the page that goes on.

        Args:
            text: What is sent.
            since: When it should have been sent, by the performance counter; now where None.
        """
        begun = time.perf_counter() if since is None else since
        await self._post("messages", {"text": text})
        self._tally.sent.setdefault(self._interview, []).append(text)
        # The page waits where the reading takes long: then the stage is fetched again, as its event says.
        while 'class="typing"' in self._page:
            if time.perf_counter() - begun > PATIENCE_S:
                raise TimeoutError("the page still waits for its reply")
            await asyncio.sleep(_POLL_S)
            self._page = await self._get("/stage") or self._page
        self._tally.turns.append(1000 * (time.perf_counter() - begun))

    async def hand_in(self) -> None:
        """Submit."""
        self._is_over = True
        await self._post("commands", {"command": "submit"})

    async def leave(self) -> None:
        """Close the page."""
        self._is_over = True
        if self._stream is not None:
            self._stream.cancel()
            with suppress(asyncio.CancelledError):
                await self._stream

    async def _get(self, path: str) -> str:
        async with self._client.get(self._home + path) as answer:
            return await _page_of(answer)

    async def _post(self, form: str, fields: Mapping[str, str]) -> None:
        self._sends += 1
        seen = _SEEN.findall(self._page)
        data = {"nonce": f"{self._interview}-{self._sends:04}", **fields, **({"seen": seen[-1]} if seen else {})}
        async with self._client.post(f"{self._home}/{form}", data=data, headers={"HX-Request": "true"}) as answer:
            self._page = await _page_of(answer)

    async def _listen(self) -> None:
        """As the page does: every event counts; a stream that breaks is opened again."""
        known = _VERSION.findall(self._page)
        last = known[-1] if known else "-1"
        while not self._is_over:
            try:
                async with self._client.get(f"{self._home}/events", params={"seen": last}, timeout=_ENDLESS) as stream:
                    async for line in stream.content:
                        if line.startswith(b"id: "):
                            last = line[4:].decode().strip()
                            self._tally.events += 1
            except aiohttp.ClientError as error:
                self._tally.errors.append(f"events: {error!r}")
            if not self._is_over:
                self._tally.cut += 1
                await asyncio.sleep(2)


_ENDLESS = aiohttp.ClientTimeout(total=None, sock_read=60)


async def _page_of(answer: aiohttp.ClientResponse) -> str:
    page = await answer.text()
    if answer.status not in {200, 204}:
        raise RuntimeError(f"{answer.method} {answer.url.path.rpartition('/')[2]} gave {answer.status}: {_told(page)}")
    return page


def _told(page: str) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)', page)
    return html.unescape(found[1]) if found else ""
