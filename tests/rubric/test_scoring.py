"""The arithmetic of a score: per answer, per section, per interview."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubric.bank import Band
from rubric.scoring import (
    AnswerMark,
    InterviewScore,
    NonAnswer,
    average,
    band_of,
    completeness,
    interview_score,
    mark,
    score,
)

BANDS = (Band(name="not yet", minimum=0), Band(name="solid", minimum=60), Band(name="strong", minimum=80))
ledgers = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 50)), min_size=1, max_size=20)
fractions = st.fractions(0, 1)


def marks(*scores: Fraction | None) -> list[AnswerMark]:
    return [AnswerMark("Storage", value) for value in scores]


@given(ledger=ledgers, data=st.data())
def test_the_order_of_criteria_does_not_matter(ledger: list[tuple[int, int]], data: st.DataObject) -> None:
    assert score(data.draw(st.permutations(ledger))) == score(ledger)


@given(ledger=ledgers)
def test_full_credit_gives_one_and_no_credit_nothing(ledger: list[tuple[int, int]]) -> None:
    assert score([(2, weight) for _, weight in ledger]) == 1
    assert score([(0, weight) for _, weight in ledger]) == 0


@given(ledger=ledgers, data=st.data())
def test_more_credit_never_lowers_a_score(ledger: list[tuple[int, int]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ledger) - 1))
    half_points, weight = ledger[at]
    better = [*ledger[:at], (data.draw(st.integers(half_points, 2)), weight), *ledger[at + 1 :]]
    assert score(better) >= score(ledger)


@given(ledger=ledgers, factor=st.integers(1, 9))
def test_only_the_proportion_of_weights_matters(ledger: list[tuple[int, int]], factor: int) -> None:
    assert score([(half_points, weight * factor) for half_points, weight in ledger]) == score(ledger)


def test_eight_tenths_reach_a_pass_mark_of_eight_tenths() -> None:
    assert band_of(score([(2, 1)] * 8 + [(0, 1)] * 2), BANDS) == BANDS[2]


@pytest.mark.parametrize("ledger", [[], [(3, 1)], [(-1, 1)], [(2, 0)]])
def test_what_is_no_ledger_has_no_score(ledger: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"criterion|half-points|weight"):
        score(ledger)


@pytest.mark.parametrize(
    ("value", "name"), [("0", "not yet"), ("599/1000", "not yet"), ("3/5", "solid"), ("1", "strong")]
)
def test_a_band_begins_at_its_minimum(value: str, name: str) -> None:
    band = band_of(Fraction(value), BANDS)
    assert band is not None
    assert band.name == name


def test_no_band_is_named_below_the_lowest() -> None:
    assert band_of(Fraction(1, 2), BANDS[1:]) is None


def test_an_ungraded_answer_enters_no_average() -> None:
    result = interview_score(marks(Fraction(1), None, Fraction(1, 2)), asked=3)
    assert result.overall == Fraction(3, 4)
    assert (result.graded, result.ungraded) == (2, 1)
    assert result.completeness == 1


def test_nothing_graded_is_no_score_rather_than_zero() -> None:
    result = interview_score(marks(None), asked=2, bands=BANDS)
    assert (result.overall, result.band, dict(result.sections)) == (None, None, {"Storage": None})


def test_skipping_counts_nothing_lowers_completeness_and_costs_the_band() -> None:
    good = marks(*[Fraction(1)] * 7)
    left = [AnswerMark("Storage", mark(NonAnswer.SKIPPED, None, has_text=False, found=False), is_answered=False)] * 3
    result = interview_score([*good, *left], asked=10, bands=BANDS)
    assert result.overall == Fraction(7, 10)
    assert (result.completeness, result.graded, result.ungraded) == (Fraction(7, 10), 7, 0)
    assert result.band is None
    assert interview_score([*good, *left], asked=10, bands=BANDS, minimum_completeness=70).band == BANDS[1]


def test_what_was_not_asked_is_in_no_score_but_lowers_completeness() -> None:
    result = interview_score(marks(*[Fraction(1)] * 7), asked=10, bands=BANDS)
    assert (result.overall, result.completeness) == (Fraction(1), Fraction(7, 10))
    assert result.band is None


@given(scores=st.lists(fractions, max_size=8), left=st.integers(1, 4), data=st.data())
def test_skips_never_beat_as_many_answers_that_were_not_known(
    scores: list[Fraction], left: int, data: st.DataObject
) -> None:
    def told(name: NonAnswer, *, is_answered: bool) -> InterviewScore:
        worth = mark(name, Fraction(0) if is_answered else None, has_text=is_answered, found=False)
        rest = [AnswerMark("Storage", worth, is_answered=is_answered)] * left
        order = data.draw(st.permutations([*marks(*scores), *rest]))
        return interview_score(order, asked=len(scores) + left, bands=BANDS)

    unknown = told(NonAnswer.DONT_KNOW, is_answered=True)
    for name in (NonAnswer.SKIPPED, NonAnswer.DECLINED_TO_ANSWER, NonAnswer.TIMED_OUT, NonAnswer.INTERRUPTED):
        skipped = told(name, is_answered=False)
        assert skipped.overall == unknown.overall
        assert skipped.completeness < unknown.completeness
        assert skipped.band is None or unknown.band is not None


def test_no_band_rests_on_the_few_answers_that_could_be_graded() -> None:
    assert interview_score(marks(Fraction(1), *[None] * 9), asked=10, bands=BANDS).band is None


def test_each_answer_counts_alike_whatever_its_section() -> None:
    given_marks = [AnswerMark("A", Fraction(1)), AnswerMark("B", Fraction(0)), AnswerMark("B", Fraction(0))]
    result = interview_score(given_marks, asked=3)
    assert result.overall == Fraction(1, 3)
    assert dict(result.sections) == {"A": Fraction(1), "B": Fraction(0)}


@pytest.mark.parametrize(("asked", "answered"), [(0, 0), (2, 3), (2, -1)])
def test_impossible_counts_are_refused(asked: int, answered: int) -> None:
    with pytest.raises(ValueError, match="question"):
        completeness(asked, answered)


@given(scores=st.lists(fractions | st.none(), max_size=10), data=st.data())
def test_an_average_lies_within_its_scores_in_any_order(scores: list[Fraction | None], data: st.DataObject) -> None:
    mean = average(scores)
    known = [value for value in scores if value is not None]
    assert (mean is None) == (not known)
    assert mean is None or min(known) <= mean <= max(known)
    assert average(data.draw(st.permutations(scores))) == mean
