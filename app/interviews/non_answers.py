"""Why a question has no plain answer: one name for each reason, the same on every page and in every export."""

from collections.abc import Mapping
from dataclasses import replace

from app.grading.outcome import Graded, Outcome, Ungraded
from app.interviews.models import Answer, Ending, Interview, State
from rubric.scoring import NonAnswer

UNREADABLE = "The reply could not be read as an answer; a person looks at it."

_NAMES: Mapping[Ending, NonAnswer] = {
    Ending.BLANK: NonAnswer.BLANK,
    Ending.DONT_KNOW: NonAnswer.DONT_KNOW,
    Ending.SKIPPED: NonAnswer.SKIPPED,
    Ending.DECLINED_TO_ANSWER: NonAnswer.DECLINED_TO_ANSWER,
    Ending.OFF_TOPIC: NonAnswer.OFF_TOPIC,
    Ending.UNGRADABLE: NonAnswer.UNGRADABLE,
    Ending.TIMED_OUT: NonAnswer.TIMED_OUT,
    Ending.INTERRUPTED: NonAnswer.INTERRUPTED,
}


def non_answer(interview: Interview, question_id: str, outcome: Outcome | None) -> NonAnswer | None:
    """Why the question has no plain answer; None where it has one, and while it is open.

    Args:
        interview: Any state.
        question_id: One of its plan.
        outcome: The newest grade of the answer, if any.
    """
    answer = interview.answer_to(question_id)
    if answer is None:
        return NonAnswer.NOT_ASKED
    is_unread = answer.has_text and isinstance(outcome, Ungraded)
    return how_it_ended(answer.ending, interview.state, automated=interview.automated, is_unread=is_unread)


def how_it_ended(ending: Ending | None, state: State, *, automated: bool, is_unread: bool) -> NonAnswer | None:
    """Why an answer that was opened is no plain answer; None where it is one, and while it is open.

    Args:
        ending: The answer's.
        state: The interview's.
        automated: Whether a machine grades the interview.
        is_unread: Whether it has a text that the grader could not read.
    """
    if state is State.WITHDRAWN:
        return NonAnswer.WITHDRAWN
    if ending is None:
        return NonAnswer.INTERRUPTED if state is State.FINISHED else None
    # However it ended: a text that was never read may not count as nothing.
    if automated and is_unread:
        return NonAnswer.GRADER_DOWN
    if ending is not Ending.ANSWERED:
        return _NAMES[ending]
    return None if automated else NonAnswer.DECLINED_AUTOMATED


def for_people(answer: Answer, outcome: Outcome) -> Outcome:
    """The grade of an answer, which waits for a person where the reply could not be read."""
    if answer.ending is not Ending.UNGRADABLE or not isinstance(outcome, Graded):
        return outcome
    if UNREADABLE in outcome.review_reasons:
        return outcome
    return replace(outcome, review_reasons=(*outcome.review_reasons, UNREADABLE))
