"""Fakes of the review's ports."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.errors import AlreadyReceived, Conflict, NotFound
from app.grading.exemplars import Exemplar
from app.grading.outcome import Graded
from app.interviews.models import GradeRecord, Mode, RequestKind, State
from app.interviews.store import Place
from app.review.models import MOST_COUNTED, Case, Choices, Comment, Decision, Queue, Sought, Waiting
from app.review.reasons import ReviewReason, weightiest
from tests.interviews.fakes import InMemoryInterviewStore


class InMemoryReviewStore:
    """`ReviewStore` beside an interview store in memory."""

    def __init__(self, interviews: InMemoryInterviewStore) -> None:
        self._interviews = interviews
        self._decisions: dict[str, Decision] = {}
        self._exemplars: dict[str, Sequence[Exemplar]] = {}
        self._comments: list[Comment] = []
        self._assigned: dict[str, str] = {}

    async def waiting(self, sought: Sought, *, limit: int, after: Place | None = None) -> Queue:
        found = [
            line
            for line, reason in self._waiting()
            if sought.bank in {None, line.bank}
            if sought.assignee in {None, line.assignee}
            if sought.reason in {None, reason}
            if sought.screening is None  # this fake knows of none
        ]
        found.sort(key=lambda line: (line.graded_at, line.grade_id))
        rest = [line for line in found if after is None or (line.graded_at, line.grade_id) > (after.at, after.id)]
        return Queue(
            lines=tuple(rest[:limit]),
            total=min(len(found), MOST_COUNTED),
            is_more=len(found) > MOST_COUNTED,
            goes_on=len(rest) > limit,
        )

    def _waiting(self) -> Iterator[tuple[Waiting, ReviewReason]]:
        made = {decision.new_grade_id for decision in self._decisions.values()}
        for interview, answer, grade in self._interviews.newest():
            outcome = grade.outcome
            if not isinstance(outcome, Graded) or interview.state is State.WITHDRAWN or interview.mode is Mode.PRACTICE:
                continue
            contests = [
                request.text
                for request in interview.requests
                if request.kind is RequestKind.CONTEST and request.question_id == answer.question_id
                if request.settled_at is None
            ]
            blind = grade.audit_sample
            if not contests and (grade.id in made or not (blind or outcome.needs_review)):
                self._assigned.pop(answer.id, None)
                continue
            line = Waiting(
                grade_id=grade.id,
                interview_id="" if blind else interview.id,
                label="" if blind else interview.label,
                bank=interview.bank.name,
                bank_version=interview.bank.version,
                question_id=answer.question_id,
                graded_at=grade.created_at,
                is_blind=blind,
                reasons=()
                if blind
                else (*(f"The candidate contests it: “{said}”" for said in contests[:1]), *outcome.review_reasons),
                assignee=self._assigned.get(answer.id, ""),
            )
            yield line, weightiest(outcome.review_reasons, audited=blind, contested=bool(contests))

    async def choices(self) -> Choices:
        lines = [line for line, _ in self._waiting()]
        return Choices(
            banks=tuple(sorted({line.bank for line in lines})),
            screenings={},
            assignees=tuple(sorted({line.assignee for line in lines if line.assignee})),
        )

    async def assign(self, grade_id: str, assignee: str) -> None:
        case = await self.case(grade_id)
        if not case.waits:
            raise Conflict("The answer waits no more, or by a newer grade; look at the queue again.")
        self._assigned[case.answer.id] = assignee

    async def record_comment(self, comment: Comment) -> None:
        if any(one.id == comment.id for one in self._comments):
            raise AlreadyReceived("Stored before.")
        self._comments.append(comment)

    async def case(self, grade_id: str) -> Case:
        found = self._interviews.found_grade(grade_id)
        if found is None:
            raise NotFound(f"There is no grade {grade_id}.")
        interview, answer, grade = found
        newest = await self._interviews.newest_grade(answer.id)
        return Case(
            grade=grade,
            interview=interview,
            answer=answer,
            newest_id=newest.id if newest else grade_id,
            decisions=tuple(decision for decision in self._live() if decision.answer_id == answer.id),
            comments=tuple(comment for comment in self._comments if comment.answer_id == answer.id),
            waits=any(line.grade_id == grade_id for line, _ in self._waiting()),
            assignee=self._assigned.get(answer.id, ""),
        )

    async def record_decision(self, decision: Decision, grade: GradeRecord, *, exemplars: Sequence[Exemplar]) -> None:
        if decision.id in self._decisions:
            raise AlreadyReceived("Stored before.")
        newest = await self._interviews.newest_grade(decision.answer_id)
        if newest is None or newest.id != decision.grade_id:
            raise Conflict("There is a newer grade.")
        self._interviews.add_decided(grade)
        self._interviews.settle_contests(decision.answer_id, decision.who, decision.at)
        self._decisions[decision.id] = replace(decision)
        self._exemplars[decision.answer_id] = exemplars

    async def decision(self, decision_id: str) -> Decision | None:
        return next((decision for decision in self._live() if decision.id == decision_id), None)

    async def decisions(self, interview_id: str) -> Sequence[Decision]:
        return [one for one in self._live() if one.answer_id.startswith(f"{interview_id}.")]

    def kept(self, answer_id: str) -> Sequence[Exemplar]:
        """The exemplars that an answer's corrections made."""
        return self._exemplars.get(answer_id, ())

    def _live(self) -> list[Decision]:
        """What is there still: decisions go with their grade."""
        return [one for one in self._decisions.values() if self._interviews.found_grade(one.new_grade_id) is not None]
