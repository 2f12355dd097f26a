"""In which language a candidate's page speaks, and in which the bank does."""

from dataclasses import dataclass

from app.interviews.models import Interview
from app.locale.catalogue import ENGLISH


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
    return Languages(str(getattr(interview, "interface", ENGLISH)), interview.language)
