"""The closed set of what a typed reply can be; what follows from each is the engine's."""

from dataclasses import dataclass
from enum import StrEnum


class TurnClass(StrEnum):
    """What a candidate does with a reply."""

    ANSWER = "answer"
    PARTIAL_ANSWER = "partial_answer"
    CODE = "code"
    OTHER_LANGUAGE = "other_language"
    """A content answer in another language than the interview's."""
    ECHO = "echo"
    EMPTY = "empty"
    GIBBERISH = "gibberish"
    INJECTION = "injection"
    DONT_KNOW = "dont_know"
    CLARIFICATION = "clarification"
    TERM = "term"
    REPEAT = "repeat"
    SKIP = "skip"
    WANTS_ANSWER = "wants_answer"
    ASKS_SCORE = "asks_score"
    ABOUT_INTERVIEW = "about_interview"
    ABOUT_JOB = "about_job"
    CORRECTION = "correction"
    OFF_TOPIC = "off_topic"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"
    DONE = "done"
    """Closes an answer that was given in several messages."""
    PERSON = "person"
    DECLINES_MACHINE = "declines_machine"
    ACCOMMODATION = "accommodation"
    PRIVATE = "private"
    ABUSE = "abuse"
    DISTRESS = "distress"
    FILE = "file"
    TOO_LONG = "too_long"


IS_ANSWER = frozenset(
    {
        TurnClass.ANSWER,
        TurnClass.PARTIAL_ANSWER,
        TurnClass.CODE,
        TurnClass.OTHER_LANGUAGE,
        TurnClass.ECHO,
        TurnClass.INJECTION,
        TurnClass.DONT_KNOW,
    }
)
"""What is taken as an answer, whatever it turns out to be worth."""
INSISTED_ON = frozenset({TurnClass.OFF_TOPIC, TurnClass.GIBBERISH, TurnClass.EMPTY})
"""What is put again, and taken as it is once it comes too often."""
CONTENT = frozenset({TurnClass.ANSWER, TurnClass.PARTIAL_ANSWER, TurnClass.CODE, TurnClass.OTHER_LANGUAGE})
"""What says something about the question, in whatever form."""
NEARLY_CERTAIN = frozenset({TurnClass.SKIP, TurnClass.STOP, TurnClass.ABUSE, TurnClass.INJECTION})
"""What costs a candidate most when an answer is taken for it."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What a reply was taken for.

    Attributes:
        turn: The class.
        confidence: 0..1, how sure that is.
        term: The word that is asked for, of a `TERM`.
    """

    turn: TurnClass
    confidence: float = 1.0
    term: str = ""
