"""What is said and heard in an interview, added to its transcript."""

from dataclasses import replace
from datetime import datetime

from app.interviews.models import Entry, Interview, Kind, Message
from app.interviews.turn_class import TurnClass
from app.locale.catalogue import translated


def say(
    interview: Interview,
    kind: Kind,
    text: str,
    at: datetime,
    question_id: str = "",
    number: int = 0,
    *,
    masked: bool = False,
) -> Interview:
    """The interview after Viva said this, word for word; `masked` where it would tell who has more time."""
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=False,
        kind=kind,
        text=text,
        at=at,
        question_id=question_id,
        number=number,
        masked=masked,
    )
    return replace(interview, transcript=(*interview.transcript, entry))


def tell(
    interview: Interview,
    fixed: str,
    at: datetime,
    *,
    kind: Kind = Kind.ASIDE,
    question_id: str = "",
    masked: bool = False,
    **values: object,
) -> Interview:
    """The interview after Viva said a fixed sentence in the candidate's language.

    Args:
        interview: As it stands.
        fixed: One of `wording`.
        at: When.
        kind: What it is in the transcript.
        question_id: The question it is about, if any.
        masked: As in `say`.
        values: What stands in its braces.
    """
    return say(interview, kind, fixed_text(interview, fixed, **values), at, question_id, masked=masked)


def fixed_text(interview: Interview, fixed: str, **values: object) -> str:
    """A fixed sentence in the candidate's language."""
    return translated(fixed, interview.interface, **values)


def hear(interview: Interview, message: Message, kind: Kind, text: str, replaced: int) -> Interview:
    """The interview after this delivery; nothing is made of it yet."""
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=True,
        kind=kind,
        text=text if kind is Kind.REPLY else str(message.command),
        at=message.at,
        question_id=message.revises or interview.current or "",
        message_id=message.id,
        channel=message.channel,
        replaced=replaced,
    )
    return replace(interview, transcript=(*interview.transcript, entry))


def type_in(interview: Interview, text: str, at: datetime) -> Interview:
    """The interview with what was typed and not sent, as the candidate's."""
    entry = Entry(
        seq=len(interview.transcript),
        by_candidate=True,
        kind=Kind.REPLY,
        text=text,
        at=at,
        question_id=interview.current or "",
        turn=TurnClass.ANSWER,
    )
    return replace(interview, transcript=(*interview.transcript, entry))


def took(interview: Interview, seq: int, turn: TurnClass, *, masked: bool = False) -> Interview:
    """The interview with what the candidate's entry `seq` was taken for."""
    entries = list(interview.transcript)
    entries[seq] = replace(entries[seq], turn=turn, masked=masked)
    return replace(interview, transcript=tuple(entries))


_MISTAKABLE = frozenset(
    {
        TurnClass.OFF_TOPIC,
        TurnClass.GIBBERISH,
        TurnClass.PRIVATE,
        TurnClass.FILE,
        TurnClass.CORRECTION,
        TurnClass.ABOUT_JOB,
        TurnClass.ABOUT_INTERVIEW,
        TurnClass.WANTS_ANSWER,
        TurnClass.ASKS_SCORE,
        TurnClass.CLARIFICATION,
    }
)
"""What an answer may be taken for; a command that is sent again is that command again."""


def insists(interview: Interview, text: str) -> bool:
    """Whether the candidate sends a text again that was not taken as an answer: then it is one."""
    earlier = [
        entry
        for entry in interview.transcript
        if entry.kind is Kind.REPLY and entry.question_id == interview.current and entry.turn in _MISTAKABLE
    ]
    return bool(earlier) and " ".join(earlier[-1].text.split()) == " ".join(text.split())
