"""What grading adds to the time of the chat model that it asks, and what it keeps of that model's and the encoder's speed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from app.bootstrap import build_grader
from app.config import Settings
from app.grading.answer_grader import AnswerGrader
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Reading
from app.grading.record import to_record
from app.screening.batch import BLOCK, BatchGrader, Record, inline_request
from app.screening.rows import InlineRubric, parse_fields
from benchmarks.figures import Figure, at_least, at_most, p50, p95, plain
from benchmarks.judge import LATENCY_S, MODEL, judge
from benchmarks.material import rows
from vectorstore.sentence_transformer import SentenceTransformerEmbedder, cores

IN_FLIGHT = 32
CRITIQUED = 1600
GRADED = 320
ALONE = 60
LAYERED = CRITIQUED - ALONE
WARM_UP = 64
"""Requests until the connections are open and everything is imported."""
FASTEST = IN_FLIGHT / LATENCY_S
"""Answers a second that a model of this latency allows."""

Pair = tuple[GradeRequest, Reading]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on the clock, and of the processor: the latter tell what a busy machine hides."""

    clock_s: float
    busy_s: float


async def measure(settings: Settings) -> list[Figure]:
    """The figures of grading with a chat model of fixed latency."""
    with judge() as judge_:
        asked = settings.model_copy(
            update={
                "llm_base_url": judge_.base_url,
                "llm_model": MODEL,
                "llm_concurrency": IN_FLIGHT,
                "llm_api_key": None,
            }
        )
        async with build_grader(asked) as grader:
            requests = _requests(CRITIQUED + WARM_UP)
            reading = await _timed_readings(grader, requests[: ALONE * 2])
            pairs = await _readings(grader, requests)
            await _all(grader, pairs[CRITIQUED:])
            alone = await _taken(grader, pairs[:ALONE])
            late = await judge_.lateness_ms(_body(pairs[0][0]), ALONE)
            judging_s = judge_.busy_s()
            layer = await _spent(_all(grader, pairs[ALONE:CRITIQUED]))
            judging_s = judge_.busy_s() - judging_s
            again_ms = await _again(grader, pairs[:ALONE])
            whole = await _whole(grader)
    rubrics = await _rubrics(1)
    one_core, all_cores = await _answers(1), await _answers(cores())
    return [
        plain("reading of 100 words against 5 criteria, p50", p50(reading), "ms"),
        at_most("reading of 100 words against 5 criteria, p95", p95(reading), "ms", 80),
        at_most("overhead beside the model's latency, no embedding, p50", p50(alone) - LATENCY_S * 1000, "ms", 5),
        at_most("overhead beside the model's latency, no embedding, p95", p95(alone) - LATENCY_S * 1000, "ms", 20),
        plain("… of it what a bare request takes beside that latency (same minute), p50", p50(late), "ms"),
        plain(f"critique layer alone, {IN_FLIGHT} in flight", LAYERED / layer.clock_s, "/s"),
        at_least(f"share of {IN_FLIGHT}/{LATENCY_S:g} s", LAYERED / layer.clock_s / FASTEST, 0.9),
        plain("processor time of an answer in it", layer.busy_s / LAYERED * 1000, "ms"),
        plain("processor time of its judge, on the same cores", judging_s / LAYERED * 1000, "ms"),
        plain("whole grader", GRADED / whole.clock_s, "/s"),
        plain("the encoder alone on the same answers, one core", GRADED / one_core.clock_s, "/s"),
        plain(f"the encoder alone on the same answers, {cores()} cores", GRADED / all_cores.clock_s, "/s"),
        at_least(
            "share of the slower of the encoder on every core and the model",
            GRADED / whole.clock_s / min(FASTEST, GRADED / all_cores.clock_s),
            0.8,
        ),
        plain("processor time of an answer in the whole grader", whole.busy_s / GRADED * 1000, "ms"),
        plain("… of it the encoder's for the answer, read whole", one_core.busy_s / GRADED * 1000, "ms"),
        plain("… of it the encoder's for rubrics not met before", rubrics.busy_s / GRADED * 1000, "ms"),
        at_most("the same answers once more, p50", p50(again_ms), "ms", 3),
        at_most("the same answers once more, p95", p95(again_ms), "ms", 3),
    ]


def _requests(count: int) -> list[GradeRequest]:
    return [inline_request(InlineRubric(row["question"], tuple(row["criteria"])), row["answer"]) for row in rows(count)]


async def _timed_readings(grader: AnswerGrader, requests: Sequence[GradeRequest]) -> list[float]:
    """Milliseconds of each reading; every rubric was met before, as a bank's is."""
    half = len(requests) // 2
    await grader.read_many(requests)
    return [await _ms(grader.read(request)) for request in requests[:half]]


async def _readings(grader: AnswerGrader, requests: Sequence[GradeRequest]) -> list[Pair]:
    """Readings made beforehand. A few are shared by all, as what the critique is measured by is not how they differ."""
    made = await grader.read_many(requests[:WARM_UP])
    return [(request, made[place % len(made)]) for place, request in enumerate(requests)]


async def _taken(grader: AnswerGrader, pairs: Sequence[Pair]) -> list[float]:
    """Milliseconds of an answer, the model's own among them, one at a time, to the finished record."""
    return [await _ms(_finish(grader, pair)) for pair in pairs]


def _body(request: GradeRequest) -> bytes:
    """A request as small as the judge takes one."""
    rubric = [{"id": criterion.id, "text": criterion.text} for criterion in request.criteria]
    asked = {"question": request.question, "rubric": rubric, "answer": request.parts[0]}
    return json.dumps({"messages": [{"role": "user", "content": json.dumps(asked)}]}).encode()


async def _spent(work: Awaitable[object]) -> Spent:
    start, busy = time.perf_counter(), time.process_time()
    await work
    return Spent(time.perf_counter() - start, time.process_time() - busy)


async def _again(grader: AnswerGrader, pairs: Sequence[Pair]) -> list[float]:
    """Milliseconds of grading answers again that were graded before; asks the model nothing."""
    taken = [await _ms(_finish(grader, pair)) for pair in pairs]
    for pair in pairs[:3]:
        measured = (await _finish(grader, pair))["provenance"]["measured"]["critique"]
        if measured["requests"]:
            raise RuntimeError("an answer that was graded before was asked about again")
    return taken


async def _whole(grader: AnswerGrader) -> Spent:
    """`viva grade` on the rows."""
    numbers = iter(range(GRADED * 2))
    batch = BatchGrader(grader=grader, new_id=lambda: f"g{next(numbers)}", concurrency=IN_FLIGHT)
    records: list[Record] = []
    parsed = (parse_fields(row, n) for n, row in enumerate(_graded(), start=1))
    whole = await _spent(batch.grade(parsed, records.append))
    if any(record["critique"]["status"] != "done" for record in records):
        raise RuntimeError("the benchmark's rows were not all critiqued")
    return whole


async def _answers(threads: int) -> Spent:
    """The bare encoder on the answers of the rows."""
    return await _embedded(threads, [row["answer"] for row in _graded()])


async def _rubrics(threads: int) -> Spent:
    """The bare encoder on the rubrics of the rows, each text once."""
    points = dict.fromkeys(text for row in _graded() for text in (row["question"], *row["criteria"]))
    return await _embedded(threads, list(points))


def _graded() -> list[dict[str, Any]]:
    return rows(GRADED + 1)[:GRADED]


async def _embedded(threads: int, texts: Sequence[str]) -> Spent:
    embedder = SentenceTransformerEmbedder(threads=threads)
    await embedder.load()
    await embedder.embed([row["answer"] for row in rows(BLOCK)])
    spent = await _spent(_encoded(embedder, texts))
    await embedder.aclose()
    return spent


async def _encoded(embedder: SentenceTransformerEmbedder, texts: Sequence[str]) -> None:
    for first in range(0, len(texts), BLOCK):
        await embedder.embed(texts[first : first + BLOCK])


async def _all(grader: AnswerGrader, pairs: Sequence[Pair]) -> None:
    """Every answer; a few more are under way than requests in flight, so that the next request is ready to go."""
    waiting = iter(pairs)

    async def work() -> None:
        for pair in waiting:
            await _finish(grader, pair)

    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT + IN_FLIGHT // 4):
            group.create_task(work())


async def _finish(grader: AnswerGrader, pair: Pair) -> Record:
    graded: Graded = await grader.complete(*pair)
    if graded.critique is None or graded.critique.status != "done":
        raise RuntimeError(f"the benchmark's answer was not critiqued: {graded.basis}")
    return to_record(graded, grade_id="g", row_id=None)


async def _ms(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return (time.perf_counter() - start) * 1000
