"""Grades rows with DeepEval's GEval, a metric a criterion, as its documentation has it.

Run by `benchmarks.beside_others` in DeepEval's own environment: ROWS ADDRESS MODEL IN_FLIGHT.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from deepeval.metrics import GEval
from deepeval.models import OpenAIModel
from deepeval.test_case import LLMTestCase, SingleTurnParams


async def main(rows: list[dict], address: str, model: str, in_flight: int) -> None:
    judge = OpenAIModel(model=model, base_url=address, api_key="none", cost_per_input_token=0, cost_per_output_token=0)

    async def grade(row: dict) -> bool:
        case = LLMTestCase(input=row["question"], actual_output=row["answer"])
        for text in row["criteria"]:
            metric = GEval(
                name="point",
                criteria=f"Determine whether the actual output says: {text}",
                evaluation_params=[SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT],
                evaluation_steps=steps.get(text),
                model=judge,
            )
            await metric.a_measure(case, _show_indicator=False)
            steps[text] = metric.evaluation_steps
            if metric.score is None:
                return False
        return True

    steps: dict[str, list[str]] = {}
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
