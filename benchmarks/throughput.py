"""How much of the encoder's speed `viva grade` keeps."""

import random
import time
import uuid

from app.bootstrap import build_grader
from app.config import Settings
from app.screening.batch import BLOCK, BatchGrader, Record
from app.screening.rows import parse_fields
from benchmarks.figures import Figure, at_least, plain
from benchmarks.material import reply, rows
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

ROWS = 320
AIM = 0.5


async def measure(settings: Settings) -> list[Figure]:
    """Rows a second with inline rubrics, and the share of the bare encoder on the same texts in the same run."""
    given = rows(ROWS)
    texts = [row["answer"] for row in given]
    embedder = SentenceTransformerEmbedder(settings.embedding_model)
    await embedder.load()
    warm_up = [reply(random.Random(number)) for number in range(BLOCK)]
    await embedder.embed(warm_up)
    async with build_grader(settings.model_copy(update={"llm_model": None})) as grader:
        batch = BatchGrader(grader=grader, new_id=lambda: uuid.uuid4().hex, concurrency=8)
        records: list[Record] = []
        await batch.grade([parse_fields(row, n) for n, row in enumerate(rows(BLOCK), start=1)], records.append)
        records.clear()
        start = time.perf_counter()
        for first in range(0, len(texts), BLOCK):
            await embedder.embed(texts[first : first + BLOCK])
        raw_s = time.perf_counter() - start
        start = time.perf_counter()
        await batch.grade((parse_fields(row, n) for n, row in enumerate(given, start=1)), records.append)
        grade_s = time.perf_counter() - start
    if any(record["status"] != "graded" for record in records):
        raise RuntimeError("the benchmark's rows were not all graded")
    await embedder.aclose()
    return [
        plain("rows a second (100 words, 5 criteria)", ROWS / grade_s, "/s"),
        plain("the encoder alone on the same answers", ROWS / raw_s, "/s"),
        at_least("share of the encoder", raw_s / grade_s, AIM),
    ]
