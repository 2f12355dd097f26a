"""What is measured of a reply before it is classified: cues, how it is built, and how near the question it is.

Everything here is cheap and pure; the sentence vector is put beside it by whoever has one.
"""

import re
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from app.grading.doubts import is_code
from app.grading.language import ENGLISH, other_language
from app.grading.lexicon import content_stems, english_share, stem
from app.grading.manipulation import manipulations
from app.grading.normalise import folded, has_words, words
from app.interviews.turn_class import NEARLY_CERTAIN, TurnClass
from app.interviews.turn_cues import CUES

Features = NDArray[np.float64]

HALF_WEIGHT_WORDS = 20
"""Length at which a cue weighs half of what it does in a reply of a word."""
MANY_WORDS = 40
SHORT_WORDS = 7
FOREIGN = ".other"
"""How the names of cues in other languages end."""
_HINDI_IN_LATIN = frozenset(
    [
        "hai",
        "hain",
        "ho",
        "hoon",
        "kya",
        "nahi",
        "nahin",
        "mujhe",
        "mera",
        "meri",
        "mere",
        "ka",
        "ki",
        "ke",
        "ko",
        "se",
        "mein",
        "main",
        "aap",
        "ye",
        "yeh",
        "wo",
        "woh",
        "aur",
        "kar",
        "karo",
        "karna",
        "kaise",
        "kitna",
        "kitne",
        "kitni",
        "kab",
        "kaun",
        "koi",
        "bhi",
        "toh",
        "batao",
        "bata",
        "dijiye",
        "dena",
        "raha",
        "rahi",
        "tha",
        "thi",
        "iska",
        "iske",
    ]
)
_QUESTION = re.compile(
    r"^\W*(?:what|which|who|when|where|how|why|is|are|am|do|does|did|can|could|may|might|will|would|should|was|were"
    r"|wie|wer|wann|kann|können|darf|qué|cuál|cómo|quién|puedo|puede|kya|kitn\w+)\b"
)
_CONCRETE = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z0-9]*\b|\b[A-Z]{2,}\d*\b|\b\d+(?:[.,]\d+)?\b")
_SIGNS = re.compile(r"[{}<>=;|\[\]\\/_$#@*`~^]")
_QUOTED = re.compile(r"\"[^\"\n]{1,200}\"|(?<!\w)'[^'\n]{4,200}'(?!\w)")
_BY_THE_WRITER = frozenset({*NEARLY_CERTAIN, TurnClass.DISTRESS})
"""Classes whose cues mean something else in a quotation."""
_LIKE_CODE = re.compile(
    r"\s--\w[\w-]+|\$\(|&&|\w\(\)|->|-->|==|[{}]\s*$|^\s*-?\s*[\w\"']+:(?:\s+[\w\"']+)?\s*$|;\s*$|^\s*=\w+\("
    r"|</?\w+[^>]*>|\b(?:select|insert|create|delete|copy|unload)\b.+\b(?:from|into|table|to)\b.*;?$"
)
_VOWELS = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûãõåæøœаеёиоуыэюя]")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}")
_SAME = re.compile(r"(.)\1{3,}")
_EMPHASIS = re.compile(r"!")

SURFACE = (
    "words",
    "is_one_word",
    "is_up_to_4_words",
    "is_up_to_12_words",
    "is_over_40_words",
    "ends_with_question_mark",
    "has_question_mark",
    "begins_as_question",
    "sentences",
    "concrete",
    "signs",
    "is_code",
    "lines_like_code",
    "english",
    "foreign_script",
    "is_other_language",
    "foreign_question",
    "short_and_foreign",
    "foreign_and_cued",
    "hindi_in_latin",
    "unlikely_words",
    "content_words",
    "new_content_words",
    "words_beyond_talk",
    "is_all_talk",
    "of_question",
    "question_given_back",
    "addresses_you",
    "speaks_of_me",
    "please",
    "exclaims",
    "manipulates",
)
NAMES = (*SURFACE, *CUES)


def measured(text: str, *, question: str) -> Features:
    """Of one reply, a value for every name in `NAMES`, each about 0..1.

    Args:
        text: As typed.
        question: The open one.
    """
    plain = folded(text)
    surface = _surface(text, plain, question)
    weight = HALF_WEIGHT_WORDS / (HALF_WEIGHT_WORDS + len(words(text)))
    held = cued(text)
    cues = [weight if name in held else 0.0 for name in CUES]
    return np.array([*surface, *cues], dtype=np.float64)


@lru_cache(maxsize=64)
def cued(text: str) -> frozenset[str]:
    """Names of the cues that a reply holds."""
    plain = folded(text)
    spoken = _without_quotes(plain)
    return frozenset(
        name
        for name, pattern in zip(CUES, _patterns(), strict=True)
        if pattern.search(spoken if name.partition(".")[0] in _BY_THE_WRITER else plain)
    )


def _without_quotes(plain: str) -> str:
    """What the writer says without the words of others; all of it where nothing else is left."""
    rest = _QUOTED.sub(" ", plain)
    return rest if has_words(rest) else plain


def unlikely_share(text: str) -> float:
    """Share of the words that no language this knows would form: no vowel, or five consonants, or four of a letter."""
    latin = [word for word in words(text) if word.isascii() and word.isalpha() and len(word) > 2]
    return sum(_is_unlikely(word) for word in latin) / len(latin) if latin else 0.0


def _is_unlikely(word: str) -> bool:
    return bool(not _VOWELS.search(word) or _CONSONANTS.search(word) or _SAME.search(word))


def _share_like_code(text: str) -> float:
    lines = [line for line in text.splitlines() if line.strip()]
    return sum(_LIKE_CODE.search(line) is not None for line in lines) / len(lines) if lines else 0.0


def _surface(text: str, plain: str, question: str) -> list[float]:
    found = words(text)
    count = len(found)
    letters = [character for character in plain if character.isalpha()]
    content = content_stems(plain)
    asked = content_stems(question.lower())
    known = frozenset(stem(word) for word in words(question))
    tokens = set(found)
    foreign = other_language(text, frozenset({ENGLISH})) is not None
    return [
        min(np.log1p(count) / np.log1p(MANY_WORDS), 1.5),
        float(count <= 1),
        float(count <= 4),
        float(count <= 12),
        float(count > MANY_WORDS),
        float(plain.endswith("?")),
        float("?" in plain),
        float(_QUESTION.search(plain) is not None),
        min(len(re.findall(r"[.!?]+(?:\s|$)", text)) / 4, 1.5),
        min(len(_CONCRETE.findall(text)) / 4, 1.5),
        min(len(_SIGNS.findall(text)) / max(len(text), 1) * 10, 1.5),
        float(is_code(text)),
        _share_like_code(text),
        english_share(plain),
        sum(character > "\u024f" for character in letters) / len(letters) if letters else 0.0,
        float(foreign),
        float(foreign and plain.endswith("?")),
        float(foreign and count <= SHORT_WORDS),
        float(foreign and any(name.endswith(FOREIGN) for name in cued(text))),
        min(sum(word in _HINDI_IN_LATIN for word in found) / max(count, 1) * 2, 1.0),
        unlikely_share(text),
        min(len(content) / 15, 1.5),
        min(len(content - asked) / 15, 1.5),
        min(len(content - _talk()) / 4, 1.5),
        float(content <= _talk()),
        sum(stem(word) in known for word in found) / max(count, 1),
        len(content & asked) / max(len(asked), 1),
        float(not tokens.isdisjoint({"you", "your", "u", "youre"})),
        float(not tokens.isdisjoint({"i", "my", "me", "im", "ive", "id"})),
        float(not tokens.isdisjoint({"please", "pls", "plz", "kindly", "bitte", "favor"})),
        float(_EMPHASIS.search(text) is not None),
        float(bool(manipulations((_without_quotes(plain),)))),
    ]


@cache
def _talk() -> frozenset[str]:
    """Stems of what people say to an interviewer about the interview itself; work is spoken of in other words."""
    return content_stems((files("app.interviews") / "talk.txt").read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in CUES.values())
