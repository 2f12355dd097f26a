"""`make bench-interviews`: many interviews at once against a served Viva, as browsers hold them, without a chat model.

The server and the generator of the load share this machine's cores; what each takes of them is printed. Two runs: many
candidates who think between their turns, then turns at a rate that doubles until the server is slow.
"""

import argparse
import asyncio
import math
import os
import platform
import random
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Before anything imports torch; see `benchmarks.__main__`.
os.environ["OMP_NUM_THREADS"] = "1"

import aiohttp
import psutil

from benchmarks.candidate import Candidate, Tally
from benchmarks.figures import Figure, at_most, p50, p95, p99, plain, table
from benchmarks.material import bank_yaml, reply
from benchmarks.server import serving, until_ready

THINKS_S = 45.0
THINKS_SPREAD = 0.6
"""Sigma of the logarithm of the time between turns: half think 37 s or less, one in twenty more than 100 s."""
WORDS = 30, 120
QUESTIONS = 10
SLOW_MS = 300.0
FIRST_RATE = 2.0
WARM_UP_S = 4.0
FASTEST_RATE = 512.0
LONG_QUESTIONS = 100
_INDEXED_WITHIN_S = 2.0


@dataclass(frozen=True)
class Site:
    """A server under load.

    Attributes:
        process: Its process.
        operator: Headers of the operator.
    """

    address: str
    process: psutil.Process
    operator: dict[str, str]
    client: aiohttp.ClientSession

    async def open(self, count: int, *, bank: str, questions: int, tally: Tally) -> list[Candidate]:
        """So many new interviews."""
        return [await self._open(bank, questions, tally) for _ in range(count)]

    async def _open(self, bank: str, questions: int, tally: Tally) -> Candidate:
        address, asked = f"{self.address}/api/v1/interviews", {"bank": bank, "limit": questions}
        async with self.client.post(address, json=asked, headers=self.operator) as answer:
            opened = await answer.json()
        return Candidate(self.client, self.address, opened["id"], opened["token"], tally)

    async def transcript(self, interview: str) -> list[dict[str, Any]]:
        """What was said in it."""
        async with self.client.get(f"{self.address}/api/v1/interviews/{interview}", headers=self.operator) as answer:
            lines: list[dict[str, Any]] = (await answer.json())["transcript"]
            return lines


@dataclass
class Cores:
    """Processor time that server and generator take between its making and `figures`."""

    server: psutil.Process

    def __post_init__(self) -> None:
        self._begun = time.perf_counter()
        self._took = self._spent()

    def _spent(self) -> tuple[float, float]:
        server, own = self.server.cpu_times(), psutil.Process().cpu_times()
        return server.user + server.system, own.user + own.system

    def figures(self) -> list[Figure]:
        """In cores of this machine."""
        wall_s = time.perf_counter() - self._begun
        server, own = ((now - before) / wall_s for now, before in zip(self._spent(), self._took, strict=True))
        return [plain("server", server, "cores"), plain("generator", own, "cores")]


@asynccontextmanager
async def site(folder: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Site]:
    """A fresh server that is warm, with two banks of made-up questions.

    Args:
        folder: Its data folder.
        more: Settings beside it.
    """
    with serving(folder, more) as (process, client, _):
        until_ready(client)
        token = (folder / "operator-token").read_text().strip()
        operator = {"Authorization": f"Bearer {token}"}
        for name, questions in (("load", QUESTIONS), ("long", LONG_QUESTIONS)):
            files = {"file": (f"{name}.yaml", bank_yaml(name, questions))}
            client.post("/api/v1/banks", files=files, headers=operator).raise_for_status()
        await asyncio.sleep(_INDEXED_WITHIN_S)
        until_ready(client)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, trust_env=False) as session:
            yield Site(str(client.base_url).rstrip("/"), psutil.Process(process.pid), operator, session)


async def many_at_once(
    here: Site, count: int, speed: float, questions: int, *, most_ms: float = SLOW_MS
) -> list[Figure]:
    """So many candidates hold a whole interview each, thinking between their turns.

    Args:
        here: The server.
        count: Candidates.
        speed: How many times faster than people they think.
        questions: Of each interview.
        most_ms: What the slowest twentieth of the turns should stay within.
    """
    tally, chance = Tally(), random.Random(11)
    candidates = await here.open(count, bank="load", questions=questions, tally=tally)
    cores, begun = Cores(here.process), time.perf_counter()
    seeds = [chance.random() for _ in candidates]
    await asyncio.gather(*(_takes(one, seed, speed, tally) for one, seed in zip(candidates, seeds, strict=True)))
    took_s = time.perf_counter() - begun
    figures = [
        plain("interviews at once", count, ""),
        plain("duration", took_s, "s"),
        plain("turns", len(tally.turns), ""),
        plain("turns a second", len(tally.turns) / took_s, ""),
        *_latencies(tally, most_ms),
        *cores.figures(),
        plain("server-sent events", tally.events, ""),
        at_most("event streams cut", tally.cut, "", 0),
        at_most("errors", len(tally.errors), "", 0),
        at_most("replies lost or doubled", await _astray(here, tally), "", 0),
    ]
    _tell(tally.errors)
    return figures


async def _takes(candidate: Candidate, seed: float, speed: float, tally: Tally) -> None:
    chance = random.Random(seed)
    try:
        # They come one by one, as invitations are opened, within a usual time of thinking.
        await asyncio.sleep(chance.random() * THINKS_S / speed)
        await candidate.begin()
        while candidate.is_asked:
            await asyncio.sleep(_thinks_s(chance) / speed)
            await candidate.reply(_words(chance))
        if candidate.looks_back:
            await asyncio.sleep(_thinks_s(chance) / speed)
            await candidate.hand_in()
        else:
            tally.errors.append("an interview ended without its look back")
    except (aiohttp.ClientError, OSError, RuntimeError) as error:
        tally.errors.append(repr(error))
    finally:
        await candidate.leave()


def _thinks_s(chance: random.Random) -> float:
    """Log-normal with the mean `THINKS_S`."""
    return chance.lognormvariate(math.log(THINKS_S) - THINKS_SPREAD**2 / 2, THINKS_SPREAD)


def _words(chance: random.Random) -> str:
    return reply(chance, words=chance.randint(*WORDS))


async def until_slow(here: Site, pool: int, step_s: float) -> tuple[list[str], list[Figure]]:
    """Turns at a rate that doubles until the slowest twentieth takes longer than `SLOW_MS`.

    A turn's time counts from when it was due, so that a server that is behind can't hide it.

    Args:
        here: The server.
        pool: Interviews that the turns are spread over.
        step_s: How long each rate is kept up.
    """
    tally, chance = Tally(), random.Random(13)
    candidates = await here.open(pool, bank="long", questions=LONG_QUESTIONS, tally=tally)
    await asyncio.gather(*(candidate.begin() for candidate in candidates))
    await _at_rate(candidates, FIRST_RATE, WARM_UP_S, chance, tally)
    lines, held, rate = [], 0.0, FIRST_RATE
    while rate <= FASTEST_RATE:
        tally.turns.clear()
        cores = Cores(here.process)
        done_a_second = await _at_rate(candidates, rate, step_s, chance, tally)
        server, own = cores.figures()
        slow = not tally.turns or p95(tally.turns) > SLOW_MS
        shown = (
            f"p50 {p50(tally.turns):,.0f} ms, p95 {p95(tally.turns):,.0f} ms" if tally.turns else "no turn came back"
        )
        lines.append(
            f"{rate:>6g} turns/s asked, {done_a_second:>6.1f} done, {shown}, "
            f"server {server.value}, generator {own.value}"
        )
        if slow:
            break
        held, rate = rate, 2 * rate
    await asyncio.gather(*(candidate.leave() for candidate in candidates))
    _tell(tally.errors)
    figures = [
        plain("highest rate tried with p95 within 300 ms", held, "turns/s"),
        at_most("errors", len(tally.errors), "", 0),
        at_most("replies lost or doubled", await _astray(here, tally), "", 0),
    ]
    return lines, figures


async def _at_rate(
    candidates: Sequence[Candidate], rate: float, step_s: float, chance: random.Random, tally: Tally
) -> float:
    """Turns at random times for so long; gives how many a second came back."""
    free: asyncio.Queue[Candidate] = asyncio.Queue()
    for candidate in candidates:
        if candidate.is_asked:
            free.put_nowait(candidate)

    async def turn(due: float) -> None:
        candidate = await free.get()
        try:
            await candidate.reply(_words(chance), since=due)
        except (aiohttp.ClientError, OSError, RuntimeError) as error:
            tally.errors.append(repr(error))
        if candidate.is_asked:
            free.put_nowait(candidate)

    begun = due = time.perf_counter()
    under_way: list[Awaitable[None]] = []
    while (due := due + chance.expovariate(rate)) < begun + step_s:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        under_way.append(asyncio.create_task(turn(due)))
    await asyncio.gather(*under_way)
    return len(under_way) / (time.perf_counter() - begun)


def _latencies(tally: Tally, most_ms: float) -> list[Figure]:
    if not tally.turns:
        return []
    return [
        plain("turn p50", p50(tally.turns), "ms"),
        at_most("turn p95", p95(tally.turns), "ms", most_ms),
        plain("turn p99", p99(tally.turns), "ms"),
    ]


async def _astray(here: Site, tally: Tally) -> int:
    """Replies that the server said it had and that it hasn't, or has more than once."""
    astray = 0
    for interview, sent in tally.sent.items():
        kept = Counter(line["text"] for line in await here.transcript(interview) if line["kind"] == "reply")
        astray += (Counter(sent) - kept).total() + (kept - Counter(sent)).total()
    return astray


def _tell(errors: Sequence[str]) -> None:
    for error, count in Counter(errors).most_common(5):
        print(f"  {count} x {error[:300]}", flush=True)


async def measure(folder: Path, asked: argparse.Namespace) -> None:
    """Both runs, printed."""
    async with site(folder) as here:
        if asked.only in {None, "many"}:
            figures = await many_at_once(here, asked.interviews, asked.speed, asked.questions)
            print(
                table(f"{asked.interviews} interviews at once, think time 45 s / {asked.speed:g}", figures), flush=True
            )
        if asked.only in {None, "steps"}:
            lines, figures = await until_slow(here, asked.interviews, asked.step_s)
            print("\n".join(lines), flush=True)
            print(table("turns at a rate that doubles", figures), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interviews", description=__doc__)
    parser.add_argument("--interviews", type=int, default=500, help="how many at once (default 500)")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster than people they think")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help=f"of each (at most {QUESTIONS}, the default)")
    parser.add_argument("--step-s", type=float, default=20.0, help="seconds at each rate (default 20)")
    parser.add_argument("--only", choices=["many", "steps"], help="one of the two runs")
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A stream and a request each, here and in the server, which inherits it.
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    shared = f"{os.cpu_count()} cores shared by server and generator"
    print(f"Python {platform.python_version()}, {shared}, {platform.machine()}\n", flush=True)
    with TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder) / "data", asked))


if __name__ == "__main__":
    main()
