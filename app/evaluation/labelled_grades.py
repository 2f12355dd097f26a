"""Grades labelled answers with the product's own grader, as `viva grade` would."""

from collections.abc import Callable, Iterator, Sequence

from app.evaluation.labelled import Labelled
from app.grading.outcome import Outcome
from app.grading.record import from_record
from app.screening.batch import BatchGrader, BlockGrader, Record
from app.screening.rows import AnyRow, parse_fields


async def grade_labelled(
    answers: Sequence[Labelled], grader: BlockGrader, *, concurrency: int, advance: Callable[[], object]
) -> list[list[Outcome]]:
    """The outcomes of each answer: one; for references one each, as none is a sibling of another.

    Args:
        answers: Any number.
        grader: The product's.
        concurrency: Critiques under way at a time.
        advance: Called once a grade.
    """
    outcomes: list[list[Outcome]] = [[] for _ in answers]

    def keep(record: Record) -> None:
        # A grade passes through its record, so that what is evaluated is what leaves Viva, rounded as it is there.
        outcomes[int(record["id"])].append(from_record(record))
        advance()

    await BatchGrader(grader=grader, new_id=str, concurrency=concurrency).grade(_rows(answers), keep)
    return outcomes


def grades_needed(answers: Sequence[Labelled]) -> int:
    """How many grades these answers need."""
    return sum(len(answer.criteria) if answer.is_reference else 1 for answer in answers)


def _rows(answers: Sequence[Labelled]) -> Iterator[AnyRow]:
    for place, answer in enumerate(answers):
        rubrics = [[text] for text in answer.criteria] if answer.is_reference else [list(answer.criteria)]
        for criteria in rubrics:
            fields = {"id": place, "question": answer.question, "criteria": criteria, "answer": answer.answer}
            yield parse_fields(fields, place + 1)
