"""What grading would take, told before any of it is done."""

from app.grading.critique import MOST_AT_ONCE
from app.grading.grader import GradeRequest
from app.llm.prices import Prices
from app.screening.pricing import estimate
from rubric.criteria import Criterion

ANSWER = "I keep raw files in object storage, and partition them by date."


def asked(answer: str, criteria: int = 2) -> GradeRequest:
    points = tuple(Criterion(id=f"c{n}", text=f"Point {n} of the reference answer") for n in range(criteria))
    return GradeRequest(
        question="How do you store raw data?", criteria=points, parts=(answer,), question_id=f"q{criteria}"
    )


async def test_answers_that_say_nothing_cost_no_request() -> None:
    found = await estimate([asked(ANSWER), asked(""), asked("I don't know.")], model="m", prices=Prices(1000, 0, "EUR"))
    assert (found.answers, found.silent, found.requests) == (3, 2, 1)
    assert found.cost is not None
    assert found.cost > 0
    assert "EUR" in found.told()


async def test_many_criteria_take_several_requests() -> None:
    found = await estimate([asked(ANSWER, MOST_AT_ONCE + 1)], model="m", prices=None)
    assert found.requests == 2
    assert found.cost is None


async def test_without_a_model_nothing_is_asked_and_that_is_said() -> None:
    found = await estimate([asked(ANSWER)], model=None, prices=Prices(1, 1))
    assert (found.requests, found.input_tokens, found.cost) == (0, 0, None)
    assert "No chat model is asked." in found.told()


async def test_a_longer_answer_costs_more() -> None:
    short, long = [await estimate([asked(ANSWER * times)], model="m", prices=None) for times in (1, 20)]
    assert long.input_tokens - short.input_tokens >= 19 * len(ANSWER) // 4
