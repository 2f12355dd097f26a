"""In which heap of the queue a case lies."""

import pytest

from app.grading.doubts import UNFAMILIAR
from app.grading.language import NOT_READ
from app.grading.manipulation import Manipulation
from app.grading.outcome import Graded
from app.review.reasons import ReviewReason, weightiest
from rubric.criteria import Verdict
from tests.grading.requests import read_as
from tests.grading.test_ledger import fused, judged


def heap(*sentences: str, audited: bool = False, contested: bool = False) -> ReviewReason:
    return weightiest(sentences, audited=audited, contested=contested)


def test_a_case_lies_in_the_heap_of_its_weightiest_reason() -> None:
    assert heap(UNFAMILIAR, NOT_READ, Manipulation.HIDDEN) is ReviewReason.MANIPULATION
    assert heap(UNFAMILIAR, NOT_READ) is ReviewReason.LANGUAGE
    assert heap(UNFAMILIAR, contested=True) is ReviewReason.CONTESTED


def test_of_what_is_in_the_audit_sample_nothing_else_is_told() -> None:
    assert heap(Manipulation.HIDDEN, audited=True, contested=True) is ReviewReason.AUDIT


def test_what_nobody_has_sorted_waits_for_something_else() -> None:
    assert heap("A person should look.") is ReviewReason.OTHER
    assert heap() is ReviewReason.OTHER


@pytest.mark.parametrize(
    ("graded", "reason"),
    [
        (fused(read_as(Verdict.COVERED), None, status="pending"), ReviewReason.CRITIQUE),
        (fused(read_as(Verdict.COVERED), None, status="failed", reason="no reply"), ReviewReason.CRITIQUE),
        (fused(read_as(Verdict.COVERED), None, status="void", reason="a decoy"), ReviewReason.CRITIQUE),
        (fused(read_as(Verdict.COVERED), judged(None)), ReviewReason.CRITIQUE),
        (fused(read_as(Verdict.COVERED, probability=0.99), judged(Verdict.MISSING)), ReviewReason.CONTRADICTION),
        (fused(read_as(Verdict.UNKNOWN), judged(Verdict.COVERED, quoted=False)), ReviewReason.UNDECIDED),
    ],
)
def test_every_sentence_of_the_ledger_is_sorted(graded: Graded, reason: ReviewReason) -> None:
    assert graded.review_reasons
    assert heap(*graded.review_reasons) is reason
