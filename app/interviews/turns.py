"""What a typed reply is when it is no answer: a command in words, or the question what a word means.

Only whole replies of a few fixed phrases count, so that no answer with content can be taken for a command.
"""

import re
from collections.abc import Mapping

from app.interviews.models import Command

_PHRASES: Mapping[Command, tuple[str, ...]] = {
    Command.REPEAT: (
        "repeat",
        "repeat please",
        "please repeat",
        "repeat the question",
        "please repeat the question",
        "can you repeat the question",
        "could you repeat the question",
        "can you repeat that",
        "could you repeat that",
        "say that again",
        "again please",
    ),
    Command.CLARIFY: (
        "clarify",
        "please clarify",
        "can you clarify",
        "could you clarify",
        "can you clarify the question",
        "could you clarify the question",
        "what do you mean",
        "i don't understand the question",
    ),
    Command.SKIP: (
        "skip",
        "skip please",
        "please skip",
        "skip this",
        "skip this question",
        "skip the question",
        "next question",
        "next question please",
        "can we skip this",
        "can we skip this one",
        "i would like to skip this question",
    ),
    Command.PAUSE: ("pause", "pause please", "please pause", "i need a break", "can we pause", "can i take a break"),
    Command.PERSON: (
        "i want to talk to a person",
        "i want to speak to a person",
        "can i talk to a person",
        "can i speak to a person",
        "can i talk to a human",
        "can i speak to a human",
        "ask a person",
        "human please",
    ),
    Command.STOP: (
        "stop",
        "stop please",
        "please stop",
        "stop the interview",
        "i want to stop",
        "i would like to stop",
        "end the interview",
        "quit",
        "exit",
    ),
}
_BY_PHRASE: Mapping[str, Command] = {phrase: command for command, phrases in _PHRASES.items() for phrase in phrases}

_TERM = r"(?:an?\s+|the\s+)?(?P<term>[^?.!,;]{1,60}?)"
_TERM_QUESTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^what is meant by\s+{_TERM}\s*\?*$",
        rf"^what (?:does|do)\s+{_TERM}\s+(?:mean|stand for)\s*\?*$",
        rf"^(?:what(?:'s| is| are)|(?:can you |please )explain)\s+{_TERM}\s*\?*$",
    )
)


LONGEST_NO = 60
_NO = re.compile(
    r"(?:(?:no|nope|nah|none|nothing|never|not really|not at all|sorry|thanks|thank you|unfortunately|i'm afraid|not|"
    r"no idea|i have(?: not|n't)(?: used (?:any|anything|it))?|i did(?: not|n't)|there(?: is|'s)(?: not|n't)?|"
    r"related|at all)(?:[\s,.;!]+|$))+"
)


def _plain(text: str) -> str:
    folded = " ".join(text.replace("’", "'").casefold().split())
    return folded.strip(" .!?…")


def as_command(text: str) -> Command | None:
    """The command this reply is, when it is nothing else."""
    return _BY_PHRASE.get(_plain(text))


def is_no(text: str) -> bool:
    """Whether the reply to "is there anything?" says that there is nothing, and nothing else."""
    plain = _plain(text)
    return len(plain) <= LONGEST_NO and _NO.fullmatch(plain) is not None


def asked_term(text: str) -> str | None:
    """The word whose meaning is asked for, when the reply is that question and nothing else."""
    folded = " ".join(text.replace("’", "'").split())
    if len(folded.split()) > 8:
        return None
    match = next(filter(None, (pattern.match(folded) for pattern in _TERM_QUESTIONS)), None)
    if match is None:
        return None
    term = match["term"].strip(" \"'“”").casefold()
    # Without a question mark, a longer one may be the beginning of an answer.
    return term if folded.endswith("?") or len(term.split()) <= 3 else None
