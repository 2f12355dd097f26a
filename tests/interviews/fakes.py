"""Harmless twins for interviews: a store in memory, a reader that finds a criterion where its text is quoted."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from app.banks.catalogue import BankVersion
from app.errors import AlreadyReceived, LinkClosed, NotFound
from app.grading.grader import GradeRequest
from app.grading.outcome import (
    CriterionGrade,
    CriterionReading,
    Critique,
    Evidence,
    Graded,
    Reading,
    Source,
    Ungraded,
)
from app.grading.precheck import precheck
from app.interviews.models import Answer, GradeRecord, Interview, JobRequest, Mode, RequestKind, State
from app.interviews.store import (
    Draft,
    InterviewSummary,
    Link,
    PendingRequest,
    Place,
    Pulse,
    UngradedAnswer,
    moves_on,
    takes_draft,
)
from app.interviews.turn_class import Classified, TurnClass
from app.interviews.turn_rules import certain
from rubric.bank import Bank
from rubric.criteria import Criterion, Verdict
from rubric.information import NO_INFORMATION, InformationSheet
from rubric.scoring import score
from vectorstore.errors import EmbedderUnavailable

START = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)


class Clock:
    """A clock that moves a second at each look."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class OneBank:
    """The versions of a single bank."""

    def __init__(self, bank: Bank, sheet: InformationSheet = NO_INFORMATION) -> None:
        self.sheet = sheet
        self.found = BankVersion(
            name=bank.name, version=1, sha256="sha-of-bank", bank=bank, imported_at=START, source="test.yaml"
        )

    async def get(self, name: str, version: int | None = None) -> BankVersion:
        if name != self.found.name or version not in {None, 1}:
            raise NotFound(f"There is no bank {name}.")
        return self.found

    async def information(self, name: str) -> InformationSheet:
        return self.sheet


class QuotingReader:
    """Finds a criterion covered where the answer quotes it; its critique and its embedder can be switched off."""

    def __init__(self, *, critiques: bool = False, doubts: bool = False) -> None:
        self.critiques = critiques
        self.doubts = doubts
        """Whether it sends every grade to a person."""
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens while a critique is under way."""
        self.embedder_is_there = True
        self.model_is_there = True
        self.model_refuses = False
        self.readings = 0
        self.completions = 0

    async def read(self, request: GradeRequest) -> Reading:
        if not self.embedder_is_there:
            raise EmbedderUnavailable("The model is not there.")
        self.readings += 1
        stopped = precheck(request)
        return Reading(
            criteria=tuple(_found(criterion, request.parts, stopped is not None) for criterion in request.criteria),
            stopped=stopped,
        )

    def wants_critique(self, reading: Reading) -> bool:
        return self.critiques and reading.stopped is None

    def provisional(self, request: GradeRequest, reading: Reading) -> Graded:
        pending = self.wants_critique(reading)
        return self._doubted(_graded(request, reading, Critique(status="pending") if pending else None))

    def _doubted(self, graded: Graded) -> Graded:
        return replace(graded, review_reasons=("A person should look.",)) if self.doubts else graded

    async def complete(self, request: GradeRequest, reading: Reading) -> Graded:
        self.completions += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.model_refuses:
            return _graded(request, reading, Critique(status="failed", reason="refused", retry=False))
        if not self.model_is_there:
            return _graded(request, reading, Critique(status="failed", reason="down"))
        return self._doubted(_graded(request, reading, Critique(status="done")))


def _found(criterion: Criterion, parts: Sequence[str], stopped: bool) -> CriterionReading:
    for number, part in enumerate(parts):
        start = part.find(criterion.text)
        if start >= 0 and not stopped:
            span = Evidence(number, start, start + len(criterion.text), criterion.text)
            return CriterionReading(
                criterion_id=criterion.id,
                verdict=Verdict.COVERED,
                half_points=2,
                probability=0.9,
                probability_full=0.8,
                evidence=(span,),
            )
    return CriterionReading(
        criterion_id=criterion.id, verdict=Verdict.MISSING, half_points=0, probability=0.1, probability_full=0.0
    )


def _graded(request: GradeRequest, reading: Reading, critique: Critique | None) -> Graded:
    lines = tuple(
        CriterionGrade(
            criterion_id=line.criterion_id,
            text=criterion.text,
            weight=criterion.weight,
            verdict=line.verdict,
            half_points=line.half_points,
            probability=line.probability,
            source=Source.SEMANTIC,
            evidence=line.evidence,
        )
        for criterion, line in zip(request.criteria, reading.criteria, strict=True)
    )
    value = score([(line.half_points, line.weight) for line in lines])
    return Graded(
        basis="semantic" if critique is None else f"semantic, critique {critique.status}",
        score=value,
        score_low=Fraction(0),
        score_high=Fraction(1),
        criteria=lines,
        reason=reading.stopped,
        critique=critique,
    )


class PhraseTurns:
    """Goes by the rules alone, but takes a word between brackets in front of a reply for its class."""

    def certain(self, text: str, *, question: str, said: Sequence[str]) -> Classified | None:
        head, bracket, _ = text.removeprefix("[").partition("]")
        if bracket and head in set(TurnClass):
            return Classified(TurnClass(head))
        return certain(text.strip(), question=question, said=said)

    async def classify(self, text: str, *, question: str, said: Sequence[str]) -> Classified:
        return self.certain(text, question=question, said=said) or Classified(TurnClass.ANSWER, 0.5)


class InMemoryInterviewStore:
    """`InterviewStore` in dictionaries."""

    def __init__(self) -> None:
        self.jobs: dict[str, JobRequest] = {}
        self.tombstones: dict[str, str] = {}
        self._interviews: dict[str, Interview] = {}
        self._links: dict[str, str] = {}
        self._link: dict[str, Link] = {}
        self._grades: dict[str, list[GradeRecord]] = {}
        self._drafts: dict[str, Draft] = {}
        self._decided: dict[str, int] = {}

    async def create(self, interview: Interview, *, link_sha256: str, link_expires_at: datetime | None = None) -> None:
        self._interviews[interview.id] = interview
        self._link[interview.id] = Link(link_expires_at)
        self._links[link_sha256] = interview.id

    async def load(self, interview_id: str) -> Interview:
        if interview_id not in self._interviews:
            raise NotFound(f"There is no interview {interview_id}.")
        return self._interviews[interview_id]

    async def pulses(self, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        return {found: await self._pulse(found) for found in interview_ids if found in self._interviews}

    async def _pulse(self, interview_id: str) -> Pulse:
        interview = await self.load(interview_id)
        if interview.mode is not Mode.PRACTICE:
            return Pulse(interview.version, {})
        question = {answer.id: answer.question_id for answer in interview.answers}
        graded = {question[grade.answer_id]: grade.id for grade in await self.grades(interview_id)}
        return Pulse(interview.version, graded)

    async def find(self, link_sha256: str, *, at: datetime) -> str:
        if link_sha256 not in self._links:
            raise NotFound("This link opens no interview.")
        found = self._links[link_sha256]
        link = await self.link(found)
        if not link.opens(at):
            raise LinkClosed("This link was withdrawn." if link.revoked_at else "This link has expired.")
        return found

    async def link(self, interview_id: str) -> Link:
        await self.load(interview_id)
        return self._link[interview_id]

    async def revoke_link(self, interview_id: str, *, at: datetime) -> None:
        await self.load(interview_id)
        link = self._link[interview_id]
        self._link[interview_id] = replace(link, revoked_at=link.revoked_at or at)

    async def record_message(self, interview: Interview, *, then: Sequence[JobRequest] = ()) -> Interview:
        return await self.record_turn(interview, grade=None, then=then, forget_draft=moves_on(interview))

    async def record_turn(
        self,
        interview: Interview,
        *,
        grade: GradeRecord | None,
        then: Sequence[JobRequest] = (),
        forget_draft: bool = False,
    ) -> Interview:
        deliveries = [(entry.channel, entry.message_id) for entry in interview.transcript if entry.message_id]
        twin = len(deliveries) != len(set(deliveries))
        before = self._interviews.get(interview.id)
        if twin or before is None or before.version != interview.version:
            raise AlreadyReceived("Stored before.")
        stored = replace(interview, version=interview.version + 1)
        self._interviews[interview.id] = stored
        if forget_draft or stored.is_over or any(map(takes_draft, stored.transcript[len(before.transcript) :])):
            self._drafts.pop(stored.id, None)
        if stored.state is State.WITHDRAWN or not stored.automated:
            for answer in stored.answers:
                self._grades.pop(answer.id, None)
        if grade is not None:
            self._grades.setdefault(grade.answer_id, []).append(grade)
        self.jobs.update({job.key: job for job in then})
        return stored

    async def record_grade(self, grade: GradeRecord) -> bool:
        found = self._find(grade.answer_id)
        if found is None or not found[1].is_final or found[1].revision != grade.answer_revision:
            return False
        if not found[0].automated or found[0].state is State.WITHDRAWN:
            return False
        if self._decided.get(grade.answer_id) == grade.answer_revision:
            return False
        self._grades.setdefault(grade.answer_id, []).append(grade)
        return True

    async def answer(self, answer_id: str) -> tuple[Interview, Answer]:
        found = self._find(answer_id)
        if found is None:
            raise NotFound("There is no such answer.")
        return found

    async def grades(self, interview_id: str) -> Sequence[GradeRecord]:
        answers = self._interviews[interview_id].answers
        found = [(answer, self._grades[answer.id][-1]) for answer in answers if answer.id in self._grades]
        return [grade for answer, grade in found if grade.answer_revision == answer.revision]

    async def grade(self, grade_id: str) -> GradeRecord | None:
        every = [grade for grades in self._grades.values() for grade in grades]
        return next((grade for grade in every if grade.id == grade_id), None)

    async def newest_grade(self, answer_id: str) -> GradeRecord | None:
        found = self._find(answer_id)
        grade = self._grades[answer_id][-1] if answer_id in self._grades else None
        return grade if found and grade and grade.answer_revision == found[1].revision else None

    async def unread(self) -> Sequence[str]:
        return [interview.id for interview in self._interviews.values() if interview.pending is not None]

    async def incomplete(self) -> Sequence[Answer]:
        return [
            replace(answer, parts=())
            for interview in self._interviews.values()
            for answer in interview.answers
            if answer.is_final and answer.parts and interview.automated and interview.state is not State.WITHDRAWN
            if self._is_open(answer.id) and self._decided.get(answer.id) != answer.revision
        ]

    def _is_open(self, answer_id: str) -> bool:
        found = self._find(answer_id)
        if answer_id not in self._grades or found is None:
            return True
        if self._grades[answer_id][-1].answer_revision != found[1].revision:
            return True
        outcome = self._grades[answer_id][-1].outcome
        if isinstance(outcome, Ungraded):
            return True
        return outcome.critique is not None and outcome.critique.status in {"pending", "failed"}

    async def requests(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[PendingRequest]:
        found = [
            PendingRequest(
                interview_id=interview.id,
                label=interview.label,
                bank=interview.bank.name,
                request=request,
                extra_time=interview.extra_time,
                plain_wording=interview.plain_wording,
            )
            for interview in self._interviews.values()
            for request in interview.requests
            if request.settled_at is None
        ]
        found.sort(key=lambda pending: (pending.request.at, pending.request.id))
        return [one for one in found if after is None or (one.request.at, one.request.id) > (after.at, after.id)][
            :limit
        ]

    async def ungraded(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[UngradedAnswer]:
        found = []
        for interview in self._interviews.values():
            if interview.mode is Mode.PRACTICE or interview.state is State.WITHDRAWN or not interview.automated:
                continue
            for grade in await self.grades(interview.id):
                answer = next(answer for answer in interview.answers if answer.id == grade.answer_id)
                if isinstance(grade.outcome, Ungraded):
                    found.append(
                        UngradedAnswer(
                            grade_id=grade.id,
                            interview_id=interview.id,
                            label=interview.label,
                            bank=interview.bank.name,
                            question_id=answer.question_id,
                            at=grade.created_at,
                            reason=grade.outcome.reason,
                        )
                    )
        found.sort(key=lambda answer: (answer.at, answer.grade_id))
        return [one for one in found if after is None or (one.at, one.grade_id) > (after.at, after.id)][:limit]

    async def settle(self, request_id: str, *, who: str, note: str, at: datetime) -> None:
        for pending in await self.requests():
            if pending.request.id == request_id:
                self._settle(pending.interview_id, request_id, who, note, at)
                return
        raise NotFound(f"There is no open request {request_id}.")

    def _settle(self, interview_id: str, request_id: str, who: str, note: str, at: datetime) -> None:
        interview = self._interviews[interview_id]
        settled = tuple(
            replace(request, settled_at=at, settled_by=who, note=note) if request.id == request_id else request
            for request in interview.requests
        )
        self._interviews[interview_id] = replace(interview, requests=settled)

    def settle_contests(self, answer_id: str, who: str, at: datetime) -> None:
        """What a decision about an answer settles."""
        found = self._find(answer_id)
        for request in found[0].requests if found else ():
            if request.kind is RequestKind.CONTEST and found and request.question_id == found[1].question_id:
                self._settle(found[0].id, request.id, who, "", at)

    async def summaries(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[InterviewSummary]:
        newest = sorted(self._interviews.values(), key=lambda one: (one.created_at, one.id), reverse=True)
        found = [one for one in newest if after is None or (one.created_at, one.id) < (after.at, after.id)]
        return [await self._summary(interview) for interview in found[:limit]]

    async def _summary(self, interview: Interview) -> InterviewSummary:
        outcomes = [grade.outcome for grade in await self.grades(interview.id)]
        return InterviewSummary(
            id=interview.id,
            label=interview.label,
            bank=interview.bank.name,
            bank_version=interview.bank.version,
            mode=interview.mode,
            state=interview.state,
            automated=interview.automated,
            hand_over=interview.hand_over,
            created_at=interview.created_at,
            finished_at=interview.finished_at,
            answered=sum(a.is_final and bool(a.parts) for a in interview.answers),
            total=len(interview.plan),
            needs_review=sum(isinstance(outcome, Graded) and outcome.needs_review for outcome in outcomes),
        )

    async def draft(self, interview_id: str) -> Draft | None:
        return self._drafts.get(interview_id)

    async def save_draft(self, interview_id: str, draft: Draft | None) -> None:
        self._drafts.pop(interview_id, None)
        if draft is not None:
            self._drafts[interview_id] = draft

    async def delete(self, interview_id: str, *, reason: str, at: datetime) -> None:
        interview = await self.load(interview_id)
        for answer in interview.answers:
            self._grades.pop(answer.id, None)
        del self._interviews[interview_id]
        self._drafts.pop(interview_id, None)
        self._links = {link: owner for link, owner in self._links.items() if owner != interview_id}
        self.tombstones[interview_id] = reason

    def newest(self) -> Iterator[tuple[Interview, Answer, GradeRecord]]:
        """The newest grade of every answer that has one."""
        for interview in self._interviews.values():
            for answer in interview.answers:
                if answer.id in self._grades:
                    yield interview, answer, self._grades[answer.id][-1]

    def found_grade(self, grade_id: str) -> tuple[Interview, Answer, GradeRecord] | None:
        """A grade, old ones too."""
        for answer_id, grades in self._grades.items():
            for grade in grades:
                found = self._find(answer_id)
                if grade.id == grade_id and found is not None:
                    return *found, grade
        return None

    def add_decided(self, grade: GradeRecord) -> None:
        """A grade that a person's decision made."""
        self._grades[grade.answer_id].append(grade)
        self._decided[grade.answer_id] = grade.answer_revision

    def _find(self, answer_id: str) -> tuple[Interview, Answer] | None:
        for interview in self._interviews.values():
            for answer in interview.answers:
                if answer.id == answer_id:
                    return interview, answer
        return None
