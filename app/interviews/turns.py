"""What a typed reply is when it is no answer: a command in words, or the question what a word means.

Only whole replies of a few fixed phrases count, so that no answer with content can be taken for a command.
"""

import re
from collections.abc import Mapping

from app.grading.normalise import words
from app.grading.precheck import is_skip, says_only
from app.interviews.models import Command

_A_PERSON = tuple(
    f"{asking} {whom}"
    for asking in (
        *(
            f"{begin} {verb}"
            for begin in ("can i", "could i", "may i", "can i please", "could i please", "i want to", "i'd like to")
            for verb in ("talk to", "talk with", "speak to", "speak with")
        ),
        "i would like to talk to",
        "i would like to speak to",
        "i would like to speak with",
        "i need to talk to",
        "i need to speak to",
        "let me talk to",
        "let me speak to",
        "connect me to",
        "connect me with",
        "ask",
    )
    for whom in ("a person", "a human", "a real person", "a real human", "a human being", "someone", "somebody")
)

_PHRASES: Mapping[Command, tuple[str, ...]] = {
    Command.REPEAT: (
        "repeat",
        "repeat the question",
        "can you repeat",
        "can you repeat the question",
        "can you repeat that",
        "could you repeat",
        "could you repeat the question",
        "could you repeat that",
        "could you please repeat the question",
        "could you please repeat that",
        "say that again",
        "again",
    ),
    Command.CLARIFY: (
        "clarify",
        "clarify the question",
        "can you clarify",
        "could you clarify",
        "can you clarify the question",
        "could you clarify the question",
        "could you please clarify",
        "what do you mean",
        "what do you mean by that",
        "i don't understand the question",
        "i do not understand the question",
    ),
    Command.PAUSE: (
        "pause",
        "i need a break",
        "can we pause",
        "can i pause",
        "could we pause",
        "let's pause",
        "can i take a break",
        "can we take a break",
    ),
    Command.RESUME: ("resume", "continue", "go on", "i'm back", "i am back", "let's continue", "let's go on"),
    Command.PERSON: (
        *_A_PERSON,
        "human please",
        "a human please",
        "i want a human",
        "i want a person",
        "kann ich mit einem menschen sprechen",
        "ich möchte mit einem menschen sprechen",
    ),
    Command.STOP: (
        "stop",
        "stop the interview",
        "i want to stop",
        "i would like to stop",
        "i'd like to stop",
        "can we stop",
        "let's stop",
        "end the interview",
        "quit",
        "exit",
    ),
}
LONGEST_COMMAND = 120

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
    """The command this reply is, when it is nothing else but words of politeness.

    What grading takes for a skip is one here, too: there is one table of those phrases.
    """
    if len(text) > LONGEST_COMMAND:
        return None
    if is_skip(text):
        return Command.SKIP
    return next((command for command, phrases in _PHRASES.items() if says_only(text, phrases)), None)


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


def occurs(term: str, text: str) -> bool:
    """Whether the words of the term stand in the text, one after the other; plural and singular are one."""
    wanted, found = _singular(term), _singular(text)
    return bool(wanted) and any(
        found[start : start + len(wanted)] == wanted for start in range(len(found) - len(wanted) + 1)
    )


def _singular(text: str) -> list[str]:
    return [word.removesuffix("s") for word in words(text)]
