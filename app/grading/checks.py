"""What is odd about the credit given; each oddity asks for a person and changes no mark.

A quote that stands in the answer stops only invented evidence. These look at what a verdict of credit claims beside
it: that the words are the criterion's own and do not turn it round, that the reason says the same as the verdict, and
that not simply everything was marked as covered. They look alike at a critique and, where there is none, at the local
reading.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.grading.claims import clashes, denies, is_about_another, is_denied, surroundings, swapped
from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Evidence, Flag, Judgement
from app.grading.spans import join_parts
from rubric.criteria import HALF_POINTS, Criterion, Verdict

REPEATED_FROM = 3
"""Criteria credited with one and the same quote from which it is odd; two suffice where one of them was not found."""
NOT_FOUND_BELOW = 0.35
"""Probability of any credit below which the local reading is taken not to find a criterion."""
UNIFORM_FROM = 3
"""Criteria that were not found, and most of all, although a critique marks each as covered."""
_DENYING_REASON = re.compile(
    r"\b(?:not (?:mentioned|stated|said|covered|addressed|present|there|found|given|explained|discussed|in the answer)"
    r"|no mention|never (?:mentions?|mentioned|states?|said)|(?:does|did) ?n[o']t (?:mention|state|say|address|cover)"
    r"|does not (?:mention|state|say|address|cover)|missing|absent|omit(?:s|ted)|nothing (?:about|on|in)|fails to)\b",
    re.IGNORECASE,
)


class Oddity(StrEnum):
    """What is odd, as the sentence that asks a person to look."""

    REPEATED = "The critique gives one quote for several criteria."
    REASON = "The critique's reason speaks against its verdict."
    CLASH = "A criterion is credited for words that seem to claim the opposite."
    DENIED = "The answer seems to say one thing about a criterion and deny it elsewhere."
    SWAP = "The answer seems to say of one thing what belongs to another."
    ANOTHER = "A criterion is credited for words that name something else."
    NEGATION = "The answer may deny what a criterion asks for."
    CONFLICT = "The answer may claim the opposite of a criterion, or swap roles or numbers."
    CONTRADICTED = "The entailment model reads the answer as contradicting a criterion."
    UNIFORM = "The critique marks every criterion as covered; the local reading does not find most of them."


@dataclass(frozen=True, slots=True)
class _Line:
    """A criterion with its reading and, where the critique judged it, its judgement."""

    criterion: Criterion
    reading: CriterionReading
    judged: Judgement | None

    @property
    def is_credited(self) -> bool:
        """Whether the judgement gives credit; without one, whether the reading does and is sure of it."""
        verdict = self.reading.verdict if self.judged is None else self.judged.verdict
        return verdict is not None and HALF_POINTS.get(verdict, 0) > 0

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the credit rests on."""
        if self.judged is None:
            return self.reading.evidence
        return () if self.judged.evidence is None else (self.judged.evidence,)

    def is_suspect(self, flag: Flag, parts: Sequence[str]) -> bool:
        """Whether the local reading saw a conflict here that the critique leaves open.

        A critique settles it by giving no credit, or by quoting a passage that is free of it.
        """
        if flag not in self.reading.flags:
            return False
        if self.judged is None or self.judged.verdict is None:
            return True
        if not self.is_credited:
            return False
        if flag is Flag.CONTRADICTED_LOCALLY:
            return True  # there is no looking for it in other words: only the model saw it
        told = [surroundings(parts[span.part], span.start, span.end) for span in self.evidence]
        turned = denies if flag is Flag.NEGATION else clashes
        return not told or any(turned(self.criterion.text, passage) for passage in told)

    @property
    def is_not_found(self) -> bool:
        """Whether the local reading is taken not to find it; where it can't know, it is not."""
        return self.reading.verdict is not Verdict.UNKNOWN and self.reading.probability < NOT_FOUND_BELOW


def oddities(
    request: GradeRequest, readings: Sequence[CriterionReading], judgements: Mapping[str, Judgement]
) -> tuple[Oddity, ...]:
    """What is odd about the credit of an answer, each kind once; empty when there is none.

    Args:
        request: The answer with its criteria.
        readings: One a criterion, in order.
        judgements: By criterion id; empty where no critique counts.
    """
    lines = [
        _Line(criterion, reading, judgements.get(criterion.id))
        for criterion, reading in zip(request.criteria, readings, strict=True)
    ]
    judged = [line for line in lines if line.judged is not None]
    credited = [line for line in lines if line.is_credited]
    answer = join_parts(request.parts)
    swaps = swapped([criterion.text for criterion in request.criteria], answer) if credited else ()
    found = {
        Oddity.REPEATED: _is_repeated([line for line in judged if line.is_credited]),
        Oddity.REASON: any(_DENYING_REASON.search(line.judged.reason) for line in credited if line.judged),
        Oddity.CLASH: any(clashes(line.criterion.text, span.quote) for line in credited for span in line.evidence),
        Oddity.DENIED: any(is_denied(line.criterion.text, answer) for line in credited),
        Oddity.SWAP: any(swap and line.is_credited for swap, line in zip(swaps, lines, strict=False)),
        Oddity.ANOTHER: any(
            line.reading.verdict is not Verdict.COVERED
            and bool(line.evidence)
            and all(is_about_another(request.question, line.criterion.text, span.quote) for span in line.evidence)
            for line in credited
        ),
        Oddity.NEGATION: any(line.is_suspect(Flag.NEGATION, request.parts) for line in lines),
        Oddity.CONFLICT: any(line.is_suspect(Flag.CONFLICT, request.parts) for line in lines),
        Oddity.CONTRADICTED: any(line.is_suspect(Flag.CONTRADICTED_LOCALLY, request.parts) for line in lines),
        Oddity.UNIFORM: _is_uniform(judged),
    }
    return tuple(oddity for oddity, holds in found.items() if holds)


def _is_repeated(credited: Sequence[_Line]) -> bool:
    by_quote: dict[Evidence, list[_Line]] = {}
    for line in credited:
        for quote in line.evidence:
            by_quote.setdefault(quote, []).append(line)
    return any(
        len(lines) >= REPEATED_FROM or (len(lines) > 1 and any(line.is_not_found for line in lines))
        for lines in by_quote.values()
    )


def _is_uniform(judged: Sequence[_Line]) -> bool:
    if not all(line.judged is not None and line.judged.verdict is Verdict.COVERED for line in judged):
        return False
    missed = sum(line.is_not_found for line in judged)
    return missed >= UNIFORM_FROM and missed > len(judged) / 2
