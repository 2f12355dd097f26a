"""What is said to a reply that is no answer: fixed words, the same for all, and nothing of a criterion in them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.interviews import clock, wording
from app.interviews.commands import obey, skip
from app.interviews.flow import current, open_answer, put_again
from app.interviews.models import Command, Ending, Interview, Kind, Mode, RequestKind, Script, State, standing
from app.interviews.people import approved_answer, ask_people, contact
from app.interviews.transcript import fixed_text, say, tell
from app.interviews.turn_class import Classified, TurnClass
from app.interviews.turns import occurs

_COMMANDS: Mapping[TurnClass, Command] = {
    TurnClass.REPEAT: Command.REPEAT,
    TurnClass.CLARIFICATION: Command.CLARIFY,
    TurnClass.STOP: Command.STOP,
    TurnClass.PAUSE: Command.PAUSE,
    TurnClass.PERSON: Command.PERSON,
    TurnClass.DONE: Command.DONE,
}
_SAID: Mapping[TurnClass, str] = {
    TurnClass.CORRECTION: wording.CORRECTION,
    TurnClass.FILE: wording.FILE,
    TurnClass.DECLINES_MACHINE: wording.DECLINE_CONFIRM,
    TurnClass.PRIVATE: wording.PRIVATE,
}
_SAID_BY_MODE: Mapping[TurnClass, tuple[str, str]] = {
    TurnClass.WANTS_ANSWER: (wording.WANTS_ANSWER, wording.WANTS_ANSWER_PRACTICE),
    TurnClass.ASKS_SCORE: (wording.ASKS_SCORE, wording.ASKS_SCORE_PRACTICE),
}
_RATHER_NOT = re.compile(
    r"\b(?:rather|prefer) not\b|\b(?:don't|do not) (?:want|wish) to (?:answer|say|talk|discuss)", re.I
)
_IN_REVIEW: Mapping[TurnClass, Command] = {
    TurnClass.PERSON: Command.PERSON,
    TurnClass.DONE: Command.SUBMIT,
    TurnClass.STOP: Command.STOP,
    TurnClass.PAUSE: Command.PAUSE,
}
MASKED = frozenset({TurnClass.PRIVATE, TurnClass.DISTRESS})
"""What nobody who grades or decides should read."""


def aside(interview: Interview, script: Script, turn: Classified, text: str, at: datetime) -> Interview:
    """The interview after a reply that is no answer.

    Args:
        interview: With an open question; the reply stands in its transcript.
        script: Its questions.
        turn: What the reply was taken for.
        text: The reply.
        at: When.
    """
    if turn.turn in _COMMANDS:
        return obey(interview, script, _COMMANDS[turn.turn], at)
    if turn.turn in _SAID:
        return tell(interview, _SAID[turn.turn], at)
    if turn.turn in _SAID_BY_MODE:
        return tell(interview, _SAID_BY_MODE[turn.turn][interview.mode is Mode.PRACTICE], at)
    if turn.turn is TurnClass.TERM:
        return _gloss(interview, script, turn.term, at)
    return _MET.get(turn.turn, _redirect)(interview, script, text, at)


def reviewing(interview: Interview, script: Script, turn: Classified, text: str, at: datetime) -> Interview:
    """The interview after something was typed where no question is open any more."""
    if turn.turn in _IN_REVIEW:
        return obey(interview, script, _IN_REVIEW[turn.turn], at)
    if turn.turn is TurnClass.DECLINES_MACHINE:
        return tell(interview, wording.DECLINE_CONFIRM, at)
    if turn.turn is TurnClass.PRIVATE:
        return tell(interview, wording.PRIVATE, at)
    if turn.turn in {TurnClass.ABOUT_JOB, TurnClass.ACCOMMODATION, TurnClass.DISTRESS}:
        return _MET[turn.turn](interview, script, text, at)
    return tell(interview, wording.REVIEW_HINT, at)


def _gloss(interview: Interview, script: Script, term: str, at: datetime) -> Interview:
    """What a word of the question means, where the bank lets it be explained."""
    question = script.question(current(interview))
    for free in question.terms:
        if free.term.casefold() == term.casefold():
            return tell(interview, wording.CLARIFY_TERM, at, term=free.term, gloss=free.gloss)
    return tell(interview, wording.CLARIFY_TERM_NONE, at)


def asks_about_question(interview: Interview, script: Script, term: str) -> bool:
    """Whether the word that is asked for is the bank's to explain, or stands in the open question."""
    question = script.question(current(interview))
    if any(free.term.casefold() == term.casefold() for free in question.terms):
        return True
    return any(occurs(term, said) for said in (question.text, script.text(question.id)))


def _about_job(interview: Interview, script: Script, text: str, at: datetime) -> Interview:
    approved = approved_answer(script, text)
    if approved is not None:
        return say(interview, Kind.ASIDE, approved, at)
    interview = ask_people(interview, RequestKind.JOB_QUESTION, at, text=text)
    return tell(interview, wording.JOB_PRACTICE if interview.mode is Mode.PRACTICE else wording.JOB_NOTED, at)


def _accommodate(interview: Interview, script: Script, text: str, at: datetime) -> Interview:
    limited = any(script.question(question_id).time_limit_s for question_id in interview.plan)
    applied = fixed_text(interview, wording.ACCOMMODATION_TIME if limited else wording.ACCOMMODATION_NO_LIMIT)
    interview = ask_people(replace(interview, extra_time=0), RequestKind.ACCOMMODATION, at, text=text)
    practice = interview.mode is Mode.PRACTICE
    return tell(interview, wording.ACCOMMODATION_PRACTICE if practice else wording.ACCOMMODATION, at, applied=applied)


def _keep_civil(interview: Interview, script: Script, text: str, at: datetime) -> Interview:
    counted = replace(interview, boundaries=interview.boundaries + 1)
    if not interview.boundaries:
        return tell(counted, wording.BOUNDARY, at)
    counted = replace(ask_people(counted, RequestKind.ABUSE, at, text=text), hand_over=True)
    if counted.state is State.ASKING:
        counted = clock.stopped(counted, at)
    return tell(counted, wording.BOUNDARY_AGAIN, at, contact=contact(counted, script))


def _go_on(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    return obey(interview, script, Command.RESUME if interview.state is State.PAUSED else Command.REPEAT, at)


def _skip(interview: Interview, script: Script, text: str, at: datetime) -> Interview:
    declined = _RATHER_NOT.search(text.replace("’", "'"))
    return skip(interview, script, at, ending=Ending.DECLINED_TO_ANSWER if declined else Ending.SKIPPED)


def _about_interview(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    now = standing(interview, script)
    return tell(interview, wording.ABOUT_INTERVIEW, at, number=now.number, total=now.total)


def _be_kind(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    interview = replace(ask_people(interview, RequestKind.DISTRESS, at), hand_over=True)
    if interview.current is None:
        return tell(interview, wording.DISTRESS_REVIEW, at, contact=contact(interview, script))
    return tell(clock.stopped(interview, at), wording.DISTRESS, at, contact=contact(interview, script))


def _put_blank_again(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    return put_again(interview, script, wording.NOTHING_READ, at)


def _put_unreadable_again(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    return put_again(interview, script, wording.UNREADABLE, at)


def _redirect(interview: Interview, script: Script, _: str, at: datetime) -> Interview:
    again = open_answer(interview).put_again
    return put_again(interview, script, wording.CHOICE if again else wording.REDIRECT, at)


_MET: Mapping[TurnClass, Callable[[Interview, Script, str, datetime], Interview]] = {
    TurnClass.SKIP: _skip,
    TurnClass.RESUME: _go_on,
    TurnClass.ABOUT_INTERVIEW: _about_interview,
    TurnClass.ABOUT_JOB: _about_job,
    TurnClass.ACCOMMODATION: _accommodate,
    TurnClass.ABUSE: _keep_civil,
    TurnClass.DISTRESS: _be_kind,
    TurnClass.EMPTY: _put_blank_again,
    TurnClass.GIBBERISH: _put_unreadable_again,
    TurnClass.OFF_TOPIC: _redirect,
}
