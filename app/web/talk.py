"""The talk as the hiring team reads it: what was asked, what came back, and what that was taken for.

What is personal is withheld; Viva's fixed sentences are left out, as they say nothing of the candidate.
"""

from dataclasses import dataclass
from datetime import datetime

from app.interviews.models import Command, Entry, Interview, Kind
from app.interviews.withheld import readable
from app.web import words
from app.web.marked_text import Block, blocks

_SHOWN = frozenset({Kind.QUESTION, Kind.FOLLOW_UP, Kind.REPLY, Kind.COMMAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkLine:
    """One line of the talk.

    Attributes:
        number: The question's number where a question is asked, else 0.
        taken_for: What a reply was taken for; empty for what is no reply.
    """

    at: datetime
    by_candidate: bool
    number: int
    blocks: tuple[Block, ...]
    taken_for: str


def talk(interview: Interview) -> tuple[TalkLine, ...]:
    """The talk so far."""
    return tuple(_line(entry) for entry in readable(interview.transcript) if entry.kind in _SHOWN)


def _line(entry: Entry) -> TalkLine:
    is_command = entry.kind is Kind.COMMAND
    return TalkLine(
        at=entry.at,
        by_candidate=entry.by_candidate,
        number=entry.number,
        blocks=blocks(f"({words.CHOSE[Command(entry.text)]})" if is_command else entry.text),
        taken_for=words.TURNS[entry.turn] if entry.turn is not None else "",
    )
