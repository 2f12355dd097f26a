"""What stood in the place of an answer before the candidate changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.interviews.models import Entry, Interview, Kind
from app.interviews.turn_class import INSISTED_ON, IS_ANSWER, TurnClass


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A text that was replaced, and when it had been sent."""

    text: str
    at: datetime


def earlier_versions(interview: Interview, question_id: str) -> tuple[EarlierVersion, ...]:
    """The texts that the answer to a question had before, oldest first; none where it was never changed."""
    replies = [
        entry
        for entry in interview.transcript
        if entry.kind is Kind.REPLY and entry.question_id == question_id and not entry.masked
    ]
    changes = [entry for entry in replies if entry.turn is TurnClass.CORRECTION]
    answer = interview.answer_to(question_id)
    # A question about changing an answer is taken for a correction, too, and replaces nothing.
    changes = changes[len(changes) - answer.revision :] if answer is not None and answer.revision else []
    if not changes:
        return ()
    first = _first([reply for reply in replies if reply.seq < changes[0].seq])
    return (*first, *(EarlierVersion(change.text, change.at) for change in changes[:-1]))


def _first(replies: Sequence[Entry]) -> tuple[EarlierVersion, ...]:
    # Replies from before they were told apart were answers, all of them.
    taken = [reply for reply in replies if reply.turn is None or reply.turn in IS_ANSWER]
    # What was put again and then insisted on became the answer as it was.
    taken = taken or [reply for reply in replies if reply.turn in INSISTED_ON][-1:]
    return (EarlierVersion("\n\n".join(reply.text for reply in taken), taken[-1].at),) if taken else ()
