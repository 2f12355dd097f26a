"""What can be said of a text by its words alone: which carry content, how many points it makes."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_FUNCTION_WORDS_TEXT = (
    "a about after again all also am an and any are as at be because been before being between both but by can could "
    "describe did do does doing e.g each etc every explain few for from give had has have having he her him his how i if "
    "in into is it its just like make may me might more most my no nor not of on once only or other our out over own "
    "same she should so some such tell than that the their them then there these they this those through to too under "
    "until up use used uses using very was we were what when where which while who why will with would you your"
)
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_TEXT.split())
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CLAUSES = re.compile(r"\s*(?:;|[.!?](?=\s+\w)|,?\s+(?:while|whereas|but)\s)\s*", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|as well as)\s+", re.IGNORECASE)
_AND_DOES = re.compile(
    r"(?<!\bto\s)(?<!\bboth\s)\b\S+(?P<and>,?\s+and\s+(?:then\s+|also\s+)?)(?=\w+\s+(?:the|a|an|its|their|all|each|every|any)\b)",
    re.IGNORECASE,
)


def word_count(text: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(text))


def content_words(text: str) -> set[str]:
    """The words of a text that carry its content, in lower case and without the commonest endings."""
    return {_stem(word) for word in _WORD.findall(text.casefold()) if word not in _FUNCTION_WORDS}


def given_away(criterion: str, question: str) -> float:
    """Share of a criterion's content words that a question already says, 0..1."""
    wanted = content_words(criterion)
    return len(wanted & content_words(question)) / len(wanted) if wanted else 0.0


def points(criterion: str) -> list[str]:
    """The parts of a criterion that each make a point of their own; one for a criterion as it should be.

    Parts are told by semicolons, sentences, contrasts ("while", "but"), an "and" that begins another action
    ("… and rotate the keys"), and an "and" between two long halves. Bracketed examples are left out, and
    an "and" within an enumeration, or between two verbs with one object ("to clean and transform the data"), counts nothing.
    """
    text = re.sub(r"\s+([.,;])", r"\1", _BRACKETS.sub("", criterion))
    clauses = _parts(text, _CLAUSES.split(text), least=3)
    return [part for clause in clauses for part in _joined(clause)]


def _joined(clause: str) -> list[str]:
    """The halves of a clause that "and" joins, where each is a point."""
    action = _AND_DOES.search(clause)
    if action:
        return _parts(clause, [clause[: action.start("and")], clause[action.end("and") :]], least=2)
    if "," in clause or "both" in clause.split():
        return [clause.strip()]
    return _parts(clause, _AND.split(clause), least=4)


def _parts(whole: str, parts: Sequence[str], *, least: int) -> list[str]:
    """The parts, where each has at least `least` content words; else the whole."""
    kept = [part.strip() for part in parts if part.strip()]
    return kept if all(len(content_words(part)) >= least for part in kept) else [whole.strip()]


def _stem(word: str) -> str:
    """The word without an English ending that only inflects it; words of up to four letters stay."""
    for ending, least in (("ing", 4), ("ies", 3), ("ed", 4), ("es", 4), ("s", 3), ("e", 4)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word
