"""What candidates want beside answering: their language, more time, a second look, erasure; and what people settle."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from app.errors import InvalidInput, NotFound, OutOfTurn
from app.grading.normalise import clean
from app.interviews import engine, wording
from app.interviews.models import Interview, Mode, RequestKind, Script
from app.interviews.people import ask_people
from app.interviews.store import InterviewStore, PendingRequest, Place, UngradedAnswer
from app.locale.catalogue import LANGUAGES

LONGEST_REASON = 2000
LEAST_TIME, MOST_TIME = 100, 1000


class Scripts(Protocol):
    """Gives the questions of interviews."""

    async def script(self, interview: Interview) -> Script:
        """The questions of an interview."""
        ...

    async def briefed(self, interview: Interview) -> Script:
        """The same with what may be said about the job."""
        ...


class Wishes:
    """Keeps what is wanted, and what people did about it.

    Args:
        store: Where interviews are kept.
        scripts: Gives their questions.
        clock: Aware UTC now.
    """

    def __init__(self, store: InterviewStore, scripts: Scripts, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._scripts = scripts
        self._clock = clock

    async def choose_language(self, interview_id: str, language: str) -> None:
        """Say everything that is not the bank's in this language from now on.

        Raises:
            NotFound: There is no such interview.
            InvalidInput: It is none of the interface's languages.
        """
        if language not in LANGUAGES:
            raise InvalidInput(f"The language {language!r} is none of: {', '.join(LANGUAGES)}.")
        before = await self._store.load(interview_id)
        after = engine.speaking(before, await self._scripts.briefed(before), language)
        await self._store.record_turn(after, grade=None)

    async def accommodate(
        self, interview_id: str, extra_time: int | None = None, *, plain_wording: bool | None = None
    ) -> None:
        """Give a candidate more time, no limit at all, or plainer questions; those who grade never see it.

        Args:
            interview_id: Whose.
            extra_time: Percent of every time limit, at least 100; 0 lifts them; None keeps what is.
            plain_wording: Whether each question comes with its prepared clarification from now on; None keeps what is.

        Raises:
            NotFound: There is no such interview.
            InvalidInput: It is less than the usual time.
        """
        if extra_time and not LEAST_TIME <= extra_time <= MOST_TIME:
            raise InvalidInput(f"The time is 0 (no limit) or {LEAST_TIME} to {MOST_TIME} percent, not {extra_time}.")
        before = await self._store.load(interview_id)
        granted = replace(
            before,
            extra_time=before.extra_time if extra_time is None else extra_time,
            plain_wording=before.plain_wording if plain_wording is None else plain_wording,
        )
        await self._store.record_turn(granted, grade=None)

    async def contest(self, interview_id: str, *, question_id: str, criterion_id: str, reason: str) -> None:
        """Note that a candidate contests one criterion of a submitted interview: a person looks at the answer again.

        Args:
            interview_id: Whose.
            question_id: The question.
            criterion_id: One of its criteria; empty contests the answer as a whole.
            reason: A sentence of the candidate's.

        Raises:
            NotFound: There is no such interview, question or criterion.
            InvalidInput: No reason, or one that is too long.
            OutOfTurn: It was not submitted, or is practice.
        """
        said = clean(reason.strip()).text
        if not 0 < len(said) <= LONGEST_REASON:
            raise InvalidInput(wording.REASON_LENGTH, limit=LONGEST_REASON)
        await self._request(interview_id, RequestKind.CONTEST, said, question_id, criterion_id)

    async def ask_erasure(self, interview_id: str) -> None:
        """Note that a candidate wants the interview erased.

        Raises:
            NotFound: There is no such interview.
            OutOfTurn: It is not over, or is practice.
        """
        await self._request(interview_id, RequestKind.ERASE, "", "", "")

    async def _request(
        self, interview_id: str, kind: RequestKind, text: str, question_id: str, criterion_id: str
    ) -> None:
        before = await self._store.load(interview_id)
        script = await self._scripts.script(before)
        if not before.is_over or before.mode is Mode.PRACTICE:
            raise OutOfTurn(wording.NOT_HANDED_IN)
        if question_id:
            if question_id not in before.plan:
                raise NotFound("The interview has no such question.")
            known = {criterion.id for criterion in script.question(question_id).criteria}
            if criterion_id and criterion_id not in known:
                raise NotFound("The question has no such criterion.")
        same = (kind, question_id, criterion_id, text)
        if any((r.kind, r.question_id, r.criterion_id, r.text) == same for r in before.requests):
            return
        after = ask_people(before, kind, self._clock(), text=text, question_id=question_id, criterion_id=criterion_id)
        await self._store.record_turn(after, grade=None)

    async def requests(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[PendingRequest]:
        """What waits for people, longest waiting first; at most so many, after that place."""
        return await self._store.requests(limit=limit, after=after)

    async def ungraded(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[UngradedAnswer]:
        """Answers of assessments that no machine could grade, longest waiting first; at most so many, after that place."""
        return await self._store.ungraded(limit=limit, after=after)

    async def settle(self, request_id: str, *, who: str, note: str) -> None:
        """Note that a person dealt with a request.

        Raises:
            NotFound: There is no such request, or it was settled before.
            InvalidInput: Nobody is named.
        """
        if not who.strip():
            raise InvalidInput("Please say who settled it.")
        await self._store.settle(
            request_id, who=clean(who.strip()).text, note=clean(note.strip()).text, at=self._clock()
        )
