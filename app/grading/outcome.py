"""What grading gives: verdicts with their evidence, or the reason why there are none.

Unknown is never zero: an `Ungraded` has no score and enters no average.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from rubric.criteria import Verdict

DECISION = "decision"
"""Key within a grade's provenance that names the person's decision it rests on."""


class Source(StrEnum):
    """Who gave the verdict that counts."""

    SEMANTIC = "semantic"
    CRITIQUE = "critique"
    PERSON = "person"


class Flag(StrEnum):
    """The closed list of things worth a reader's attention."""

    # of the text that arrived
    REPLACED_CHARACTERS = "replaced_characters"
    TOO_LONG = "too_long"
    ECHO = "echo"
    MANIPULATION = "manipulation"
    OTHER_LANGUAGE = "other_language"
    # of the semantic reading
    CODE = "code"
    UNCALIBRATED = "uncalibrated"
    UNFAMILIAR = "unfamiliar"
    NEGATION = "negation"
    KEYWORD_LIST = "keyword_list"
    CONFLICT = "conflict"
    CONTRADICTED_LOCALLY = "contradicted_locally"
    # of the critique
    UNVERIFIED_QUOTE = "unverified_quote"
    NO_REASON = "no_reason"
    UNJUDGED = "unjudged"
    DECOY = "decoy"


class StopReason(StrEnum):
    """Why an answer was graded 0 without being judged."""

    BLANK = "blank"
    NO_CONTENT = "no_content"
    ECHO = "echo"
    DONT_KNOW = "dont_know"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim span: `parts[part][start:end] == quote`, offsets in code points."""

    part: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionReading:
    """The local reading of one criterion.

    Attributes:
        half_points: Best estimate of the credit, 0..2; for `unknown` too.
        probability: Calibrated P(credit >= 1/2), 0..1.
        probability_full: Calibrated P(credit = 1), 0..probability.
        evidence: 1 to 3 spans where the verdict is covered or partial, of at most 40 words each.
        flags: Conflicts seen on this criterion.
    """

    criterion_id: str
    verdict: Verdict
    half_points: int
    probability: float
    probability_full: float
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class DecoyReading:
    """A decoy and the cosine, -1..1, of the segment of the answer that is nearest to it."""

    text: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The local reading of an answer: always available, never needs a network.

    Attributes:
        criteria: One a criterion of the request, in its order.
        language: The answer's, where the local reading can't judge it; ISO 639-1, or "und" for an unknown one.
        stopped: Set when the pre-check ended it: no criterion was read, all are missing.
        review_reasons: Sentences; not empty means that a person should look.
        provenance: embedder, embedder_sha256, head, head_sha256, vector_ids, and under "reading" what the reading rests
            on (`app.grading.grounds`).
        decoys: The decoys of this rubric in their fixed order; empty where nothing was read.
    """

    criteria: tuple[CriterionReading, ...]
    language: str | None = None
    stopped: StopReason | None = None
    flags: tuple[Flag, ...] = ()
    review_reasons: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    decoys: tuple[DecoyReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the critique said of one criterion, as validated: the quote mapped to the answer or void.

    Attributes:
        verdict: None when the id was dropped, duplicated, unknown or its verdict off the menu.
        evidence: The quote's place in the answer; None when it is empty or not verbatim.
        reason: Its short reason; empty when it gave none.
        confirmed: Whether a second look at this criterion gave the same verdict.
    """

    criterion_id: str
    verdict: Verdict | None
    evidence: Evidence | None
    reason: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Critique:
    """The LLM's critique of an answer, validated.

    Attributes:
        status: "done", "pending", "failed" (refused, unparseable, truncated, unavailable) or "void" (decoy marked).
        reason: Why it failed or is void; None when done or pending.
        retry: Whether a failed one is worth asking for again by itself: the model was not there. What it refused or
            garbled is asked for again only when a person says so, so that no answer can be made to cost without end.
        judgements: One a criterion, in order, when done; kept for the record when void; else empty.
        vouched_language: The answer's language, where the local reading can't judge it and the critique was validated
            for it.
        provenance: model, returned_model, prompt, prompt_version, prompt_sha256, schema_sha256, raw replies, and
            under "measured" latency, requests and token usage.
    """

    status: str
    reason: str | None = None
    retry: bool = True
    judgements: tuple[Judgement, ...] = ()
    feedback: str = ""
    strengths: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    misconceptions: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    manipulation: bool = False
    vouched_language: str | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineVerdict:
    """What the machine had given a criterion before a person decided: verdict, half-points 0..2, P(credit >= 1/2)."""

    verdict: Verdict
    half_points: int
    probability: float
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionGrade:
    """One line of the ledger; `machine` is set where a person decided."""

    criterion_id: str
    text: str
    weight: int
    verdict: Verdict
    half_points: int
    probability: float
    source: Source
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[Flag, ...] = ()
    reason: str = ""
    machine: MachineVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A score with everything it rests on.

    Attributes:
        basis: "semantic", "semantic+critique", "semantic, critique pending: …" or "semantic, critique failed: …".
        reason: Set when the pre-check stopped it.
        score, score_low, score_high: 0..1, low <= score <= high.
        critique: None when none was asked for.
        provenance: See `Reading` and `Critique`; what varies from run to run stands under "measured".
    """

    basis: str
    score: Fraction
    score_low: Fraction
    score_high: Fraction
    criteria: tuple[CriterionGrade, ...]
    reason: StopReason | None = None
    flags: tuple[Flag, ...] = ()
    review_reasons: tuple[str, ...] = ()
    critique: Critique | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs_review(self) -> bool:
        """Whether a person should look before this counts."""
        return bool(self.review_reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungraded:
    """No score, and why: "embedder_unavailable", or a sentence naming what was wrong with the row."""

    reason: str
    flags: tuple[Flag, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


Outcome = Graded | Ungraded
