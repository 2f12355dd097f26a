"""Fakes of the review's ports."""

from collections.abc import Sequence
from dataclasses import replace

from app.errors import AlreadyReceived, Conflict, NotFound
from app.grading.exemplars import Exemplar
from app.grading.outcome import Graded
from app.interviews.models import GradeRecord, Mode, RequestKind, State
from app.interviews.store import Place
from app.review.models import Case, Decision, Queue, Waiting
from tests.interviews.fakes import InMemoryInterviewStore


class InMemoryReviewStore:
    """`ReviewStore` beside an interview store in memory."""

    def __init__(self, interviews: InMemoryInterviewStore) -> None:
        self._interviews = interviews
        self._decisions: dict[str, Decision] = {}
        self._exemplars: dict[str, Sequence[Exemplar]] = {}

    async def waiting(
        self, *, bank: str | None, audit_only: bool, limit: int, offset: int = 0, after: Place | None = None
    ) -> Queue:
        made = {decision.new_grade_id for decision in self._decisions.values()}
        found = []
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
            wanted = (grade.audit_sample or outcome.needs_review) and grade.id not in made
            if not (wanted or contests) or (audit_only and not grade.audit_sample):
                continue
            if bank not in {None, interview.bank.name}:
                continue
            blind = grade.audit_sample
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
            )
            found.append(line)
        found.sort(key=lambda line: (line.graded_at, line.grade_id))
        rest = [line for line in found if after is None or (line.graded_at, line.grade_id) > (after.at, after.id)]
        lines = tuple(rest[offset : offset + limit])
        return Queue(lines=lines, total=len(found), goes_on=len(rest) > offset + limit)

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
