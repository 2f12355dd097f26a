"""Whether an answer says anything at all; one that does not is graded 0 with a reason and no model is asked.

Everything here must be certain: what is stopped earns nothing, so any doubt goes on to be read.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from app.grading.grader import GradeRequest
from app.grading.normalise import has_words, is_blank, words
from app.grading.outcome import StopReason
from app.grading.phrases import ALTERNATIVES, DENIALS, DONT_KNOW, FILLERS, MASTER_KEYS, SKIP, STOP_WORDS, WHETHER

__all__ = ["is_blank", "is_skip", "names_short_criterion", "precheck", "says_only"]

ECHO_SHARE = 0.8
SHORT_CRITERION_WORDS = 2
SHORT_ANSWER_WORDS = 4
DONT_KNOW_TABLE = tuple(chain.from_iterable(DONT_KNOW.values()))
SKIP_TABLE = tuple(chain.from_iterable(SKIP.values()))
FILLER_TABLE = FILLERS
KEY_TABLE = MASTER_KEYS
_STRONGEST = (StopReason.DONT_KNOW, StopReason.ECHO, StopReason.NO_CONTENT, StopReason.BLANK)

Phrase = tuple[str, ...]
PhraseIndex = Mapping[str, tuple[Phrase, ...]]


def precheck(request: GradeRequest) -> StopReason | None:
    """Why this answer needs no judging; None when it must be read.

    Every part must be stopped for the answer to be; of several reasons the one that says most is given.
    """
    reasons = [_stopped(part, request) for part in request.parts]
    if any(reason is None for reason in reasons):
        return None
    return next((reason for reason in _STRONGEST if reason in reasons), StopReason.BLANK)


def is_skip(text: str) -> bool:
    """Whether the text asks to skip the question and says nothing else."""
    return says_only(text, SKIP_TABLE)


def says_only(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether the text is made of these phrases and words of politeness, with at least one of the phrases."""
    tokens = _plain_words(text)
    return _made_of(tokens, _index(phrases, FILLER_TABLE)) and not _made_of(tokens, _index(FILLER_TABLE))


def names_short_criterion(text: str, request: GradeRequest) -> bool:
    """Whether the text names, in a few words of its own, a criterion that is itself one or two words long."""
    said = words(text)
    if len(said) > SHORT_ANSWER_WORDS or said == words(request.question):
        return False
    for criterion in request.criteria:
        wanted = words(criterion.text)
        if 0 < len(wanted) <= SHORT_CRITERION_WORDS and set(wanted) <= set(said):
            return True
    return False


def _stopped(text: str, request: GradeRequest) -> StopReason | None:
    if is_blank(text):
        return StopReason.BLANK
    if not has_words(text):
        return StopReason.NO_CONTENT
    if names_short_criterion(text, request):
        return None
    tokens = _plain_words(text)
    if _made_of(tokens, _index(FILLER_TABLE)):
        return StopReason.NO_CONTENT
    if _made_of(tokens, _index(FILLER_TABLE, KEY_TABLE)):
        return None if _holds_key(tokens, request) else StopReason.NO_CONTENT
    if _made_of(tokens, _index(DONT_KNOW_TABLE, SKIP_TABLE, FILLER_TABLE, KEY_TABLE)):
        return StopReason.DONT_KNOW
    return StopReason.ECHO if _is_echo(text, request.question) else None


def _is_echo(text: str, question: str) -> bool:
    """Whether the text gives the question back: 80 % of its words are the question's and none of content is new.

    Some answers need no other words than the question's: a denial, the pick of one alternative, and the statement of
    what was asked with a verb in front. These are read, however few words they have. Given back in full, or with the
    alternatives still side by side, such a question is an echo like any other.
    """
    said, asked = words(text), words(question)
    stems = {_stem(word) for word in asked}
    if any(_stem(word) not in stems and word not in STOP_WORDS for word in said):
        return False
    if sum(_stem(word) in stems for word in said) < ECHO_SHARE * len(said):
        return False
    if not DENIALS.isdisjoint(said) and DENIALS.isdisjoint(asked):
        return False
    if asked and asked[0] in WHETHER and said[0] != asked[0]:
        return False
    return not _offers_alternatives(question, asked) or _keeps_all_alternatives(said, asked)


def _offers_alternatives(question: str, asked: Sequence[str]) -> bool:
    if not ALTERNATIVES.isdisjoint(asked):
        return True
    return "which" in asked and ("," in question or ":" in question or not {"of", "between"}.isdisjoint(asked))


def _keeps_all_alternatives(said: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether nothing was picked: every content word of the question is there, in its order or joined by "or"."""
    given, wanted = _content(said), _content(asked)
    if not set(wanted) <= set(given):
        return False
    return not ALTERNATIVES.isdisjoint(said) or given == wanted


def _content(tokens: Sequence[str]) -> list[str]:
    """The stems of the content words, each where it comes first."""
    return list(dict.fromkeys(_stem(word) for word in tokens if word not in STOP_WORDS and word not in ALTERNATIVES))


def _holds_key(tokens: Sequence[str], request: GradeRequest) -> bool:
    """Whether a criterion speaks of what these words name."""
    named = set(_content(tokens))
    return bool(named) and any(named <= set(_content(_plain_words(each.text))) for each in request.criteria)


def _stem(word: str) -> str:
    """The word without English inflection; only so much that "pipelines" is no news against "pipeline"."""
    for ending in ("ing", "ies", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _plain_words(text: str) -> list[str]:
    return words(_without_accents(text))


def _without_accents(text: str) -> str:
    # One character at a time: normalising long runs of combining marks takes time that grows with their square.
    decomposed = (unicodedata.normalize("NFKD", character) for character in text)
    return "".join(character for form in decomposed for character in form if not "\u0300" <= character <= "\u036f")


def _made_of(tokens: Sequence[str], phrases: PhraseIndex) -> bool:
    """Whether the tokens, from end to end, are a sequence of these phrases; at least one."""
    reachable = {0}
    for start, token in enumerate(tokens):
        if start in reachable:
            reachable.discard(start)
            reachable.update(start + len(phrase) for phrase in _starting_at(tokens, start, phrases.get(token, ())))
            if not reachable:
                return False
    return bool(tokens) and len(tokens) in reachable


def _starting_at(tokens: Sequence[str], start: int, phrases: Iterable[Phrase]) -> Iterator[Phrase]:
    return (phrase for phrase in phrases if tuple(tokens[start : start + len(phrase)]) == phrase)


@lru_cache(maxsize=32)
def _index(*tables: tuple[str, ...]) -> PhraseIndex:
    """The phrases of these tables by their first word."""
    found: dict[str, set[Phrase]] = {}
    for text in chain.from_iterable(tables):
        phrase = tuple(_plain_words(text))
        found.setdefault(phrase[0], set()).add(phrase)
    return {first: tuple(phrases) for first, phrases in found.items()}
