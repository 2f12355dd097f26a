"""What the interview needs of a store: whole intentions, each its own transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.interviews.models import Answer, Entry, GradeRecord, Interview, JobRequest, Kind, Mode, Request, State
from app.interviews.turn_class import TurnClass


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list that is ordered by time: after whatever has that time and id."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewSummary:
    """One line of the list of interviews.

    Attributes:
        answered: Questions with a final answer; what was left alone is none.
        total: Questions planned.
        needs_review: Answers whose newest grade asks for a person.
    """

    id: str
    label: str
    bank: str
    bank_version: int
    mode: Mode
    state: State
    automated: bool
    hand_over: bool
    created_at: datetime
    finished_at: datetime | None
    answered: int
    total: int
    needs_review: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRequest:
    """A request that waits for people, and whose it is.

    Attributes:
        extra_time: Percent of every time limit that the candidate has now; 0 is no limit.
        plain_wording: Whether the candidate's questions come with their prepared clarifications now.
    """

    interview_id: str
    label: str
    bank: str
    request: Request
    extra_time: int = 100
    plain_wording: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UngradedAnswer:
    """An answer of an assessment that the grader could not read, so that a person has to."""

    grade_id: str
    interview_id: str
    label: str
    bank: str
    question_id: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """A candidate's link, which itself is kept nowhere; without any time it opens for ever."""

    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, at: datetime) -> bool:
        """Whether it opens the interview at that time."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a candidate typed and has not sent."""

    text: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Pulse:
    """What changes whenever there is something new to show of an interview.

    Attributes:
        version: Of the interview.
        graded: In practice, the id of the newest grade, by question.
    """

    version: int
    graded: Mapping[str, str]


def takes_draft(entry: Entry) -> bool:
    """Whether this is what the draft was for; another text for an earlier answer leaves it alone."""
    return entry.kind is Kind.REPLY and entry.turn is not TurnClass.CORRECTION


def moves_on(interview: Interview) -> bool:
    """Whether the newest delivery left the open question behind: what was typed for it is no draft of the next."""
    delivered = max((entry.seq for entry in interview.transcript if entry.by_candidate), default=-1)
    asked = any(entry.kind is Kind.QUESTION for entry in interview.transcript[delivered + 1 :])
    return asked or interview.state is State.REVIEWING


class InterviewStore(Protocol):
    """Keeps interviews. Candidate text is written before anything is made of it."""

    async def create(self, interview: Interview, *, link_sha256: str, link_expires_at: datetime | None = None) -> None:
        """Store a new interview with its first entries; its link opens it for ever, or until then."""
        ...

    async def load(self, interview_id: str) -> Interview:
        """The interview as last stored.

        Raises:
            NotFound: There is none of that id, or it was deleted.
        """
        ...

    async def pulses(self, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        """Whether there is something new to show of them, by id; those that are not there are left out."""
        ...

    async def find(self, link_sha256: str, *, at: datetime) -> str:
        """The id of the interview that this link opens at that time.

        Raises:
            NotFound: No interview has that link.
            LinkClosed: It has expired, or was withdrawn.
        """
        ...

    async def link(self, interview_id: str) -> Link:
        """What became of the interview's link.

        Raises:
            NotFound: There is no such interview.
        """
        ...

    async def revoke_link(self, interview_id: str, *, at: datetime) -> None:
        """Let the interview's link open nothing from now on; once withdrawn, it stays so.

        Raises:
            NotFound: There is no such interview.
        """
        ...

    async def record_message(self, interview: Interview, *, then: Sequence[JobRequest] = ()) -> Interview:
        """Store what a delivery changed; gives the interview with its new version.

        A reply to the open question takes the place of the draft, one that leaves the question loses it, as an interview
        that is over does, and a withdrawn one loses its grades, in the same transaction.

        Raises:
            AlreadyReceived: A twin of the delivery, or another change of the interview, was stored first.
        """
        ...

    async def record_turn(
        self,
        interview: Interview,
        *,
        grade: GradeRecord | None,
        then: Sequence[JobRequest] = (),
        forget_draft: bool = False,
    ) -> Interview:
        """Store what came of a reading or of the clock: the next entries, the answer's grade, and later work.

        Raises:
            AlreadyReceived: Another change of the interview was stored first.
        """
        ...

    async def record_grade(self, grade: GradeRecord) -> bool:
        """Store a newer grade beside the older ones.

        Returns:
            False (and nothing is stored) if the answer is gone or has changed, its interview was withdrawn or is to be
            graded by people, or a person decided about it.
        """
        ...

    async def answer(self, answer_id: str) -> tuple[Interview, Answer]:
        """An answer with its interview.

        Raises:
            NotFound: There is none of that id.
        """
        ...

    async def grades(self, interview_id: str) -> Sequence[GradeRecord]:
        """The newest grade of each answer of the interview."""
        ...

    async def grade(self, grade_id: str) -> GradeRecord | None:
        """The grade of that id, the newest of its answer or not."""
        ...

    async def newest_grade(self, answer_id: str) -> GradeRecord | None:
        """The newest grade of an answer."""
        ...

    async def unread(self) -> Sequence[str]:
        """Ids of interviews with a stored reply that was not read yet."""
        ...

    async def incomplete(self) -> Sequence[Answer]:
        """Final answers without a grade, or whose newest grade is ungraded or has a pending or failed critique.

        None that a person decided about: nothing is awaited for them.
        """
        ...

    async def requests(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[PendingRequest]:
        """What waits for people, longest waiting first: at most so many after that place, by time and id."""
        ...

    async def ungraded(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[UngradedAnswer]:
        """Answers of assessments that could not be graded, longest waiting first; practice asks nobody.

        At most so many after that place, by time and id of the grade.
        """
        ...

    async def settle(self, request_id: str, *, who: str, note: str, at: datetime) -> None:
        """Note that a person dealt with a request.

        Raises:
            NotFound: There is no such request, or it was settled before.
        """
        ...

    async def summaries(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[InterviewSummary]:
        """Interviews, newest first: at most so many after that place, by time and id."""
        ...

    async def draft(self, interview_id: str) -> Draft | None:
        """The unsent text, if any."""
        ...

    async def save_draft(self, interview_id: str, draft: Draft | None) -> None:
        """Keep or (None) forget the unsent text."""
        ...

    async def delete(self, interview_id: str, *, reason: str, at: datetime) -> None:
        """Remove the interview with all that came of it, and leave a tombstone: id, time, reason.

        Raises:
            NotFound: There is none of that id.
        """
        ...
