"""Who would flip: what other rules would propose for the candidates there are, before anybody's result changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.screening.marks import CandidateState, Mark
from app.screening.policy import Policy
from app.screening.ranking import Proposal, Standing, ranking

NO_MARKS: Mapping[tuple[str, str], Mark] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Flip:
    """A candidate whose proposal or group would be another one."""

    then: Standing
    now: Standing

    @property
    def proposals(self) -> tuple[Proposal, Proposal]:
        """Before and after."""
        return self.then.proposal, self.now.proposal

    @property
    def groups(self) -> tuple[int | None, int | None]:
        """Before and after."""
        return self.then.group, self.now.group


@dataclass(frozen=True, slots=True)
class Flips:
    """What a change of the rules would do.

    Attributes:
        proposals: Those whose proposal changes, in the order they came.
        groups: How many others would only stand in another group.
        candidates: How many were looked at.
    """

    proposals: tuple[Flip, ...]
    groups: int
    candidates: int


def flips(
    candidates: Sequence[CandidateState],
    then: Policy,
    now: Policy,
    marks: Mapping[tuple[str, str], Mark] = NO_MARKS,
) -> Flips:
    """Everybody under both rules.

    Args:
        candidates: As they stand.
        then, now: The rules in force, and the others.
        marks: Of answers that were graded again, by interview and question id, in the place of those they have.
    """
    before = {one.candidate.key: one for one in ranking(then, candidates)}
    after = {one.candidate.key: one for one in ranking(now, [_marked(one, marks) for one in candidates])}
    pairs = [Flip(before[one.key], after[one.key]) for one in candidates]
    moved = [pair for pair in pairs if pair.proposals[0] is not pair.proposals[1]]
    others = sum(pair.groups[0] != pair.groups[1] and pair.proposals[0] is pair.proposals[1] for pair in pairs)
    return Flips(tuple(moved), others, len(pairs))


def _marked(candidate: CandidateState, marks: Mapping[tuple[str, str], Mark]) -> CandidateState:
    id_ = candidate.interview_id
    answers = [replace(answer, mark=marks.get((id_, answer.question_id), answer.mark)) for answer in candidate.answers]
    return replace(candidate, answers=tuple(answers))
