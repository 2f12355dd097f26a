"""A second local opinion: an entailment model asked whether what was found of a criterion says it, or the opposite.

It may do two things, and both only where it is strongly of that opinion: leave a credited criterion `unknown` that it
reads as contradicted, and settle one that the reading left open. It never gives more than the reading's estimate, save
that what it confirms is worth at least half a point, and never touches what the reading did not find.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Flag, Reading
from rubric.criteria import Verdict
from vectorstore.entailment import Entailment, Inference, Pair
from vectorstore.errors import EntailmentUnavailable

CONTRADICTED_FROM = 0.9
"""Probability of contradiction that counts. Such models are sure of themselves and, away from what they were trained on,
often wrong: .9 keeps what they say almost always, and the price of a false alarm is a look by a person."""
CONFIRMED_FROM = 0.95
"""Probability of entailment that settles an open verdict: higher, because a person then no longer looks for that reason."""
UNOPPOSED_BELOW = 0.5
"""Probability of contradiction, by any of a criterion's spans, from which nothing is settled by another span."""
ENTAILMENT_PROVENANCE = ("entailment", "entailment_sha256", "entailment_error", "inferences")

_log = structlog.get_logger(__name__)


class Reader(Protocol):
    """Reads answers locally."""

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        """One reading a request, in order."""
        ...


class EntailedReader:
    """Reads with another reader, then asks an entailment model; goes on without it, and says so, where it fails."""

    def __init__(self, reader: Reader, entailment: Entailment) -> None:
        self._reader = reader
        self._entailment = entailment

    async def read(self, request: GradeRequest) -> Reading:
        """The reading of one answer; raises what the other reader raises."""
        return (await self.read_many([request]))[0]

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        """One reading a request, in order; raises what the other reader raises."""
        readings = await self._reader.read_many(requests)
        return [await self._asked(*pair) for pair in zip(requests, readings, strict=True)]

    async def _asked(self, request: GradeRequest, reading: Reading) -> Reading:
        pairs = _pairs(request, reading)
        if not any(pairs.values()):
            return reading
        told: dict[str, Any] = {"entailment": self._entailment.name}
        try:
            # One call an answer: what else is in the batch moves the last bits of a probability.
            inferred = iter(await self._entailment.infer([pair for mine in pairs.values() for pair in mine]))
        except EntailmentUnavailable as error:
            _log.warning("an answer was read without the entailment model", error=type(error).__name__)
            return replace(reading, provenance={**reading.provenance, **told, "entailment_error": str(error)})
        inferences = {id_: [next(inferred) for _ in mine] for id_, mine in pairs.items()}
        told["entailment_sha256"] = self._entailment.fingerprint
        told["inferences"] = {
            id_: [[each.entailment, each.contradiction] for each in mine] for id_, mine in inferences.items()
        }
        return replace(weighed(reading, inferences), provenance={**reading.provenance, **told})


def weighed(reading: Reading, inferences: Mapping[str, Sequence[Inference]]) -> Reading:
    """The reading after the entailment model's opinion.

    Args:
        reading: As the other reader gave it.
        inferences: By criterion id, one for each of its spans; a criterion may have none.
    """
    criteria = tuple(_weighed(read, inferences.get(read.criterion_id, ())) for read in reading.criteria)
    return replace(reading, criteria=criteria)


def recorded_inferences(provenance: Mapping[str, Any]) -> dict[str, list[Inference]]:
    """The inferences that a grade's provenance keeps; empty where no entailment model was asked."""
    kept: Mapping[str, Sequence[Sequence[float]]] = provenance.get("inferences", {})
    return {
        id_: [Inference(entailment, contradiction) for entailment, contradiction in mine] for id_, mine in kept.items()
    }


def _pairs(request: GradeRequest, reading: Reading) -> dict[str, list[Pair]]:
    """What to ask, by criterion id; nothing where the language or a bare list of names makes every opinion idle."""
    if {Flag.OTHER_LANGUAGE, Flag.KEYWORD_LIST} & set(reading.flags):
        return {}
    return {
        criterion.id: [Pair(span.quote, criterion.text) for span in read.evidence]
        for criterion, read in zip(request.criteria, reading.criteria, strict=True)
    }


def _weighed(read: CriterionReading, inferences: Sequence[Inference]) -> CriterionReading:
    if not inferences:
        return read
    contradicted = max(each.contradiction for each in inferences)
    entailed = max(each.entailment for each in inferences)
    if contradicted >= CONTRADICTED_FROM:
        return replace(
            read,
            verdict=Verdict.UNKNOWN,
            half_points=min(read.half_points, 1),
            flags=(*read.flags, Flag.CONTRADICTED_LOCALLY),
        )
    is_open = read.verdict is Verdict.UNKNOWN and not read.flags  # a conflict of words stays with a person
    if is_open and entailed >= CONFIRMED_FROM and contradicted < UNOPPOSED_BELOW:
        half_points = max(read.half_points, 1)
        return replace(
            read,
            verdict=Verdict.COVERED if half_points > 1 else Verdict.PARTIAL,
            half_points=half_points,
            # Halfway to certainty, as for a critique's verdict; not calibrated, which the flag says.
            probability=round((1 + read.probability) / 2, 4),
            probability_full=round((1 + read.probability_full) / 2, 4) if half_points > 1 else read.probability_full,
            flags=(Flag.UNCALIBRATED,),
        )
    return read
