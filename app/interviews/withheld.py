"""What of a transcript is kept from those who grade or decide."""

from collections.abc import Sequence
from dataclasses import replace

from app.interviews.models import Entry, Kind
from app.interviews.turn_class import TurnClass

WITHHELD = "[withheld: personal]"


def readable(transcript: Sequence[Entry]) -> tuple[Entry, ...]:
    """The transcript for anyone but the candidate.

    What is personal is withheld, and so is a wish for more time or the like, with what Viva said to it: whoever grades
    must not know of either. What Viva says to one candidate alone (more time, plainer questions) is left out.
    """
    told: list[Entry] = []
    is_private = False
    for entry in transcript:
        if entry.by_candidate:
            is_private = entry.masked or entry.turn is TurnClass.ACCOMMODATION
        elif entry.masked:
            continue
        hides = is_private and (entry.by_candidate or entry.kind is Kind.ASIDE)
        told.append(replace(entry, text=WITHHELD) if hides else entry)
    return tuple(told)
