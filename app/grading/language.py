"""Which language a reply is in, as far as the reading must know: one it was calibrated on, or another."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from app.grading.lexicon import english_share, words

ENGLISH = "en"
MIN_WORDS = 4
"""Below this nothing is claimed about a text in Latin script."""
SURE = 0.9
SURE_WITHOUT_ENGLISH = 0.6
"""Enough where hardly any English function word stands."""
HARDLY_ENGLISH = 0.04
ENGLISH_ENOUGH = 0.15
"""Share of English function words from which a text is English whatever the identifier says: names and jargon mislead it."""
FOREIGN_SCRIPT = 0.5
NOT_READ = "The answer is in a language that the local reading can't judge."
NOT_VOUCHED_FOR = "The answer is in a language in which the critique has not been validated."
_LAST_LATIN = "\u024f"


def other_language(text: str, known: frozenset[str]) -> str | None:
    """The text's language when it is surely none of the known ones ("und" when only its script tells); else None."""
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return None
    foreign = sum(character > _LAST_LATIN for character in letters) / len(letters)
    if foreign < FOREIGN_SCRIPT and len(words(text)) < MIN_WORDS:
        return None
    english = english_share(text)
    if ENGLISH in known and foreign < FOREIGN_SCRIPT and english >= ENGLISH_ENOUGH:
        return None
    language, probability = _identifier().classify(text)
    if language in known:
        return "und" if foreign >= FOREIGN_SCRIPT and known == {ENGLISH} else None
    sure = SURE if english > HARDLY_ENGLISH else SURE_WITHOUT_ENGLISH
    return str(language) if foreign >= FOREIGN_SCRIPT or probability > sure else None


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
