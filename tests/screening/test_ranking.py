"""The ranking: what is open widens, what is close shares a group, and a cut only proposes."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.interviews.models import State
from app.screening.flips import flips
from app.screening.policy import Doubt
from app.screening.ranking import Interval, Proposal, is_too_close, ranking, standing
from rubric.criteria import Verdict
from tests.screening.values import QUESTIONS, a_candidate, a_mark, a_policy, scored

CUTS = {"decline_below": 40, "advance_from": 70}
MET = {"c-iam": Verdict.COVERED}


def test_the_score_is_the_weighted_mean_to_the_last_bit() -> None:
    policy = a_policy(weights={"store": 3})
    candidate = a_candidate(1, {"store": a_mark(Fraction(1, 2)), "move": a_mark(1), "guard": a_mark(0, verdicts=MET)})
    found = standing(policy, candidate)
    assert found.score == Interval(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2))


def test_an_answer_without_a_grade_is_no_zero_and_leaves_the_interval_open_on_both_sides() -> None:
    graded = {"store": a_mark(0.6), "move": a_mark(0.6)}
    found = standing(a_policy(), a_candidate(1, {**graded, "guard": None}))
    assert found.score is not None
    assert found.score.value == Fraction(3, 5)
    assert found.score.low == Fraction(3, 5) * Fraction(2, 3)
    assert found.score.high == Fraction(3, 5) * Fraction(2, 3) + Fraction(1, 3)
    assert found.ungraded == 1
    assert found.proposal is Proposal.LOOK


def test_a_question_nobody_answered_lowers_the_completeness_and_no_score() -> None:
    found = standing(a_policy(must_haves=[]), a_candidate(1, {"store": a_mark(1), "move": a_mark(1)}))
    assert found.score is not None
    assert found.score.value == 1
    assert found.score.low == Fraction(2, 3)
    assert found.completeness == Fraction(2, 3)


def test_whoever_answered_too_little_is_looked_at_and_not_ranked() -> None:
    few = a_candidate(1, {"store": a_mark(1)})
    ranked = ranking(a_policy(cuts=CUTS), [few, scored(2, 0.5)])
    assert [one.candidate.number for one in ranked] == [2, 1]
    assert ranked[1].group is None
    assert ranked[1].proposal is Proposal.LOOK
    assert "1 of 3 questions are answered" in ranked[1].reasons[0]


def test_nobody_without_a_mark_is_ranked() -> None:
    nothing = a_candidate(1, dict.fromkeys(QUESTIONS))
    (found,) = ranking(a_policy(), [nothing])
    assert (found.score, found.group, found.proposal) == (None, None, Proposal.LOOK)


def test_scores_within_the_uncertainty_of_their_difference_share_a_group() -> None:
    ranked = ranking(a_policy(), [scored(1, 0.60, 0.1), scored(2, 0.66, 0.1), scored(3, 0.2, 0.1)])
    assert [(one.candidate.number, one.group, one.is_close) for one in ranked] == [
        (2, 1, True),
        (1, 1, True),
        (3, 2, False),
    ]


def test_a_group_is_told_from_its_best_so_that_it_does_not_grow_into_one_chain() -> None:
    ranked = ranking(a_policy(), [scored(n, 0.9 - n * 0.05, 0.09) for n in range(8)])
    assert len({one.group for one in ranked}) > 1
    for group in {one.group for one in ranked}:
        first, *others = [one for one in ranked if one.group == group]
        assert first.score is not None
        assert all(other.score is not None and is_too_close(first.score, other.score) for other in others)


def test_ranks_span_everybody_whose_interval_overlaps() -> None:
    ranked = ranking(
        a_policy(), [scored(1, 0.9, 0.02), scored(2, 0.5, 0.1), scored(3, 0.45, 0.1), scored(4, 0.1, 0.02)]
    )
    assert [(one.best_rank, one.worst_rank) for one in ranked] == [(1, 1), (2, 3), (2, 3), (4, 4)]


def test_a_whole_interval_beyond_a_cut_proposes_and_one_across_it_does_not() -> None:
    policy = a_policy(cuts=CUTS)
    proposals = {score: standing(policy, scored(1, score, 0.05)).proposal for score in (0.9, 0.71, 0.55, 0.42, 0.2)}
    assert proposals == {
        0.9: Proposal.ADVANCE,
        0.71: Proposal.LOOK,
        0.55: Proposal.LOOK,
        0.42: Proposal.LOOK,
        0.2: Proposal.DECLINE,
    }
    assert standing(policy, scored(1, 0.71, 0.05)).reasons == ("Too close to the cut at 70 % to call.",)
    assert standing(policy, scored(1, 0.55, 0.05)).reasons == ("The score lies between the cuts.",)


def test_without_cuts_nothing_is_proposed() -> None:
    assert standing(a_policy(), scored(1, 1)).proposal is Proposal.LOOK


def test_a_must_have_that_is_missed_is_proposed_to_decline_whatever_the_score() -> None:
    missed = a_mark(1, verdicts={"c-iam": Verdict.MISSING})
    found = standing(a_policy(cuts=CUTS), a_candidate(1, dict.fromkeys(QUESTIONS, missed)))
    assert found.proposal is Proposal.DECLINE
    assert found.reasons == ("1 must-have is not met.",)


def test_a_must_have_that_is_unclear_or_waits_for_a_person_is_neither_met_nor_missed() -> None:
    policy = a_policy(cuts=CUTS)
    unclear = [
        a_mark(1, verdicts={"c-iam": Verdict.UNKNOWN}),
        a_mark(1, verdicts={"c-iam": Verdict.PARTIAL}),
        a_mark(1, verdicts={"c-iam": Verdict.MISSING}, waits=True),
    ]
    for mark in unclear:
        found = standing(policy, a_candidate(1, dict.fromkeys(QUESTIONS, mark)))
        assert found.proposal is Proposal.LOOK
        assert found.reasons == ("1 must-have is undecided.",)
    assert (
        len(standing(policy, a_candidate(1, {**dict.fromkeys(QUESTIONS, a_mark(1)), "guard": None})).must_haves.open)
        == 1
    )


def test_the_doubts_of_the_policy_leave_a_proposal_to_people_and_others_do_not() -> None:
    policy = a_policy(cuts=CUTS, review=["manipulation"])
    assert standing(policy, scored(1, 0.9, flags=("manipulation",))).proposal is Proposal.LOOK
    assert standing(policy, scored(1, 0.9, flags=("negation",))).proposal is Proposal.ADVANCE
    waiting = scored(1, 0.9, waits=True)
    eased = a_policy(cuts=CUTS, must_haves=[], review=[])
    assert standing(eased, waiting).proposal is Proposal.ADVANCE
    assert standing(replace(eased, review=(Doubt.WAITING,)), waiting).proposal is Proposal.LOOK


def test_who_withdrew_or_asked_for_people_is_never_proposed_for() -> None:
    policy = a_policy(cuts=CUTS)
    gone = replace(scored(1, 0.1), state=State.WITHDRAWN)
    by_people = replace(scored(2, 0.1), automated=False)
    found = ranking(policy, [gone, by_people])
    assert {one.proposal for one in found} == {Proposal.LOOK}
    assert next(one for one in found if one.candidate.number == 1).group is None


def test_a_change_of_rules_names_whose_proposal_flips_and_changes_nothing() -> None:
    candidates = [scored(1, 0.9, 0.02), scored(2, 0.65, 0.02), scored(3, 0.2, 0.02)]
    found = flips(candidates, a_policy(cuts=CUTS), a_policy(cuts={**CUTS, "advance_from": 60}))
    assert [(flip.now.candidate.number, flip.proposals) for flip in found.proposals] == [
        (2, (Proposal.LOOK, Proposal.ADVANCE))
    ]
    assert found.candidates == 3


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 40)), min_size=1, max_size=12))
def test_the_ranking_falls_and_ranks_hold_the_place(pairs: list[tuple[int, int]]) -> None:
    ranked = ranking(a_policy(), [scored(n, score / 100, spread / 100) for n, (score, spread) in enumerate(pairs)])
    values = [one.score.value for one in ranked if one.score is not None]
    assert values == sorted(values, reverse=True)
    groups = [one.group for one in ranked]
    assert groups == sorted(groups, key=lambda group: group or 0)
    for one in ranked:
        assert one.best_rank is not None
        assert one.worst_rank is not None
        assert 1 <= one.best_rank <= one.worst_rank <= len(ranked)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 30))
def test_more_credit_never_lowers_a_score(first: int, second: int, spread: int) -> None:
    lower, higher = sorted((first, second))
    found = [standing(a_policy(), scored(1, value / 100, spread / 100)).score for value in (lower, higher)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].value <= found[1].value
    assert found[0].low <= found[1].low
