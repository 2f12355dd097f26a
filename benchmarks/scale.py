"""`make bench-scale`: what becomes of the encoder's and the model's speed when several workers grade, on PostgreSQL.

(a) Grading with a chat model of 200 ms by 1, 2 and 4 workers, as a share of as many processes that read the same answers
and send the same requests, 16 under way each, and keep nothing. (b) The same without a model, as a share of the encoder.
(d) Turns of 50 interviews while workers have a batch of 20,000 before them. (c), other graders, is `benchmarks.peers`.
"""

import argparse
import asyncio
import csv
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

from sqlalchemy import select

from app.bootstrap import Records, open_records
from app.config import Settings
from app.db import tables
from app.grading.segments import segments
from app.screening.answer_table import load_table
from app.screening.mapping import propose
from app.screening.policy_file import PolicyFile
from app.screening.preview import preview
from benchmarks.figures import Figure, at_least, plain, table
from benchmarks.interviews import many_at_once, site
from benchmarks.judge import LATENCY_S, MODEL, judge
from benchmarks.material import bank_yaml, reply
from tests.fleet.servers import ChromaProcess, PostgresServer, folder_of_servers, postgres_programs, running
from tests.fleet.worker import Worker

BANK, QUESTIONS = "scale", 10
ANSWERS = 600
IN_FLIGHT = 16
BATCH = 20_000
LIVE = 50
LIVE_QUESTIONS = 2
LIVE_AIM_MS = 400.0
_EDGE = 0.1
"""Share of the answers at either end that is left out: workers begin and end apart."""


class Company:
    """A PostgreSQL and a Chroma server, and what commands beside them are told."""

    def __init__(self, folder: Path, number: str) -> None:
        programs = postgres_programs()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed here (no pg_ctl); this benchmark needs its programs.")
        self.folder = folder / number
        self.folder.mkdir(mode=0o755)
        self.postgres = PostgresServer(self.folder / "postgres", programs)
        self.chroma = ChromaProcess(self.folder / "chroma")
        self.settings = Settings(
            data_dir=self.folder / "data", database_url=self.postgres.address, chroma_url=self.chroma.address
        )

    def environment(self, **more: str) -> Mapping[str, str]:
        """For a process of this company."""
        told = {
            "VIVA_DATA_DIR": str(self.settings.data_dir),
            "VIVA_DATABASE_URL": self.postgres.address,
            "VIVA_CHROMA_URL": self.chroma.address,
            "VIVA_LOG_LEVEL": "warning",
            "VIVA_LLM_CONCURRENCY": str(IN_FLIGHT),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
        return {**kept, **told, **more}

    async def take(self, count: int) -> list[tuple[str, str]]:
        """Hand so many made-up answers over for grading; gives each with its question."""
        async with open_records(self.settings) as records:
            await records.banks.import_bank(bank_yaml(BANK, QUESTIONS), source=f"{BANK}.yaml")
            return await _hand_over(records, self.folder / "answers.csv", count)


async def _hand_over(records: Records, file: Path, count: int) -> list[tuple[str, str]]:
    bank = (await records.banks.get(BANK)).bank
    questions, chance = list(bank.questions()), random.Random(5)
    texts = [reply(chance) for _ in range(count)]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("candidate", "question", "answer"))
        for number, text in enumerate(texts):
            writer.writerow((f"p{number // QUESTIONS:06}", questions[number % QUESTIONS].id, text))
    screening = await records.screenings.create(name="scale", bank=BANK, policy=PolicyFile())
    answers = load_table(file)
    found = preview(answers, propose(answers, bank), bank, [question.id for question in questions])
    await records.screenings.take(await records.screenings.activate(screening.id), found)
    return [(questions[number % QUESTIONS].text, text) for number, text in enumerate(texts)]


async def with_model(folder: Path, workers: int) -> list[Figure]:
    """(a)"""
    company, asked = Company(folder, f"a{workers}"), folder / f"asked-{workers}.jsonl"
    with judge(asked) as judge_, running(company.postgres, company.chroma):
        given = await company.take(ANSWERS)
        environment = company.environment(VIVA_LLM_BASE_URL=judge_.base_url, VIVA_LLM_MODEL=MODEL)
        rate = await _graded_a_second(company, environment, workers, critique="done")
    requests = [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()]
    with judge() as judge_:
        lines = folder / f"lines-{workers}.jsonl"
        lines.write_text("\n".join(map(json.dumps, _paired(requests, given))), encoding="utf-8")
        alone = await asyncio.to_thread(_control, judge_.base_url, lines, workers, len(requests))
    return [
        plain("graded", rate, "/s"),
        plain("the control", alone, "/s"),
        at_least("share of the control", rate / alone, 0.7),
        plain("requests an answer", len(requests) / ANSWERS, ""),
    ]


async def without_model(folder: Path) -> list[Figure]:
    """(b)"""
    company = Company(folder, "b")
    with running(company.postgres, company.chroma):
        given = await company.take(ANSWERS)
        rate = await _graded_a_second(company, company.environment(), 1, critique=None)
    raw = await _encoder_alone([_read(question, text) for question, text in given])
    return [
        plain("graded", rate, "/s"),
        plain("the encoder alone on the same answers", raw, "/s"),
        at_least("share of the encoder", rate / raw, 0.6),
    ]


async def live_beside_a_batch(folder: Path) -> list[Figure]:
    """(d): the batch is as large as it is said to be, and not waited for."""
    company = Company(folder, "d")
    with running(company.postgres, company.chroma):
        await company.take(BATCH)
        environment = company.environment(VIVA_SERVE_JOBS="false")
        worker = await asyncio.to_thread(_begun, environment, company.folder)
        try:
            async with site(company.settings.data_dir, environment) as here:
                before = len(await _graded_at(company, None))
                figures = await many_at_once(here, LIVE, 1.0, LIVE_QUESTIONS, most_ms=LIVE_AIM_MS)
                graded = len(await _graded_at(company, None)) - before
            return [*figures, plain("answers of the batch graded meanwhile", graded, "")]
        finally:
            worker.kill()


def _begun(environment: Mapping[str, str], folder: Path) -> Worker:
    worker = Worker(environment, folder / "workers.log", concurrency=IN_FLIGHT)
    worker.wait_until_ready()
    return worker


async def _graded_a_second(
    company: Company, environment: Mapping[str, str], workers: int, critique: str | None
) -> float:
    """The rate of the middle of the grades, once every worker is ready."""
    fleet = [await asyncio.to_thread(_begun, environment, company.folder) for _ in range(workers)]
    ready = time.time()
    try:
        while len(times := await _graded_at(company, critique)) < ANSWERS:
            await asyncio.sleep(2)
            if any(worker.process.poll() is not None for worker in fleet):
                raise RuntimeError(f"a worker ended; see {company.folder / 'workers.log'}")
    finally:
        for worker in fleet:
            worker.kill()
    times = [at for at in times if at >= ready]
    edge = int(_EDGE * len(times))
    middle = times[edge : len(times) - edge]
    return (len(middle) - 1) / (middle[-1] - middle[0])


async def _graded_at(company: Company, critique: str | None) -> list[float]:
    """Seconds since the epoch at which each answer got the grade that is waited for."""
    grades = tables.grades
    wanted = grades.c.critique == critique if critique else grades.c.status == "graded"
    async with open_records(company.settings) as records:
        found = await records.database.rows(select(grades.c.created_at).where(wanted))
    return sorted(row.created_at.timestamp() for row in found)


def _control(address: str, lines: Path, processes: int, count: int) -> float:
    """Lines a second of so many control processes that begin together."""
    command = [sys.executable, "-m", "benchmarks.encoding_control", address, str(lines)]
    begun = [
        subprocess.Popen(
            [*command, str(number), str(processes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(processes)
    ]
    pipes = [(process.stdin, process.stdout) for process in begun if process.stdin and process.stdout]
    for _, said in pipes:
        said.readline()
    for told, _ in pipes:
        told.write("go\n")
        told.flush()
    took = [float(said.readline()) for _, said in pipes]
    for process in begun:
        process.communicate()
    return count / max(took)


async def _encoder_alone(lines: Sequence[Mapping[str, Any]]) -> float:
    from vectorstore.embeddings import InContext  # noqa: PLC0415 (torch, which the servers' processes need first)
    from vectorstore.sentence_transformer import SentenceTransformerEmbedder  # noqa: PLC0415 (as above)

    embedder = SentenceTransformerEmbedder()
    await embedder.load()
    groups = [InContext(one["context"], tuple(one["texts"])) for one in lines]
    begun = time.perf_counter()
    for first in range(0, len(groups), IN_FLIGHT):
        await embedder.encode(groups[first : first + IN_FLIGHT])
    took_s = time.perf_counter() - begun
    await embedder.aclose()
    return len(groups) / took_s


def _paired(requests: Sequence[dict[str, Any]], given: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Each request with what is read for it; which answer it is about, the control need not know."""
    return [{**_read(*pair), "request": request} for request, pair in zip(requests, given, strict=False)]


def _read(question: str, text: str) -> dict[str, Any]:
    return {"context": question, "texts": [text[place.start : place.end] for place in segments(text)]}


async def measure(asked: argparse.Namespace) -> None:
    """The parts that were asked for, printed."""
    with folder_of_servers() as folder:
        if asked.only in {None, "a"}:
            for workers in asked.workers:
                figures = await with_model(folder, workers)
                print(table(f"(a) {workers} workers, a model of {LATENCY_S * 1000:.0f} ms", figures), flush=True)
        if asked.only in {None, "b"}:
            print(table("(b) one worker, no model", await without_model(folder)), flush=True)
        if asked.only in {None, "d"}:
            figures = await live_beside_a_batch(folder)
            print(table(f"(d) {LIVE} interviews beside a batch of {BATCH:,}", figures), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--only", choices=["a", "b", "d"], help="one part")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="numbers of workers in (a)")
    asked = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n", flush=True)
    asyncio.run(measure(asked))


if __name__ == "__main__":
    main()
