"""How an interview goes on: pure transitions from one value to the next.

No clock, no store, no model: what came in stands in the message, what it was taken for in the turn, what the local
reading found in the reading. A follow-up is decided from the local reading alone, so that candidates are treated alike
whether a model is up or not.
"""

from dataclasses import replace
from datetime import datetime

from app.errors import OutOfTurn
from app.grading.outcome import Reading, StopReason
from app.grading.precheck import names_short_criterion
from app.interviews import clock, wording
from app.interviews.asides import MASKED, aside, asks_about_question, reviewing
from app.interviews.commands import obey
from app.interviews.flow import conclude, follow_up, open_answer
from app.interviews.gradable import ending_of, grade_request, newly_final
from app.interviews.models import (
    Answer,
    Command,
    Ending,
    Interview,
    Kind,
    Message,
    Mode,
    Part,
    Script,
    State,
)
from app.interviews.parts import gathered, unread_messages
from app.interviews.transcript import fixed_text, hear, insists, say, tell, took, type_in
from app.interviews.turn_class import IS_ANSWER, Classified, TurnClass
from app.interviews.turns import is_no
from app.locale.catalogue import language_name
from rubric.criteria import Verdict
from rubric.scoring import FULL

__all__ = [
    "apply",
    "complete",
    "disclose",
    "gathered",
    "grade_request",
    "is_settled_by_rules",
    "may_change",
    "newly_final",
    "receive",
    "speaking",
    "tick",
    "unread_messages",
]

CERTAIN = 0.9
"""Confidence from which the rules alone decide what a reply is."""
_ANSWER = Classified(TurnClass.ANSWER)
_ENDING_OF = {
    TurnClass.OFF_TOPIC: Ending.OFF_TOPIC,
    TurnClass.GIBBERISH: Ending.UNGRADABLE,
    TurnClass.EMPTY: Ending.BLANK,
}
_PATIENCE = {TurnClass.OFF_TOPIC: 2, TurnClass.GIBBERISH: 1, TurnClass.EMPTY: 1}
"""How often the question is put again before such a reply is taken as it is, so that nobody is held up."""


def disclose(interview: Interview, script: Script) -> Interview:
    """The interview with its first messages: who asks, what for, who decides; then the information sheet's notices."""
    interview, sheet = _introduce(interview, script), script.sheet
    for said in (sheet.job, sheet.company, *sheet.notices):
        if said:
            interview = say(interview, Kind.DISCLOSURE, said, interview.created_at)
    return interview


def _introduce(interview: Interview, script: Script) -> Interview:
    fixed = wording.DISCLOSURE_PRACTICE if interview.mode is Mode.PRACTICE else wording.DISCLOSURE
    return tell(
        interview,
        fixed,
        interview.created_at,
        kind=Kind.DISCLOSURE,
        questions=wording.questions(len(interview.plan), interview.interface),
        title=script.bank.title or script.bank.name,
    )


def speaking(interview: Interview, script: Script, language: str) -> Interview:
    """The interview with everything that is not the bank's in this language; before consent, who asks is said again."""
    interview = replace(interview, interface=language)
    return _introduce(interview, script) if interview.state is State.CONSENT else interview


def receive(
    interview: Interview, script: Script, message: Message, *, text: str, replaced: int, turn: Classified = _ANSWER
) -> Interview:
    """The interview with this delivery in its transcript and, where that is certain, what follows from it.

    A reply that is, or may be, an answer is left `pending`: `apply` goes on once it was read.

    Args:
        interview: Has no pending reply.
        script: Its questions.
        message: Not in the transcript yet.
        text: The message's text as it can be stored.
        replaced: Characters of it that became U+FFFD.
        turn: What the rules take the reply for.

    Raises:
        OutOfTurn: The interview is over, or not at a point where that can be done, or it asked something new since
            the candidate last looked.
    """
    if message.revises:
        return _revise(interview, script, message, text, replaced, turn)
    if interview.is_over:
        raise OutOfTurn(wording.IS_OVER)
    if _is_stale(interview, message):
        raise OutOfTurn(wording.WENT_ON_MEANWHILE)
    if message.command is not None:
        interview = hear(interview, message, Kind.COMMAND, text, replaced)
        if message.command is Command.DONE and _is_collecting(interview):
            return complete(clock.going_on(interview, message.at))
        return obey(interview, script, message.command, message.at)
    return _reply(interview, script, message, text, replaced, turn)


def _reply(
    before: Interview, script: Script, message: Message, text: str, replaced: int, turn: Classified
) -> Interview:
    interview = hear(before, message, Kind.REPLY, text, replaced)
    seq = interview.transcript[-1].seq
    if turn.turn in MASKED and (message.more or clock.is_up(interview, script, message.at)):
        return aside(took(interview, seq, turn.turn, masked=True), script, turn, text, message.at)
    if clock.is_up(interview, script, message.at):
        return _time_is_up(took(interview, seq, TurnClass.ANSWER), script, text, message.at)
    if interview.state is State.CONSENT:
        if turn.turn not in {TurnClass.PERSON, TurnClass.STOP}:
            raise OutOfTurn(wording.AGREE_FIRST)
        return obey(took(interview, seq, turn.turn), script, Command(turn.turn.value), message.at)
    if interview.state is State.REVIEWING:
        masked = turn.turn in MASKED
        return reviewing(took(interview, seq, turn.turn, masked=masked), script, turn, text, message.at)
    if turn.turn is TurnClass.DONE and _is_collecting(interview):
        return complete(clock.going_on(took(interview, seq, turn.turn), message.at))
    if _adds_nothing(interview, text):
        turn = Classified(TurnClass.DONE)
    if is_settled_by_rules(before, script, text, turn):
        interview = took(interview, seq, turn.turn, masked=turn.turn in MASKED)
        return aside(interview, script, turn, text, message.at)
    if interview.state is State.PAUSED:
        interview = tell(clock.going_on(interview, message.at), wording.WENT_ON, message.at)
    interview = replace(interview, stop_asked=False, skip_asked=False)
    answer = open_answer(interview)
    if message.more and answer.collecting is None:
        interview = interview.with_answer(replace(answer, collecting=seq))
        return tell(interview, wording.COLLECTING, message.at)
    return interview if message.more else replace(interview, pending=message.id)


def is_settled_by_rules(interview: Interview, script: Script, text: str, turn: Classified) -> bool:
    """Whether a reply to the open question is certainly no answer, so that it needs no reading."""
    if turn.turn is TurnClass.EMPTY:
        return not open_answer(interview).put_again
    if turn.turn in IS_ANSWER or turn.confidence < CERTAIN or turn.turn in _PATIENCE:
        return False
    # The fixed phrases of a clarification may come any number of times.
    if turn.turn is not TurnClass.CLARIFICATION and insists(interview, text):
        return False
    if turn.turn is TurnClass.TERM and not asks_about_question(interview, script, turn.term):
        return False
    # Some criteria ask for just such a word: "Stop", "Repeat".
    return not names_short_criterion(text, grade_request(interview, script, open_answer(interview)))


def _adds_nothing(interview: Interview, text: str) -> bool:
    """Whether this is a plain "no" to the follow-up; to "anything related?" it is part of not knowing."""
    answer = open_answer(interview)
    return answer.followed_up and bool(answer.parts) and not answer.related_offered and is_no(text)


def complete(interview: Interview) -> Interview:
    """The interview whose answer in several messages is complete: it is read next."""
    return replace(interview, pending=unread_messages(interview)[-1].message_id)


def _is_collecting(interview: Interview) -> bool:
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    return answer is not None and answer.collecting is not None


def apply(
    interview: Interview, script: Script, reading: Reading | None, at: datetime, turn: Classified = _ANSWER
) -> Interview:
    """The interview after its pending reply was read: an aside, a follow-up, the next question or the end.

    Args:
        interview: Has a pending reply.
        script: Its questions.
        reading: Of the whole open answer, this reply among it; None when it could not be read or is not to be.
        at: When.
        turn: What the reply was taken for.
    """
    entry = interview.entry_of(interview.pending or "")
    interview = clock.reading_is_not_counted(interview, since=entry.at, at=at)
    if reading is not None and turn.turn in IS_ANSWER and reading.stopped in {StopReason.BLANK, StopReason.NO_CONTENT}:
        turn = Classified(TurnClass.EMPTY)
    if _is_aside(interview, script, entry.text, turn, reading):
        interview = replace(took(interview, entry.seq, turn.turn, masked=turn.turn in MASKED), pending=None)
        return aside(interview, script, turn, entry.text, at)
    interview = replace(gathered(interview, turn.turn), pending=None)
    answer = open_answer(interview)
    question = script.question(answer.question_id)
    stopped = reading.stopped if reading else None
    if turn.turn in _ENDING_OF and not _reaches_anything(reading):
        return conclude(interview, script, _ENDING_OF[turn.turn], at)
    if reading is None:
        return conclude(interview, script, Ending.ANSWERED, at)
    if answer.followed_up:
        return conclude(interview, script, ending_of(stopped), at)
    doesnt_know = turn.turn is TurnClass.DONT_KNOW and not _reaches_anything(reading)
    if stopped is StopReason.DONT_KNOW or doesnt_know:
        if question.offer_related and not answer.related_offered:
            interview = interview.with_answer(replace(answer, related_offered=True, followed_up=True))
            return tell(interview, wording.RELATED, at, kind=Kind.FOLLOW_UP, question_id=answer.question_id)
        return conclude(interview, script, Ending.DONT_KNOW, at)
    if turn.turn is TurnClass.OTHER_LANGUAGE:
        text = fixed_text(interview, wording.LANGUAGE, language=language_name(script.language, interview.interface))
        return clock.with_time_left(follow_up(interview, answer, text, at), script, at)
    if turn.turn is TurnClass.CODE and question.explain_code:
        asked = follow_up(interview, answer, fixed_text(interview, wording.EXPLAIN_CODE), at)
        return clock.with_time_left(asked, script, at)
    if stopped is StopReason.ECHO or _reaches_less_than_half(reading, [c.weight for c in question.criteria]):
        prepared = script.follow_up(question.id) or fixed_text(interview, wording.FOLLOW_UP)
        return clock.with_time_left(follow_up(interview, answer, prepared, at), script, at)
    return conclude(interview, script, Ending.ANSWERED, at)


def tick(interview: Interview, script: Script, draft: str, at: datetime) -> Interview:
    """The interview as the clock has it: a warning, or the open answer ended with what was typed when time was up."""
    if not clock.is_up(interview, script, at):
        return clock.warn(interview, script, at)
    return _time_is_up(type_in(interview, draft, at) if draft.strip() else interview, script, draft, at)


def _time_is_up(interview: Interview, script: Script, draft: str, at: datetime) -> Interview:
    before = len(open_answer(interview).parts)
    interview = gathered(interview, typed=draft if draft.strip() else "")
    text = len(open_answer(interview).parts) > before
    fixed = wording.TIMED_OUT if text else wording.TIMED_OUT_EMPTY
    return conclude(interview, script, Ending.TIMED_OUT, at, fixed=fixed)


def _is_aside(interview: Interview, script: Script, text: str, turn: Classified, reading: Reading | None) -> bool:
    answer = open_answer(interview)
    if turn.turn in IS_ANSWER or (answer.collecting is not None and turn.turn not in MASKED):
        return False
    if insists(interview, text):
        return False
    if turn.turn in _PATIENCE:
        # What reaches a criterion is an answer, however far from the question it seems.
        return answer.put_again < _PATIENCE[turn.turn] and not _reaches_anything(reading)
    if turn.turn is TurnClass.TERM and not asks_about_question(interview, script, turn.term):
        return False
    return not names_short_criterion(text, grade_request(interview, script, answer))


def _reaches_anything(reading: Reading | None) -> bool:
    return reading is not None and any(
        line.verdict in {Verdict.COVERED, Verdict.PARTIAL, Verdict.CONTRADICTED} for line in reading.criteria
    )


def _reaches_less_than_half(reading: Reading, weights: list[int]) -> bool:
    # What is unknown counts nothing here: its estimate would spare an answer off the subject the follow-up.
    lines = zip(reading.criteria, weights, strict=True)
    earned = sum(line.half_points * weight for line, weight in lines if line.verdict is not Verdict.UNKNOWN)
    return earned * 2 < FULL * sum(weights)


def may_change(interview: Interview, answer: Answer) -> bool:
    """Whether another text may take the place of an answer: not after its time was up, where there is a limit."""
    if interview.mode is Mode.PRACTICE:
        return answer.is_final and interview.state is not State.WITHDRAWN
    is_open = interview.state not in {State.FINISHED, State.WITHDRAWN}
    return is_open and answer.is_final and (answer.ending is not Ending.TIMED_OUT or not interview.extra_time)


def _revise(
    interview: Interview, script: Script, message: Message, text: str, replaced: int, turn: Classified
) -> Interview:
    """Put another text in the place of an earlier answer; both are kept, the later one is graded."""
    practice = interview.mode is Mode.PRACTICE
    if interview.state is State.WITHDRAWN or (interview.state is State.FINISHED and not practice):
        raise OutOfTurn(wording.IS_OVER)
    answer = interview.answer_to(message.revises)
    if answer is None or not may_change(interview, answer) or message.command is not None:
        raise OutOfTurn(wording.NOTHING_TO_CHANGE)
    if not text.strip():
        raise OutOfTurn(wording.CHANGE_NEEDS_TEXT)
    interview = hear(interview, message, Kind.REPLY, text, replaced)
    if turn.turn in MASKED:
        interview = took(interview, interview.transcript[-1].seq, turn.turn, masked=True)
        return aside(interview, script, turn, text, message.at)
    interview = took(interview, interview.transcript[-1].seq, TurnClass.CORRECTION)
    revision = answer.revision + 1
    parts = tuple(replace(part, text="", replaced=0, revision=revision) for part in answer.parts[1:])
    changed = replace(
        answer,
        parts=(Part(number=0, text=text, revision=revision, replaced=replaced), *parts),
        ending=Ending.ANSWERED,
        revision=revision,
        final_at=message.at,
    )
    interview = interview.with_answer(changed)
    return tell(interview, wording.CHANGED, message.at, number=script.number(message.revises))


def _is_stale(interview: Interview, message: Message) -> bool:
    """Whether a question or follow-up was asked since the candidate wrote this."""
    if message.seen is None or message.command not in {None, Command.SKIP, Command.SUBMIT, Command.DONE}:
        return False
    fresh = interview.transcript[max(message.seen + 1, 0) :]
    return any(entry.kind in {Kind.QUESTION, Kind.FOLLOW_UP} for entry in fresh)
