"""What is odd about a critique asks for a person and changes no mark."""

from dataclasses import replace

import pytest

from app.grading.checks import Oddity, oddities
from app.grading.ledger import fuse
from app.grading.outcome import CriterionReading, Critique, Evidence, Flag, Judgement, Reading
from rubric.criteria import Verdict
from tests.grading.requests import a_request, read_as, span

ANSWER = "Raw files land in object storage. Old ones move to Glacier after 30 seconds. Rows are kept last."
FIRST, SECOND, THIRD = (span(ANSWER, quote) for quote in ("object storage", "after 30 seconds", "Rows are kept last"))


def judged(
    *quotes: Evidence | None, verdict: Verdict = Verdict.COVERED, reason: str = "stated"
) -> dict[str, Judgement]:
    found = [
        Judgement(criterion_id=f"k{place}", verdict=verdict, evidence=quote, reason=reason)
        for place, quote in enumerate(quotes)
    ]
    return {judgement.criterion_id: judgement for judgement in found}


def read(*probabilities: float) -> list[CriterionReading]:
    return [
        read_as(Verdict.PARTIAL if chance >= 0.5 else Verdict.MISSING, probability=chance, id=f"k{place}")
        for place, chance in enumerate(probabilities)
    ]


def odd(readings: list[CriterionReading], judgements: dict[str, Judgement], *criteria: str) -> tuple[Oddity, ...]:
    texts = criteria or tuple(f"Point number {place}" for place in "abcdef"[: len(readings)])
    return oddities(a_request(ANSWER, criteria=texts), readings, judgements)


def test_one_quote_for_three_criteria_is_odd_and_for_two_only_where_one_was_not_found() -> None:
    assert odd(read(0.9, 0.9, 0.9), judged(FIRST, FIRST, FIRST)) == (Oddity.REPEATED,)
    assert odd(read(0.9, 0.9, 0.9), judged(FIRST, FIRST, SECOND)) == ()
    assert odd(read(0.9, 0.1, 0.9), judged(FIRST, FIRST, SECOND)) == (Oddity.REPEATED,)


@pytest.mark.parametrize("reason", ["not mentioned", "The answer does not state this", "No mention of it", "absent"])
def test_a_reason_that_speaks_against_its_verdict_is_odd(reason: str) -> None:
    assert odd(read(0.9), judged(FIRST, reason=reason)) == (Oddity.REASON,)
    assert odd(read(0.9), judged(FIRST, reason=reason, verdict=Verdict.MISSING)) == ()


def test_a_quote_that_turns_the_criterion_round_is_odd() -> None:
    assert odd(read(0.9), judged(SECOND), "Move old files to Glacier after 30 days.") == (Oddity.CLASH,)
    assert odd(read(0.9), judged(THIRD), "Keep rows first.") == (Oddity.CLASH,)
    assert odd(read(0.9), judged(FIRST), "Store raw files in object storage.") == ()


def test_a_quote_that_rejects_what_it_names_is_odd() -> None:
    answer = "Some people store raw data in S3, which is a mistake."
    request = a_request(answer, criteria=["Store raw data in S3."])
    assert oddities(request, read(0.9), judged(span(answer, answer))) == (Oddity.CLASH,)


def test_everything_marked_covered_is_odd_where_most_was_not_found() -> None:
    quotes = [span(ANSWER, word) for word in ("Raw", "files", "land", "Old")]
    assert odd(read(0.1, 0.1, 0.1, 0.9), judged(*quotes)) == (Oddity.UNIFORM,)
    assert odd(read(0.1, 0.1, 0.9, 0.9), judged(*quotes)) == ()
    assert odd(read(0.1, 0.1, 0.1, 0.9), judged(*quotes, verdict=Verdict.PARTIAL)) == ()


def test_a_conflict_seen_by_the_local_reading_stays_open_until_a_critique_settles_it() -> None:
    def flagged(flag: Flag) -> list[CriterionReading]:
        return [replace(read(0.9)[0], flags=(flag,))]

    for flag, oddity in ((Flag.NEGATION, Oddity.NEGATION), (Flag.CONFLICT, Oddity.CONFLICT)):
        criterion = "Move old ones to Glacier after 30 seconds."
        assert odd(flagged(flag), {}, criterion) == (oddity,)
        assert odd(flagged(flag), judged(None, verdict=Verdict.MISSING, reason="not there"), criterion) == ()
        assert odd(flagged(flag), judged(SECOND), criterion) == ()
        assert odd(flagged(flag), judged(None), criterion) == (oddity,), "a quote that is not there settles nothing"
    assert Oddity.NEGATION in odd(flagged(Flag.NEGATION), judged(SECOND), "Old ones never move to Glacier.")
    assert Oddity.CONFLICT in odd(flagged(Flag.CONFLICT), judged(SECOND), "Move old ones after 30 days.")


def test_a_contradiction_seen_by_an_entailment_model_stays_open_until_a_critique_gives_no_credit() -> None:
    contradicted = [replace(read(0.9)[0], flags=(Flag.CONTRADICTED_LOCALLY,))]
    criterion = "Move old ones to Glacier."
    assert odd(contradicted, {}, criterion) == (Oddity.CONTRADICTED,)
    assert Oddity.CONTRADICTED in odd(contradicted, judged(SECOND), criterion)
    assert odd(contradicted, judged(None, verdict=Verdict.MISSING, reason="not there"), criterion) == ()


def test_the_local_reading_is_held_to_the_same_where_no_critique_counts() -> None:
    [reading] = read(0.9)
    reading = replace(reading, verdict=Verdict.COVERED, half_points=2, evidence=(SECOND,))
    assert odd([reading], {}, "Move old files to Glacier after 30 days.") == (Oddity.CLASH,)
    assert odd([reading], {}, "Move old files to Glacier after 30 seconds.") == ()


def test_an_oddity_asks_for_a_person_and_leaves_the_marks() -> None:
    def grade(reason: str) -> tuple[object, bool]:
        critique = Critique(status="done", judgements=tuple(judged(FIRST, reason=reason).values()))
        graded = fuse(a_request(ANSWER, criteria=["Point"]), Reading(criteria=tuple(read(0.9))), critique)
        return graded.score, graded.needs_review

    assert grade("stated") == (1, False)
    assert grade("not mentioned") == (1, True)
