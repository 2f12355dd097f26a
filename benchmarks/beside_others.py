"""`make bench-peers`: the same answers through Viva and through two graders that a user would take instead.

The same rubrics, the same answers, as many requests under way, and the same judge of 200 ms; the others in the versions
and configuration that their documentation shows, each in an environment of its own. What each sent is counted by the
judge: requests, and characters of the messages.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

from app.bootstrap import build_grader
from app.config import Settings
from app.grading.answer_grader import AnswerGrader
from app.grading.outcome import Graded
from app.screening.batch import BLOCK, inline_request
from app.screening.rows import InlineRubric
from benchmarks.judge import MODEL, judge
from benchmarks.material import rows

ANSWERS = 1000
IN_FLIGHT = 16
ENVIRONMENTS = Path("build/peers").absolute()
PEERS: Mapping[str, tuple[str, str]] = {
    "autorubric, one call": ("autorubric==1.6.1", "autorubric_run"),
    "DeepEval, GEval a criterion": ("deepeval==4.3.1", "deepeval_run"),
}
LEAVES_OUT: Mapping[str, str] = {
    "Viva": "-",
    "Viva, critique alone": "the local reading, which grades while the model is away",
    "autorubric, one call": "quotes, half credit, intervals, checks for orders to the grader, grades without a model",
    "DeepEval, GEval a criterion": "verdicts (it gives a score), quotes, intervals, such checks, grades without a model",
}


@dataclass(frozen=True)
class Ran:
    """What one grader took for the answers."""

    name: str
    answers: int
    requests: int
    characters: int
    seconds: float

    def told(self) -> str:
        """A line of the table."""
        per = self.requests / self.answers, self.characters / self.answers
        return f"{self.name:<28} {per[0]:>8.2f} {per[1]:>10,.0f} {self.seconds:>8.1f}   {LEAVES_OUT[self.name]}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside_others", description=__doc__)
    parser.add_argument("--answers", type=int, default=ANSWERS)
    parser.add_argument("--without", action="append", default=[], choices=["autorubric", "deepeval"])
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        given = rows(asked.answers + 1)
        file = Path(folder) / "rows.jsonl"
        file.write_text("\n".join(map(json.dumps, given)), encoding="utf-8")
        ran = _viva(Path(folder), given)
        for name, (pinned, script) in PEERS.items():
            if not any(pinned.startswith(one) for one in asked.without):
                ran.append(_peer(name, pinned, script, Path(folder), file))
    print(f"{asked.answers:,} answers of 100 words, 5 criteria each, {IN_FLIGHT} requests under way, judge of 200 ms\n")
    print(f"{'':<28} {'requests':>8} {'characters':>10} {'seconds':>8}   leaves out")
    print(f"{'':<28} {'an answer':>8} {'an answer':>9}")
    print("\n".join(one.told() for one in ran))


def _viva(folder: Path, given: list[dict[str, Any]]) -> list[Ran]:
    kept = folder / "viva.jsonl"
    with judge(kept) as judge_:
        settings = Settings(
            data_dir=folder / "data", llm_base_url=judge_.base_url, llm_model=MODEL, llm_concurrency=IN_FLIGHT
        )
        whole_s, alone_s = asyncio.run(_graded(settings, given))
    requests, characters = _sent(kept)
    count = len(given) - 1
    # Both passes asked the same; the first answer was one more.
    sent = round(requests * count / (2 * count + 1)), round(characters * count / (2 * count + 1))
    return [Ran("Viva", count, *sent, whole_s), Ran("Viva, critique alone", count, *sent, alone_s)]


async def _graded(settings: Settings, given: list[dict[str, Any]]) -> tuple[float, float]:
    """Seconds of everything, and of the critiques alone, the readings made beforehand."""
    requests = [inline_request(InlineRubric(row["question"], tuple(row["criteria"])), row["answer"]) for row in given]
    async with build_grader(settings.model_copy(update={"llm_cache": False})) as grader:
        await grader.complete(requests[0], await grader.read(requests[0]))
        begun = time.perf_counter()
        readings = await _all(grader, requests[1:])
        whole_s = time.perf_counter() - begun
        begun = time.perf_counter()
        await _completed(grader, list(zip(requests[1:], readings, strict=True)))
        return whole_s, time.perf_counter() - begun


async def _all(grader: AnswerGrader, requests: list[Any]) -> list[Any]:
    """Read in blocks, and critiqued while the next ones are read."""
    readings: list[Any] = []
    under_way: list[asyncio.Task[None]] = []
    for first in range(0, len(requests), BLOCK):
        block = requests[first : first + BLOCK]
        found = await grader.read_many(block)
        readings += found
        under_way.append(asyncio.create_task(_completed(grader, list(zip(block, found, strict=True)))))
    await asyncio.gather(*under_way)
    return readings


async def _completed(grader: AnswerGrader, pairs: list[Any]) -> None:
    async def complete(request: Any, reading: Any) -> None:  # noqa: ANN401
        graded: Graded = await grader.complete(request, reading)
        if graded.critique is None or graded.critique.status != "done":
            raise RuntimeError("the benchmark's answer was not critiqued")

    await asyncio.gather(*(complete(*pair) for pair in pairs))


def _peer(name: str, pinned: str, script: str, folder: Path, file: Path) -> Ran:
    environment = ENVIRONMENTS / pinned.partition("=")[0]
    if not (environment / "bin" / "python").exists():
        print(f"Installing {pinned} in {environment} …", file=sys.stderr, flush=True)
        venv.create(environment, with_pip=True)
        subprocess.run([environment / "bin" / "pip", "install", "-q", pinned], check=True)
    kept = folder / f"{script}.jsonl"
    program = Path(__file__).parent / "peers" / f"{script}.py"
    with judge(kept) as judge_:
        quiet = {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": str(folder)}
        command = [str(environment / "bin" / "python"), str(program), str(file), judge_.base_url, MODEL, str(IN_FLIGHT)]
        done = subprocess.run(
            command,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, **quiet, "PYTHONPATH": ""},
        )
    told = json.loads(done.stdout.splitlines()[-1])
    if told["graded"] != told["answers"]:
        raise RuntimeError(f"{name} graded {told['graded']} of {told['answers']} answers")
    requests, characters = _sent(kept)
    count = told["answers"]
    share = count / (count + 1)
    return Ran(name, count, round(requests * share), round(characters * share), told["seconds"])


def _sent(kept: Path) -> tuple[int, int]:
    """Requests, and characters of all their messages."""
    bodies = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return len(bodies), sum(len(_text(message["content"])) for body in bodies for message in body["messages"])


def _text(content: Any) -> str:  # noqa: ANN401 (decoded JSON)
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


if __name__ == "__main__":
    main()
