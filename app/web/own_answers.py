"""A candidate's own answers as they stand: read back before handing in, and kept on the receipt."""

from dataclasses import dataclass

from app.interviews.engine import may_change
from app.interviews.models import Answer, Ending, Interview, Script
from app.web.marked_text import Block, blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer:
    """One question with what was answered; never what that is worth.

    Attributes:
        blocks: The answer; empty where nothing was written.
        is_skipped: Whether the candidate chose to leave it.
        was_asked: False where the interview ended before it.
        can_change: Whether another text can take its place now.
    """

    number: int
    question_id: str
    question: str
    blocks: tuple[Block, ...]
    is_skipped: bool
    was_asked: bool
    can_change: bool


def own_answers(interview: Interview, script: Script) -> tuple[OwnAnswer, ...]:
    """Every planned question, in the order it is asked."""
    return tuple(_own(interview, script, question_id) for question_id in interview.plan)


def can_change(interview: Interview, question_id: str) -> bool:
    """Whether the answer to that question can be changed now; in practice it may be tried again after the end, too."""
    answer = interview.answer_to(question_id)
    return answer is not None and may_change(interview, answer)


def text_of(answer: Answer | None) -> str:
    """All that was written, paragraphs apart."""
    return "\n\n".join(part.text for part in answer.parts if part.text) if answer is not None else ""


def _own(interview: Interview, script: Script, question_id: str) -> OwnAnswer:
    answer = interview.answer_to(question_id)
    return OwnAnswer(
        number=script.number(question_id),
        question_id=question_id,
        question=script.text(question_id),
        blocks=blocks(text_of(answer)),
        is_skipped=answer is not None and answer.ending in {Ending.SKIPPED, Ending.DECLINED_TO_ANSWER},
        was_asked=answer is not None,
        can_change=can_change(interview, question_id),
    )
