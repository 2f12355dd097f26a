"""How far a reading can be trusted, on made-up grades."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.evaluation.compared import Compared
from app.evaluation.trust import accepting, intervals, overrating, telling_apart
from tests.evaluation.comparisons import a_grade, a_labelled, pair

DOUBT = ("A person should look.",)


def graded(
    person: Sequence[int],
    grader: Sequence[int],
    *,
    width: float = 0.2,
    reviewed: bool = False,
    style: str = "strong",
    bank: str = "garden",
) -> Compared:
    """A grade with these credits whose interval has its score in the middle."""
    labelled = a_labelled(*person, style=style, bank=bank)
    found = pair(labelled, a_grade(*grader, reasons=DOUBT if reviewed else ()))
    return replace(found, low=max(found.score - width / 2, 0.0), high=min(found.score + width / 2, 1.0))


def test_each_threshold_accepts_what_the_stricter_ones_do_and_counts_the_errors_among_it() -> None:
    told = list(
        accepting(
            [
                graded((1, 1), (1, 1)),
                graded((1, 1), (1, 2), width=0.8),
                graded((1, 1), (1, 1), width=1.0),
                graded((2, 1), (0, 1), width=0.4, reviewed=True),
                graded((0, 1), (2, 1), width=1.2, reviewed=True),
            ]
        )
    )
    assert [value for _, value in told] == [
        "share 0.200 (1)  criteria wrong 0.000  by a full credit 0.000",
        "share 0.400 (2)  criteria wrong 0.250  by a full credit 0.000",
        "share 0.600 (3)  criteria wrong 0.167  by a full credit 0.000",
        "share 0.800 (4)  criteria wrong 0.250  by a full credit 0.125",
        "share 1.000 (5)  criteria wrong 0.300  by a full credit 0.200",
    ]
    assert "the product's own rule" in told[2][0]


def test_accepting_nothing_has_no_error() -> None:
    name, value = next(accepting([graded((2,), (2,), reviewed=True)]))
    assert "at most 0.50 wide" in name
    assert value == "share 0.000 (0)"


def test_intervals_stand_beside_those_of_somebody_who_knows_the_marks_and_reads_nothing() -> None:
    told = dict(
        intervals(
            [
                graded((2, 2), (2, 2), bank="garden"),
                graded((2, 2), (0, 0), bank="garden"),
                graded((0, 0), (0, 0), bank="kitchen"),
                graded((0, 0), (0, 0), bank="kitchen"),
            ]
        )
    )
    assert told["nominal 90% intervals of the reading"] == "hold the marked score 0.750  mean width 0.100"
    assert told["  of bank garden (2)"].startswith("hold the marked score 0.500")
    assert told["  of bank kitchen (2)"].startswith("hold the marked score 1.000")
    for kind in ("mean ± spread", "quantiles", "narrowest 90%"):
        own = told[f"always answering the {kind} of the bank's own marks"]
        others = told[f"always answering the {kind} of the other banks' marks"]
        assert own == "hold the marked score 1.000  mean width 0.000"
        assert others == "hold the marked score 0.000  mean width 0.000"


def test_the_spread_of_marks_stays_within_0_and_1() -> None:
    told = dict(intervals([graded((2, 2), (2, 2)), graded((0, 0), (0, 0))]))
    assert told["always answering the mean ± spread of the bank's own marks"].endswith("mean width 1.000")
    assert told["always answering the quantiles of the bank's own marks"].endswith("mean width 0.900")


def test_the_narrowest_interval_leaves_out_the_marks_that_cost_most() -> None:
    told = dict(intervals([graded((1, 1), (1, 1))] * 9 + [graded((2, 2), (2, 2))]))
    assert told["always answering the narrowest 90% of the bank's own marks"] == (
        "hold the marked score 0.900  mean width 0.000"
    )


def test_without_another_bank_there_are_no_marks_of_others() -> None:
    assert not any("other banks" in name for name, _ in intervals([graded((2,), (2,))]))


def test_a_style_that_claims_nothing_true_is_below_partial_or_flagged_or_neither() -> None:
    told = dict(
        overrating(
            [
                graded((1, 1), (1, 1), style="partial"),
                graded((0, 0), (0, 1), style="wrong"),
                graded((0, 0), (0, 0), style="wrong", reviewed=True),
                graded((0, 0), (2, 2), style="parroting", reviewed=True),
                graded((0, 0), (2, 2), style="parroting"),
                graded((0, 0), (2, 2), style="vague"),
            ]
        )
    )
    assert told == {
        "wrong (2) against the mean of partial, 0.500": "below  flagged 0.50  answers below or flagged 1.00",
        "parroting (2) against the mean of partial, 0.500": "not below  flagged 0.50  answers below or flagged 0.50",
    }


def test_where_nobody_answered_in_part_there_is_nothing_to_be_below() -> None:
    assert list(overrating([graded((0,), (2,), style="wrong")])) == []


def test_every_bank_has_its_auc_of_all_styles_and_of_true_claims() -> None:
    told = dict(
        telling_apart(
            [
                graded((2, 0), (2, 0), bank="garden"),
                graded((0, 0), (2, 2), bank="garden", style="wrong"),
                graded((2, 0), (0, 2), bank="kitchen"),
            ]
        )
    )
    assert told == {
        "criterion AUC, bank garden": "all styles 0.667  true claims 1.000",
        "criterion AUC, bank kitchen": "all styles 0.000  true claims 0.000",
        "criterion AUC, mean of the banks": "all styles 0.333  true claims 0.500",
        "criterion AUC, spread of the banks (highest less lowest)": "all styles 0.667  true claims 1.000",
    }


@pytest.mark.parametrize(
    ("style", "why"), [("strong", "people gave credit everywhere"), ("wrong", "no criterion was graded")]
)
def test_an_auc_that_does_not_exist_says_why_and_enters_no_mean(style: str, why: str) -> None:
    told = dict(telling_apart([graded((2,), (2,), bank="kitchen", style=style), graded((2, 0), (2, 0), bank="garden")]))
    assert told["criterion AUC, bank kitchen"] == f"all styles: people gave credit everywhere  true claims: {why}"
    assert told["criterion AUC, mean of the banks"] == "all styles 1.000  true claims 1.000"


def test_where_no_bank_has_an_auc_there_is_no_mean() -> None:
    assert [name for name, _ in telling_apart([graded((2,), (2,))])] == ["criterion AUC, bank garden"]
