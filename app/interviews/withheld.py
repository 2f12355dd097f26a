"""What of a transcript is kept from those who grade or decide."""

from app.interviews.models import Entry
from app.interviews.turn_class import TurnClass

WITHHELD = "[withheld: personal]"


def readable(entry: Entry) -> str:
    """The entry's text for anyone but the candidate.

    What is personal is withheld, and so is a wish for more time or the like: whoever grades must not know of it.
    """
    return WITHHELD if entry.masked or entry.turn is TurnClass.ACCOMMODATION else entry.text
