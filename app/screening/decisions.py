"""What people decide about candidates: the machine proposes, a person disposes, and every decision is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.errors import InvalidInput
from app.grading.normalise import clean
from app.screening.ranking import Proposal, Standing
from app.screening.screening import Screening

LONGEST_REASON = 1000
LONGEST_NAME = 100
LONGEST_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateDecision:
    """A person's decision about one candidate; the newest counts, the earlier ones stay.

    Attributes:
        id: Of the whole delivery: a decision about many has one id.
        kind: What was decided; `LOOK` takes an earlier decision back.
        proposal: What the machine proposed at that moment.
        screening_version: Of the rules it proposed that by.
    """

    id: str
    interview_id: str
    kind: Proposal
    proposal: Proposal
    screening_version: int
    who: str
    reason: str
    at: datetime

    @property
    def is_settled(self) -> bool:
        """Whether the candidate needs no further decision."""
        return self.kind is not Proposal.LOOK

    @property
    def differs(self) -> bool:
        """Whether the person decided otherwise than the machine proposed."""
        return self.kind is not self.proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalWanted:
    """A decision about some candidates as it is asked for, before anything was looked up."""

    id: str
    kind: str
    who: str
    reason: str
    interview_ids: Sequence[str]


def disposed(
    wanted: DisposalWanted, screening: Screening, standings: Iterable[Standing], at: datetime
) -> tuple[CandidateDecision, ...]:
    """The decisions, each with what the machine proposed beside it.

    Raises:
        InvalidInput: Nobody was chosen or somebody who is not in the screening, or who decides, what or why is left out.
    """
    id_ = wanted.id.strip()
    if not 0 < len(id_) <= LONGEST_ID:
        raise InvalidInput(f"id: give each decision one of 1 to {LONGEST_ID} characters, so that none counts twice.")
    if wanted.kind not in set(Proposal):
        raise InvalidInput(f"kind: choose one of {', '.join(Proposal)}.")
    who, reason = _line(wanted.who), _line(wanted.reason)
    if not 0 < len(who) <= LONGEST_NAME:
        raise InvalidInput(f"who: say who decides, in 1 to {LONGEST_NAME} characters.")
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidInput(f"reason: say why, in 1 to {LONGEST_REASON:,} characters; it is kept with the decision.")
    proposals = {one.candidate.interview_id: one.proposal for one in standings}
    chosen = tuple(dict.fromkeys(wanted.interview_ids))
    if not chosen:
        raise InvalidInput("candidates: choose at least one.")
    unknown = [interview_id for interview_id in chosen if interview_id not in proposals]
    if unknown:
        raise InvalidInput(f"candidates: {len(unknown):,} of them are not in this screening (any more); look again.")
    return tuple(
        CandidateDecision(
            id=id_,
            interview_id=interview_id,
            kind=Proposal(wanted.kind),
            proposal=proposals[interview_id],
            screening_version=screening.version,
            who=who,
            reason=reason,
            at=at,
        )
        for interview_id in chosen
    )


def _line(text: str) -> str:
    return clean(" ".join(text.split())).text
