"""Grades many answers with the product's own grader, as `viva grade` would."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.evaluation.labelled import Labelled
from app.grading.outcome import Outcome
from app.grading.record import from_record
from app.screening.batch import BatchGrader, BlockGrader, Record
from app.screening.rows import AnyRow, parse_fields


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer with the rubric it is graded by."""

    question: str
    criteria: tuple[str, ...]
    answer: str


async def grade_all(
    asked: Sequence[Asked], grader: BlockGrader, *, concurrency: int, advance: Callable[[], object]
) -> list[Outcome]:
    """One outcome an answer, in order.

    Args:
        asked: Any number.
        grader: The product's.
        concurrency: Critiques under way at a time.
        advance: Called once a grade.
    """
    outcomes: list[Outcome] = []

    def keep(record: Record) -> None:
        # A grade passes through its record, so that what is looked at is what leaves Viva, rounded as it is there.
        outcomes.append(from_record(record))
        advance()

    await BatchGrader(grader=grader, new_id=str, concurrency=concurrency).grade(_rows(asked), keep)
    return outcomes


async def grade_labelled(
    answers: Sequence[Labelled], grader: BlockGrader, *, concurrency: int, advance: Callable[[], object]
) -> list[list[Outcome]]:
    """The outcomes of each labelled answer: one; for references one each, as none is a sibling of another."""
    asked = [_asked(answer) for answer in answers]
    outcomes = iter(
        await grade_all([one for each in asked for one in each], grader, concurrency=concurrency, advance=advance)
    )
    return [[next(outcomes) for _ in each] for each in asked]


def grades_needed(answers: Sequence[Labelled]) -> int:
    """How many grades these answers need."""
    return sum(len(_asked(answer)) for answer in answers)


def _asked(answer: Labelled) -> list[Asked]:
    rubrics = [(text,) for text in answer.criteria] if answer.is_reference else [answer.criteria]
    return [Asked(answer.question, rubric, answer.answer) for rubric in rubrics]


def _rows(asked: Sequence[Asked]) -> Iterator[AnyRow]:
    for place, one in enumerate(asked, start=1):
        fields = {"id": place, "question": one.question, "criteria": list(one.criteria), "answer": one.answer}
        yield parse_fields(fields, place)
