"""What of an interview is graded, and how an answer that was stopped before grading ended."""

from app.grading.grader import GradeRequest
from app.grading.outcome import StopReason
from app.interviews.models import Answer, Ending, Interview, Script, State


def grade_request(interview: Interview, script: Script, answer: Answer) -> GradeRequest:
    """What a grader is given of this answer: the question, its criteria and the parts, nothing of the person."""
    question = script.question(answer.question_id)
    return GradeRequest(
        question=question.text,
        criteria=question.criteria,
        parts=tuple(part.text for part in answer.parts if part.text or part.revision == 0),
        question_id=question.id,
        bank=interview.bank,
        language=interview.language,
        replaced_characters=sum(part.replaced for part in answer.parts),
    )


def newly_final(before: Interview, after: Interview) -> tuple[Answer, ...]:
    """Answers that became final, or were changed after that, between the two; none where no machine grades."""
    if not after.automated or after.state is State.WITHDRAWN:
        return ()
    known = {(answer.id, answer.revision) for answer in before.answers if answer.is_final}
    return tuple(
        answer
        for answer in after.answers
        if answer.is_final and answer.parts and (answer.id, answer.revision) not in known
    )


def ending_of(stopped: StopReason | None) -> Ending:
    """How an answer ended that grading stopped for this reason, or did not stop."""
    if stopped is StopReason.DONT_KNOW:
        return Ending.DONT_KNOW
    if stopped in {StopReason.BLANK, StopReason.NO_CONTENT}:
        return Ending.BLANK
    return Ending.ANSWERED
