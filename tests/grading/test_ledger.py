"""The fusion rules, row by row as the issue of the product states them, then what a whole grade says."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grading.ledger import decide, fuse, shifted
from app.grading.outcome import (
    CriterionReading,
    Critique,
    Evidence,
    Flag,
    Graded,
    Judgement,
    Reading,
    Source,
    StopReason,
)
from rubric.criteria import Criterion, Verdict
from tests.grading.requests import ANSWER, a_request, read_as, span

C, P, M, X, U = Verdict.COVERED, Verdict.PARTIAL, Verdict.MISSING, Verdict.CONTRADICTED, Verdict.UNKNOWN
QUOTE = span(ANSWER, "Crawlers infer the schema")
OWN = span(ANSWER, "Raw files land")
KEEP = None

# (S, L) -> what counts with: quote and reason, quote only, reason only, neither. KEEP is S; a verdict is L, taken.
# Flags: q = unverified_quote, r = no_reason.
ROWS: dict[tuple[Verdict, Verdict], tuple[tuple[Verdict | None, str], ...]] = {
    # (a) equal
    (C, C): ((KEEP, ""), (KEEP, ""), (KEEP, ""), (KEEP, "")),
    (P, P): ((KEEP, ""), (KEEP, ""), (KEEP, ""), (KEEP, "")),
    (M, M): ((KEEP, ""), (KEEP, ""), (KEEP, ""), (KEEP, "")),
    # (b) higher: needs a verified quote
    (P, C): ((C, ""), (C, ""), (KEEP, "q"), (KEEP, "q")),
    (M, C): ((C, ""), (C, ""), (KEEP, "q"), (KEEP, "q")),
    (X, C): ((C, ""), (C, ""), (KEEP, "q"), (KEEP, "q")),
    (M, P): ((P, ""), (P, ""), (KEEP, "q"), (KEEP, "q")),
    (X, P): ((P, ""), (P, ""), (KEEP, "q"), (KEEP, "q")),
    # (c) lower, or another verdict of equal credit: needs a reason
    (C, P): ((P, ""), (KEEP, "r"), (P, ""), (KEEP, "r")),
    (C, M): ((M, ""), (KEEP, "r"), (M, ""), (KEEP, "r")),
    (P, M): ((M, ""), (KEEP, "r"), (M, ""), (KEEP, "r")),
    (X, M): ((M, ""), (KEEP, "r"), (M, ""), (KEEP, "r")),
    # (d) contradicted: needs a verified quote, else flagged and treated as missing
    (C, X): ((X, ""), (X, ""), (M, "q"), (KEEP, "qr")),
    (P, X): ((X, ""), (X, ""), (M, "q"), (KEEP, "qr")),
    (M, X): ((X, ""), (X, ""), (KEEP, "q"), (KEEP, "q")),
    (X, X): ((X, ""), (X, ""), (M, "q"), (KEEP, "qr")),
    # (h) S unknown: L with a verified quote, or missing with a reason
    (U, C): ((C, ""), (C, ""), (KEEP, ""), (KEEP, "")),
    (U, P): ((P, ""), (P, ""), (KEEP, ""), (KEEP, "")),
    (U, M): ((M, ""), (M, ""), (M, ""), (KEEP, "")),
    (U, X): ((X, ""), (X, ""), (KEEP, ""), (KEEP, "")),
}
PROOFS = ((True, True), (True, False), (False, True), (False, False))
LETTERS = {"q": Flag.UNVERIFIED_QUOTE, "r": Flag.NO_REASON}
CASES = [
    (local, claim, quoted, reasoned, *outcome)
    for (local, claim), outcomes in ROWS.items()
    for (quoted, reasoned), outcome in zip(PROOFS, outcomes, strict=True)
]


def judged(verdict: Verdict | None, *, quoted: bool = True, reasoned: bool = True, id: str = "k0") -> Judgement:  # noqa: A002
    evidence = QUOTE if quoted else None
    return Judgement(criterion_id=id, verdict=verdict, evidence=evidence, reason="says so" if reasoned else " ")


def fused(
    read: CriterionReading, judgement: Judgement | None, *, status: str = "done", reason: str | None = None
) -> Graded:
    critique = Critique(status=status, reason=reason, judgements=(judgement,) if judgement else ())
    return fuse(a_request(criteria=["Crawlers infer the schema."]), Reading(criteria=(read,)), critique)


def test_the_table_has_every_row() -> None:
    assert set(ROWS) == set(product((C, P, M, X, U), (C, P, M, X)))


@pytest.mark.parametrize(("local", "claim", "quoted", "reasoned", "taken", "flags"), CASES)
def test_fusion_row_by_row(
    local: Verdict, claim: Verdict, quoted: bool, reasoned: bool, taken: Verdict | None, flags: str
) -> None:
    decision = decide(read_as(local), judged(claim, quoted=quoted, reasoned=reasoned))
    assert decision.verdict is taken
    assert decision.flags == tuple(LETTERS[letter] for letter in flags)
    assert not decision.opposed  # the reading was not confident


@pytest.mark.parametrize(("local", "claim", "quoted", "reasoned", "taken", "flags"), CASES)
def test_the_grade_says_whose_verdict_counts_and_why(
    local: Verdict, claim: Verdict, quoted: bool, reasoned: bool, taken: Verdict | None, flags: str
) -> None:
    read = read_as(local, evidence=OWN if local in {C, P, X} else None)
    grade = fused(read, judged(claim, quoted=quoted, reasoned=reasoned))
    line = grade.criteria[0]
    assert grade.basis == "semantic+critique"
    assert line.verdict is (local if taken is None else taken)
    assert line.source is (Source.SEMANTIC if taken is None else Source.CRITIQUE)
    assert line.half_points == {C: 2, P: 1, M: 0, X: 0, U: 1}[line.verdict]
    assert set(grade.flags) == {LETTERS[letter] for letter in flags}
    if taken is None:
        assert (line.evidence, line.probability) == (read.evidence, read.probability)
        assert grade.needs_review is (local is U)
    else:
        assert line.evidence == (() if taken is M else (QUOTE,) if quoted else (OWN,))
        assert (line.probability >= 0.5) is (line.half_points > 0)
        assert not grade.needs_review
    if line.verdict in {C, P} and local is not U:
        assert line.evidence
    assert grade.score == Fraction(line.half_points, 2)


@pytest.mark.parametrize("local", [C, P, M, X, U])
def test_an_unjudged_criterion_keeps_the_reading_and_asks_for_a_person(local: Verdict) -> None:
    grade = fused(read_as(local), judged(None))
    assert (grade.criteria[0].verdict, grade.criteria[0].source) == (local, Source.SEMANTIC)
    assert grade.criteria[0].flags == (Flag.UNJUDGED,)
    assert grade.review_reasons == ("The critique gave no usable verdict on “Crawlers infer the schema.”.",)


@pytest.mark.parametrize("local", [C, P, M, X])
@pytest.mark.parametrize(("status", "flags"), [("failed", ()), ("void", (Flag.DECOY,))])
def test_a_failed_or_void_critique_leaves_the_reading_and_asks_for_a_person(
    local: Verdict, status: str, flags: tuple[Flag, ...]
) -> None:
    grade = fused(read_as(local), judged(C), status=status, reason="the model declined")
    assert (grade.criteria[0].verdict, grade.criteria[0].source) == (local, Source.SEMANTIC)
    assert grade.basis == "semantic, critique failed: the model declined"
    assert grade.needs_review
    assert "the model declined" in grade.review_reasons[0]
    assert grade.flags == flags


@pytest.mark.parametrize(
    ("local", "claim", "probability", "asked"),
    [
        (M, C, 0.1, True),
        (M, C, 0.11, False),
        (X, C, 0.05, True),
        (C, M, 0.9, True),
        (C, M, 0.89, False),
        (C, X, 0.95, True),
        (M, P, 0.01, False),
        (C, P, 0.99, False),
        (P, C, 0.99, False),
        (P, M, 0.99, False),
    ],
)
def test_a_confident_reading_overruled_by_a_full_credit_asks_for_a_person(
    local: Verdict, claim: Verdict, probability: float, asked: bool
) -> None:
    grade = fused(read_as(local, probability=probability), judged(claim))
    assert grade.criteria[0].verdict is claim
    assert grade.needs_review is asked


def test_a_confident_reading_that_was_not_overruled_asks_for_nobody() -> None:
    grade = fused(read_as(M, probability=0.01), judged(C, quoted=False))
    assert grade.criteria[0].verdict is M
    assert not grade.needs_review


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([C, P, M, X]))
def test_a_taken_verdict_moves_the_probability_to_its_side(chance: float, share: float, verdict: Verdict) -> None:
    probability, full = shifted(chance, chance * share, verdict)
    assert 0 <= full <= probability <= 1
    assert (probability >= 0.5) is (verdict in {C, P})


def graded(
    *reads: CriterionReading, judgements: tuple[Judgement, ...] | None = None, weights: tuple[int, ...] = ()
) -> Graded:
    named = tuple(replace(read, criterion_id=f"k{place}") for place, read in enumerate(reads))
    request = a_request(criteria=[f"Point {place}" for place in range(len(reads))])
    weighted = weights or (1,) * len(reads)
    criteria = tuple(
        Criterion(id=criterion.id, text=criterion.text, weight=weight)
        for criterion, weight in zip(request.criteria, weighted, strict=True)
    )
    critique = None if judgements is None else Critique(status="done", judgements=judgements)
    return fuse(replace(request, criteria=criteria), Reading(criteria=named), critique)


def test_python_counts_half_points_by_weight() -> None:
    grade = graded(read_as(C), read_as(P), read_as(M), weights=(3, 2, 5))
    assert grade.score == Fraction(3 * 2 + 2 * 1, 2 * 10)
    assert grade.basis == "semantic"
    assert grade.critique is None
    assert not grade.needs_review


verdict_lists = st.lists(
    st.tuples(
        st.sampled_from([C, P, M, X, U]),
        st.floats(0, 1),
        st.sampled_from([C, P, M, X, None]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(verdict_lists)
def test_whatever_was_judged_the_interval_holds_the_score(
    lines: list[tuple[Verdict, float, Verdict | None, bool, bool]],
) -> None:
    reads = [read_as(local, probability=chance) for local, chance, *_ in lines]
    judgements = tuple(
        judged(claim, quoted=quoted, reasoned=reasoned, id=f"k{place}")
        for place, (_, _, claim, quoted, reasoned) in enumerate(lines)
    )
    grade = graded(*reads, judgements=judgements)
    assert 0 <= grade.score_low <= grade.score <= grade.score_high <= 1
    assert all(0 <= line.probability <= 1 for line in grade.criteria)


def test_a_doubted_criterion_spans_from_nothing_to_the_higher_claim() -> None:
    grade = graded(read_as(P, probability=0.99), judgements=(judged(C, quoted=False),))
    assert [grade.score_low, grade.score, grade.score_high] == [0, Fraction(1, 2), 1]


def test_certainty_leaves_no_interval() -> None:
    sure = replace(read_as(C, probability=1.0), probability_full=1.0)
    grade = graded(sure, sure)
    assert grade.score_low == grade.score == grade.score_high == 1


def test_a_critique_still_to_come_is_told_and_not_accepted_yet() -> None:
    grade = fused(read_as(C), None, status="pending")
    assert grade.basis == "semantic, critique pending: still to come"
    assert grade.review_reasons == ("The critique is still to come.",)


def test_a_stopped_answer_scores_nothing_with_its_reason() -> None:
    reading = Reading(criteria=(read_as(M, probability=0.0),), stopped=StopReason.DONT_KNOW)
    grade = fuse(a_request("idk", criteria=["Crawlers infer the schema."]), reading, None)
    assert grade.reason is StopReason.DONT_KNOW
    assert grade.score == grade.score_low == grade.score_high == 0
    assert (grade.basis, grade.critique, grade.needs_review) == ("semantic", None, False)


def test_an_answer_that_instructs_the_grader_is_flagged_and_scored_as_usual() -> None:
    critique = Critique(status="done", judgements=(judged(C),), manipulation=True)
    grade = fuse(a_request(criteria=["x"]), Reading(criteria=(read_as(P),)), critique)
    assert grade.flags == (Flag.MANIPULATION,)
    assert grade.needs_review
    assert grade.score == 1


def test_flags_and_reasons_of_the_reading_stay() -> None:
    reading = Reading(criteria=(read_as(C),), flags=(Flag.UNCALIBRATED,), review_reasons=("Not calibrated.",))
    grade = fuse(replace(a_request(criteria=["x"]), replaced_characters=2), reading, None)
    assert grade.flags == (Flag.REPLACED_CHARACTERS, Flag.UNCALIBRATED)
    assert grade.review_reasons == ("Not calibrated.",)


def test_an_answer_the_critique_saw_only_in_part_asks_for_a_person() -> None:
    critique = Critique(status="done", judgements=(judged(C),))
    grade = fuse(a_request("long " * 10_000, criteria=["x"]), Reading(criteria=(read_as(C),)), critique)
    assert grade.flags == (Flag.TOO_LONG,)
    assert grade.needs_review


def test_provenance_joins_bank_reading_and_critique_with_what_varies_apart() -> None:
    reading = Reading(criteria=(read_as(C),), provenance={"embedder": "e", "measured": {"latency_ms": 3}})
    critique = Critique(
        status="done", judgements=(judged(C),), provenance={"model": "m", "measured": {"requests": 1, "latency_ms": 9}}
    )
    provenance = fuse(a_request(criteria=["x"]), reading, critique).provenance
    assert (provenance["embedder"], provenance["model"], provenance["bank"]) == ("e", "m", "storage")
    assert provenance["bank_sha256"] == "ab" * 32
    assert provenance["measured"] == {"reading": {"latency_ms": 3}, "critique": {"requests": 1, "latency_ms": 9}}
    assert provenance["viva"]


def test_evidence_is_always_verbatim() -> None:
    grade = fused(read_as(C, evidence=OWN), judged(P, quoted=False))
    evidence: Evidence = grade.criteria[0].evidence[0]
    assert ANSWER[evidence.start : evidence.end] == evidence.quote
