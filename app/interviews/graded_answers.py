"""Grades of interviews together with what was graded, for looking back: nothing is written here."""

from collections.abc import AsyncIterator, Container
from dataclasses import dataclass, replace

from app.banks.catalogue import BankVersion
from app.errors import Conflict, NotFound
from app.grading.grader import GradeRequest
from app.interviews import engine
from app.interviews.models import Answer, GradeRecord, Interview, Script, State
from app.interviews.service import Versions
from app.interviews.store import InterviewStore


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """A stored grade, the interview and answer it belongs to, the bank version it was graded with, and its request."""

    grade: GradeRecord
    interview: Interview
    answer: Answer
    version: BankVersion
    request: GradeRequest


class GradedAnswers:
    """Finds stored grades with their answers."""

    def __init__(self, store: InterviewStore, versions: Versions) -> None:
        self._store = store
        self._versions = versions

    async def find(self, grade_id: str) -> GradedAnswer:
        """The grade of that id.

        Raises:
            NotFound: There is none, or its interview was deleted.
            Conflict: The answer was changed after it was graded.
        """
        grade = await self._store.grade(grade_id)
        if grade is None:
            raise NotFound(f"There is no grade {grade_id}; its interview may have been deleted.")
        return await self._with_answer(grade)

    async def newest(
        self, bank: str | None = None, *, but: Container[str] = frozenset()
    ) -> AsyncIterator[GradedAnswer]:
        """The newest grade of every final answer that a machine may grade, interview by interview.

        Args:
            bank: Of interviews held from this bank alone.
            but: Ids of interviews that are left out.
        """
        for summary in await self._store.summaries():
            if summary.id in but or bank not in {None, summary.bank}:
                continue
            if summary.automated and summary.state is not State.WITHDRAWN:
                async for found in self.of_interview(summary.id):
                    yield found

    async def of_interview(self, interview_id: str) -> AsyncIterator[GradedAnswer]:
        """The newest grade of every final answer of an interview."""
        for grade in await self._store.grades(interview_id):
            _, answer = await self._store.answer(grade.answer_id)
            if answer.is_final and answer.revision == grade.answer_revision:
                yield await self._with_answer(grade)

    async def _with_answer(self, grade: GradeRecord) -> GradedAnswer:
        interview, answer = await self._store.answer(grade.answer_id)
        if answer.revision != grade.answer_revision:
            raise Conflict(f"The answer was changed after the grade {grade.id} was made; a newer grade has its text.")
        bank = grade.bank or interview.bank
        version = await self._versions.get(bank.name, bank.version)
        script = Script(version.bank, interview.plan, interview.language)
        request = engine.grade_request(replace(interview, bank=bank), script, answer)
        return GradedAnswer(grade, interview, answer, version, request)
