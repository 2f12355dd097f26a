"""What a reply certainly is, by its form or a fixed phrase; and, without a sentence vector, what it likely is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.grading.doubts import is_code
from app.grading.grader import GradeRequest
from app.grading.language import ENGLISH, other_language
from app.grading.lexicon import STOP_WORDS
from app.grading.normalise import has_words, words
from app.grading.outcome import StopReason
from app.grading.precheck import is_skip, precheck, says_only
from app.grading.segments import segments
from app.interviews.turn_class import CONTENT, NEARLY_CERTAIN, Classified, TurnClass
from app.interviews.turn_features import FOREIGN, Features, cued, measured
from app.interviews.turn_head import CUES_HEAD, load_head
from app.interviews.turn_phrases import PHRASES
from app.interviews.turns import asked_term, occurs

LONGEST_REPLY = 100_000
"""In characters; the longest limit that can be set for replies."""
MOST_WORDS = 80
"""Of a reply that is anything but content; whoever writes more answers, in whatever words."""
MOST_CHARS = 1_000
"""Likewise."""
LONGEST_COMMAND = 120
PLAIN_WORDS = 20
PLAINLY = 0.98
"""Of the replies that the heads were fitted to, none of so many words and so likely content was anything else."""
SURE = 0.99
LIKELY = 0.9
"""Of what its form tells."""
SURELY_FOREIGN_WORDS = 14
MIN_ECHO_WORDS = 4
"""A reply of fewer may name a thing of the question, which is an answer."""
MIN_GUESSED_ECHO_WORDS = 7
"""A reply of fewer may pick one of the question's alternatives, which only the pre-check can tell."""
_ONLY_A_FILE = re.compile(
    r"(?:https?://|www\.)\S+|[\w()-]+(?: [\w()-]+){0,3}"
    r"\.(?:pdf|docx?|png|jpe?g|gif|mp[34]|m4a|wav|zip|xlsx?|pptx?|mov|heic|ogg)"
    r"|[\[(<](?:image|photo|file|attached|video|voice(?: message| note)?|audio|gif|sticker|document)\b"
    r"[^\])>\n]{0,60}[\])>]"
)
LAST_LATIN = "\u024f"
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_ONE_WORD_ANSWERS = frozenset({"yes", "no", "true", "false", "maybe", "never", "always", "both", "neither"})
_INJECTION = "injection."


@dataclass(frozen=True, slots=True)
class Caution:
    """How likely it may be that a reply taken for something else than an answer has content after all.

    Attributes:
        aside: As a share of the probability of the class that it is taken for.
        uncued_aside: Where no cue of that class stands in the reply.
        nearly_certain: Of a class for which an answer lost costs most, where a cue of it stands in the reply.
        uncued: Of such a class, without a cue.
    """

    aside: float
    uncued_aside: float
    nearly_certain: float
    uncued: float


WITH_VECTORS = Caution(aside=0.5, uncued_aside=0.1, nearly_certain=0.07, uncued=0.01)
BY_CUES = Caution(aside=0.15, uncued_aside=0.03, nearly_certain=0.02, uncued=0.0)


def by_rules(text: str, *, question: str, said: Sequence[str], longest: int = LONGEST_REPLY) -> Classified:
    """What a reply is as far as it can be told without a sentence vector; nothing is waited for.

    Args:
        text: As typed.
        question: The open one.
        said: What Viva said last, of which an echo may be.
        longest: Characters of the longest reply that is accepted.
    """
    text = text.strip()
    found = certain(text, question=question, said=said, longest=longest)
    if found is not None:
        return found
    chances = load_head(CUES_HEAD).probabilities(measured(text, question=question))
    return most_likely(chances, text, question=question, caution=BY_CUES)


def certain(text: str, *, question: str, said: Sequence[str], longest: int = LONGEST_REPLY) -> Classified | None:
    """What a reply, stripped, surely is; None where that takes a guess. See `by_rules`."""
    if len(text) > longest:
        return Classified(TurnClass.TOO_LONG, 1.0)
    if not has_words(text):
        return Classified(TurnClass.EMPTY, SURE)
    if len(text) <= LONGEST_COMMAND and (phrase := _phrase(text, question)) is not None:
        return Classified(phrase, SURE)
    if len(found := words(text)) == 1 and found[0] in _ONE_WORD_ANSWERS:
        return Classified(TurnClass.PARTIAL_ANSWER, LIKELY)
    if len(text) > MOST_CHARS or len(text.split()) > MOST_WORDS:
        return Classified(_long(text), LIKELY)
    if _ONLY_A_FILE.fullmatch(text):
        return Classified(TurnClass.FILE, SURE)
    term = asked_term(text)
    if term is not None and occurs(term, question):
        return Classified(TurnClass.TERM, LIKELY, term)
    if len(words(text)) >= MIN_ECHO_WORDS and any(_is_echo(text, each) for each in (question, *said)):
        return Classified(TurnClass.ECHO, LIKELY)
    if _is_in_unknown_script(text):
        return Classified(TurnClass.OTHER_LANGUAGE, LIKELY)
    if len(words(text)) >= SURELY_FOREIGN_WORDS and _is_foreign(text) and not _holds_foreign_cue(text):
        return Classified(TurnClass.OTHER_LANGUAGE, LIKELY)
    return None


def most_likely(chances: Mapping[TurnClass, float], text: str, *, question: str, caution: Caution) -> Classified:
    """The likeliest class, but content as long as that is too likely to be given up."""
    content = sum(chance for turn, chance in chances.items() if turn in CONTENT)
    likely = sorted(chances, key=lambda turn: (-chances[turn], turn))
    others = (turn for turn in likely if turn not in CONTENT and content <= caution.aside * chances[turn])
    best = next(
        (turn for turn in others if _may_be(turn, content, text, caution)),
        next(turn for turn in likely if turn in CONTENT),
    )
    term = term_asked(text, question) if best is TurnClass.TERM else ""
    return Classified(best, round(chances[best], 4), term)


def plainly_content(text: str, cues: Features) -> Classified | None:
    """That a reply of some length is an answer, where its cues alone leave no doubt and no vector is needed.

    Args:
        text: The reply.
        cues: What was measured of it, without a vector.
    """
    if len(text.split()) < PLAIN_WORDS:
        return None
    chances = {turn: chance for turn, chance in load_head(CUES_HEAD).probabilities(cues).items() if turn in CONTENT}
    if sum(chances.values()) < PLAINLY:
        return None
    best = max(chances, key=lambda turn: (chances[turn], turn))
    return Classified(best, round(chances[best], 4))


def term_asked(text: str, question: str) -> str:
    """The word of the question that this reply asks about: its longest stretch that the question has; "" for none."""
    if (asked := asked_term(text)) is not None and occurs(asked, question):
        return asked
    said, known = words(text), words(question)
    stretches = (
        said[start:end]
        for length in range(min(4, len(said)), 0, -1)
        for start in range(len(said) - length + 1)
        for end in (start + length,)
    )
    for stretch in stretches:
        ends = {stretch[0], stretch[-1]}
        if ends.isdisjoint(STOP_WORDS) and occurs(" ".join(stretch), " ".join(known)):
            return " ".join(stretch)
    return ""


def _may_be(turn: TurnClass, content: float, text: str, caution: Caution) -> bool:
    if turn is TurnClass.ECHO:
        return len(words(text)) >= MIN_GUESSED_ECHO_WORDS
    is_cued = any(name.startswith(f"{turn}.") for name in cued(text))
    if turn not in NEARLY_CERTAIN:
        return is_cued or content <= caution.uncued_aside
    return content <= (caution.nearly_certain if is_cued else caution.uncued)


def _phrase(text: str, question: str) -> TurnClass | None:
    if is_skip(text):
        return TurnClass.SKIP
    if precheck(_request(question, text)) is StopReason.DONT_KNOW:
        return TurnClass.DONT_KNOW
    return next((turn for turn, phrases in PHRASES.items() if says_only(text, phrases)), None)


def _request(question: str, text: str) -> GradeRequest:
    return GradeRequest(question=question, criteria=(), parts=(text,))


def _is_echo(text: str, said: str) -> bool:
    return precheck(_request(said, text)) is StopReason.ECHO


def _long(text: str) -> TurnClass:
    sentences = [text[each.start : each.end] for each in segments(text)]
    ordering = sum(any(name.startswith(_INJECTION) for name in cued(sentence)) for sentence in sentences)
    if sentences and ordering == len(sentences):
        return TurnClass.INJECTION
    if is_code(text):
        return TurnClass.CODE
    return TurnClass.OTHER_LANGUAGE if _is_foreign(text) else TurnClass.ANSWER


def _is_in_unknown_script(text: str) -> bool:
    """Whether most letters are of a script in which no cue is known."""
    letters = [character for character in text if character.isalpha()]
    return sum(character > LAST_LATIN and not _DEVANAGARI.match(character) for character in letters) > len(letters) / 2


def _holds_foreign_cue(text: str) -> bool:
    return text.endswith("?") or any(name.endswith(FOREIGN) for name in cued(text))


def _is_foreign(text: str) -> bool:
    return other_language(text, frozenset({ENGLISH})) is not None
