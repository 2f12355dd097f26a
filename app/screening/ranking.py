"""Who stands where, and what is proposed: with an interval on every score, and groups where it is too close to call.

Three rules, each one sentence:

- *Open widens.* What is not answered, not graded or not readable is in no score; the interval reaches as low as if it
  were worth nothing and as high as if it were worth everything.
- *Too close to call.* From the top, a candidate joins the group of its best one unless the two scores are further apart
  than the uncertainty of their difference: the root of the sum of squares of the distances from each score to the end
  of its interval on the other's side.
- *A cut proposes.* Only a whole interval on one side of a cut proposes anything, and never while a must-have or a doubt
  of the policy is open; a person disposes.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from app.interviews.models import State
from app.screening.marks import CandidateState, Worth, worth
from app.screening.policy import WAITING, MustHave, Policy
from rubric.criteria import Verdict

_DENOMINATOR = 10**6


class Proposal(StrEnum):
    """What the machine proposes; a person disposes."""

    ADVANCE = "advance"
    LOOK = "look"
    """Nothing: a person looks, and the reasons say why."""
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with its interval: 0..1 each, low <= value <= high."""

    value: Fraction
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class MustHaves:
    """How a candidate stands to what must be covered."""

    met: tuple[MustHave, ...] = ()
    missing: tuple[MustHave, ...] = ()
    open: tuple[MustHave, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One candidate in the ranking.

    Attributes:
        score: None where nothing has a mark.
        answered, ungraded, total: Questions of the policy that were answered, those of them without a mark, and all.
        flags: What the grader saw in the answers, by name, each once.
        waiting: Answers that wait for a person; `decided` those that one decided about.
        group: Counts from 1; candidates of one group are too close to call. None where nobody is ranked.
        best_rank, worst_rank: One more than the candidates whose whole interval lies above, and all but those whose
            whole interval lies below.
        reasons: Sentences: why a person should look, or what the proposal rests on.
    """

    candidate: CandidateState
    score: Interval | None
    answered: int
    ungraded: int
    total: int
    must_haves: MustHaves
    flags: tuple[str, ...]
    waiting: int
    decided: int
    proposal: Proposal = Proposal.LOOK
    reasons: tuple[str, ...] = ()
    group: int | None = None
    group_size: int = 0
    best_rank: int | None = None
    worst_rank: int | None = None

    @property
    def completeness(self) -> Fraction:
        """Answered share of the policy's questions, 0..1."""
        return Fraction(self.answered, self.total)

    @property
    def is_close(self) -> bool:
        """Whether others share the group."""
        return self.group_size > 1


def ranking(policy: Policy, candidates: Iterable[CandidateState]) -> tuple[Standing, ...]:
    """Every candidate: the ranked by falling score, then those who are not ranked, in the order they came."""
    standings = [standing(policy, candidate) for candidate in candidates]
    ranked = [one for one in standings if is_ranked(policy, one)]
    ranked.sort(key=lambda one: (*_order(one), one.candidate.number))
    rest = [one for one in standings if not is_ranked(policy, one)]
    rest.sort(key=lambda one: one.candidate.number)
    return (*_grouped(ranked), *rest)


def standing(policy: Policy, candidate: CandidateState) -> Standing:
    """A candidate by themselves, not ranked yet."""
    worths = {id_: worth(candidate, id_) for id_ in policy.questions}
    marks = [answer.mark for answer in candidate.answers if answer.mark and answer.question_id in worths]
    found = Standing(
        candidate=candidate,
        score=_score(policy, worths),
        answered=sum(one.is_answered for one in worths.values()),
        ungraded=sum(one.is_answered and one.score is None for one in worths.values()),
        total=len(worths),
        must_haves=_must_haves(policy, candidate, worths),
        flags=tuple(sorted({flag for mark in marks for flag in mark.flags})),
        waiting=sum(mark.waits for mark in marks),
        decided=sum(mark.is_decided for mark in marks),
    )
    proposal, reasons = _proposed(policy, found)
    return replace(found, proposal=proposal, reasons=reasons)


def is_ranked(policy: Policy, standing: Standing) -> bool:
    """Whether enough was answered, and anything marked, to hold the candidate beside others."""
    if standing.score is None or standing.candidate.state is State.WITHDRAWN:
        return False
    return standing.completeness * 100 >= policy.minimum_completeness


def is_too_close(higher: Interval, lower: Interval) -> bool:
    """Whether the difference of two scores is within the uncertainty of that difference."""
    uncertainty = math.hypot(higher.value - higher.low, lower.high - lower.value)
    return float(higher.value - lower.value) <= uncertainty


def _score(policy: Policy, worths: dict[str, Worth]) -> Interval | None:
    """The weighted mean of what has a mark.

    Errors of answers are independent, so their distances add up as the root of the sum of squares; what is open is
    added to that in full, on both sides.
    """
    known = [(policy.weight(id_), one, one.score) for id_, one in worths.items() if one.score is not None]
    if not known:
        return None
    weight = sum(w for w, _, _ in known)
    total = sum(policy.weight(id_) for id_ in worths)
    value = sum((w * score for w, _, score in known), Fraction(0)) / weight
    below = _root([w * (score - one.low) for w, one, score in known]) / weight
    above = _root([w * (one.high - score) for w, one, score in known]) / weight
    share = Fraction(weight, total)
    low = max(value - below, Fraction(0)) * share
    high = min(value + above, Fraction(1)) * share + (1 - share)
    return Interval(value, min(low, value), max(high, value))


def _root(distances: Sequence[Fraction]) -> Fraction:
    return Fraction(math.hypot(*map(float, distances))).limit_denominator(_DENOMINATOR)


def _must_haves(policy: Policy, candidate: CandidateState, worths: dict[str, Worth]) -> MustHaves:
    met, missing, still_open = [], [], []
    for must in policy.must_haves:
        answer = candidate.answer(must.question_id)
        mark = answer.mark if answer is not None else None
        verdict = mark.verdicts.get(must.criterion_id) if mark is not None else None
        if worths[must.question_id].score is None or (mark is not None and mark.waits):
            # What a person is still to look at is neither met nor missed.
            still_open.append(must)
        elif verdict is Verdict.COVERED:
            met.append(must)
        elif verdict in {Verdict.PARTIAL, Verdict.UNKNOWN}:
            still_open.append(must)
        else:
            missing.append(must)
    return MustHaves(met=tuple(met), missing=tuple(missing), open=tuple(still_open))


def _proposed(policy: Policy, found: Standing) -> tuple[Proposal, tuple[str, ...]]:
    look = _reasons_to_look(policy, found)
    if look or found.score is None:
        return Proposal.LOOK, look
    missing = len(found.must_haves.missing)
    if missing:
        return Proposal.DECLINE, (f"{_count(missing, 'must-have')} {'is' if missing == 1 else 'are'} not met.",)
    advance, decline = policy.advance_from, policy.decline_below
    if advance is not None and found.score.low * 100 >= advance:
        return Proposal.ADVANCE, (f"The whole interval reaches {advance} %.",)
    if decline is not None and found.score.high * 100 < decline:
        return Proposal.DECLINE, (f"The whole interval lies below {decline} %.",)
    return Proposal.LOOK, (_between(found.score, advance, decline),)


def _reasons_to_look(policy: Policy, found: Standing) -> tuple[str, ...]:
    """What leaves the candidate to people, whatever the score."""
    candidate = found.candidate
    if candidate.state is State.WITHDRAWN:
        return ("The candidate has withdrawn.",)
    if not candidate.automated:
        return ("The candidate asked that people grade.",)
    reasons = []
    if found.completeness * 100 < policy.minimum_completeness:
        reasons.append(
            f"{found.answered} of {found.total} questions are answered; ranked from {policy.minimum_completeness} %."
        )
    if found.ungraded:
        reasons.append(f"{_count(found.ungraded, 'answer')} {'has' if found.ungraded == 1 else 'have'} no grade yet.")
    if still_open := len(found.must_haves.open):
        reasons.append(f"{_count(still_open, 'must-have')} {'is' if still_open == 1 else 'are'} undecided.")
    doubts = [doubt for doubt in policy.review if doubt in found.flags]
    if doubts:
        reasons.append(f"The grader noted: {', '.join(doubt.value.replace('_', ' ') for doubt in doubts)}.")
    if found.waiting and WAITING in policy.review:
        reasons.append(f"{_count(found.waiting, 'answer')} {'waits' if found.waiting == 1 else 'wait'} for a person.")
    return tuple(reasons)


def _between(score: Interval, advance: int | None, decline: int | None) -> str:
    if advance is None and decline is None:
        return "The policy has no cuts."
    if advance is not None and score.low * 100 < advance <= score.high * 100:
        return f"Too close to the cut at {advance} % to call."
    if decline is not None and score.low * 100 < decline <= score.high * 100:
        return f"Too close to the cut at {decline} % to call."
    return "The score lies between the cuts."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _order(one: Standing) -> tuple[Fraction, Fraction]:
    return (-one.score.value, -one.score.low) if one.score is not None else (Fraction(0), Fraction(0))


def _grouped(ranked: Sequence[Standing]) -> list[Standing]:
    """The ranked with their groups and the ranks they may hold."""
    scores = [one.score for one in ranked if one.score is not None]
    lows, highs = sorted(score.low for score in scores), sorted(score.high for score in scores)
    groups: list[int] = []
    best: Interval | None = None
    for score in scores:
        if best is None or not is_too_close(best, score):
            best = score
            groups.append(0)
        groups[-1] += 1
    numbered = [(number, size) for number, size in enumerate(groups, start=1) for _ in range(size)]
    return [
        replace(
            one,
            group=number,
            group_size=size,
            best_rank=len(scores) - bisect_right(lows, score.high) + 1,
            worst_rank=len(scores) - bisect_left(highs, score.low),
        )
        for one, score, (number, size) in zip(ranked, scores, numbered, strict=True)
    ]
