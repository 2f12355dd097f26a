"""`make chaos`: thousands of answers graded by two workers while nothing around them holds.

A worker is killed every ten seconds and another takes its place, the chat model fails one request in twenty, and
PostgreSQL and Chroma are restarted in the middle. What is told in the end is read from the database.
"""

import argparse
import asyncio
import csv
import io
import os
import random
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import exists, func, select

from app.bootstrap import Records, open_records
from app.config import Settings
from app.db import tables
from app.db.database import Database
from app.screening.answer_table import load_table
from app.screening.mapping import propose
from app.screening.policy_file import PolicyFile
from app.screening.preview import preview
from rubric.bank import Bank
from tests.fleet.servers import ChromaProcess, PostgresServer, folder_of_servers, postgres_programs, running
from tests.fleet.worker import Worker
from tests.stub_llm import MODEL, Fault, Recorded, StubLLM, broken_json, disconnect, rate_limited, server_error, serving

BANK = "aws_data_engineer"
QUESTIONS = 8
WORKERS = 2
CONCURRENCY = 32
KILL_EVERY_S = 10.0
WORKS_AT_LEAST_S = 5.0
FAULTS_SHARE = 0.05
RESTART_POSTGRES_AT, RESTART_CHROMA_AT = 0.3, 0.6
"""Shares of the answers that are graded by then."""
LONGEST_S = 300.0


@dataclass(frozen=True)
class Outcome:
    """What the database holds in the end.

    Attributes:
        graded: Answers whose newest grade has its critique.
        twice: Answers with more than one grade that has a critique.
        unread: Answers whose newest grade is none.
        unscored: Graded answers whose record has no score, which nobody would be told.
        open_jobs: Jobs not finished.
    """

    answers: int
    graded: int
    twice: int
    unread: int
    unscored: int
    open_jobs: int
    killed: int
    faults: int
    requests: int
    took_s: float

    @property
    def is_whole(self) -> bool:
        """Whether every answer was graded exactly once."""
        return self.graded == self.answers and not (self.twice or self.unread or self.unscored or self.open_jobs)

    def told(self) -> str:
        """A line a figure."""
        return "\n".join(f"{field.name:<10} {getattr(self, field.name):>8,.6g}" for field in fields(self))


class Fleet:
    """Workers, each of which is followed by another when it is killed."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._workers: deque[Worker] = deque()
        self.killed = 0

    def start(self) -> None:
        """One more."""
        self._workers.append(Worker(self._environment, self._log, concurrency=CONCURRENCY))

    def kill_oldest(self) -> bool:
        """Another begins at once; False where the oldest had hardly begun, so that killing it would try nothing out."""
        if self._workers[0].has_worked_s < WORKS_AT_LEAST_S:
            return False
        self._workers.popleft().kill()
        self.killed += 1
        self.start()
        return True

    def stop(self) -> None:
        """All of them."""
        for worker in self._workers:
            worker.kill()

    @property
    def ended(self) -> list[int]:
        """Exit statuses of those that ended by themselves, which none should."""
        return [status for worker in self._workers if (status := worker.process.poll()) is not None]


async def chaos(folder: Path, answers: int) -> Outcome:
    """Grade so many answers; the folder keeps the log of the workers."""
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed here (no pg_ctl); `make chaos` needs its programs.")
    postgres, chroma = PostgresServer(folder / "postgres", programs), ChromaProcess(folder / "chroma")
    stub, chance = StubLLM(latency_s=0.05), random.Random(7)
    faults: list[Fault] = []

    def at_times(_request: Recorded) -> Fault | None:
        if chance.random() >= FAULTS_SHARE:
            return None
        faults.append(chance.choice([server_error(), rate_limited(0.2), broken_json(), disconnect()]))
        return faults[-1]

    stub.chosen = at_times
    with running(postgres, chroma), serving(stub):
        settings = Settings(data_dir=folder / "data", database_url=postgres.address, chroma_url=chroma.address)
        async with open_records(settings) as records:
            await _take(records, folder / "answers.csv", answers)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")} | {
            "VIVA_DATA_DIR": str(settings.data_dir),
            "VIVA_DATABASE_URL": postgres.address,
            "VIVA_CHROMA_URL": chroma.address,
            "VIVA_LLM_BASE_URL": stub.base_url,
            "VIVA_LLM_MODEL": MODEL,
            "VIVA_LOG_LEVEL": "warning",
            "OMP_NUM_THREADS": "1",
        }
        fleet = Fleet(environment, folder / "workers.log")
        begun = time.monotonic()
        try:
            for _ in range(WORKERS):
                fleet.start()
            await _until_graded(settings, fleet, postgres, chroma, answers)
            took_s = time.monotonic() - begun
            async with open_records(settings) as records:
                return await _outcome(records, fleet.killed, len(faults), len(stub.chats), took_s)
        finally:
            fleet.stop()


async def _take(records: Records, file: Path, count: int) -> None:
    bank = (await records.banks.get(BANK)).bank
    file.write_text(_answers(bank, count), encoding="utf-8")
    wanted = [question.id for question in list(bank.questions())[:QUESTIONS]]
    screening = await records.screenings.create(name="chaos", bank=BANK, policy=PolicyFile(questions=wanted))
    table = load_table(file)
    found = preview(table, propose(table, bank), bank, wanted)
    taken = await records.screenings.take(await records.screenings.activate(screening.id), found)
    if taken.new != count:
        raise AssertionError(f"{taken.new} answers were taken, not {count}: {found.problems[:3]}")


def _answers(bank: Bank, count: int) -> str:
    """A file of people who make some of the points of each question."""
    chance = random.Random(11)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(("candidate", "question", "answer"))
    questions = list(bank.questions())[:QUESTIONS]
    for number in range(count):
        question = questions[number % len(questions)]
        points = chance.sample([one.text for one in question.criteria], k=chance.randint(1, len(question.criteria)))
        text = f"In project {number} we did this. {' '.join(point.rstrip('.') + '.' for point in points)}"
        writer.writerow((f"p{number // len(questions):05}", question.id, text))
    return stream.getvalue()


async def _until_graded(
    settings: Settings, fleet: Fleet, postgres: PostgresServer, chroma: ChromaProcess, answers: int
) -> None:
    """Kill and restart on the way; returns when no job is open."""
    ends, next_kill = time.monotonic() + LONGEST_S, time.monotonic() + KILL_EVERY_S
    restarts: deque[tuple[float, PostgresServer | ChromaProcess]] = deque(
        [(RESTART_POSTGRES_AT, postgres), (RESTART_CHROMA_AT, chroma)]
    )
    while time.monotonic() < ends:
        await asyncio.sleep(1)
        done, left = await _progress(settings)
        print(f"{time.strftime('%T')} {done:,} of {answers:,} graded, {left:,} jobs open", flush=True)
        if restarts and done >= restarts[0][0] * answers:
            _, server = restarts.popleft()
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(2)
            await asyncio.to_thread(server.start)
            print(f"         {type(server).__name__} restarted", flush=True)
        if not left and not restarts:
            return
        if time.monotonic() >= next_kill and await asyncio.to_thread(fleet.kill_oldest):
            next_kill = time.monotonic() + KILL_EVERY_S
            print("         a worker killed", flush=True)
        if fleet.ended:
            raise AssertionError(f"a worker ended by itself: {fleet.ended}; see workers.log")


async def _progress(settings: Settings) -> tuple[int, int]:
    async with open_records(settings) as records:
        outcome = await _outcome(records, 0, 0, 0, 0.0)
        return outcome.graded, outcome.open_jobs


async def _outcome(records: Records, killed: int, faults: int, requests: int, took_s: float) -> Outcome:
    answers, grades = tables.answers, tables.grades
    database: Database = records.database
    newer = grades.alias()
    superseded = exists().where(newer.c.answer_id == grades.c.answer_id, newer.c.serial > grades.c.serial)
    rows = await database.rows(select(grades).where(~superseded))
    judged = select(grades.c.answer_id).where(grades.c.critique == "done").group_by(grades.c.answer_id)
    twice = await database.rows(judged.having(func.count() > 1))
    total = await database.rows(select(answers.c.id))
    return Outcome(
        answers=len(total),
        graded=sum(row.critique == "done" for row in rows),
        twice=len(twice),
        unread=sum(row.status != "graded" for row in rows),
        unscored=sum(row.status == "graded" and '"score"' not in row.outcome for row in rows),
        open_jobs=await records.jobs.open_count(),
        killed=killed,
        faults=faults,
        requests=requests,
        took_s=took_s,
    )


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet.chaos", description=__doc__)
    parser.add_argument("--answers", type=int, default=2000)
    asked = parser.parse_args()
    with folder_of_servers() as folder:
        try:
            outcome = asyncio.run(chaos(folder, asked.answers))
        except AssertionError:
            with suppress(OSError):
                print((folder / "workers.log").read_text(errors="replace")[-4000:])
            raise
        print(outcome.told())
        if not outcome.is_whole:
            print((folder / "workers.log").read_text(errors="replace")[-4000:])
            raise SystemExit(1)


if __name__ == "__main__":
    main()
