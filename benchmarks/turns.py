"""How long a candidate waits for the next question, with one bank and with a thousand."""

import asyncio
import gc
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil

from app.bootstrap import Services, build_services
from app.config import Settings
from app.interviews.models import Command, Message, Mode
from benchmarks.figures import Figure, at_most, p50, p95, plain
from benchmarks.material import bank_yaml, reply

QUESTIONS = 60
WARM_UP = 5
AIM_MS = 80.0


async def measure(folder: Path, *, banks: int) -> list[Figure]:
    """Turns in this process, warm, without a chat model."""
    settings = Settings(data_dir=folder, llm_model=None)
    async with build_services(settings, owner="viva bench") as services:
        await _import(services, "turns", QUESTIONS)
        await _warm(services)
        turns, encodes = await _turns(services)
    figures = [
        at_most("turn p50", p50(turns), "ms", AIM_MS),
        plain("turn p95", p95(turns), "ms"),
        plain("the encoder alone on the same replies, p50", p50(encodes), "ms"),
        plain("turn p50 in encoder calls", p50(turns) / p50(encodes), "x"),
    ]
    return figures + (await _with_many(settings, banks, turns) if banks > 1 else [])


async def _with_many(settings: Settings, banks: int, alone: list[float]) -> list[Figure]:
    few_mb = _resident_mb(settings)
    async with build_services(settings, owner="viva bench") as services:
        for number in range(banks - 2):  # beside the bundled one and this benchmark's own
            await _import(services, f"bank-{number:04}", 1)
        await _warm(services)
        turns, _ = await _turns(services)
    many_mb = _resident_mb(settings)
    return [
        plain(f"turn p50 with {banks:,} banks", p50(turns), "ms"),
        at_most("… against few banks", p50(turns) / p50(alone), "x", 1.25),
        plain("memory of a process that holds an interview, few banks", few_mb, "MB"),
        at_most(f"… with {banks:,} banks, against few", many_mb / few_mb, "x", 1.1),
    ]


def _resident_mb(settings: Settings) -> float:
    """Of a fresh process on that folder: one that also imported a thousand banks would count its own waste."""
    command = [sys.executable, "-m", "benchmarks.resident", str(settings.data_dir)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def resident(folder: Path) -> float:
    """Megabytes of this process after the turns of one interview."""
    async with build_services(Settings(data_dir=folder, llm_model=None), owner="viva bench") as services:
        await _warm(services)
        await _turns(services)
        return _memory_mb()


async def _import(services: Services, name: str, questions: int) -> None:
    await services.banks.import_bank(bank_yaml(name, questions), source=f"{name}.yaml")


async def _warm(services: Services) -> None:
    await services.embedder.load()
    await services.indexer.look()


async def _turns(services: Services) -> tuple[list[float], list[float]]:
    """Milliseconds of each turn, and of the encoder on the same reply."""
    interview, _ = await services.interviews.open(bank="turns", mode=Mode.ASSESSMENT)
    chance = random.Random(7)
    turns, encodes = [], []

    async def send(number: int, text: str = "", command: Command | None = None) -> bool:
        message = Message(
            id=f"m{number}", interview_id=interview.id, channel="api", at=services.clock(), text=text, command=command
        )
        return (await services.interviews.submit(message)).interview.is_over

    await send(0, command=Command.CONSENT)
    is_over, number = False, 0
    while not is_over and number < QUESTIONS:
        number += 1
        text = reply(chance)
        start = time.perf_counter()
        is_over = await send(number, text)
        turns.append(1000 * (time.perf_counter() - start))
        start = time.perf_counter()
        await services.embedder.embed([text])
        encodes.append(1000 * (time.perf_counter() - start))
        await asyncio.sleep(0)
    return turns[WARM_UP:], encodes[WARM_UP:]


def _memory_mb() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6
