"""Who is looked at twice, and what becomes of two looks at the same criteria.

Agreement settles, disagreement is for a person. What second looks cost is bounded whatever a judge leaves undecided:
answers are drawn for them by what they say, so that a grade depends neither on other answers nor on their order.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from app.grading.decoys import revision
from app.grading.grader import GradeRequest
from app.grading.outcome import CriterionReading, Critique, Evidence, Judgement, Reading
from rubric.criteria import Verdict

SHARE = 0.08
"""Of the answers, how many may be looked at twice: few enough that of a hundred hardly ever more than 15 are."""
NOT_DRAWN = "not drawn"
_ADDED_UP = ("requests", "retries", "probes", "input_tokens", "output_tokens", "cost")


def is_drawn(request: GradeRequest, share: float) -> bool:
    """Whether this answer is among those that may be looked at twice, by a digest of it and its rubric.

    Args:
        request: The answer; the order of its criteria does not matter.
        share: Of all answers, 0..1.
    """
    said = "\0".join((revision(request), *request.parts))
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def passed_over(first: Critique, criteria: Collection[str]) -> Critique:
    """The critique, saying that a second look at these criteria was not drawn."""
    told = {"status": NOT_DRAWN, "criteria": sorted(criteria)}
    return replace(first, provenance={**first.provenance, "second_look": told})


def is_passed_over(critique: Critique) -> bool:
    """Whether a second look would have been of use and was not drawn."""
    told = critique.provenance.get("second_look") or {}
    return told.get("status") == NOT_DRAWN


def joined(first: Critique, second: Critique, *, is_independent: bool) -> Critique:
    """The first critique with what a second one about some of its criteria says.

    An equal verdict takes from either look the quote or the reason that the other lacked. One that the first did not
    give usably is the second's. Of two verdicts that differ the first stands. A second look that is void takes the
    first with it; one that failed, or left anything out, changes nothing.

    Args:
        first: Of all criteria.
        second: Of those that were undecided.
        is_independent: Whether another model gave it, so that its agreement confirms; that of the same model, which
            may err the same way twice, does not.
    """
    provenance = _provenance(first, second)
    if second.status == "void":
        return replace(first, status="void", reason=second.reason, provenance=provenance)
    again = {judgement.criterion_id: judgement for judgement in second.judgements}
    judgements = tuple(
        _settled(judgement, again[judgement.criterion_id], is_independent)
        if judgement.criterion_id in again
        else judgement
        for judgement in first.judgements
    )
    manipulation = first.manipulation or second.manipulation
    return replace(first, judgements=judgements, manipulation=manipulation, provenance=provenance)


def at_best(first: Critique, reading: Reading, criteria: Collection[str], *, is_independent: bool) -> Critique:
    """The first critique after the most that a second look at these criteria could do for it."""
    judgements = tuple(
        _settled(judgement, _agreeing(judgement, read), is_independent)
        if judgement.criterion_id in criteria
        else judgement
        for judgement, read in zip(first.judgements, reading.criteria, strict=True)
    )
    return replace(first, judgements=judgements)


def _settled(first: Judgement, second: Judgement, is_independent: bool) -> Judgement:
    if first.verdict is None:
        return second
    if first.verdict is not second.verdict:
        return first
    evidence, reason = first.evidence or second.evidence, first.reason or second.reason
    return replace(first, evidence=evidence, reason=reason, confirmed=is_independent)


def _agreeing(first: Judgement, read: CriterionReading) -> Judgement:
    """A judgement that agrees with the first, else with the local reading, and lacks nothing."""
    own = Verdict.MISSING if read.verdict is Verdict.UNKNOWN else read.verdict
    quote = read.evidence[0] if read.evidence else Evidence(0, 0, 0, "")
    return replace(first, verdict=first.verdict or own, evidence=first.evidence or quote, reason=first.reason or "so")


def _provenance(first: Critique, second: Critique) -> Mapping[str, Any]:
    told, again = first.provenance, second.provenance
    measured, spent = told.get("measured", {}), again.get("measured", {})
    sums = {name: measured.get(name, 0) + spent.get(name, 0) for name in _ADDED_UP if name in measured or name in spent}
    return {
        **told,
        "raw_replies": list(chain(told.get("raw_replies", ()), again.get("raw_replies", ()))),
        "second_look": {
            "model": again.get("model"),
            "schema_sha256": again.get("schema_sha256"),
            "status": second.status,
            "criteria": [judgement.criterion_id for judgement in second.judgements],
        },
        "measured": {
            **measured,
            **sums,
            "escalations": spent.get("requests", 0) - spent.get("retries", 0) - spent.get("probes", 0),
            "cached": bool(measured.get("cached") and spent.get("cached")),
            "latency_ms": round(measured.get("latency_ms", 0.0) + spent.get("latency_ms", 0.0), 1),
        },
    }
