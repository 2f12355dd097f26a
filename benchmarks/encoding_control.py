"""What grading is held against: reads the same answers and sends the same requests, and keeps nothing.

A process of its own, as `viva worker` is one: `python -m benchmarks.encoding_control ADDRESS FILE NUMBER OF`. The file
holds a JSON object a line: the request to the model, and the texts that are read for it. Of `OF` such processes the one
of this number takes every `OF`th line. It says when it is ready, waits for a line, and tells how long it took.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from openai import AsyncOpenAI, DefaultAioHttpClient

from vectorstore.embeddings import InContext
from vectorstore.sentence_transformer import SentenceTransformerEmbedder

IN_FLIGHT = 16


async def control(address: str, lines: list[dict[str, Any]], threads: int | None) -> None:
    """All lines, so many at a time."""
    embedder = SentenceTransformerEmbedder(threads=threads)
    await embedder.load()
    async with AsyncOpenAI(
        base_url=address, api_key="none", max_retries=0, http_client=DefaultAioHttpClient()
    ) as client:
        waiting = iter(lines)

        async def one_after_another() -> None:
            for line in waiting:
                await embedder.encode([InContext(line["context"], tuple(line["texts"]))])
                await client.chat.completions.create(**line["request"])

        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        begun = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))
        print(time.perf_counter() - begun, flush=True)
    await embedder.aclose()


def main() -> None:
    """See above."""
    address, file, number, of = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    threads = os.environ.get("VIVA_EMBEDDING_THREADS")
    asyncio.run(control(address, lines[number::of], int(threads) if threads else None))


if __name__ == "__main__":
    main()
