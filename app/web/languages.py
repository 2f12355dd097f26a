"""In which language a candidate's page speaks, and in which the bank does."""

from dataclasses import dataclass

from app.interviews.models import Interview, State
from app.locale.catalogue import ENGLISH, LANGUAGES, best_language


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of one page.

    Attributes:
        page: Of Viva's own words.
        bank: Of the bank's words, which are never translated by Viva.
    """

    page: str = ENGLISH
    bank: str = ENGLISH

    @property
    def foreign(self) -> str:
        """The bank's, where it is not the page's; else empty."""
        return "" if self.bank == self.page else self.bank


def languages_of(interview: Interview) -> Languages:
    """Those of an interview."""
    return Languages(interview.interface, interview.language)


def languages_before_consent(interview: Interview, *, asked: str, accepted: str) -> Languages:
    """Those of the page that may come first: nothing is settled yet, and after consent those of the interview.

    Args:
        interview: As it stands.
        asked: The language chosen on the page, if any.
        accepted: The browser's Accept-Language.
    """
    settled = languages_of(interview)
    if interview.state is not State.CONSENT:
        return settled
    if asked in LANGUAGES:
        return Languages(asked, settled.bank)
    return settled if settled.page != ENGLISH else Languages(best_language(accepted), settled.bank)
