"""Temporary stand-in."""

from collections.abc import Sequence

from app.interviews.models import Command
from app.interviews.turn_class import Classified, TurnClass
from app.interviews.turns import as_command, asked_term

_TURNS = {
    Command.REPEAT: TurnClass.REPEAT,
    Command.CLARIFY: TurnClass.CLARIFICATION,
    Command.SKIP: TurnClass.SKIP,
    Command.PAUSE: TurnClass.PAUSE,
    Command.RESUME: TurnClass.RESUME,
    Command.PERSON: TurnClass.PERSON,
    Command.STOP: TurnClass.STOP,
}


class TurnClassifier:
    def __init__(self, embedder: object) -> None: ...
    def by_rules(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        term = asked_term(text)
        if term is not None:
            return Classified(TurnClass.TERM, term=term)
        command = as_command(text)
        return Classified(_TURNS[command]) if command is not None else Classified(TurnClass.ANSWER, 0.5)

    async def classify(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        return self.by_rules(text, question=question, said=said)
