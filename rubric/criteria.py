"""One expected point of a reference answer, and the five things that can be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NO_TRANSLATIONS: Mapping[str, str] = MappingProxyType({})


class Verdict(StrEnum):
    """How an answer stands to one criterion."""

    COVERED = "covered"
    PARTIAL = "partial"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    UNKNOWN = "unknown"


HALF_POINTS: Mapping[Verdict, int] = MappingProxyType(
    {Verdict.COVERED: 2, Verdict.PARTIAL: 1, Verdict.MISSING: 0, Verdict.CONTRADICTED: 0}
)
"""Half-points of each verdict that decides a credit; `unknown` decides none and carries its own estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One bullet of a reference answer.

    Attributes:
        id: Stable within its bank; empty until `rubric.ids` has assigned it.
        text: The bullet, verbatim.
        weight: Integer, at least 1.
        must_have: A decision on the answer needs this criterion.
        translations: Reviewed texts by language tag ("de", "pt-BR").
    """

    text: str
    id: str = ""
    weight: int = 1
    must_have: bool = False
    translations: Mapping[str, str] = field(default_factory=lambda: NO_TRANSLATIONS)
