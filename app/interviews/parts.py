"""How messages become the parts of an answer: one answer, however many messages it came in."""

from dataclasses import replace

from app.interviews.flow import open_answer
from app.interviews.models import Entry, Interview, Kind, Part
from app.interviews.transcript import took
from app.interviews.turn_class import TurnClass
from app.interviews.turns import is_no


def unread_messages(interview: Interview) -> tuple[Entry, ...]:
    """What was sent to the open question and nothing was made of yet: the pending reply, and what it goes on."""
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    if answer is None or answer.is_final:
        return ()
    if answer.collecting is not None:
        first = answer.collecting
    elif interview.pending is not None:
        first = interview.entry_of(interview.pending).seq
    else:
        return ()
    return tuple(entry for entry in interview.transcript[first:] if entry.kind is Kind.REPLY and entry.turn is None)


def gathered(interview: Interview, turn: TurnClass = TurnClass.ANSWER, *, typed: str = "") -> Interview:
    """The interview with its unread messages as a part of the open answer.

    Args:
        interview: With an open question.
        turn: What the messages were taken for.
        typed: What was typed and not sent, at the end of it.
    """
    answer = open_answer(interview)
    messages = unread_messages(interview)
    for entry in messages:
        interview = took(interview, entry.seq, turn)
    text = "\n\n".join([*(entry.text for entry in messages), *([typed] if typed else [])])
    answer = replace(answer, collecting=None)
    if not (messages or typed) or (answer.related_offered and is_no(text)):
        # A plain "no" to "anything related?" adds nothing to the "I don't know" before it.
        return interview.with_answer(answer)
    part = Part(number=len(answer.parts), text=text, replaced=sum(entry.replaced for entry in messages))
    return interview.with_answer(replace(answer, parts=(*answer.parts, part)))
