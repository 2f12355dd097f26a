"""From one question to the next."""

from dataclasses import replace
from datetime import datetime

from app.errors import OutOfTurn
from app.interviews import clock, wording
from app.interviews.models import Answer, Ending, Interview, Kind, Mode, Script, State
from app.interviews.transcript import fixed_text, say, tell


def current(interview: Interview) -> str:
    """The id of the open question; raises OutOfTurn where none is."""
    if interview.current is None:
        raise OutOfTurn(wording.NO_QUESTION_OPEN)
    return interview.current


def open_answer(interview: Interview) -> Answer:
    """The answer to the open question; raises OutOfTurn where none is."""
    answer = interview.answer_to(current(interview))
    if answer is None or answer.is_final:
        raise OutOfTurn(wording.NO_QUESTION_OPEN)
    return answer


def conclude(interview: Interview, script: Script, ending: Ending, at: datetime, *, fixed: str = "") -> Interview:
    """Close the open answer, acknowledge it in the same words for all, and go on.

    Args:
        interview: With an open question.
        script: Its questions.
        ending: How the answer came to its end.
        at: When.
        fixed: What is said instead of the usual acknowledgement.
    """
    answer = open_answer(interview)
    interview = interview.with_answer(replace(answer, ending=ending, final_at=at))
    last = not interview.queue
    if ending in {Ending.SKIPPED, Ending.DECLINED_TO_ANSWER}:
        usual = wording.SKIPPED_LAST if last else wording.SKIPPED
    else:
        usual = wording.LAST if last else wording.NEXT
    return ask_next(tell(interview, fixed or usual, at), script, at)


def ask_next(interview: Interview, script: Script, at: datetime) -> Interview:
    """Ask the next question of the queue; after the last, let the candidate look back before handing in."""
    if not interview.queue:
        return _asked_all(interview, at)
    question_id, *rest = interview.queue
    title = script.section_title(question_id)
    previous = interview.current
    if previous is None or script.section_title(previous) != title:
        interview = say(interview, Kind.SECTION, title, at, question_id=question_id)
    interview = replace(
        interview, current=question_id, queue=tuple(rest), skip_asked=False, stop_asked=False, clarified=0
    )
    known = interview.answer_to(question_id)
    if known is None:
        answer = Answer(id=f"{interview.id}.{question_id}", question_id=question_id, opened_at=at)
        interview = interview.with_answer(answer)
    else:
        # Its clock starts again: what it took before it was skipped is the candidate's own time.
        interview = interview.with_answer(replace(known, opened_at=at, paused_s=0, warned=False))
        interview = tell(interview, wording.RETURNED, at)
    interview = say(interview, Kind.QUESTION, script.text(question_id), at, question_id, script.number(question_id))
    plain = script.clarification(question_id) if interview.plain_wording else None
    if plain:
        interview = say(interview, Kind.ASIDE, plain, at, question_id, masked=True)
    allowed = clock.allowed_s(interview, script)
    if allowed is None:
        return interview
    return tell(interview, wording.LIMITED, at, masked=True, span=wording.span(allowed))


def _asked_all(interview: Interview, at: datetime) -> Interview:
    if interview.mode is Mode.PRACTICE:
        ended = replace(interview, state=State.FINISHED, current=None, finished_at=at)
        return tell(ended, wording.CLOSING_PRACTICE, at, kind=Kind.CLOSING)
    return tell(replace(interview, state=State.REVIEWING, current=None), wording.REVIEW, at)


def follow_up(interview: Interview, answer: Answer, text: str, at: datetime) -> Interview:
    """Ask once more about the open question, in these words."""
    interview = interview.with_answer(replace(answer, followed_up=True))
    return say(interview, Kind.FOLLOW_UP, text, at, question_id=answer.question_id)


def put_again(interview: Interview, script: Script, fixed: str, at: datetime) -> Interview:
    """Say why a reply was no answer, and the question again; counted, since the next such reply is met otherwise."""
    answer = open_answer(interview)
    interview = interview.with_answer(replace(answer, put_again=answer.put_again + 1))
    text = fixed_text(interview, fixed, question=script.text(answer.question_id))
    return say(interview, Kind.ASIDE, text, at, question_id=answer.question_id)
