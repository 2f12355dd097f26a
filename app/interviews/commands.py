"""What follows from a command, whether it was chosen or typed in words."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.errors import OutOfTurn
from app.grading.precheck import precheck
from app.interviews import clock, wording
from app.interviews.flow import ask_next, conclude, current, open_answer
from app.interviews.gradable import ending_of, grade_request
from app.interviews.models import Command, Ending, Interview, Kind, Mode, RequestKind, Script, State
from app.interviews.parts import gathered
from app.interviews.people import ask_people, contact
from app.interviews.transcript import say, tell
from rubric.bank import SkipPolicy

CLARIFICATIONS = 2
"""How often a question is clarified before the candidate is asked to answer under assumptions."""
_OF_A_QUESTION = frozenset({Command.REPEAT, Command.CLARIFY, Command.SKIP, Command.RESUME, Command.DONE})


def obey(interview: Interview, script: Script, command: Command, at: datetime) -> Interview:
    """The interview after a command.

    Raises:
        OutOfTurn: It can't be done at this point.
    """
    if interview.state is State.CONSENT:
        return _agree(interview, script, command, at)
    interview = replace(interview, stop_asked=False)
    if interview.state is State.REVIEWING and command in _OF_A_QUESTION:
        return tell(interview, wording.REVIEW_HINT, at)
    return _OBEYED[command](interview, script, at)


def pause(interview: Interview, _: Script, at: datetime) -> Interview:
    """Stop the clock until the candidate goes on; one who looks back has none."""
    if interview.state is State.REVIEWING:
        return tell(interview, wording.PAUSED_REVIEW, at)
    return tell(clock.stopped(interview, at), wording.PAUSED, at)


def call_person(interview: Interview, script: Script, at: datetime) -> Interview:
    """Note that a person is asked for, and pause; in practice nobody is told of it."""
    practice, before = interview.mode is Mode.PRACTICE, interview.state is State.CONSENT
    interview = replace(ask_people(interview, RequestKind.PERSON, at), hand_over=True)
    if interview.state is State.REVIEWING:
        return tell(interview, wording.PERSON_REVIEW, at, contact=contact(interview, script))
    if not before:
        interview = clock.stopped(interview, at)
    if practice:
        fixed = wording.PERSON_BEFORE_PRACTICE if before else wording.PERSON_PRACTICE
    else:
        fixed = wording.PERSON_BEFORE if before else wording.PERSON
    return tell(interview, fixed, at, contact=contact(interview, script))


def skip(interview: Interview, script: Script, at: datetime, *, ending: Ending = Ending.SKIPPED) -> Interview:
    """Leave the open question, after asking once; a follow-up is left at once.

    Args:
        interview: With an open question.
        script: Its questions.
        at: When.
        ending: `SKIPPED`, or `DECLINED_TO_ANSWER` where the candidate said so.
    """
    interview = gathered(clock.going_on(interview, at))
    answer = open_answer(interview)
    question = script.question(answer.question_id)
    if answer.parts:
        # Nothing more is said to the follow-up; what was said before it decides how the answer ends.
        return conclude(interview, script, ending_of(precheck(grade_request(interview, script, answer))), at)
    if question.skip is SkipPolicy.NEVER:
        return tell(interview, wording.SKIP_NEVER, at)
    if not interview.skip_asked:
        return tell(replace(interview, skip_asked=True), wording.SKIP_CONFIRM, at)
    if question.skip is SkipPolicy.RETURN and question.id not in interview.returned and interview.queue:
        interview = replace(
            interview, returned=(*interview.returned, question.id), queue=(*interview.queue, question.id)
        )
        return ask_next(tell(interview, wording.SKIPPED_RETURN, at), script, at)
    return conclude(interview, script, ending, at)


def _agree(interview: Interview, script: Script, command: Command, at: datetime) -> Interview:
    if command is Command.WITHDRAW or (command is Command.STOP and interview.stop_asked):
        return _withdraw(interview, script, at)
    if command is Command.PERSON:
        return call_person(interview, script, at)
    if command is Command.STOP:
        return tell(replace(interview, stop_asked=True), wording.STOP_BEFORE, at)
    if command not in {Command.CONSENT, Command.DECLINE}:
        raise OutOfTurn(wording.AGREE_FIRST)
    begun = replace(interview, state=State.ASKING, consented_at=at, queue=interview.plan)
    begun = _decline(begun, script, at) if command is Command.DECLINE else tell(begun, wording.CONSENTED, at)
    return ask_next(begun, script, at)


def _decline(interview: Interview, _: Script, at: datetime) -> Interview:
    """Nothing more is graded by a machine, and what was is forgotten."""
    if interview.automated:
        interview = ask_people(replace(interview, automated=False), RequestKind.HUMAN_GRADING, at)
    return tell(interview, wording.DECLINED, at)


def _repeat(interview: Interview, script: Script, at: datetime) -> Interview:
    question_id = current(interview)
    asked = [script.text(question_id)]
    asked += [
        entry.text
        for entry in interview.transcript
        if entry.kind is Kind.FOLLOW_UP and entry.question_id == question_id
    ]
    return tell(interview, wording.REPEAT, at, question_id=question_id, question="\n\n".join(asked))


def _clarify(interview: Interview, script: Script, at: datetime) -> Interview:
    question_id = current(interview)
    prepared = script.clarification(question_id)
    counted = replace(interview, clarified=interview.clarified + 1)
    if prepared is None:
        return tell(counted, wording.CLARIFY_NONE, at, question_id=question_id)
    if interview.clarified < CLARIFICATIONS:
        return say(counted, Kind.ASIDE, prepared, at, question_id=question_id)
    return tell(counted, wording.CLARIFY_AGAIN, at, question_id=question_id)


def _resume(interview: Interview, script: Script, at: datetime) -> Interview:
    if interview.state is not State.PAUSED:
        return interview
    question_id = current(interview)
    return tell(
        clock.going_on(interview, at),
        wording.RESUMED,
        at,
        question_id=question_id,
        number=script.number(question_id),
        question=script.text(question_id),
    )


def _submit(interview: Interview, _: Script, at: datetime) -> Interview:
    if interview.state is State.REVIEWING:
        ended = replace(interview, state=State.FINISHED, finished_at=at)
        return tell(ended, wording.CLOSING, at, kind=Kind.CLOSING)
    interview = gathered(interview)
    answer = open_answer(interview)
    if answer.parts:
        interview = interview.with_answer(replace(answer, ending=Ending.INTERRUPTED, final_at=at))
    for known in interview.answers:
        if known.question_id in interview.queue:
            # It was skipped once and is not offered again now.
            interview = interview.with_answer(replace(known, ending=Ending.SKIPPED, final_at=at))
    interview = replace(interview, state=State.FINISHED, current=None, finished_at=at)
    return tell(interview, wording.CLOSING_EARLY, at, kind=Kind.CLOSING)


def _ask_to_stop(interview: Interview, _: Script, at: datetime) -> Interview:
    return tell(replace(interview, stop_asked=True), wording.STOP_CONFIRM, at)


def _withdraw(interview: Interview, _: Script, at: datetime) -> Interview:
    ended = replace(interview, state=State.WITHDRAWN, current=None, finished_at=at)
    return tell(ended, wording.WITHDRAWN, at, kind=Kind.CLOSING)


def _leave_it_at_that(interview: Interview, script: Script, at: datetime) -> Interview:
    """Nothing more comes: where a follow-up was asked, what was said before it is the answer."""
    if open_answer(interview).parts:
        return skip(interview, script, at)
    return tell(interview, wording.NOTHING_TO_COMPLETE, at)


def _agree_again(*_: object) -> Interview:
    raise OutOfTurn(wording.AGREED_ALREADY)


_OBEYED: Mapping[Command, Callable[[Interview, Script, datetime], Interview]] = {
    Command.REPEAT: _repeat,
    Command.CLARIFY: _clarify,
    Command.SKIP: skip,
    Command.PAUSE: pause,
    Command.RESUME: _resume,
    Command.PERSON: call_person,
    Command.STOP: _ask_to_stop,
    Command.DONE: _leave_it_at_that,
    Command.SUBMIT: _submit,
    Command.WITHDRAW: _withdraw,
    Command.DECLINE: _decline,
    Command.CONSENT: _agree_again,
}
