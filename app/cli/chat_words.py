"""What the terminal says and understands beside the interview itself, in the interview's interface language."""

import unicodedata

from app.interviews.models import Command
from app.locale.catalogue import translated

COMMANDS = {
    "/repeat": Command.REPEAT,
    "/clarify": Command.CLARIFY,
    "/skip": Command.SKIP,
    "/pause": Command.PAUSE,
    "/person": Command.PERSON,
    "/decline": Command.DECLINE,
    "/done": Command.DONE,
    "/stop": Command.STOP,
    "/submit": Command.SUBMIT,
    "/withdraw": Command.WITHDRAW,
    "/resume": Command.RESUME,
}
"""What is typed for each command, in every language."""
MEANINGS = {
    Command.REPEAT: "say the question again",
    Command.CLARIFY: "ask what the question means",
    Command.SKIP: "skip the question",
    Command.PAUSE: "stop for now; your place is kept",
    Command.PERSON: "ask for a person",
    Command.DECLINE: "have a person grade your answers",
    Command.DONE: "your answer in several messages is complete",
    Command.STOP: "end the interview",
    Command.SUBMIT: "after the last question, or after /stop: hand in what you have answered",
    Command.WITHDRAW: "after /stop: end, and nothing is graded",
    Command.RESUME: "go on after a pause",
}
HOW_TO_ANSWER = (
    "Write your answer; a blank line (or Ctrl-D) sends it. A first line that begins with a slash is a command:"
)
MORE = "/more"
CHANGE = "/change"
OWN_MEANINGS = {
    MORE: "after your text, instead of a blank line: keep it, and go on in another message",
    f"{CHANGE} N": "give another answer to question N",
}
"""What the terminal does itself."""
LOOKING_BACK = "Type /submit to hand in your answers, or /change N to give another answer to question N."
NEW_ANSWER = "Your new answer to question {number} (Ctrl-D keeps the old one):"
WHICH_QUESTION = "Say which question: /change 2."
NOTHING_KEPT = "There is no text yet. Write some of your answer, then /more on a line of its own."
LEFT_ALONE = "(no answer)"
HELP = "show this; an answer that begins with a slash starts with two of them"
FOUND = {
    "covered": "covered",
    "partial": "partial",
    "missing": "missing",
    "contradicted": "contradicted",
    "unknown": "unknown",
}
"""Verdicts as the ledger of practice words them."""


def help_text(language: str) -> str:
    """How to answer, and every command with its meaning."""
    lines = [(name, translated(MEANINGS[command], language)) for name, command in COMMANDS.items()]
    lines += [(name, translated(meaning, language)) for name, meaning in OWN_MEANINGS.items()]
    lines.append(("/help", translated(HELP, language)))
    return "\n".join([translated(HOW_TO_ANSWER, language), *(f"  {name:<10} {meaning}" for name, meaning in lines)])


def is_yes(said: str, language: str) -> bool:
    """Whether that is a yes, in the language or in English, in full or by its first letter."""
    return said.casefold() == "/consent" or _is(said, "yes", translated("yes", language))


def is_no(said: str, language: str) -> bool:
    """Whether that is a no, likewise."""
    return said.casefold() == "/decline" or _is(said, "no", translated("no", language))


def _is(said: str, *meant: str) -> bool:
    typed = _without_accents(said)
    return any(typed in {word[:1], word} for word in map(_without_accents, meant))


def _without_accents(word: str) -> str:
    """The letters alone: a terminal's keyboard may have no accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if unicodedata.category(c) != "Mn")
