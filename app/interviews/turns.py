"""What a typed reply says by its form alone: that there is nothing, or the question what a word means.

Only whole replies of a few fixed forms count, so that no answer with content can be taken for either.
"""

import re

from app.grading.normalise import words

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
