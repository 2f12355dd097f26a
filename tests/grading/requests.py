"""Answers to be graded, and what a local reading may say of them."""

from collections.abc import Sequence

from app.grading.grader import BankRef, GradeRequest
from app.grading.outcome import CriterionReading, Evidence, Reading
from rubric.criteria import HALF_POINTS, Criterion, Verdict
from vectorstore.errors import VectorStoreError

QUESTION = "How would you design a data pipeline using AWS Glue and S3?"
ANSWER = "Raw files land in object storage. Crawlers infer the schema. Jobs clean the data with Spark."
TEXTS = ("Bring raw files into object storage.", "Crawlers infer the schema.", "Query the result with Athena.")
"""In the order in which a critique lists them."""
BANK = BankRef("storage", 3, "ab" * 32)

PROBABLE = {Verdict.COVERED: 0.8, Verdict.PARTIAL: 0.6, Verdict.MISSING: 0.2, Verdict.CONTRADICTED: 0.2}


def a_request(*parts: str, criteria: Sequence[str] = TEXTS, decoy: str = "", language: str = "en") -> GradeRequest:
    """The question with these criteria (ids k0, k1 …) and this answer, by default one that meets two of three."""
    numbered = tuple(Criterion(id=f"k{place}", text=text) for place, text in enumerate(criteria))
    return GradeRequest(
        question=QUESTION,
        criteria=numbered,
        parts=parts or (ANSWER,),
        question_id="q1",
        bank=BANK,
        language=language,
        decoy=decoy,
    )


def span(text: str, quote: str, part: int = 0) -> Evidence:
    """The evidence that this quote is."""
    start = text.index(quote)
    return Evidence(part, start, start + len(quote), quote)


def read_as(
    verdict: Verdict,
    *,
    probability: float | None = None,
    evidence: Evidence | None = None,
    id: str = "k0",  # noqa: A002 - the field's name
) -> CriterionReading:
    """A local reading of one criterion; what is unknown is estimated at half."""
    chance = PROBABLE.get(verdict, 0.5) if probability is None else probability
    return CriterionReading(
        criterion_id=id,
        verdict=verdict,
        half_points=HALF_POINTS.get(verdict, 1),
        probability=chance,
        probability_full=chance / 2,
        evidence=(evidence,) if evidence else (),
    )


class ScriptedReader:
    """Gives every criterion the same reading, or fails; counts the answers it was asked to read."""

    def __init__(
        self,
        verdict: Verdict = Verdict.PARTIAL,
        error: VectorStoreError | None = None,
        *,
        probability: float | None = None,
    ) -> None:
        self.verdict = verdict
        self.probability = probability
        self.error = error
        self.read_answers: list[tuple[str, ...]] = []

    async def read(self, request: GradeRequest) -> Reading:
        return (await self.read_many([request]))[0]

    async def read_many(self, requests: Sequence[GradeRequest]) -> list[Reading]:
        self.read_answers.extend(request.parts for request in requests)
        if self.error is not None:
            raise self.error
        return [self._reading(request) for request in requests]

    def _reading(self, request: GradeRequest) -> Reading:
        first = Evidence(0, 0, 3, request.parts[0][:3])
        evidence = first if self.verdict in {Verdict.COVERED, Verdict.PARTIAL} else None
        return Reading(
            criteria=tuple(
                read_as(self.verdict, probability=self.probability, evidence=evidence, id=item.id)
                for item in request.criteria
            ),
            provenance={"embedder": "scripted", "head": "none", "measured": {"latency_ms": 1.0}},
        )
