"""Grades rows with autorubric, the whole rubric in one call an answer, as its documentation has it.

Run by `benchmarks.beside_others` in autorubric's own environment: ROWS ADDRESS MODEL IN_FLIGHT.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from autorubric import Criterion, LLMConfig, Rubric
from autorubric.graders import CriterionGrader


async def main(rows: list[dict], address: str, model: str, in_flight: int) -> None:
    judge = LLMConfig(
        model=f"openai/{model}", api_base=address, api_key="none", max_parallel_requests=in_flight, cache_enabled=False
    )
    grader = CriterionGrader(judge_model_config=judge, llm_calls="per_item")
    rubrics = {
        row["question"]: Rubric(
            [Criterion(name=f"point {n}", requirement=text, weight=1.0) for n, text in enumerate(row["criteria"])]
        )
        for row in rows
    }

    async def grade(row: dict) -> bool:
        report = await rubrics[row["question"]].grade(to_grade=row["answer"], grader=grader, query=row["question"])
        return report.error is None

    await grade(rows[0])
    begun = time.perf_counter()
    waiting, done = iter(rows[1:]), []

    async def one_after_another() -> None:
        for row in waiting:
            done.append(await grade(row))

    await asyncio.gather(*(one_after_another() for _ in range(in_flight)))
    print(json.dumps({"seconds": time.perf_counter() - begun, "answers": len(rows) - 1, "graded": sum(done)}))


if __name__ == "__main__":
    given = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    asyncio.run(main(given, sys.argv[2], sys.argv[3], int(sys.argv[4])))
